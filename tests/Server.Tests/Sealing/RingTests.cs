using System.Security.Cryptography;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Tests.Sealing;

/// <summary>The outer ring, its epochs, and what hangs on its standing part. CR-21 and CR-22 in small.</summary>
public class RingTests
{
    private static readonly Guid Row = new("0198c0de-0000-7000-8000-000000000001");
    private static readonly Guid OtherRow = new("0198c0de-0000-7000-8000-000000000002");
    private static readonly byte[] Plain = "an envelope"u8.ToArray();

    [Fact]
    public void A_row_moved_to_another_row_or_table_does_not_open()
    {
        using var ring = Ring.Fresh(Fixture.Day);
        var wrapped = ring.Wrap("token_wraps", Row, Plain);
        Assert.Equal(Plain, ring.Unwrap("token_wraps", Row, wrapped));
        Assert.Throws<SealBroken>(() => ring.Unwrap("token_wraps", OtherRow, wrapped));
        Assert.Throws<SealBroken>(() => ring.Unwrap("sealed_keys", Row, wrapped));
    }

    [Fact]
    public void Another_ring_opens_nothing_of_this_one()
    {
        using var ring = Ring.Fresh(Fixture.Day);
        using var other = Ring.Fresh(Fixture.Day);
        Assert.Throws<SealBroken>(() => other.Unwrap("users", Row, ring.Wrap("users", Row, Plain)));
    }

    [Fact]
    public void A_new_epoch_opens_before_it_wraps_and_the_old_one_still_opens_after()
    {
        using var first = Ring.Fresh(Fixture.Day);
        var old = first.Wrap("users", Row, Plain);
        using var both = first.WithNewEpoch(Fixture.Day.AddDays(30));
        Assert.Equal(1u, Ring.KidOf(both.Wrap("users", Row, Plain)));
        using var second = both.WithActive(2);
        var young = second.Wrap("users", Row, Plain);
        Assert.Equal(2u, Ring.KidOf(young));
        Assert.Equal(Plain, second.Unwrap("users", Row, old));
        Assert.Equal(Plain, both.Unwrap("users", Row, young));
        Assert.Throws<SealBroken>(() => first.Unwrap("users", Row, young));
        Assert.Equal([RingState.Decrypt, RingState.Active], second.Epochs.Select(epoch => epoch.State));
        Assert.Equal([Fixture.Day, Fixture.Day.AddDays(30)], second.Epochs.Select(epoch => epoch.Created));
    }

    [Fact]
    public void A_destroyed_epoch_opens_nothing_and_its_secret_is_gone()
    {
        using var first = Ring.Fresh(Fixture.Day);
        var old = first.Wrap("users", Row, Plain);
        using var destroyed = first.WithNewEpoch(Fixture.Day).WithActive(2).WithDestroyed(1);
        Assert.Throws<SealBroken>(() => destroyed.Unwrap("users", Row, old));
        Assert.False(destroyed.Epochs[0].Secret.ContainsAnyExcept((byte)0));
        Assert.Equal(Plain, destroyed.Unwrap("users", Row, destroyed.Wrap("users", Row, Plain)));
    }

    [Fact]
    public void Nothing_is_wrapped_under_no_secret_at_all() =>
        Assert.Throws<SealBroken>(() => Worked.MakeRing(new byte[32]).Wrap("users", Row, Plain));

    [Fact]
    public void The_active_epoch_a_destroyed_one_and_an_unknown_one_are_neither_destroyed_nor_made_active()
    {
        using var ring = Ring.Fresh(Fixture.Day).WithNewEpoch(Fixture.Day).WithActive(2).WithDestroyed(1);
        foreach (var kid in new uint[] { 1, 2, 3 })
        {
            Assert.Throws<RingUnusable>(() => ring.WithDestroyed(kid));
            Assert.Throws<RingUnusable>(() => ring.WithActive(kid));
        }
    }

