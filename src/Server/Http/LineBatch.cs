using System.Globalization;

namespace KeyPass.Server.Http;

/// <summary>
/// The lines that wait, and the one thread that writes them. It looks once in a while for as long as lines come, so that only the first of
/// a while wakes it. Where the reader is slower than we are, lines are dropped and counted; a warning is dropped last, and counted apart.
/// </summary>
internal sealed class LineBatch : IDisposable
{
    /// <summary>Some 5,000 lines of calls.</summary>
    private const int Most = 1024 * 1024;

    /// <summary>What only warnings and failures may fill.</summary>
    private const int MostWithWarnings = 4 * Most;

    private static readonly TimeSpan While = TimeSpan.FromMilliseconds(10);

    /// <summary>A stop does not wait longer for a reader that reads no more.</summary>
    private static readonly TimeSpan LastWhile = TimeSpan.FromSeconds(2);

    private readonly Stream _output;
    private readonly LineFormat _format;
    private readonly Thread _writer;
    private readonly Lock _gate = new();
    private readonly Lock _writing = new();
    private readonly AutoResetEvent _wake = new(initialState: false);
    private byte[] _waiting = new byte[4096];
    private byte[] _leaving = new byte[4096];
    private int _size;
    private long _dropped;
    private long _droppedWarnings;
    private bool _sleeps = true;
    private bool _isClosed;

    public LineBatch(Stream output, LineFormat format)
    {
        (_output, _format) = (output, format);
        _writer = new Thread(WriteAll) { IsBackground = true, Name = "log" };
        _writer.Start();
        // However the process ends, short of being killed.
        AppDomain.CurrentDomain.ProcessExit += OnExit;
        AppDomain.CurrentDomain.UnhandledException += OnExit;
    }

    public void Add(ReadOnlySpan<byte> line, bool mayBeDropped)
    {
        lock (_gate)
        {
            if (_size + line.Length > (mayBeDropped ? Most : MostWithWarnings))
            {
                _dropped++;
                _droppedWarnings += mayBeDropped ? 0 : 1;
                return;
            }
            if (_size + line.Length > _waiting.Length)
                Array.Resize(ref _waiting, Math.Max(2 * _waiting.Length, _size + line.Length));
            line.CopyTo(_waiting.AsSpan(_size));
            _size += line.Length;
            if (!_isClosed)
            {
                if (!_sleeps)
                    return;
                _sleeps = false;
            }
        }
        if (_isClosed)
            Flush(); // after the end there is no thread
        else
            _wake.Set();
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        AppDomain.CurrentDomain.UnhandledException -= OnExit;
        lock (_gate)
        {
            if (_isClosed)
                return;
            _isClosed = true;
        }
        _wake.Set();
        if (_writer.Join(LastWhile))
            _wake.Dispose();
    }

    private void OnExit(object? sender, EventArgs e)
    {
        var last = new Thread(() => Flush()) { IsBackground = true };
        last.Start();
        last.Join(LastWhile);
    }

    private void WriteAll()
    {
        while (true)
        {
            var wroteSome = Flush();
            bool sleeps;
            lock (_gate)
            {
                if (_isClosed && _size == 0)
                    return;
                _sleeps = sleeps = !wroteSome && _size == 0;
            }
            _wake.WaitOne(sleeps ? Timeout.InfiniteTimeSpan : While);
        }
    }

    /// <summary>Whether there was something. One write for all that waits.</summary>
    private bool Flush()
    {
        lock (_writing)
        {
            int size;
            lock (_gate)
            {
                if (_dropped > 0)
                    AppendLoss();
                (_waiting, _leaving, size, _size) = (_leaving, _waiting, _size, 0);
            }
            if (size == 0)
                return false;
            try
            {
                _output.Write(_leaving, 0, size);
                _output.Flush();
            }
            catch (IOException)
            {
                // Nobody reads any more, and there is no one to tell.
            }
            if (_leaving.Length > Most)
                _leaving = new byte[4096];
            return true;
        }
    }

    /// <summary>After the lines that came through, and before those that will.</summary>
    private void AppendLoss()
    {
        var text = string.Create(CultureInfo.InvariantCulture,
            $"{_dropped} log lines were dropped here, {_droppedWarnings} of them warnings or failures: they came faster than they were read");
        (_dropped, _droppedWarnings) = (0, 0);
        var line = _format.Write(text);
        if (_size + line.Length > _waiting.Length)
            Array.Resize(ref _waiting, _size + line.Length);
        line.CopyTo(_waiting.AsSpan(_size));
        _size += line.Length;
    }
}
