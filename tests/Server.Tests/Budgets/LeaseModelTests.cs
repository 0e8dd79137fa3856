using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Budgets;

/// <summary>
/// Every order in which servers, the database, the provider and bad luck can act on one budget, in a world of small numbers, by the server's own rules for
/// leases. There is no order in which a limit is passed, money is charged twice or held for ever; and a rule that is wrong is found by the same search.
/// </summary>
public sealed class LeaseModelTests(ITestOutputHelper output)
{
    /// <summary>All misfortunes at once are too much to visit: one or two at a time, and the larger worlds in long runs.</summary>
    private static readonly (int Calls, Move[] Misfortunes)[] Shapes =
    [
        (2, []),
        (2, [Move.Cut, Move.Abort]),
        (2, [Move.LowerLimit]),
        (1, [Move.Crash, Move.Cut]),
        (1, [Move.DeclareLost]),
        (1, [Move.EndWindow]),
        (3, []),
        (2, [Move.Crash]),
        (1, [Move.Crash, Move.LowerLimit, Move.Cut]),
        (1, [Move.DeclareLost, Move.Cut]),
        (1, [Move.Crash, Move.DeclareLost]),
        (1, [Move.EndWindow, Move.Cut]),
    ];

    public static TheoryData<int> EveryShape => [.. Enumerable.Range(0, Rounds.Of(6, inLongRuns: Shapes.Length))];

    [Theory]
    [MemberData(nameof(EveryShape))]
    public void In_no_order_of_events_is_a_limit_passed_or_money_charged_twice_or_held_for_ever(int which)
    {
        var (calls, misfortunes) = Shapes[which];
        var search = new LeaseSearch(new Shape(Limit: 4, Bound: 2, calls, misfortunes));

        Assert.Null(search.FindBroken());

        output.WriteLine($"{search.Worlds} worlds");
        Assert.True(search.Worlds > 10_000, $"only {search.Worlds} worlds were visited");
    }

    [Theory]
    [InlineData(nameof(Fault.ReturnsWithoutLoweringItsCell))]
    [InlineData(nameof(Fault.ReturnsTwice))]
    [InlineData(nameof(Fault.LooksWhileTheChangeIsUnderWay), nameof(Move.Cut))]
    [InlineData(nameof(Fault.AdoptsWhatItHasAlready))]
    [InlineData(nameof(Fault.ClosesBeforeItReadsTheJournal), nameof(Move.Crash))]
    [InlineData(nameof(Fault.ClosesWithoutWhatWasSpent), nameof(Move.Crash))]
    [InlineData(nameof(Fault.OpensALostLeaseAgain), nameof(Move.DeclareLost))]
    [InlineData(nameof(Fault.ReturnsWhatALostServerHeld), nameof(Move.DeclareLost))]
    [InlineData(nameof(Fault.GrantsPastALoweredLimit), nameof(Move.LowerLimit))]
    [InlineData(nameof(Fault.SettlesBeforeTheJournal), nameof(Move.Crash))]
    [InlineData(nameof(Fault.CallsBeforeTheJournal), nameof(Move.Crash))]
    [InlineData(nameof(Fault.ChargesWhatComesTwice))]
    [InlineData(nameof(Fault.MakesALeaseTogetherWithItsMoney), nameof(Move.Cut), nameof(Move.EndWindow))]
    public void A_rule_that_is_wrong_is_found(string fault, params string[] misfortunes)
    {
        var search = new LeaseSearch(new Shape(Limit: 4, Bound: 2, Calls: 2, [.. misfortunes.Select(Enum.Parse<Move>)]), Enum.Parse<Fault>(fault));

        var broken = search.FindBroken();

        Assert.NotNull(broken);
        output.WriteLine($"{search.Worlds} worlds: {broken}");
    }
}
