namespace KeyPass.Server.Providers;

/// <summary>Why a body is not sent on: a sentence for the person who wrote it, and the member it is about where it is about one.</summary>
internal sealed record BodyProblem(string? Field, string Sentence);
