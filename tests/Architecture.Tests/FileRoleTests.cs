using KeyPass.Architecture.Tests.Reading;
using Xunit;

namespace KeyPass.Architecture.Tests;

public class FileRoleTests
{
    [Fact]
    public void A_file_uses_only_what_its_role_is_for()
    {
        var allowed = AllowList.Read("FileRolesAllowed.txt");
        var roles = new FileRoles([.. SourceTree.ServerCode], ServerAssembly.Read(), allowed);
        Guard.FindsNothing(
            [.. roles.Trespasses(), .. allowed.Problems()],
            "move the code to a file of that role and hand plain values over; a true exception goes to Rules/FileRolesAllowed.txt.");
    }

    [Fact]
    public void A_file_is_called_like_its_type_and_stands_in_the_folder_of_its_namespace() =>
        Guard.FindsNothing(
            new FileRoles([.. SourceTree.ServerCode], ServerAssembly.Read(), AllowList.Of()).Misnamed(),
            "rename or move the file, or split it.");

    [Fact]
    public void Control_a_planted_rule_that_speaks_SQL_HTTP_or_crypto_is_found()
    {
        var findings = Trespasses(
            ("Vault/Custody.cs", "class Custody { void Ask(Npgsql.NpgsqlConnection connection) {} }"),
            ("Vault/Wraps.cs", "class Wraps { object Map() => new NpgsqlTypes.NpgsqlPoint(); }"),
            ("Vault/Mapping.cs", "class Mapping { int Save(Microsoft.EntityFrameworkCore.DbContext db) => db.SaveChanges(); }"),
            ("Vault/Answer.cs", "class Answer { Func<object> Ok() => () => Microsoft.AspNetCore.Http.Results.Ok(); }"),
            ("Vault/Etag.cs", "class Etag { Microsoft.Extensions.Primitives.StringValues values; }"),
            ("Vault/Digest.cs", "class Digest { byte[] Of(byte[] text) => System.Security.Cryptography.SHA512.HashData(text); }"),
            ("Vault/TestCall.cs", "class TestCall { async Task Go(System.Net.Http.HttpClient web) => await web.GetAsync(\"/\"); }"),
            ("Gateway/Meter.cs", "class Meter { System.Net.Http.HttpContent? body; }"),
            ("Vault/Wire.cs", "class Wire { System.Net.Sockets.Socket? socket; }"),
            ("Vault/VaultEndpoints.cs", "class VaultEndpoints { Microsoft.EntityFrameworkCore.DbContext? db; }"));
        Guard.Finds(
            findings.Select(finding => finding.Split(": ")[0]),
            "Vault/Custody.cs", "Vault/Wraps.cs", "Vault/Mapping.cs", "Vault/Answer.cs", "Vault/Etag.cs", "Vault/Digest.cs",
            "Vault/TestCall.cs", "Gateway/Meter.cs", "Vault/Wire.cs", "Vault/VaultEndpoints.cs");
    }

    [Fact]
    public void Control_every_role_may_do_its_own_work()
    {
        var findings = Trespasses(
            ("Vault/VaultStore.cs", "class VaultStore { Npgsql.NpgsqlConnection? connection; Microsoft.EntityFrameworkCore.DbContext? db; }"),
            ("Persistence/Migrations/First.cs", "class First : Microsoft.EntityFrameworkCore.Migrations.Migration "
                + "{ protected override void Up(Microsoft.EntityFrameworkCore.Migrations.MigrationBuilder builder) {} }"),
            ("Vault/VaultEndpoints.cs", "class VaultEndpoints { Microsoft.AspNetCore.Http.HttpContext? context; } record Body(string Name);"),
            ("Http/Limits.cs", "class Limits { Microsoft.AspNetCore.Http.HttpContext? context; }"),
            ("Sealing/Seal.cs", "class Seal { System.Security.Cryptography.Aes? cipher; }"),
            ("Gateway/Forwarder.cs", "class Forwarder { System.Net.Http.HttpClient? web; Microsoft.AspNetCore.Http.HttpContext? context; }"),
            ("Mail/SmtpConnection.cs", "class SmtpConnection { System.Net.Sockets.Socket? socket; System.Net.Security.SslStream? secured; }"),
            ("Providers/OpenAi/Address.cs", "class Address { System.Net.Http.HttpMethod? method; }"),
            ("Vault/Registration.cs", "class Registration { Microsoft.Extensions.DependencyInjection.IServiceCollection? services; }"));
        Guard.FindsNothing(findings, "each of these is in its place");
    }

    [Fact]
    public void Control_an_allowed_exception_passes_and_an_idle_one_is_found()
    {
        var source = Planted.File("src/Server/Vault/Digest.cs", "namespace KeyPass.Server.Vault; class Digest { System.Security.Cryptography.Aes? cipher; }");
        var allowed = AllowList.Of(
            "src/Server/Vault/Digest.cs System.Security.Cryptography | planted for this control",
            "src/Server/Vault/Gone.cs Npgsql | planted, excuses nothing",
            "src/Server/Vault/Bare.cs Npgsql");
        Guard.FindsNothing(new FileRoles([source], Planted.Module(source), allowed).Trespasses(), "it is allowed");
        Guard.Finds(allowed.Problems(), "src/Server/Vault/Gone.cs Npgsql\" excuses nothing", "Bare.cs Npgsql\" gives no reason");
    }

    [Fact]
    public void Control_a_planted_file_with_another_name_or_namespace_is_found()
    {
        SourceFile[] files =
        [
            Planted.File("src/Server/Vault/Wraps.cs", "namespace KeyPass.Server.Vault; class Unwrapped;"),
            Planted.File("src/Server/Vault/Stray.cs", "namespace KeyPass.Server.Link; class Stray;"),
            Planted.File("src/Server/Vault/Both.cs", "namespace KeyPass.Server.Vault; record Beside; class Both<T>;"),
            Planted.File("src/Server/Providers/OpenAi/Address.cs", "namespace KeyPass.Server.Providers; class Address;"),
            Planted.File("src/Server/Vault/Both.Parts.cs", "namespace KeyPass.Server.Vault; partial class Both;"),
            Planted.File("src/Server/Program.cs", "System.Console.Write(1);"),
        ];
        Guard.Finds(
            new FileRoles(files, Planted.Module(Planted.File("Any.cs", "")), AllowList.Of()).Misnamed(),
            "Vault/Wraps.cs declares Unwrapped, but nothing called Wraps",
            "Vault/Stray.cs declares KeyPass.Server.Link.Stray; the namespace must be KeyPass.Server.Vault");
    }

    private static List<string> Trespasses(params (string Path, string Code)[] planted)
    {
        SourceFile[] files = [.. planted.Select(one => Planted.File(
            "src/Server/" + one.Path,
            $"namespace KeyPass.Server.{one.Path.Split('/')[0]} {{ {one.Code} }}"))];
        return [.. new FileRoles(files, Planted.Module(files), AllowList.Of()).Trespasses()];
    }
}
