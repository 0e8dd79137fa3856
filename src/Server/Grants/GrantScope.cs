namespace KeyPass.Server.Grants;

/// <summary>What calls a credential may make, beside the keys it holds. An empty list is no limit.</summary>
internal sealed class GrantScope(IReadOnlyList<string> providers, IReadOnlyList<string> models, IReadOnlyList<string> routes)
{
    public const int MostEntries = 100;
    public const int LongestEntry = 200;

    /// <summary>Any run of characters, also none.</summary>
    private const char Any = '*';

    public bool AllowsProvider(string provider) => providers.Count == 0 || providers.Contains(provider);

    public bool AllowsRoute(string route) => routes.Count == 0 || routes.Contains(route);

    /// <summary>By the very letters: a name that some provider takes in another case is another name here.</summary>
    public bool AllowsModel(ReadOnlySpan<char> model)
    {
        if (models.Count == 0)
            return true;
        foreach (var pattern in models)
        {
            if (Matches(pattern, model))
                return true;
        }
        return false;
    }

    /// <summary>Greedy, going back to the last star only: linear but for the stars.</summary>
    private static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        var (at, place, star, retry) = (0, 0, -1, 0);
        while (place < name.Length)
        {
            if (at < pattern.Length && pattern[at] == Any)
                (star, retry) = (at++, place);
            else if (at < pattern.Length && pattern[at] == name[place])
                (at, place) = (at + 1, place + 1);
            else if (star >= 0)
                (at, place) = (star + 1, ++retry);
            else
                return false;
        }
        while (at < pattern.Length && pattern[at] == Any)
            at++;
        return at == pattern.Length;
    }
}
