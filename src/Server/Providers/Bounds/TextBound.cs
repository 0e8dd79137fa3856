using System.Buffers;
using KeyPass.Server.Pricing;

namespace KeyPass.Server.Providers.Bounds;

/// <summary>Of calls that answer with text, and of those that only read it.</summary>
internal static class TextBound
{
    /// <summary>Each class of a model is rounded up by itself: together they may cost as many nano-USD more, where they cost anything.</summary>
    public const int Roundings = 16;

    /// <summary>Models that go to the net by themselves, for fees that no price list of ours has.</summary>
    private static readonly SearchValues<string> Searching = SearchValues.Create(
        ["search-preview", "search-api", "deep-research", "sonar", "compound", "-online", ":online"], StringComparison.OrdinalIgnoreCase);

    public static Bound? OfInput(BoundCall call, IReadOnlyList<PricedModel> models, out NoBound? why)
    {
        why = null;
        if (call.Signs.IsUnseen || call.Signs.HasSound)
        {
            why = new NoBound(null, "The body refers to something, or carries sound, film or documents: what those cost at most is documented nowhere.");
            return null;
        }
        var input = call.TextTokens + ((long)call.Signs.Pictures * PictureTokens(call));
        var dearest = 0L;
        foreach (var model in models)
        {
            if (model.InputRate(input, call.Signs.Pictures > 0, hasSound: false) is not { } rate)
            {
                why = NoBound.Unpriced(call.Provider, model.Name);
                return null;
            }
            dearest = Math.Max(dearest, Cost.Of(input, rate, PriceFactors.Whole));
        }
        return new Bound { FixedNanoUsd = dearest == 0 ? 0 : dearest + Roundings, InputTokens = input };
    }

    public static Bound? Of(BoundCall call, IReadOnlyList<PricedModel> models, out NoBound? why)
    {
        var passes = Passes(call, models, out why);
        if (why is not null)
            return null;
        // Anthropic's fallbacks are tries of one call, each billed; elsewhere one of them is.
        var adds = call.Operation == Operation.Messages;
        var whole = default(Line);
        foreach (var model in models)
        {
            if (LineOf(call, model, passes, isAdvisor: adds && model != models[0], out why) is not { } line)
                return null;
            whole = adds ? whole.And(line) : whole.Or(line);
        }
        return new Bound
        {
            FixedNanoUsd = whole.FixedNanoUsd,
            PerMillion = whole.PerMillion,
            Answers = AnswersOf(call, passes),
            InputTokens = whole.Input,
            AskedTokens = whole.MostOutput,
            LeastTokens = Math.Min(whole.MostOutput, (long)call.Signs.ThinkingBudget + Maxima.UsefulTokens),
            ExtraOutputTokens = whole.ExtraOutput,
        };
    }

    private static Line? LineOf(BoundCall call, PricedModel model, int passes, bool isAdvisor, out NoBound? why)
    {
        why = null;
        var signs = call.Signs;
        var input = InputOf(call, model, passes, out why);
        if (why is not null)
            return null;
        var extra = ExtraOutput(call, model, passes, isAdvisor, out why);
        if (why is not null)
            return null;
        if (isAdvisor && signs.AdvisorUses > 0)
            input = Sum(input, Bound.Times(model.Window ?? input, signs.AdvisorUses));
        var hasAnything = signs.IsUnseen || passes > 1;
        var limit = LimitOf(call, model);
        if (limit is null)
        {
            why = NoBound.Unlimited(call.Provider, model.Name, "how much it answers at most",
                $"say '{OutputField.NameFor(call.Provider, call.Operation, model.Name)}' in the call, or set maxOutputTokens");
            return null;
        }
        if (model.InputRate(input, hasAnything || signs.Pictures > 0, hasAnything || signs.HasSound) is not { } inputRate
            || model.OutputRate(input) is not { } outputRate)
        {
            why = NoBound.Unpriced(call.Provider, model.Name);
            return null;
        }
        var searches = call.Operation == Operation.Messages ? signs.Searches : passes - 1;
        var fees = Cost.Of(searches, model.RateOf(UsageClass.WebSearches) ?? 0, PriceFactors.Whole);
        var certain = Sum(Sum(Cost.Of(input, inputRate, PriceFactors.Whole), Cost.Of(extra, outputRate, PriceFactors.Whole)), fees);
        return new Line(inputRate + outputRate + fees == 0 ? 0 : Sum(certain, Roundings), outputRate, input, extra, limit.Value);
    }

