namespace KeyPass.Server.Budgets;

/// <summary>What a call asks for that can do with less, down to the least that is of use to it.</summary>
/// <param name="Within">The most it could spend of an amount between the two.</param>
internal readonly record struct Elastic(long Least, long Most, Func<long, long> Within);
