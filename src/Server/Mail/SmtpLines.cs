using System.Globalization;
using System.Text;

namespace KeyPass.Server.Mail;

/// <summary>What a mail server answers (RFC 5321, 4.2): a code of three digits, and text on one line or more.</summary>
internal sealed record SmtpReply(int Code, IReadOnlyList<string> Lines)
{
    /// <summary>The words after an extension's name in the answer to EHLO; null when the server does not offer it.</summary>
    public string[]? FindExtension(string name) => Lines.Skip(1)
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .FirstOrDefault(words => words.Length > 0 && words[0].Equals(name, StringComparison.OrdinalIgnoreCase))?[1..];
}

/// <summary>Lines to and from a mail server. One that answers without an end is cut off.</summary>
internal sealed class SmtpLines(Stream stream)
{
    /// <summary>RFC 5321, 4.5.3.1.5 allows 512; some greet at length.</summary>
    private const int LongestLine = 2048;
    private const int MostLines = 100;

    private readonly byte[] _buffer = new byte[LongestLine];
    private int _start;
    private int _end;

    /// <summary>
    /// Something came that nobody asked for. Before TLS begins, it would be read as if it had come through TLS (CVE-2011-0411).
    /// </summary>
    public bool HasMore => _start < _end;

    public Task SendAsync(string line, CancellationToken cancel) => SendRawAsync(line + "\r\n", cancel);

    public async Task SendRawAsync(string text, CancellationToken cancel)
    {
        await stream.WriteAsync(Encoding.UTF8.GetBytes(text), cancel);
        await stream.FlushAsync(cancel);
    }

    public async Task<SmtpReply> ReadReplyAsync(CancellationToken cancel)
    {
        var lines = new List<string>();
        while (lines.Count < MostLines)
        {
            var line = await ReadLineAsync(cancel);
            if (line.Length < 3 || !int.TryParse(line.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var code))
                break;
            lines.Add(line.Length > 4 ? line[4..] : "");
            if (line.Length == 3 || line[3] == ' ')
                return new SmtpReply(code, lines);
        }
        throw new SmtpFailure("the mail server does not speak SMTP", isFinal: false);
    }

    private async Task<string> ReadLineAsync(CancellationToken cancel)
    {
        var line = new StringBuilder();
        while (line.Length < LongestLine)
        {
            if (_start == _end)
            {
                (_start, _end) = (0, await stream.ReadAsync(_buffer, cancel));
                if (_end == 0)
                    throw new SmtpFailure("the mail server hung up", isFinal: false);
            }
            var next = (char)_buffer[_start++];
            if (next == '\n')
                return line.ToString().TrimEnd('\r');
            line.Append(next);
        }
        throw new SmtpFailure("the mail server answers without an end", isFinal: false);
    }
}
