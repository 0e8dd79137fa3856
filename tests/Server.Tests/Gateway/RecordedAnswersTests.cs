namespace KeyPass.Server.Tests.Gateway;

public class RecordedAnswersTests
{
    [Fact]
    public void Dump()
    {
        Recordings.SkipIfAbsent();
        var lines = Recordings.All().Select(one => { var m = Metered.Run(one.Provider, one.Operation, one.MediaType, one.Answer); return $"{one.Name} | {one.Operation} | {m.Reading} | {m.IsFinal} {m.HasError} {m.HasClamped} {m.ReportedNanoUsd}"; });
        File.WriteAllLines("/tmp/meter_dump.txt", lines);
    }
}
