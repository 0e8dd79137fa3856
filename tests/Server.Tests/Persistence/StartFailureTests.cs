using System.Net;
using System.Net.Sockets;
using KeyPass.Server.Persistence;
using KeyPass.Server.Tests.Support;
using Microsoft.Extensions.Configuration;

namespace KeyPass.Server.Tests.Persistence;

/// <summary>Each way a start can fail: one sentence that names it, exit code 1, no stack trace.</summary>
public sealed class StartFailureTests(TestCluster cluster)
{
    [Theory]
    [InlineData("KeyPass__DataDirektory", "/tmp", "KeyPass__DataDirektory is not a setting of this server. Did you mean KeyPass__DataDirectory?")]
    [InlineData("KeyPass__Nonsense", "1", "KeyPass__Nonsense is not a setting")]
    [InlineData("KeyPass__PublicUrl", "http://keys.example.com", "browsers withhold WebCrypto")]
    [InlineData("KeyPass__PublicUrl", "keys.example.com", "KeyPass__PublicUrl is 'keys.example.com', which is not an address")]
    [InlineData("KeyPass__PublicUrl", "https://keys.example.com/app", "without a path")]
    [InlineData("KeyPass__TrustedProxies", "10.0.0.1,proxy", "KeyPass__TrustedProxies holds 'proxy'")]
    [InlineData("KeyPass__StopWithinSeconds", "soon", "KeyPass__StopWithinSeconds is 'soon'")]
    [InlineData("KeyPass__StopWithinSeconds", "-1", "KeyPass__StopWithinSeconds is '-1'")]
    [InlineData("KeyPass__LogFormat", "xml", "KeyPass__LogFormat is 'xml'")]
    [InlineData("KeyPass__PostgresBinaries", "/nowhere", "KeyPass__PostgresBinaries names /nowhere")]
    [InlineData("KeyPass__PublicUrl", " ", "KeyPass__PublicUrl is empty")]
    [InlineData("ASPNETCORE_URLS", "https://localhost:8787", "reverse proxy that does TLS")]
    [InlineData("ASPNETCORE_URLS", "http//localhost", "ASPNETCORE_URLS holds 'http//localhost'")]
    [InlineData("ASPNETCORE_URLS", "http://192.0.2.7:8787", "browsers withhold WebCrypto")]
    [InlineData("KeyPass__Smtp", "mail.example.com", "KeyPass__Smtp is a group of settings")]
    [InlineData("KeyPass__Smtp__Hots", "mail.example.com", "Did you mean KeyPass__Smtp__Host?")]
    [InlineData("KeyPass__Smtp__Port", "25", "KeyPass__Smtp__Port is set without KeyPass__Smtp__Host")]
    [InlineData("KeyPass__RingFile__Path", "/tmp/ring", "KeyPass__RingFile takes one value")]
    public Task A_wrong_setting_is_named(string name, string value, string sentence) => ExpectAsync(new(), sentence, (name, value));

    [Theory]
    [InlineData("Host", "a mail server", "KeyPass__Smtp__Host is 'a mail server'")]
    [InlineData("From", "KeyPass", "KeyPass__Smtp__From is 'KeyPass'")]
    [InlineData("From", "keys@example.com\r\nBcc: x@example.com", "KeyPass__Smtp__From is")]
    [InlineData("Port", "0", "KeyPass__Smtp__Port is '0'")]
    [InlineData("Security", "tls", "KeyPass__Smtp__Security is 'tls'")]
    [InlineData("Security", "none", "mails would cross the internet unprotected")]
    [InlineData("User", "ana", "KeyPass__Smtp__User and KeyPass__Smtp__Password belong together")]
    [InlineData("Password", Canary.ProviderKey, "KeyPass__Smtp__User and KeyPass__Smtp__Password belong together")]
    public void A_wrong_setting_of_the_mail_server_is_named(string name, string value, string sentence)
    {
        var values = new Dictionary<string, string?>
        {
            ["KeyPass:Smtp:Host"] = "mail.example.com", ["KeyPass:Smtp:From"] = "keys@example.com", [$"KeyPass:Smtp:{name}"] = value,
        };
        var failure = Assert.Throws<StartFailure>(() => Settings.Read(new ConfigurationBuilder().AddInMemoryCollection(values).Build()));

        Assert.Contains(sentence, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("CANARY", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("::1", true)]
    [InlineData("10.1.2.3", true)]
    [InlineData("::ffff:192.168.0.1", true)]
    [InlineData("mailserver", true)]
    [InlineData("192.0.2.7", false)]
    [InlineData("mail.example.com", false)]
    public void Mail_without_TLS_goes_to_this_machine_or_a_private_network_unless_told_otherwise(string host, bool near)
    {
        Settings Read(string security) => Settings.Read(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["KeyPass:Smtp:Host"] = host, ["KeyPass:Smtp:From"] = "keys@example.com", ["KeyPass:Smtp:Security"] = security,
        }).Build());

        Assert.Equal(near, Record.Exception(() => Read("none")) is null);
        Assert.False(Read("unprotected").Mail.Smtp!.StartTls);
        Assert.True(Read("starttls").Mail.Smtp!.StartTls);
    }

