namespace KeyPass.Server.Providers;

/// <summary>What a body says about the usage of its stream, and where it does, or would.</summary>
internal readonly record struct StreamOptions(StreamOptions.What Found, int At, int Length)
{
    public enum What
    {
        Nothing,
        /// <summary><c>"stream_options": null</c></summary>
        Null,
        /// <summary><c>"stream_options": {}</c></summary>
        Empty,
        /// <summary><c>"stream_options": {…}</c> with nothing of the usage in it.</summary>
        Filled,
        /// <summary><c>"include_usage": false</c>, or <c>null</c>.</summary>
        Flag,
    }
}
