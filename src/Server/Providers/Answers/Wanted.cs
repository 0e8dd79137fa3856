using System.Text;
using System.Text.Json;

namespace KeyPass.Server.Providers;

/// <summary>
/// The members of an answer that are read, as a tree of names. One table feeds both who reads (<see cref="AnswerWalk"/>) and who sieves
/// (<see cref="JsonSieve"/>). A path is written <c>usage.prompt_tokens</c>; <c>choices[]</c> is a list whose elements are walked, one by one.
/// </summary>
internal sealed class Wanted
{
    private readonly byte[] _name;
    private readonly List<Wanted> _members = [];

    private Wanted(string name) => _name = Encoding.UTF8.GetBytes(name);

    public ReadOnlySpan<byte> Name => _name;

    /// <summary>Where its value goes.</summary>
    public AnswerField Field { get; private set; }

    public bool IsList { get; private set; }

    public bool HasMembers => _members.Count > 0;

    public static Wanted Of(params ReadOnlySpan<(string Path, AnswerField Field)> table)
    {
        var root = new Wanted("");
        foreach (var (path, field) in table)
        {
            var node = root;
            foreach (var step in path.Split('.'))
                node = node.MemberOrNew(step);
            node.Field = field;
        }
        return root;
    }

    public Wanted? Find(ref Utf8JsonReader json)
    {
        foreach (var member in _members)
            if (json.ValueTextEquals(member._name))
                return member;
        return null;
    }

    public Wanted? Find(ReadOnlySpan<byte> name)
    {
        foreach (var member in _members)
            if (name.SequenceEqual(member._name))
                return member;
        return null;
    }

    private Wanted MemberOrNew(string step)
    {
        var isList = step.EndsWith("[]", StringComparison.Ordinal);
        var name = isList ? step[..^2] : step;
        foreach (var known in _members)
            if (Encoding.UTF8.GetString(known._name) == name)
                return known;
        var made = new Wanted(name) { IsList = isList };
        _members.Add(made);
        return made;
    }
}
