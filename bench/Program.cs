using System.Globalization;
using KeyPass.Bench;

// dotnet run -c Release --project bench
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} cores, .NET {Environment.Version}"));
Console.WriteLine();
Console.WriteLine($"| {"",-44} | {"median",10} | {"p99",10} | allocated |");
Console.WriteLine($"| {new string('-', 44)} | {new string('-', 10)} | {new string('-', 10)} | --------- |");
using var bench = new SealingBench();
Measured.Print("Open a provider key for one proxied call", bench.ProxiedCall);
Measured.Print("  of it: hash the credential", bench.Hash);
Measured.Print("  of it: open one OUTER", bench.Outer);
Measured.Print("  of it: open TOKEN_WRAP", bench.Unwrap);
Measured.Print("  of it: open SEALED_KEY", bench.Unseal);
Measured.Print("Mint a credential", SealingBench.Mint);
Measured.Print("Read a presented credential", bench.Read);
Measured.Print("Seal DEPOSIT to the vault's public point", bench.Deposit, perBatch: 20);
