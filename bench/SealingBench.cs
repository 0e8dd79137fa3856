using System.Text;
using KeyPass.Server.Sealing;

namespace KeyPass.Bench;

/// <summary>What a proxied call does with rows it has, from a presented credential to the provider key and back to zeros.</summary>
internal sealed class SealingBench : IDisposable
{
    private static readonly Guid Vault = new("0198c0de-0000-7000-8000-000000000001");
    private static readonly Guid Grant = new("0198c0de-0000-7000-8000-000000000002");
    private static readonly Guid Row = new("0198c0de-0000-7000-8000-000000000003");
    private static readonly Guid KeyId = new("0198c0de-0000-7000-8000-000000000004");
    private static readonly KeyVersion Version = new(Vault, KeyId, 1, "openai", "https://api.openai.com");

    private readonly Ring _ring = Ring.Fresh(DateTimeOffset.UnixEpoch);
    private readonly Credential _credential = Credential.Mint(CredentialKind.VirtualKey);
    private readonly string _presented;
    private readonly byte[] _hash = new byte[Credential.HashSize];
    private readonly byte[] _tokenWrap;
    private readonly byte[] _sealedKey;
    private readonly byte[] _outerTokenWrap;
    private readonly byte[] _outerSealedKey;
    private readonly byte[] _grantSecret = new byte[GrantSecret.Size];
    private readonly byte[] _vaultPoint;
    private readonly byte[] _secret = Encoding.ASCII.GetBytes("sk-proj-" + new string('0', 156));

    public SealingBench()
    {
        _presented = Encoding.ASCII.GetString(_credential.Reveal());
        var secret = GrantSecret.Fresh(_grantSecret);
        _tokenWrap = TokenWrap.Seal(_credential, Vault, Grant, Row, secret);
        _sealedKey = SealedKey.Seal(secret, Grant, Version, KeyScheme.Bearer, _secret);
        _outerTokenWrap = _ring.Wrap("token_wraps", Row, _tokenWrap);
        _outerSealedKey = _ring.Wrap("sealed_keys", KeyId, _sealedKey);
        using var vaultSecret = VaultSecret.Fresh(new byte[VaultSecret.Size]);
        _vaultPoint = vaultSecret.PublicPoint();
        _credential.Hash(_hash);
    }

    public static int Run()
    {
        Measured.PrintHead();
        using var bench = new SealingBench();
        Measured.Print("Open a provider key for one proxied call", bench.ProxiedCall);
        Measured.Print("  of it: hash the credential", bench.Hash);
        Measured.Print("  of it: open one OUTER", bench.Outer);
        Measured.Print("  of it: open TOKEN_WRAP", bench.Unwrap);
        Measured.Print("  of it: open SEALED_KEY", bench.Unseal);
        Measured.Print("Mint a credential", Mint);
        Measured.Print("Read a presented credential", bench.Read);
        Measured.Print("Seal DEPOSIT to the vault's public point", bench.Deposit, perBatch: 20);
        return 0;
    }

    private void ProxiedCall()
    {
        Span<byte> hash = stackalloc byte[Credential.HashSize];
        _credential.Hash(hash);
        Span<byte> room = stackalloc byte[1024];
        var tokenWrap = _ring.Unwrap("token_wraps", Row, _outerTokenWrap, room);
        using var secret = TokenWrap.Open(_credential, Vault, Grant, Row, tokenWrap, stackalloc byte[GrantSecret.Size]);
        var sealedKey = _ring.Unwrap("sealed_keys", KeyId, _outerSealedKey, room);
        using var payload = SealedKey.Open(secret, Grant, Version, sealedKey, stackalloc byte[KeyPayload.MaxSize]);
        if (!hash.SequenceEqual(_hash) || payload.Scheme != KeyScheme.Bearer || !payload.Secret.SequenceEqual(_secret))
            throw new InvalidOperationException("The wrong key came out.");
    }

    private void Hash() => _credential.Hash(_hash);

    private void Outer() => _ring.Unwrap("token_wraps", Row, _outerTokenWrap, stackalloc byte[1024]);

    private void Unwrap()
    {
        using var secret = TokenWrap.Open(_credential, Vault, Grant, Row, _tokenWrap, stackalloc byte[GrantSecret.Size]);
    }

    private void Unseal()
    {
        using var payload = SealedKey.Open(new GrantSecret(_grantSecret), Grant, Version, _sealedKey, stackalloc byte[KeyPayload.MaxSize]);
    }

    private static void Mint()
    {
        using var credential = Credential.Mint(CredentialKind.AccessToken);
    }

    private void Read()
    {
        if (Credential.TryRead(_presented, out var credential))
            credential.Dispose();
    }

    private void Deposit() => KeyPass.Server.Sealing.Deposit.Seal(_vaultPoint, Version, KeyScheme.Bearer, _secret);

    public void Dispose()
    {
        _ring.Dispose();
        _credential.Dispose();
    }
}
