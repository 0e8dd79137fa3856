using System.Runtime.CompilerServices;

namespace KeyPass.Server.Budgets;

/// <summary>What one attempt holds: the same amount in every cell of its chain. It is settled once, and until then nobody else can spend it.</summary>
internal sealed class Hold(long nanoUsd)
{
    /// <summary>As many as a chain has: of account, provider key and virtual key two each, and room for a connection and its child.</summary>
    public const int MostCells = 10;

    private Cells _cells;
    private int _count;
    private int _isSettled;

    public long NanoUsd => nanoUsd;

    public CellName[] Names
    {
        get
        {
            var names = new CellName[_count];
            for (var place = 0; place < names.Length; place++)
                names[place] = _cells[place].Name;
            return names;
        }
    }

    public void Add(Cell cell) => _cells[_count++] = cell;

    /// <summary>On every way out of an attempt. What it did not cost is free again at once.</summary>
    public void Settle(long cost)
    {
        if (Interlocked.Exchange(ref _isSettled, 1) == 1)
            return;
        for (var place = _count - 1; place >= 0; place--)
            _cells[place].Settle(nanoUsd, cost);
    }

    [InlineArray(MostCells)]
    private struct Cells
    {
        private Cell _first;
    }
}
