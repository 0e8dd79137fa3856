using System.Collections.Frozen;
using System.Text;

namespace KeyPass.Server.Providers.Bounds;

/// <summary>What a thing with a <c>type</c> is to its call's price.</summary>
internal enum PartKind
{
    /// <summary>Text, or something around text: its bytes are all there is.</summary>
    Plain,
    Picture,
    /// <summary>Where a picture or a document of Anthropic's comes from; each picture has one.</summary>
    Source,
    /// <summary>Run by the caller's program.</summary>
    OwnTool,
    Search,
    Fetch,
    ToolSearch,
    Advisor,
    /// <summary>Summarises what came before, in a pass of its own.</summary>
    Compaction,
    /// <summary>Nobody told us what it may cost.</summary>
    Unknown,
}

/// <summary>The types that are known, of all vendors. One that is not might be run by the provider, for any amount: it has no bound.</summary>
internal static class PartTypes
{
    private static readonly FrozenDictionary<string, PartKind>.AlternateLookup<ReadOnlySpan<char>> Known = Table(
        (PartKind.Plain, """
            text input_text output_text refusal message function function_response reasoning reasoning_text summary_text thinking redacted_thinking
            tool_use tool_result server_tool_use mcp_tool_use mcp_list_tools content document search_result fallback program
            json_object json_schema grammar regex lark auto any none required tool allowed_tools allowed_callers direct
            ephemeral enabled disabled adaptive char_location page_location content_block_location web_search_result web_search_result_location
            search_result_location url_citation file_citation web_search_result_error code_execution_result search open_page find_in_page
            image_url input_image input_audio audio file input_file video_url audio_url document_url computer_screenshot tool_reference
            clear_tool_uses clear_thinking tool_uses thinking_turns input_tokens all approximate semantic_vad server_vad local unlimited limited
            object string array integer number boolean null exec click double_click drag keypress move screenshot scroll type wait
            create_file update_file delete_file encrypted_content encrypted_thinking
            """),
        (PartKind.Picture, "image image_generation_call"),
        (PartKind.Source, "base64 url"),
        (PartKind.OwnTool, "custom bash text_editor memory computer computer_use computer_use_preview local_shell apply_patch namespace"),
        (PartKind.Search, "web_search web_search_preview"),
        (PartKind.Fetch, "web_fetch"),
        (PartKind.ToolSearch, "tool_search_tool_regex tool_search_tool_bm tool_search_tool_bm25"),
        (PartKind.Advisor, "advisor"),
        (PartKind.Compaction, "compact compaction compact_tool_uses"));

    /// <summary>What was said or done in an earlier turn stands in the body in full.</summary>
    private static readonly string[] Past = ["_call", "_output", "_result", "_result_error", "_approval_request", "_approval_response"];

    public static PartKind Of(ReadOnlySpan<byte> type)
    {
        Span<char> room = stackalloc char[CallMembers.LongestName];
        if (type.Length > room.Length || Ascii.ToUtf16(type, room, out var length) != System.Buffers.OperationStatus.Done)
            return PartKind.Unknown;
        ReadOnlySpan<char> name = room[..length];
        if (Known.TryGetValue(name, out var kind) || Known.TryGetValue(WithoutDate(name), out kind))
            return kind;
        foreach (var ending in Past)
        {
            if (name.EndsWith(ending, StringComparison.Ordinal))
                return PartKind.Plain;
        }
        return PartKind.Unknown;
    }

    /// <summary>"_20250305" and "_2025_08_26" are versions of one thing.</summary>
    private static ReadOnlySpan<char> WithoutDate(ReadOnlySpan<char> name) => name.TrimEnd("_0123456789");

    private static FrozenDictionary<string, PartKind>.AlternateLookup<ReadOnlySpan<char>> Table(params (PartKind Kind, string Names)[] rows) => rows
        .SelectMany(row => row.Names.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries)
            .Select(name => KeyValuePair.Create(name, row.Kind)))
        .ToFrozenDictionary(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
}
