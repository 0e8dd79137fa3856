namespace KeyPass.Sdk;

/// <summary>Names for writes, so that a second try of one is known to be that.</summary>
internal static class Once
{
#pragma warning disable RS0030 // no id of ours: it only has to differ, and .NET 8 has no version 7
    public static string Name() => Guid.NewGuid().ToString();
#pragma warning restore RS0030
}
