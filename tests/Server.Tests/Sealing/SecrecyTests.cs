using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using KeyPass.Server.Sealing;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Sealing;

/// <summary>Secrets do not print and do not stay; ciphers are not shared (CR-13).</summary>
public class SecrecyTests
{
    [Fact]
    public void Secrets_print_as_what_they_are_and_not_as_what_they_hold()
    {
        using var credential = Worked.TheToken;
        using var ring = Ring.Fresh(Fixture.Day);
        var payload = SealedKey.Open(
            new GrantSecret([.. Worked.G]), Worked.Grant, Worked.Version, Worked.Value("sealed_key"), stackalloc byte[KeyPayload.MaxSize]);
        string[] printed =
        [
            credential.ToString(), ring.ToString()!, ring.Active.ToString()!, payload.ToString(), new GrantSecret([.. Worked.G]).ToString(),
            new VaultSecret([.. Worked.Vk]).ToString(), new Wiped([.. Worked.G]).ToString(), new SealBroken().ToString(),
        ];
        string[] secrets =
        [
            Worked.Text("token")["km_live_".Length..], Encoding.ASCII.GetString(Worked.Secret), .. Spellings(Worked.G), .. Spellings(Worked.Vk),
            .. Spellings(ring.Active.Secret), .. Spellings(ring.Standing),
        ];
        Assert.All(printed, text => Assert.DoesNotContain(secrets, secret => text.Contains(secret, StringComparison.OrdinalIgnoreCase)));
        Assert.Equal("km_live_…", credential.ToString());
    }

    [Fact]
    public void A_refusal_says_nothing_about_the_check_that_failed()
    {
        var messages = Worked.Samples.SelectMany(sample => new[]
        {
            Assert.Throws<SealBroken>(() => sample.Open([])), Assert.Throws<SealBroken>(() => sample.Open([.. sample.Envelope[..^1], 0xFF])),
        });
        Assert.Single(messages.Select(failure => (failure.Message, failure.InnerException)).Distinct());
    }

    [Fact]
    public void Rooms_are_wiped_at_the_end_of_their_block()
    {
        var (wiped, grant, vault, payload) = (new byte[32], new byte[32], new byte[32], new byte[KeyPayload.MaxSize]);
        using (var room = new Wiped(wiped))
            room.Bytes.Fill(1);
        using (GrantSecret.Fresh(grant))
            Assert.Contains(grant, one => one != 0);
        using (VaultSecret.Fresh(vault))
            Assert.Contains(vault, one => one != 0);
        using (SealedKey.Open(new GrantSecret([.. Worked.G]), Worked.Grant, Worked.Version, Worked.Value("sealed_key"), payload))
            Assert.Contains(payload, one => one != 0);
        Assert.All(new[] { wiped, grant, vault, payload }, room => Assert.DoesNotContain(room, one => one != 0));
    }

    [Fact]
    public void No_field_anywhere_in_the_server_keeps_a_cipher()
    {
        Assert.Empty(KeptCiphers(typeof(Credential).Assembly.GetTypes().Where(type => type.DeclaringType != typeof(SecrecyTests))));
        Assert.NotEmpty(KeptCiphers([typeof(KeepsOne)]));
        Assert.NotEmpty(KeptCiphers([typeof(KeepsMany)]));
    }

    [Fact]
    public async Task Two_threads_that_open_at_once_never_get_a_wrong_plaintext()
    {
        var rounds = Rounds.Of(20_000, 200_000);
        var wrong = 0;
        void Open(int thread)
        {
            Span<byte> room = stackalloc byte[1024];
            Span<byte> payloadRoom = stackalloc byte[KeyPayload.MaxSize];
            using var credential = Worked.TheToken;
            var g = new GrantSecret([.. Worked.G]);
            var secret = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"sk-thread-{thread}"));
            var wrapped = Worked.Ring.Wrap("sealed_keys", Worked.Row, SealedKey.Seal(g, Worked.Grant, Worked.Version, KeyScheme.Bearer, secret));
            for (var round = 0; round < rounds; round++)
            {
                var envelope = Worked.Ring.Unwrap("sealed_keys", Worked.Row, wrapped, room);
                using var payload = SealedKey.Open(g, Worked.Grant, Worked.Version, envelope, payloadRoom);
                if (!payload.Secret.SequenceEqual(secret))
                    Interlocked.Increment(ref wrong);
            }
        }
        await Task.WhenAll(Task.Run(() => Open(1)), Task.Run(() => Open(2)));
        Assert.Equal(0, wrong);
    }

    private static List<FieldInfo> KeptCiphers(IEnumerable<Type> types)
    {
        const BindingFlags any = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        Type[] ciphers = [typeof(AesGcm), typeof(AesCcm), typeof(ChaCha20Poly1305), typeof(SymmetricAlgorithm), typeof(IncrementalHash), typeof(HMAC)];
        return [.. types.SelectMany(type => type.GetFields(any)).Where(field => ciphers.Any(cipher => Mentions(field.FieldType, cipher)))];
    }

    private static bool Mentions(Type type, Type cipher) =>
        type.IsAssignableTo(cipher) || (type.HasElementType && Mentions(type.GetElementType()!, cipher))
        || type.GenericTypeArguments.Any(argument => Mentions(argument, cipher));

    private static string[] Spellings(ReadOnlySpan<byte> secret) =>
        [Convert.ToHexString(secret), Convert.ToBase64String(secret), BitConverter.ToString(secret.ToArray())];

    private sealed class KeepsOne
    {
        public AesGcm? Cipher { get; set; }
    }

    private sealed class KeepsMany
    {
        public ThreadLocal<AesGcm[]>? Ciphers { get; set; }
    }
}
