using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace KeyPass.Browser.Tests;

/// <summary>Where a page has got to.</summary>
internal static class Places
{
    /// <summary>
    /// Looks until it is there. Playwright's own wait for an address looks once and then waits for the event of going there, and never ends
    /// when the page gets there between the two; our pages go on without loading, within a millisecond.
    /// </summary>
    /// <param name="place">Path, query and fragment.</param>
    public static Task IsAtAsync(this IPage page, string place) =>
        Assertions.Expect(page).ToHaveURLAsync(new Regex($"^https?://[^/]+{Regex.Escape(place)}$"), new() { Timeout = 60_000 });
}
