namespace KeyPass.Server.Tests.Support;

/// <summary>How often a proof by repetition repeats: bounded in ./test, many times more in ./test --long.</summary>
internal static class Rounds
{
    public static int Of(int usual, int inLongRuns) =>
        Environment.GetEnvironmentVariable("KEYPASS_TEST_LONG") == "1" ? inLongRuns : usual;
}
