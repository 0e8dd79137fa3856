using System.Text;
using KeyPass.Server.Providers;

namespace KeyPass.Server.Tests.Providers;

public class StoredNamesTests
{
    [Theory]
    [InlineData("""{"previous_response_id":"resp_1"}""", "previous_response_id")]
    [InlineData("""{"previous_\u0072esponse_id":"resp_1"}""", "previous_response_id")]
    [InlineData("""{"conversation":"conv_1"}""", "conversation")]
    [InlineData("""{"conversation":{"id":"conv_1"}}""", "conversation")]
    [InlineData("""{"background":true}""", "background")]
    [InlineData("""{"prompt":{"id":"pmpt_1"}}""", "prompt")]
    [InlineData("""{"cachedContent":"cachedContents/1"}""", "cachedContent")]
    [InlineData("""{"cached_content":"cachedContents/1"}""", "cached_content")]
    [InlineData("""{"container":"container_1"}""", "container")]
    [InlineData("""{"container":{"skills":[{"type":"custom","skill_id":"x"}]}}""", "container")]
    [InlineData("""{"tools":[{"type":"code_interpreter","container":"cntr_1"}]}""", "container")]
    [InlineData("""{"tools":[{"type":"code_interpreter","container":{"type":"auto","file_ids":["file-1"]}}]}""", "file_ids")]
    [InlineData("""{"tools":[{"type":"file_search","vector_store_ids":["vs_1"]}]}""", "vector_store_ids")]
    [InlineData("""{"input":[{"role":"user","content":[{"type":"input_file","file_id":"file-1"}]}]}""", "file_id")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"file-1"}}]}]}""", "file_id")]
    [InlineData("""{"messages":[{"content":[{"type":"document","source":{"type":"file","file_\u0069d":"file_1"}}]}]}""", "file_id")]
    [InlineData("""{"messages":[{"content":[{"a":{"b":{"c":[{"FileId":"file_1"}]}}}]}]}""", "FileId")]
    [InlineData("""{"input_image_mask":{"file_id":"file-1"}}""", "file_id")]
    [InlineData("""{"input":[{"type":"item_reference","id":"msg_1"}]}""", "type")]
    [InlineData("""{"input":[{"role":"user","content":"a"},{"id":"msg_1"}]}""", "input[].id")]
    [InlineData("""{"contents":[{"parts":[{"fileData":{"fileUri":"https://generativelanguage.googleapis.com/v1beta/files/x"}}]}]}""", "fileUri")]
    [InlineData("""{"contents":[{"parts":[{"file_data":{"file_uri":"files/x"}}]}]}""", "file_uri")]
    public void What_an_earlier_call_left_is_found_wherever_it_is_named(string json, string expected) => Assert.Equal(expected, Find(json));

    [Theory]
    [InlineData("""{"previous_response_id":null,"conversation":null,"background":false,"container":null}""")]
    [InlineData("""{"prompt":"A cat","background":"transparent"}""")]
    [InlineData("""{"prompt":["A","B"]}""")]
    [InlineData("""{"tools":[{"type":"code_interpreter","container":{"type":"auto"}}]}""")]
    [InlineData("""{"tools":[{"function":{"parameters":{"properties":{"file_id":{"type":"string","default":"x"}},"required":["file_id"]}}}]}""")]
    [InlineData("""{"tools":[{"input_schema":{"properties":{"container":{"type":"string"}},"examples":[{"file_id":"x"}]}}]}""")]
    [InlineData("""{"messages":[{"content":[{"type":"tool_use","id":"t","name":"f","input":{"file_id":"x","container":"y"}}]}]}""")]
    [InlineData("""{"contents":[{"parts":[{"functionCall":{"name":"f","args":{"file_id":"x"}}}]}]}""")]
    [InlineData("""{"contents":[{"parts":[{"fileData":{"fileUri":"https://www.youtube.com/watch?v=x"}}]}]}""")]
    [InlineData("""{"metadata":{"file_id":"x","conversation":"y"}}""")]
    [InlineData("""{"messages":[{"role":"user","content":"\"file_id\":\"x\""}]}""")]
    [InlineData("""{"input":[{"id":"msg_1","type":"message","role":"assistant","content":[]},{"id":"fc_1","type":"function_call","name":"f"}]}""")]
    [InlineData("""{"input":[{"id":"m","role":"assistant","content":"a"}]}""")]
    [InlineData("""{"input":"text","tools":[{"id":"x"}]}""")]
    public void What_a_call_itself_carries_or_its_program_defines_is_no_such_thing(string json) => Assert.Null(Find(json));

    [Theory]
    [InlineData("""{"messages":[{"tool":{"input":{"a":{"b":1}},"file_id":"x"}}]}""")]
    [InlineData("""{"messages":[{"input":{},"x":{"file_id":"x"}}]}""")]
    [InlineData("""{"messages":[{"input":{"a":1}},{"file_id":"x"}]}""")]
    [InlineData("""{"messages":[{"input":"a","file_id":"x"}]}""")]
    public void What_stands_after_a_programs_own_data_is_looked_at_again(string json) => Assert.Equal("file_id", Find(json));

    private static string? Find(string json)
    {
        Assert.True(CallBody.TryRead(Encoding.UTF8.GetBytes(json), Operation.Responses, out var body, out var problem), problem?.Sentence);
        return body.Stored;
    }
}
