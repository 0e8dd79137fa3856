namespace KeyPass.Server.Tests.Gateway;

/// <summary>Numbers that look like chance and are the same in every run, so that what a test found can be found again.</summary>
internal sealed class Draws(ulong seed)
{
    private ulong _state = seed * 0x9E3779B97F4A7C15 + 1;

    public int Below(int most)
    {
        _state ^= _state << 13;
        _state ^= _state >> 7;
        _state ^= _state << 17;
        return (int)(_state % (ulong)most);
    }
}
