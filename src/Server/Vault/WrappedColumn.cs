namespace KeyPass.Server.Vault;

/// <summary>A column whose values are under the outer ring.</summary>
/// <param name="BoundAs">The name its values are bound to: the table's, or one of its own where a table has two such columns.</param>
internal sealed record WrappedColumn(string Table, string Column, string BoundAs)
{
    public override string ToString() => $"{Table}.{Column}";
}
