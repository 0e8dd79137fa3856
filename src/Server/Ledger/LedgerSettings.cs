namespace KeyPass.Server.Ledger;

/// <param name="Folder">Where journals stand: on a disk of this machine, which a killed process leaves as it was.</param>
internal sealed record LedgerSettings(string Folder);
