using System.Buffers.Text;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.AtRest;

/// <summary>
/// CR-20, the at-rest game: a thief takes the whole disk of a server with a thousand sealed keys, with its ring file, its backup and
/// its logs, and has no password and no credential. He opens none of them, and signs in as nobody.
/// </summary>
public sealed class AtRestTests(StolenServer stolen) : IClassFixture<StolenServer>
{
    [Fact]
    public async Task A_thief_with_the_whole_disk_opens_none_of_a_thousand_keys_and_signs_in_as_nobody()
    {
        Assert.Equal(1000, stolen.Loot.Rows.Count(row => row.Table == "vault_items" && row.Columns["kind"] == "key"));
        var thief = new Thief(stolen.Loot);

        var strings = stolen.Loot.Strings32().Concat(stolen.Loot.Values()).ToList();
        Assert.InRange(strings.Count, 10_000, 10_000_000);
        thief.Try(strings);

        Assert.Empty(thief.Opened);
        Assert.Empty(thief.Impersonated);
        await ExpectNoSessionAsync();
        await ExpectNothingInTheClearAsync();
    }

    [Fact]
    public void With_one_password_he_opens_the_keys_of_its_vault_and_no_other()
    {
        var victim = stolen.Accounts[3];
        var thief = new Thief(stolen.Loot);

        thief.Try([.. stolen.Loot.Strings32().Take(100), victim.Account.PasswordWrapping]);

        Assert.Equal(victim.Keys.Order(), thief.Opened.Keys.Order());
    }

    [Fact]
    public void With_one_unlocked_vault_he_opens_its_keys_and_no_other()
    {
        var victim = stolen.Accounts[7];
        var thief = new Thief(stolen.Loot);

        thief.Try([victim.Account.UnlockedVault]);

        Assert.Equal(victim.Keys.Order(), thief.Opened.Keys.Order());
    }

    [Fact]
    public void With_one_credential_he_opens_exactly_the_keys_of_its_grant()
    {
        var victim = stolen.Accounts[2];
        var thief = new Thief(stolen.Loot);

        thief.Try([Encoding.ASCII.GetBytes(victim.Credential)]);

        Assert.Equal(victim.Keys.Take(StolenServer.KeysOfGrant).Order(), thief.Opened.Keys.Order());
    }

    /// <summary>CR-21.</summary>
    [Fact]
    public void With_credentials_passwords_and_the_database_but_not_the_ring_he_opens_none()
    {
        var database = stolen.Loot.WithoutRing();
        var thief = new Thief(database);

        thief.Try(
        [
            .. stolen.Accounts.SelectMany(one => new[] { Encoding.ASCII.GetBytes(one.Credential), one.Account.PasswordWrapping, one.Account.UnlockedVault }),
            .. database.Strings32().Take(1000),
        ]);

        Assert.Empty(thief.Opened);
    }

    [Fact]
    public void With_what_signs_in_he_signs_in_as_its_owner_alone_and_opens_nothing()
    {
        var victim = stolen.Accounts[5];
        var thief = new Thief(stolen.Loot);

        thief.Try([Base64Url.DecodeFromChars(victim.Account.AuthHash), Encoding.ASCII.GetBytes(victim.Session)]);

        Assert.Equal(2, thief.Impersonated.Count);
        Assert.Contains(victim.Account.AccountId, thief.Impersonated.Keys);
        Assert.Empty(thief.Opened);
    }

    /// <summary>Every value that fits, as every credential, at the front door; and what is stored of a password, as its hash.</summary>
    private async Task ExpectNoSessionAsync()
    {
        using var client = stolen.Server.NewClient();
        var values = stolen.Loot.Values().Where(value => value.Length is >= 17 and <= 128).DistinctBy(Convert.ToHexString).ToList();
        Assert.True(values.Count > StolenServer.Vaults * 10);
        foreach (var value in values)
        {
            foreach (var presented in Spellings(value).Where(text => text.All(letter => char.IsBetween(letter, '!', '~'))))
            {
                client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", presented);
                using var answer = await client.GetAsync("/v1/account");
                Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            }
        }
        client.DefaultRequestHeaders.Authorization = null;
        foreach (var (owner, _, _, _) in stolen.Accounts)
        {
            var account = stolen.Loot.Rows.Single(row => row.Table == "accounts" && row.Id == owner.AccountId);
            using var answer = await client.PostAsJsonAsync(
                "/v1/auth/login", new { email = owner.Email, authHash = Base64Url.EncodeToString(stolen.Loot.Unwrapped(account, "verifier")) });
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        }
        // The door does open, to who has the credential itself.
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", stolen.Accounts[0].Session);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/v1/account")).StatusCode);
    }

    /// <summary>A credential is its prefix, 43 letters and six of a checksum: what has the letters gets the checksum that fits.</summary>
    private static IEnumerable<string> Spellings(byte[] value)
    {
        var letters = Base64Url.EncodeToString(value);
        yield return letters;
        yield return "kp_ss_" + letters;
        yield return "kp_ss_" + Encoding.Latin1.GetString(value);
        if (letters.Length >= 43 && letters[..43].All(char.IsAsciiLetterOrDigit))
            yield return TestCredential.WithChecksum("kp_ss_" + letters[..43]);
    }

    private async Task ExpectNothingInTheClearAsync()
    {
        await stolen.StopAsync();
        var unpacked = Artifacts.NewFolder("unpacked");
        await ZipFile.ExtractToDirectoryAsync(stolen.Backup, unpacked);
        await File.WriteAllTextAsync(Path.Combine(unpacked, "log"), stolen.Server.Output);
        var secrets = stolen.Accounts.SelectMany(one => new[]
        {
            one.Account.UnlockedVault, one.Account.PasswordWrapping, Encoding.ASCII.GetBytes(one.Session),
            Encoding.ASCII.GetBytes(one.Credential), Base64Url.DecodeFromChars(one.Account.AuthHash), Base64Url.DecodeFromChars(one.Account.RecoveryHash),
        }).SelectMany(Renderings).Append("CANARY-c3f1"u8.ToArray()).ToList();
        var searched = 0L;
        foreach (var file in Directory.EnumerateFiles(stolen.Folder, "*", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(unpacked, "*", SearchOption.AllDirectories)))
        {
            var bytes = await File.ReadAllBytesAsync(file);
            searched += bytes.Length;
            Assert.DoesNotContain(secrets, secret => bytes.AsSpan().IndexOf(secret) >= 0);
        }
        Assert.True(searched > 1024 * 1024);
        Assert.Contains(secrets, secret => Encoding.ASCII.GetBytes(stolen.Accounts[0].Session).AsSpan().IndexOf(secret) >= 0);
    }

    private static IEnumerable<byte[]> Renderings(byte[] secret) =>
    [
        secret, Encoding.ASCII.GetBytes(Convert.ToHexStringLower(secret)), Encoding.ASCII.GetBytes(Base64Url.EncodeToString(secret)),
        Encoding.ASCII.GetBytes(Convert.ToBase64String(secret)),
    ];
}
