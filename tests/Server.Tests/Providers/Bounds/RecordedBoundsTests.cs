using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using KeyPass.Server.Gateway;
using KeyPass.Server.Pricing;
using KeyPass.Server.Tests.Gateway;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Providers.Bounds;

/// <summary>
/// What providers really answered, each beside a request that it may have answered, from which alone the bound is made: <c>requests.txt</c>, with
/// limits that the answers just keep to. No answer costs more than its bound.
/// </summary>
public sealed partial class RecordedBoundsTests
{
    private static readonly string Folder = Path.Combine(Artifacts.RepositoryRoot, "tests/Server.Tests/Providers/Bounds");

    [Fact]
    public void No_recorded_answer_costs_more_than_its_bound()
    {
        var wrong = new List<string>();
        var bounded = 0;
        foreach (var pair in Pairs())
        {
            var (cost, bound, why) = pair.Judge();
            var outcome = cost is null ? "uncounted" : bound is null ? "refused" : "bounded";
            if (outcome != pair.Outcome)
                wrong.Add($"{pair.Name} is {outcome}, not {pair.Outcome}: {why}");
            else if (cost > bound)
                wrong.Add($"{pair.Name} cost {cost}, more than {bound}");
            bounded += outcome == "bounded" ? 1 : 0;
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(bounded >= (Recordings.AreThere ? 80 : 10), $"only {bounded} answers have a cost and a bound");
    }

    [Fact]
    public void Every_recording_has_its_request()
    {
        Recordings.SkipIfAbsent();
        Assert.Empty(Recordings.All().Where(one => one.Provider != "bedrock").Select(one => one.Name).Except(Pairs().Select(pair => pair.Name)));
    }

    /// <summary>The control: a bound that is too low is seen, be the answer larger or the request another's.</summary>
    [Fact]
    public void An_answer_that_costs_more_than_its_request_allows_is_found()
    {
        var small = Pairs().Single(pair => pair.Name == "fixtures/openai/chat.json");
        var (cost, bound, _) = small.Judge();
        Assert.True(cost <= bound);

        var (inflated, _, _) = (small with { Answer = Replaced(small.Answer, "\"completion_tokens\": 9", "\"completion_tokens\": 12009") }).Judge();
        Assert.True(inflated > bound);

        var (other, _, _) = Pairs().Single(pair => pair.Name == "fixtures/openai/images.json").Judge();
        Assert.True(other > bound);
    }

    private static byte[] Replaced(byte[] answer, string old, string now)
    {
        var text = Encoding.UTF8.GetString(answer);
        Assert.Contains(old, text, StringComparison.Ordinal);
        return Encoding.UTF8.GetBytes(text.Replace(old, now, StringComparison.Ordinal));
    }

    private static IEnumerable<Pair> Pairs()
    {
        foreach (var line in File.ReadLines(Path.Combine(Folder, "requests.txt")).Where(line => line.Length > 0 && line[0] != '#'))
        {
            var words = line.Split(' ', 4);
            if (words[1].StartsWith("fixtures/", StringComparison.Ordinal))
                yield return OfFixture(words);
            else if (Recordings.AreThere)
                yield return OfRecording(words, Recordings.Of(words[1]));
        }
    }

    private static Pair OfRecording(string[] words, Recordings one) =>
        new(words[1], words[0], words[2], words[3], one.Provider, one.MediaType, one.Answer);

    private static Pair OfFixture(string[] words)
    {
        var answer = File.ReadAllBytes(Path.Combine(Artifacts.RepositoryRoot, "tests/Conformance", words[1]));
        return new Pair(words[1], words[0], words[2], words[3], words[1].Split('/')[1],
            words[1].EndsWith(".sse", StringComparison.Ordinal) ? Metered.Sse : Metered.Json, answer);
    }

    private sealed partial record Pair(string Name, string Outcome, string Path, string Request, string Provider, string MediaType, byte[] Answer)
    {
        public (long? Cost, long? Bound, string? Why) Judge()
        {
            var wish = Wish();
            // A bound is held before the answer is there: it never sees it.
            var bound = wish.BoundFor(Provider, PriceBook.Catalogue, Bounded.Now, tightly: false, out var why);
            return (CostOf(wish), bound?.NanoUsd, why?.Sentence);
        }

        private CallWish Wish()
        {
            if (!Request.StartsWith("FORM ", StringComparison.Ordinal))
            {
                return Bounded.Read(Path, Filler().Replace(Request, many =>
                    new string('x', int.Parse(many.Groups[1].ValueSpan, CultureInfo.InvariantCulture))));
            }
            var words = Request.Split(' ');
            var (form, type) = Bounded.Form(int.Parse(words[1], CultureInfo.InvariantCulture), ("model", words[2]), ("prompt", "A cat"));
            return Bounded.Read(Path, form, type);
        }

        private long? CostOf(CallWish wish)
        {
            var reader = wish.ReaderFor(Provider)!;
            using var meter = new AnswerMeter(reader, MediaType, false);
            meter.Pass(Answer);
            meter.End();
            return Cost.Of(meter.Reading, Provider, wish.Models[0], PriceBook.Catalogue, Bounded.Now).NanoUsd;
        }

        /// <summary>So many letters that nobody wants to read.</summary>
        [GeneratedRegex("%(\\d+)%")]
        private static partial Regex Filler();
    }
}
