using KeyPass.Server.Sealing;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Sealing;

/// <summary>CR-13: one cipher object shared by two threads gives wrong plaintexts without an error, so none is shared.</summary>
public class ThreadsTests
{
    [Fact]
    public async Task Threads_that_open_under_the_same_secrets_at_once_get_each_its_own_plaintext()
    {
        var rounds = Rounds.Of(20_000, inLongRuns: 200_000);
        using var ring = Ring.Fresh(Fixture.Day);
        var wrong = await Task.WhenAll(Enumerable.Range(0, 2).Select(thread => Task.Run(() =>
        {
            var count = 0;
            var g = new GrantSecret([.. Worked.G]);
            var secret = System.Text.Encoding.ASCII.GetBytes($"sk-of-thread-{thread}");
            var envelope = SealedKey.Seal(g, Worked.Grant, Worked.Version, KeyScheme.Bearer, secret);
            var wrapped = ring.Wrap("sealed_keys", Worked.Row, envelope);
            var (outer, inner) = (new byte[envelope.Length], new byte[KeyPayload.MaxSize]);
            for (var round = 0; round < rounds; round++)
            {
                using var payload = SealedKey.Open(g, Worked.Grant, Worked.Version, ring.Unwrap("sealed_keys", Worked.Row, wrapped, outer), inner);
                if (!payload.Secret.SequenceEqual(secret))
                    count++;
            }
            return count;
        })));
        Assert.Equal([0, 0], wrong);
    }
}