    [Fact]
    public Task Open_registration_on_a_public_address_is_refused() => ExpectAsync(
        new(), "KeyPass__Registration is open on a public address", ("KeyPass__PublicUrl", "https://keys.example.com"), ("KeyPass__Registration", "open"));

    [Fact]
    public async Task An_unwritable_data_directory_is_named()
    {
        Assert.SkipUnless(Posix.IsRoot, "needs a folder of another user");
        var folder = Artifacts.NewFolder("unwritable");
        await ExpectAsync(new() { DataDirectory = Path.Combine(folder, "data"), AsUser = "nobody" }, "cannot be written by");
    }

    [Fact]
    public Task A_data_directory_that_is_a_file_is_named()
    {
        var file = Path.Combine(Artifacts.NewFolder("file"), "data");
        File.WriteAllText(file, "");
        return ExpectAsync(new() { DataDirectory = file }, $"The data directory {file} cannot be created");
    }

    [Fact]
    public async Task A_taken_port_is_named()
    {
        using var holder = new TcpListener(IPAddress.Loopback, 0);
        holder.Start();
        var port = ((IPEndPoint)holder.LocalEndpoint).Port;
        await ExpectAsync(new() { ConnectionString = await cluster.NewDatabaseAsync(), Port = port }, $"http://127.0.0.1:{port} is taken by another program");
    }

    [Fact]
    public Task An_unreachable_database_is_named_without_its_password() => ExpectAsync(
        new() { ConnectionString = "Host=127.0.0.1;Port=1;Database=keys;Username=ana;Password=" + Canary.ProviderKey },
        "PostgreSQL at 127.0.0.1:1 (database keys) could not be reached");

    [Fact]
    public Task A_malformed_connection_string_is_named_without_its_password() =>
        ExpectAsync(new() { ConnectionString = "Hoost=a;Password=" + Canary.ProviderKey }, "ConnectionStrings__KeyPass is not a connection string");

    [Fact]
    public async Task A_database_that_does_not_exist_is_named()
    {
        var connection = new Npgsql.NpgsqlConnectionStringBuilder(await cluster.NewDatabaseAsync()) { Database = "absent" };
        await ExpectAsync(new() { ConnectionString = connection.ConnectionString }, "Create it with createdb");
    }

    [Fact]
    public async Task A_database_of_a_newer_version_is_refused()
    {
        var connection = await cluster.NewDatabaseAsync();
        var settings = new DatabaseSettings(connection, "unused", PostgresBinaries: null);
        await using (var database = await Database.OpenAsync(settings, CancellationToken.None))
        await using (var later = database.Source.CreateCommand("""INSERT INTO "__EFMigrationsHistory" VALUES ('29991231000000_Later', '99')"""))
            await later.ExecuteNonQueryAsync();

        await ExpectAsync(new() { ConnectionString = connection }, "The database was written by a newer KeyPass (it holds the migration 29991231000000_Later)");
    }

    [Fact]
    public Task An_unknown_word_shows_what_there_is() => ExpectAsync(new() { Words = ["start"] }, "'start' is not something this program does");

    private static async Task ExpectAsync(ProcessOptions options, string sentence, params (string Name, string Value)[] environment)
    {
        var (exitCode, output) = await ServerProcess.RunAsync(options, environment);

        Assert.Equal(1, exitCode);
        Assert.Contains(sentence, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
        Assert.DoesNotContain("CANARY", output, StringComparison.Ordinal);
    }
}