    [Fact]
    public void A_fingerprint_tells_rings_apart_and_is_no_key()
    {
        using var ring = Ring.Fresh(Fixture.Day);
        using var other = Ring.Fresh(Fixture.Day);
        var fingerprint = ring.Active.Fingerprint();
        Assert.True(ring.Knows(1, fingerprint));
        Assert.False(other.Knows(1, fingerprint));
        Assert.False(ring.Knows(2, fingerprint));
        Assert.False(ring.Knows(1, []));
        Assert.NotEqual(ring.Active.Outer("").ToArray(), fingerprint);
        Assert.NotEqual(ring.Active.Secret.ToArray(), fingerprint);
        using var later = ring.WithNewEpoch(Fixture.Day).WithActive(2);
        Assert.Equal(fingerprint, later.Epochs[0].Fingerprint());
        using var destroyed = later.WithDestroyed(1);
        Assert.True(destroyed.Knows(1, fingerprint));
    }

    [Fact]
    public void A_ring_in_use_takes_over_what_its_file_became()
    {
        var ring = Ring.Fresh(Fixture.Day);
        var first = ring.Wrap("users", Row, "a"u8);
        Assert.True(ring.TryAdopt(ring.WithNewEpoch(Fixture.Day).WithActive(2)));
        var second = ring.Wrap("users", Row, "b"u8);
        Assert.Equal(2u, Ring.KidOf(second));
        Assert.Equal("a"u8.ToArray(), ring.Unwrap("users", Row, first));

        var destroyed = ring.Epochs[0];
        var secret = destroyed.Secret;
        var outer = destroyed.Outer("users");
        Assert.True(ring.TryAdopt(ring.WithDestroyed(1)));
        Assert.False(secret.ContainsAnyExcept((byte)0) || outer.ContainsAnyExcept((byte)0));
        Assert.Throws<SealBroken>(() => ring.Unwrap("users", Row, first));
        Assert.Equal("b"u8.ToArray(), ring.Unwrap("users", Row, second));
        // A state like the present one is one too: a file that was only touched.
        Assert.True(ring.TryAdopt(ring.WithNewEpoch(Fixture.Day)));
        Assert.Equal("b"u8.ToArray(), ring.Unwrap("users", Row, second));
    }

    [Fact]
    public void A_ring_in_use_takes_over_no_other_and_none_that_lost_something()
    {
        var ring = Worked.MakeRing(Worked.G, kid: 1);
        var turned = ring.WithNewEpoch(Fixture.Day);
        Assert.True(ring.TryAdopt(turned));
        var wrapped = ring.Wrap("users", Row, "a"u8);
        RingEpoch active = new(1, RingState.Active, Fixture.Day, Worked.G), other = new(1, RingState.Active, Fixture.Day, Worked.Vk);
        Assert.False(ring.TryAdopt(Ring.Fresh(Fixture.Day).WithNewEpoch(Fixture.Day)));
        Assert.False(ring.TryAdopt(new Ring(Worked.Vk, ring.Epochs)));
        Assert.False(ring.TryAdopt(new Ring(ring.Standing, [active])));
        Assert.False(ring.TryAdopt(new Ring(ring.Standing, [other, ring.Epochs[1]])));
        Assert.Equal("a"u8.ToArray(), ring.Unwrap("users", Row, wrapped));
        Assert.Equal([1u, 2u], ring.Epochs.Select(epoch => epoch.Kid));
        // What was destroyed does not come back, not even as itself.
        Assert.True(ring.TryAdopt(ring.WithActive(2).WithDestroyed(1)));
        Assert.False(ring.TryAdopt(new Ring(ring.Standing, [active, ring.Epochs[1].As(RingState.Decrypt)])));
    }

