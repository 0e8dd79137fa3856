using System.Buffers.Text;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace KeyPass.Bench.Gateway;

/// <summary>
/// One HTTP/1.1 message after another off a connection, by either side. It does the least that is right, because what it costs is
/// taken from the same machine as what is measured.
/// </summary>
internal sealed class MessageReader(Socket socket)
{
    private readonly byte[] _bytes = new byte[64 * 1024];
    private readonly byte[] _body = new byte[8 * 1024];
    private int _kept;
    private int _start;
    private int _end;

    /// <summary>Of an answer.</summary>
    public int Status { get; private set; }

    /// <summary>When the first byte of the body was here; 0 for a message without one.</summary>
    public long FirstByteAt { get; private set; }

    public long BodySize { get; private set; }

    /// <summary>Its beginning; of our own calls all of it.</summary>
    public ReadOnlyMemory<byte> Body => _body.AsMemory(0, _kept);

    /// <summary>False where the other side closed instead.</summary>
    public async ValueTask<bool> ReadAsync(CancellationToken cancel)
    {
        (FirstByteAt, BodySize, _kept) = (0, 0, 0);
        int head;
        while ((head = _bytes.AsSpan(_start.._end).IndexOf("\r\n\r\n"u8)) < 0)
        {
            if (!await FillAsync(cancel))
                return false;
        }
        var (length, isChunked) = ReadHead(_bytes.AsSpan(_start, head + 2));
        _start += head + 4;
        return isChunked ? await SkipChunksAsync(cancel) : await SkipAsync(length, cancel);
    }

    private (long Length, bool IsChunked) ReadHead(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith("HTTP/1.1 "u8) && Utf8Parser.TryParse(head[9..12], out int status, out _))
            Status = status;
        return (Number(Value(head, "\r\ncontent-length:"u8)), Value(head, "\r\ntransfer-encoding:"u8).IndexOf("chunked"u8) >= 0);
    }

    private static ReadOnlySpan<byte> Value(ReadOnlySpan<byte> head, ReadOnlySpan<byte> name)
    {
        for (var line = head.IndexOf("\r\n"u8); line >= 0 && head.Length - line > name.Length;)
        {
            head = head[line..];
            if (Ascii.EqualsIgnoreCase(head[..name.Length], name))
            {
                var value = head[name.Length..];
                return value[..value.IndexOf((byte)'\r')].Trim((byte)' ');
            }
            head = head[2..];
            line = head.IndexOf("\r\n"u8);
        }
        return default;
    }

    private static long Number(ReadOnlySpan<byte> text) => Utf8Parser.TryParse(text, out long number, out _) ? number : 0;

    private async ValueTask<bool> SkipChunksAsync(CancellationToken cancel)
    {
        while (true)
        {
            int line;
            while ((line = _bytes.AsSpan(_start.._end).IndexOf("\r\n"u8)) < 0)
            {
                if (!await FillAsync(cancel))
                    return false;
            }
            if (!Utf8Parser.TryParse(_bytes.AsSpan(_start, line), out long size, out _, 'x'))
                throw new InvalidDataException("a chunk without a size");
            _start += line + 2;
            if (!await SkipAsync(size, cancel) || !await SkipAsync(2, cancel, isBody: false))
                return false;
            if (size == 0)
                return true;
        }
    }

    private async ValueTask<bool> SkipAsync(long count, CancellationToken cancel, bool isBody = true)
    {
        while (count > 0)
        {
            if (_start == _end && !await FillAsync(cancel))
                return false;
            var part = (int)Math.Min(count, _end - _start);
            if (isBody)
                Keep(_bytes.AsSpan(_start, part));
            _start += part;
            count -= part;
        }
        return true;
    }

    private void Keep(ReadOnlySpan<byte> part)
    {
        if (BodySize == 0)
            FirstByteAt = Stopwatch.GetTimestamp();
        BodySize += part.Length;
        part = part[..Math.Min(part.Length, _body.Length - _kept)];
        part.CopyTo(_body.AsSpan(_kept));
        _kept += part.Length;
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancel)
    {
        if (_start == _end)
            (_start, _end) = (0, 0);
        if (_end == _bytes.Length)
        {
            _bytes.AsSpan(_start.._end).CopyTo(_bytes);
            (_start, _end) = (0, _end - _start);
        }
        var read = await socket.ReceiveAsync(_bytes.AsMemory(_end), cancel);
        _end += read;
        return read > 0;
    }
}
