namespace KeyPass.Server.Providers;

/// <summary>What a proxied call asks for; which fields carry the model, the usage and the bound follows from it.</summary>
internal enum Operation
{
    /// <summary>OpenAI's chat completions, spoken by most.</summary>
    Chat,
    /// <summary>The older completions of one prompt.</summary>
    Completions,
    Responses,
    /// <summary>Anthropic's.</summary>
    Messages,
    /// <summary>Counts tokens for nothing, at whichever provider.</summary>
    CountTokens,
    Embeddings,
    Moderations,
    ImageGenerations,
    ImageEdits,
    ImageVariations,
    Speech,
    Transcriptions,
    Translations,
    /// <summary>Gemini's own: the model stands in the path.</summary>
    GenerateContent,
    StreamGenerateContent,
    EmbedContent,
    BatchEmbedContents,
    /// <summary>The list of models, or one of them.</summary>
    Models,
}
