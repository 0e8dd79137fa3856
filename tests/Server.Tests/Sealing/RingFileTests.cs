using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using KeyPass.Server.Sealing;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Sealing;

/// <summary>CR-23: the ring's file is made only when asked for, and anything wrong with it stops the server with a sentence.</summary>
public class RingFileTests
{
    private static readonly Guid Row = new("0198c0de-0000-7000-8000-000000000001");

    [Fact]
    public void A_missing_file_is_refused_and_nothing_is_created()
    {
        var folder = Artifacts.NewFolder("ring");
        var refused = Assert.Throws<RingUnusable>(() => RingFile.Load(Path.Combine(folder, "ring")));
        Assert.Contains("is missing", refused.Message, StringComparison.Ordinal);
        refused = Assert.Throws<RingUnusable>(() => RingFile.Save(Path.Combine(folder, "ring"), Ring.Fresh(Fixture.Day)));
        Assert.Contains("nothing to replace", refused.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
    }

    [Fact]
    public void What_is_saved_is_loaded_again_with_every_epoch_and_its_state()
    {
        var path = NewPath();
        var created = RingFile.Create(path, Fixture.Day);
        var wrapped = created.Wrap("users", Row, "a"u8);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.Equal("a"u8.ToArray(), RingFile.Load(path).Unwrap("users", Row, wrapped));

        RingFile.Save(path, RingFile.Load(path).WithNewEpoch(Fixture.Day.AddDays(30)).WithActive(2));
        var second = RingFile.Load(path);
        Assert.Equal("a"u8.ToArray(), second.Unwrap("users", Row, wrapped));
        Assert.Equal(DecoySalt.For(created, "a@example.com"), DecoySalt.For(second, "a@example.com"));
        Assert.Equal([Fixture.Day, Fixture.Day.AddDays(30)], second.Epochs.Select(epoch => epoch.Created));

        RingFile.Save(path, second.WithDestroyed(1));
        var third = RingFile.Load(path);
        Assert.Equal([(1u, RingState.Destroyed), (2u, RingState.Active)], third.Epochs.Select(epoch => (epoch.Kid, epoch.State)));
        Assert.Throws<SealBroken>(() => third.Unwrap("users", Row, wrapped));
        Assert.DoesNotContain(
            Convert.ToHexStringLower(created.Active.Secret), File.ReadAllText(path), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.Equal([path], Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void A_ring_is_never_written_over_by_creating_one()
    {
        var path = NewPath();
        RingFile.Create(path, Fixture.Day);
        var before = File.ReadAllBytes(path);
        Assert.Throws<RingUnusable>(() => RingFile.Create(path, Fixture.Day));
        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.Equal([path], Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(path)!));
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    [InlineData(UnixFileMode.OtherExecute)]
    public void A_file_that_others_can_reach_is_refused_with_the_command_that_helps(UnixFileMode mode)
    {
        var path = NewPath();
        RingFile.Create(path, Fixture.Day);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | mode);
        var refused = Assert.Throws<RingUnusable>(() => RingFile.Load(path));
        Assert.Contains("chmod 600", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_with_any_bit_flipped_or_its_end_missing_is_damaged()
    {
        var path = NewPath();
        RingFile.Create(path, Fixture.Day);
        var good = File.ReadAllBytes(path);
        for (var bit = 0; bit < good.Length * 8; bit++)
        {
            byte[] flipped = [.. good];
            flipped[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.Null(RingText.Read(flipped));
        }
        for (var size = 0; size < good.Length; size++)
            Assert.Null(RingText.Read(good.AsSpan(..size)));
        File.WriteAllBytes(path, good[..^10]);
        Assert.Contains("is damaged", Assert.Throws<RingUnusable>(() => RingFile.Load(path)).Message, StringComparison.Ordinal);
        File.WriteAllBytes(path, []);
        Assert.Throws<RingUnusable>(() => RingFile.Load(path));
        File.WriteAllBytes(path, new byte[64 * 1024 + 1]);
        Assert.Contains("too long", Assert.Throws<RingUnusable>(() => RingFile.Load(path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1 Active DAY HEX", true)]
    [InlineData("1 Destroyed DAY |2 Active DAY HEX|3 Decrypt DAY HEX", true)]
    [InlineData("", false)]
    [InlineData("1 Decrypt DAY HEX", false)]
    [InlineData("1 Active DAY HEX|2 Active DAY HEX", false)]
    [InlineData("1 Active DAY HEX|1 Decrypt DAY HEX", false)]
    [InlineData("1 Active DAY ", false)]
    [InlineData("1 Active DAY", false)]
    [InlineData("1 Active DAY HEX HEX", false)]
    [InlineData("1 Active DAY HEX|2 Decrypt DAY ", false)]
    [InlineData("1 Active DAY HEX|2 Lost DAY HEX", false)]
    [InlineData("1 Active DAY HEX|2 7 DAY HEX", false)]
    [InlineData("1 Active DAY HEX00", false)]
    [InlineData("1 Active DAY ZZ", false)]
    [InlineData("-1 Active DAY HEX", false)]
    [InlineData("4294967296 Active DAY HEX", false)]
    [InlineData("one Active DAY HEX", false)]
    [InlineData("1 Active yesterday HEX", false)]
    [InlineData("1 Active DAY HEX||", false)]
    public void A_file_that_was_edited_with_care_is_still_read_strictly(string epochs, bool readable)
    {
        var hex = Convert.ToHexStringLower(Worked.G);
        var lines = epochs.Replace("|", "\n", StringComparison.Ordinal).Replace("HEX", hex, StringComparison.Ordinal)
            .Replace("ZZ", new string('z', 64), StringComparison.Ordinal)
            .Replace("DAY", Fixture.Day.ToString("O", CultureInfo.InvariantCulture), StringComparison.Ordinal);
        Assert.Equal(readable, RingText.Read(WithCheck($"keypass-ring 1\nstanding {hex}\n{lines}\n")) is not null);
        Assert.Null(RingText.Read(WithCheck($"keypass-ring 1\nstanding {new string('z', 64)}\n{lines}\n")));
        Assert.Null(RingText.Read(WithCheck($"keypass-ring 1\nstanding {hex}00\n{lines}\n")));
        Assert.Null(RingText.Read(WithCheck($"keypass-ring 1\nstanding {hex} {lines}\n")));
        Assert.Null(RingText.Read(WithCheck($"keypass-ring 2\nstanding {hex}\n{lines}\n")));
        Assert.Null(RingText.Read(WithCheck($"keypass-ring 1\nstanding {hex}\n{lines} ")));
    }

    [Fact]
    public void A_folder_in_the_files_place_and_a_folder_that_is_missing_are_named()
    {
        var path = NewPath();
        Directory.CreateDirectory(path);
        Assert.Throws<RingUnusable>(() => RingFile.Load(path));
        Assert.Throws<RingUnusable>(() => RingFile.Create(path, Fixture.Day));
        Assert.Throws<RingUnusable>(() => RingFile.Create(Path.Combine(path, "missing", "ring"), Fixture.Day));
        Assert.Empty(Directory.EnumerateFileSystemEntries(path));
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_named()
    {
        var path = NewPath();
        File.CreateSymbolicLink(path, path); // leads to itself: no user can open it, not even root
        Assert.Throws<RingUnusable>(() => RingFile.Load(path));
    }

    private static string NewPath() => Path.Combine(Artifacts.NewFolder("ring"), "ring");

    private static byte[] WithCheck(string text)
    {
        var bytes = Encoding.ASCII.GetBytes(text);
        return [.. bytes, .. Encoding.ASCII.GetBytes($"check {Convert.ToHexStringLower(SHA256.HashData(bytes))}\n")];
    }
}