    /// <summary>How often a model reads its input: once, and once more after each use of a tool that the provider runs.</summary>
    private static int Passes(BoundCall call, IReadOnlyList<PricedModel> models, out NoBound? why)
    {
        var signs = call.Signs;
        why = signs.Endless is { } endless
            ? new NoBound(endless, $"'{endless}' lets the provider work on without a documented maximum, so a key with a budget cannot use it. "
                + "Leave it out, or let your own program do it.")
            : models.FirstOrDefault(model => model.Name.AsSpan().ContainsAny(Searching)) is { } searching
                ? new NoBound("model", $"'{searching.Name}' searches by itself, for fees without a documented maximum: a key with a budget cannot use it.")
            : signs.HasSearch && models.FirstOrDefault(model => model.RateOf(UsageClass.WebSearches) is null) is { } unpriced
                ? NoBound.Unpriced(call.Provider, unpriced.Name, "takes for a search")
            : null;
        if (why is not null || call.Operation == Operation.Messages)
        {
            why ??= signs.HasUnlimitedSearch
                ? new NoBound("tools", "A search without 'max_uses' has no end: say it, and the budget can hold that much.")
                : null;
            return 1 + (int)Bound.Times(signs.Searches, 1) + (int)Bound.Times(signs.OtherUses, 1);
        }
        if (!signs.HasSearch)
            return 1;
        if (signs.MaxToolCalls is null || call.Provider is not ("openai" or "azure"))
            why = new NoBound("max_tool_calls", "Tools that the provider runs have no end without 'max_tool_calls', which OpenAI keeps to: say it.");
        return 1 + (signs.MaxToolCalls ?? 0);
    }

    private static long InputOf(BoundCall call, PricedModel model, int passes, out NoBound? why)
    {
        why = null;
        var signs = call.Signs;
        var isUnseen = passes > 1 || signs.IsUnseen || (signs.HasSound && call.Provider is not ("openai" or "azure"));
        var visible = call.TextTokens + Hidden(call) + ((long)signs.Pictures * PictureTokens(call));
        if ((isUnseen || signs.Compacts || signs.AdvisorUses > 0) && model.Window is null)
            why = NoBound.Unlimited(call.Provider, model.Name, "how much it reads at most, and not all that it is to read is in the call", "set contextTokens");
        var once = isUnseen ? Math.Max(visible, model.Window ?? 0) : visible;
        // What is compacted is read, and then its summary with the rest.
        var all = Bound.Times(once, passes + (signs.Compacts ? 1 : 0)) + (signs.Compacts ? model.MostOutput ?? 0 : 0);
        return call.Provider is "openai" or "azure" or "google" or "sandbox" ? all : Bound.Times(all, call.Signs.Choices);
    }

    /// <summary>What no field of the call limits: a summary, an advisor's words, a prediction that did not come true.</summary>
    private static long ExtraOutput(BoundCall call, PricedModel model, int passes, bool isAdvisor, out NoBound? why)
    {
        why = null;
        var signs = call.Signs;
        var times = (signs.Compacts ? passes : 0) + (isAdvisor ? signs.AdvisorUses : 0);
        if (times > 0 && model.MostOutput is null)
            why = NoBound.Unlimited(call.Provider, model.Name, "how much it answers at most", "set maxOutputTokens");
        return Bound.Times(model.MostOutput ?? 0, times) + (signs.HasPrediction ? Bound.Times(call.TextTokens, signs.Choices) : 0);
    }

    private static long Hidden(BoundCall call) =>
        call.Provider == "sandbox" ? 0 : call.Signs.HasTools ? 2 * Maxima.HiddenTokens : Maxima.HiddenTokens;

    private static int PictureTokens(BoundCall call) => call.Provider == "anthropic" ? Maxima.AnthropicPictureTokens : Maxima.PictureTokens;

    private static long AnswersOf(BoundCall call, int passes)
    {
        var answers = Bound.Times(Math.Max(1, call.Signs.Choices), call.Operation == Operation.Completions ? Math.Max(1, call.Signs.Prompts) : 1);
        // Nobody says that Anthropic's limit holds for all rounds together; OpenAI says it.
        return call.Operation == Operation.Messages ? Bound.Times(answers, passes) : answers;
    }

    /// <summary>What the caller says, as far as a model can; where nothing is said, all that it can.</summary>
    private static long? LimitOf(BoundCall call, PricedModel model)
    {
        var said = OutputField.LimitIn(call);
        if (said is null && call is { Operation: Operation.Completions, Provider: "openai" or "azure" })
            return Maxima.CompletionTokens;
        return said is null ? model.MostOutput
            : model.OwnMostOutput is { } most && model.Window is { } window ? Math.Min(said.Value, Math.Max(most, window))
            : said;
    }

    private static long Sum(long one, long other) => one > long.MaxValue - other ? long.MaxValue : one + other;

    private readonly record struct Line(long FixedNanoUsd, long PerMillion, long Input, long ExtraOutput, long MostOutput)
    {
        public Line And(Line other) => new(
            Sum(FixedNanoUsd, other.FixedNanoUsd), Sum(PerMillion, other.PerMillion), Input + other.Input, ExtraOutput + other.ExtraOutput,
            Math.Max(MostOutput, other.MostOutput));

        public Line Or(Line other) => new(
            Math.Max(FixedNanoUsd, other.FixedNanoUsd), Math.Max(PerMillion, other.PerMillion), Math.Max(Input, other.Input),
            Math.Max(ExtraOutput, other.ExtraOutput), Math.Max(MostOutput, other.MostOutput));
    }
}
