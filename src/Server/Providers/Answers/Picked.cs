using System.Text.Json;

namespace KeyPass.Server.Providers;

/// <summary>The values found in one answer so far, each under its field; one piece of memory for all events of a stream.</summary>
internal sealed class Picked
{
    /// <summary>More than any call can use; at the dearest price it is still far within what money is counted in.</summary>
    private const long Most = 1_000_000_000_000;

    /// <summary>A million dollars, in nano-USD.</summary>
    private const long MostMoney = 1_000_000_000_000_000;

    /// <summary>A model's name; anything longer is none.</summary>
    private const int TextBytes = 256;

    private readonly long[] _numbers = new long[(int)AnswerField.Last];
    private readonly string?[] _texts = new string?[(int)AnswerField.Input];
    private ulong _seen;

    /// <summary>A number was below nothing or beyond belief, and was put right.</summary>
    public bool HasClamped { get; private set; }

    public long this[AnswerField field] => _numbers[(int)field];

    public bool Has(AnswerField field) => (_seen & Bit(field)) != 0;

    public string? Text(AnswerField field) => Has(field) ? _texts[(int)field] : null;

    public void Forget(AnswerField field)
    {
        _numbers[(int)field] = 0;
        _seen &= ~Bit(field);
    }

    /// <summary>All but the model, which every event may be the first or the last to say.</summary>
    public void ForgetAllButModel()
    {
        Array.Clear(_numbers);
        _seen &= Bit(AnswerField.Model);
    }

    public void Put(AnswerField field, long number)
    {
        _numbers[(int)field] = number;
        _seen |= Bit(field);
    }

    public void PutNumber(AnswerField field, ref Utf8JsonReader json)
    {
        var (scale, most) = field switch
        {
            AnswerField.Cost or AnswerField.UpstreamCost => (1_000_000_000m, MostMoney),
            AnswerField.CostTicks => (1m, MostMoney),
            AnswerField.AudioSeconds or AnswerField.Duration => (1_000m, Most),
            _ => (1m, Most),
        };
        if (scale == 1m && json.TryGetInt64(out var whole))
        {
            Put(field, Clamp(whole, most));
            return;
        }
        // Beyond a decimal there is only 1e400 and its like.
        var number = json.TryGetDecimal(out var some) ? some : json.ValueSpan[0] == '-' ? -1m : decimal.MaxValue;
        Put(field, number > most / scale ? Clamp(long.MaxValue, most) : number < 0 ? Clamp(-1, most) : (long)Math.Ceiling(number * scale));
    }

    public void PutText(AnswerField field, ref Utf8JsonReader json)
    {
        if (field >= AnswerField.Input || json.ValueSpan.Length is 0 or > TextBytes)
            return;
        try
        {
            // Told again with every event, made once.
            if (_texts[(int)field] is not { } known || !json.ValueTextEquals(known))
                _texts[(int)field] = json.GetString();
            _seen |= Bit(field);
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair, or bytes that are no text: it said nothing.
        }
    }

    private long Clamp(long number, long most)
    {
        if (number >= 0 && number <= most)
            return number;
        HasClamped = true;
        return Math.Clamp(number, 0, most);
    }

    private static ulong Bit(AnswerField field) => 1UL << (int)field;
}