    [Fact]
    public async Task What_threads_wrap_while_the_ring_turns_under_them_opens_afterwards()
    {
        var ring = Ring.Fresh(Fixture.Day);
        using var stop = new CancellationTokenSource();
        var threads = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            var wrapped = new List<byte[]>();
            while (!stop.IsCancellationRequested && wrapped.Count < 100_000)
                wrapped.Add(ring.Wrap("users", Row, "a"u8));
            return wrapped;
        })).ToList();
        for (uint kid = 2; kid < 50; kid++)
            Assert.True(ring.TryAdopt(ring.WithNewEpoch(Fixture.Day).WithActive(kid)));
        await stop.CancelAsync();
        foreach (var wrapped in await Task.WhenAll(threads))
            Assert.All(wrapped, one => Assert.Equal("a"u8.ToArray(), ring.Unwrap("users", Row, one)));
    }

    [Fact]
    public void A_wrapped_row_too_short_to_name_its_epoch_is_refused()
    {
        for (var size = 0; size < Ring.WrapSize; size++)
            Assert.Throws<SealBroken>(() => Ring.KidOf(Worked.Value("outer").AsSpan(..size)));
        Assert.Equal(7u, Ring.KidOf(Worked.Value("outer")));
    }

    [Fact]
    public void A_disposed_ring_is_wiped()
    {
        var ring = Ring.Fresh(Fixture.Day);
        var standing = ring.Standing;
        var secret = ring.Active.Secret;
        var outer = ring.Active.Outer("users");
        Assert.True(standing.ContainsAnyExcept((byte)0) && secret.ContainsAnyExcept((byte)0) && outer.ContainsAnyExcept((byte)0));
        ring.Dispose();
        Assert.False(standing.ContainsAnyExcept((byte)0) || secret.ContainsAnyExcept((byte)0) || outer.ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void A_managed_vault_is_opened_by_its_ring_for_its_own_user_and_vault_alone_and_outlives_epochs()
    {
        using var ring = Ring.Fresh(Fixture.Day);
        var envelope = Unlock.SealForRing(ring, Worked.User, Worked.Vault, new VaultSecret([.. Worked.Vk]));
        Assert.True(Kp1.IsWellFormed(EnvelopeType.Unlock, envelope));
        using var later = ring.WithNewEpoch(Fixture.Day).WithActive(2).WithDestroyed(1);
        Assert.Equal(Worked.Vk, Open(later, Worked.User, Worked.Vault));
        Assert.Throws<SealBroken>(() => Open(ring, Row, Worked.Vault));
        Assert.Throws<SealBroken>(() => Open(ring, Worked.User, Row));
        Assert.Throws<SealBroken>(() => Open(Ring.Fresh(Fixture.Day), Worked.User, Worked.Vault));

        byte[] Open(Ring with, Guid user, Guid vault) =>
            Unlock.OpenForRing(with, user, vault, envelope, new byte[VaultSecret.Size]).Bytes.ToArray();
    }

    /// <summary>No browser computes these, so no vector has them; but rows are stored under them, so they may never change.</summary>
    [Fact]
    public void What_only_the_server_derives_is_derived_as_it_always_was()
    {
        var ring = Worked.MakeRing(Worked.G);
        byte[] vault = Worked.Vault.ToByteArray(bigEndian: true);
        var standing = ring.Standing.ToArray();
        var wrapping = Exp("KeyPass/v1/ring", standing, [.. "kek\0"u8, .. vault]);
        var commitment = Exp("KeyPass/v1/ring", standing, [.. "commit\0"u8, .. vault]);
        var envelope = Unlock.SealForRing(ring, Worked.User, Worked.Vault, new VaultSecret([.. Worked.Vk]));
        var opened = Unlock.Open(wrapping, Worked.User, Worked.Vault, "ring", new byte[26], commitment, envelope, new byte[VaultSecret.Size]);
        Assert.Equal(Worked.Vk, opened.Bytes.ToArray());

        var authHash = Worked.Value("AH");
        Assert.Equal(
            Exp("KeyPass/v1/verifier", authHash, [.. "verifier"u8]), ring.Unwrap("users", Row, Verifier.Wrap(ring, "users", Row, authHash)));
        var secret = Exp("KeyPass/v1/ring", standing, [.. "enum"u8]);
        Assert.Equal(HMACSHA256.HashData(secret, "a@example.com"u8.ToArray())[..16], DecoySalt.For(ring, "a@example.com"));
        Assert.Equal(Exp("KeyPass/v1/ring-fingerprint", Worked.G, []), ring.Active.Fingerprint());
        byte[] vouched = [.. vault, 0, 0, 0, 1, .. Worked.Value("pk_V")];
        Assert.Equal(
            HMACSHA256.HashData(Exp("KeyPass/v1/grant", Worked.G, [.. "pkv"u8]), vouched),
            VaultPointTag.Make(new GrantSecret([.. Worked.G]), Worked.Vault, 1, Worked.Value("pk_V")));

        static byte[] Exp(string label, byte[] secret, byte[] purpose) =>
            HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, 32, System.Text.Encoding.ASCII.GetBytes(label), purpose);
    }

    [Fact]
    public void A_verifier_matches_its_own_account_row_and_secret_alone()
    {
        using var ring = Ring.Fresh(Fixture.Day);
        var authHash = Worked.Value("AH");
        var stored = Verifier.Wrap(ring, "users", Row, authHash);
        Assert.True(Verifier.Matches(ring, "users", Row, stored, authHash));
        Assert.False(Verifier.Matches(ring, "users", Row, stored, RandomNumberGenerator.GetBytes(32)));
        Assert.False(Verifier.Matches(ring, "users", Row, stored, authHash.AsSpan(..31)));
        Assert.Throws<SealBroken>(() => Verifier.Matches(ring, "users", OtherRow, stored, authHash));
        Assert.Throws<SealBroken>(() => Verifier.Matches(ring, "users.recovery", Row, stored, authHash));
        Assert.False(Verifier.Matches(ring, "users", Row, stored, []));
        Assert.False(Verifier.Matches(ring, "users", Row, stored, new byte[32]));
        Assert.Throws<SealBroken>(() => Verifier.Wrap(ring, "users", Row, []));
        Assert.Throws<SealBroken>(() => Verifier.Wrap(ring, "users", Row, authHash.AsSpan(..31)));
        Assert.False(Verifier.Matches(ring, "users", Row, stored, [.. authHash, 0]));
        // What lies under the ring is not what the browser sends.
        Assert.NotEqual(authHash, ring.Unwrap("users", Row, stored));
        // A row that lies under the ring but is no verifier.
        Assert.Throws<SealBroken>(() => Verifier.Matches(ring, "users", Row, ring.Wrap("users", Row, new byte[33]), authHash));
        Assert.False(Verifier.Matches(ring, "users", Row, ring.Wrap("users", Row, []), authHash));
    }

    [Fact]
    public void The_salt_of_an_unknown_address_is_always_the_same_one_and_its_own()
    {
        using var ring = Ring.Fresh(Fixture.Day);
        var salt = DecoySalt.For(ring, "nobody@example.com");
        Assert.Equal(16, salt.Length);
        Assert.Equal(salt, DecoySalt.For(ring.WithNewEpoch(Fixture.Day).WithActive(2).WithDestroyed(1), "nobody@example.com"));
        Assert.NotEqual(salt, DecoySalt.For(ring, "nobody@example.org"));
        Assert.NotEqual(salt, DecoySalt.For(Ring.Fresh(Fixture.Day), "nobody@example.com"));
    }

    [Fact]
    public void A_vaults_public_point_is_vouched_for_by_its_grants_alone()
    {
        var g = new GrantSecret([.. Worked.G]);
        var (vault, point, otherPoint) = (Worked.Vault, Worked.Value("pk_V"), Worked.Value("pk_U"));
        var tag = VaultPointTag.Make(g, vault, 1, point);
        Assert.True(VaultPointTag.Verify(g, vault, 1, point, tag));
        Assert.False(VaultPointTag.Verify(g, vault, 1, otherPoint, tag));
        Assert.False(VaultPointTag.Verify(g, vault, 2, point, tag));
        Assert.False(VaultPointTag.Verify(g, Row, 1, point, tag));
        Assert.False(VaultPointTag.Verify(new GrantSecret([.. Worked.ChildG]), vault, 1, point, tag));
        Assert.False(VaultPointTag.Verify(g, vault, 1, point, []));
        Assert.False(VaultPointTag.Verify(g, vault, 1, point, tag.AsSpan(..31)));
    }
}
