namespace KeyPass.Server.Persistence;

/// <summary>
/// A start that cannot go on, in one sentence that names what is wrong and what to do. Program prints the sentence and
/// ends with exit code 1; nobody reads a stack trace to learn that a port is taken.
/// </summary>
internal sealed class StartFailure(string sentence, Exception? cause = null) : Exception(sentence, cause);
