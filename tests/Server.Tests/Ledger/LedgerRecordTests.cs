using System.Buffers;
using System.Text.Json;
using KeyPass.Server.Budgets;
using KeyPass.Server.Ledger;
using KeyPass.Server.Receipts;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Ledger;

/// <summary>What a killed server wrote must be readable to the next, down to a call that was made within its first millisecond.</summary>
public class LedgerRecordTests
{
    [Fact]
    public void A_record_is_read_back_as_it_was_written_also_where_every_number_of_it_is_nought()
    {
        var cell = new CellName(TestAccount.NewId(), 1, TestAccount.NewId());
        var record = new LedgerRecord(
            new Receipt
            {
                Id = TestAccount.NewId(), At = DateTimeOffset.UnixEpoch, AccountId = TestAccount.NewId(), GrantId = TestAccount.NewId(),
                CredentialId = TestAccount.NewId(), IsTest = false, Tags = [], Status = 0, Exactness = "", Attempts = 0, LatencyMilliseconds = 0,
            },
            [cell]);
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
            record.WriteTo(json);

        var read = LedgerRecord.Read(buffer.WrittenSpan);

        Assert.NotNull(read);
        Assert.Equal([cell], read.Cells);
        Assert.Equal(record.Receipt, read.Receipt with { Tags = record.Receipt.Tags });
    }
}
