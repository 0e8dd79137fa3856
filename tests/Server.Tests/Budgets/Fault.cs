namespace KeyPass.Server.Tests.Budgets;

/// <summary>What is built wrongly on purpose, so that the search is seen to find it.</summary>
internal enum Fault
{
    None,
    ReturnsWithoutLoweringItsCell,
    ReturnsTwice,
    LooksWhileTheChangeIsUnderWay,
    AdoptsWhatItHasAlready,
    ClosesBeforeItReadsTheJournal,
    ClosesWithoutWhatWasSpent,
    OpensALostLeaseAgain,
    ReturnsWhatALostServerHeld,
    GrantsPastALoweredLimit,
    SettlesBeforeTheJournal,
    CallsBeforeTheJournal,
    ChargesWhatComesTwice,
    MakesALeaseTogetherWithItsMoney,
}
