namespace KeyPass.Server.Providers.Bounds;

/// <summary>What vendors document as the most of something, or what is more than any of them was seen to count. docs/BOUNDS.md has each one's reason.</summary>
internal static class Maxima
{
    /// <summary>Less output than this is not worth a call.</summary>
    public const int UsefulTokens = 256;

    /// <summary>What the older completions make of each prompt where nothing is said: OpenAI documents it.</summary>
    public const int CompletionTokens = 16;

    /// <summary>Prompts of the vendor's own before and around the caller's; as much again for the tools' instructions.</summary>
    public const int HiddenTokens = 1024;

    /// <summary>Rounds of hosted tools that Anthropic runs in one call before it pauses.</summary>
    public const int AnthropicRounds = 10;

    /// <summary>One picture that a model looks at. OpenAI's smallest model counts the most: 2,833 and 5,667 for each of eight tiles.</summary>
    public const int PictureTokens = 50_000;

    /// <summary>Anthropic's largest picture counts 4,784.</summary>
    public const int AnthropicPictureTokens = 5_000;

    /// <summary>One picture that is painted, at the highest quality in the largest of three sizes.</summary>
    public const int PaintedTokens = 6_240;

    /// <summary>Each one shown before it is finished.</summary>
    public const int PartialTokens = 100;

    /// <summary>One picture to be edited, at the higher fidelity.</summary>
    public const int EditedTokens = 10_000;

    /// <summary>No codec of speech makes less of a second: two kilobit.</summary>
    public const int SoundBytesPerSecond = 250;

    /// <summary>Of the vendors that count sound in tokens, Google counts the most.</summary>
    public const int SoundTokensPerSecond = 32;

    /// <summary>Groq bills at least so much of a sound; others round up to a second.</summary>
    public const int SoundMilliseconds = 10_000;
}
