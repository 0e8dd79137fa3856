namespace KeyPass.Server.Ledger;

/// <param name="Folder">Where journals stand: on a disk of this machine, which a killed process leaves as it was. Below it each database has its own.</param>
internal sealed record LedgerSettings(string Folder);
