using System.Buffers.Text;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using KeyPass.Server.Sealing;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.AtRest;

/// <summary>A row as a thief reads it from a backup: every column as text, bytes as hex.</summary>
internal sealed record LootRow(string Table, IReadOnlyDictionary<string, string> Columns)
{
    public Guid Id => Guid.Parse(Columns["id"]);

    public byte[] Bytes(string column) => Convert.FromHexString(Columns[column].AsSpan(2));

    public static bool IsBytes(string value) => value.StartsWith("\\x", StringComparison.Ordinal);
}

/// <summary>
/// Everything a server leaves lying about: its database, its ring file, its logs. What is under the ring is unwrapped here, because
/// whoever has both can do that.
/// </summary>
internal sealed partial class Loot(IReadOnlyList<LootRow> rows, Ring? ring, IReadOnlySet<string> words)
{
    public IReadOnlyList<LootRow> Rows => rows;

    public static async Task<Loot> TakeAsync(string backup, string ringFile, string logs)
    {
        var rows = await ReadBackupAsync(backup);
        string[] files = [logs, await File.ReadAllTextAsync(ringFile)];
        var texts = rows.SelectMany(row => row.Columns.Values).Where(value => !LootRow.IsBytes(value)).Concat(files);
        return new Loot(rows, RingFile.Load(ringFile), texts.SelectMany(text => Word().Matches(text)).Select(match => match.Value)
            .Where(word => !Guid.TryParse(word.Replace("req_", "", StringComparison.Ordinal), out _)).ToHashSet());
    }

    /// <summary>The database alone: what is under the ring stays so.</summary>
    public Loot WithoutRing() => new(rows, ring: null, words);

    public byte[] Unwrapped(LootRow row, string column)
    {
        if (ring is null)
            return row.Bytes(column);
        var place = WrappedColumns.All.Single(one => one.Table == row.Table && one.Column == column);
        return ring.Unwrap(place.BoundAs, row.Id, row.Bytes(column));
    }

    /// <summary>Whole values: bytes as they lie there and without the ring, words, and what words spell in hex or base64url.</summary>
    public IReadOnlyList<byte[]> Values()
    {
        var values = rows.SelectMany(ValuesOf).ToList();
        if (ring is not null)
        {
            values.AddRange(ring.Epochs.Select(epoch => epoch.Secret.ToArray()));
            values.AddRange(WrappedColumns.All.Select(column => ring.Active.Outer(column.BoundAs).ToArray()));
            values.Add(ring.Standing.ToArray());
        }
        foreach (var word in words)
        {
            values.Add(Encoding.ASCII.GetBytes(word));
            if (word.Length % 2 == 0 && word.All(char.IsAsciiHexDigit))
                values.Add(Convert.FromHexString(word));
            if (Base64Url.IsValid(word))
                values.Add(Base64Url.DecodeFromChars(word));
        }
        return values;
    }

    /// <summary>
    /// Every string of 32 bytes that could be a secret: each one in what is short; in what is long (an envelope with a payload) those at the
    /// places where its format has something, and in long runs each one too.
    /// </summary>
    public IEnumerable<byte[]> Strings32() => Values()
        .SelectMany(value => Places(value.Length).Select(at => value[at..(at + Size)])).DistinctBy(Convert.ToHexString);

    private const int Size = 32;
    private const int Short = 160;

    private static IEnumerable<int> Places(int length)
    {
        var all = length <= Rounds.Of(Short, inLongRuns: int.MaxValue) ? Enumerable.Range(0, length) : [5, 9, 37, 49, length - Size];
        return all.Where(at => at + Size <= length);
    }

    private IEnumerable<byte[]> ValuesOf(LootRow row)
    {
        foreach (var (column, value) in row.Columns)
        {
            if (Guid.TryParse(value, out var id))
                yield return id.ToByteArray(bigEndian: true);
            else
                yield return LootRow.IsBytes(value) ? row.Bytes(column) : Encoding.UTF8.GetBytes(value);
            if (value != "\\N" && WrappedColumns.All.Any(one => one.Table == row.Table && one.Column == column))
                yield return Unwrapped(row, column);
        }
    }

    private static async Task<List<LootRow>> ReadBackupAsync(string backup)
    {
        await using var archive = await ZipFile.OpenReadAsync(backup);
        await using var manifest = await archive.GetEntry("manifest.json")!.OpenAsync();
        var rows = new List<LootRow>();
        foreach (var table in JsonDocument.Parse(manifest).RootElement.GetProperty("tables").EnumerateArray())
        {
            var name = table.GetProperty("name").GetString()!;
            var columns = table.GetProperty("columns").EnumerateArray().Select(column => column.GetString()!).ToList();
            await using var entry = await archive.GetEntry(string.Create(CultureInfo.InvariantCulture, $"tables/{name}.copy"))!.OpenAsync();
            using var reader = new StreamReader(entry);
            while (await reader.ReadLineAsync() is { } line)
            {
                // COPY's text: tabs between columns, a backslash before what would not be itself.
                var values = line.Split('\t').Select(value => value.Replace("\\\\", "\\", StringComparison.Ordinal));
                rows.Add(new LootRow(name, columns.Zip(values).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal)));
            }
        }
        return rows;
    }

    [GeneratedRegex("[0-9A-Za-z_-]{16,}")]
    private static partial Regex Word();
}
