/** What an assistant that changes code needs to know, and what it must leave alone. With this server's address; never with a credential. */
export const migrationPrompt = (origin: string): string => `Migrate this code base from calling AI providers directly to calling them through
KeyPass, a gateway at ${origin}.
The official SDKs stay. Two values change wherever a client is made: the base address and the key.

1. Find every place that talks to an AI provider: clients of SDKs (OpenAI, AsyncOpenAI, Anthropic, GoogleGenAI, Groq, ChatOpenAI, ChatAnthropic and
   their kin), plain HTTP to api.openai.com, api.anthropic.com, generativelanguage.googleapis.com and others, and the configuration of all of
   them: environment files, container and CI settings, deployment manifests, tests, documentation.

2. Set the base address. An SDK adds the rest of the path itself:
   - OpenAI, and LangChain's ChatOpenAI: ${origin}/v1
   - Anthropic, and LangChain's ChatAnthropic: ${origin}
   - Google Gen AI: ${origin} (httpOptions.baseUrl)
   - Groq: ${origin}
   - OpenAI's SDK for Google's models: ${origin}/v1beta/openai
   - OpenAI's SDK for another provider: ${origin}/mistral/v1, /deepseek/v1, /xai/v1, /openrouter/api/v1, /together/v1, /fireworks/inference/v1 or
     /cohere/compatibility/v1
   - plain HTTP: the provider's own path under ${origin}
   Read it from one setting, KEYPASS_URL, with the address above as its value.

3. Set the key. It is a virtual key of KeyPass: km_live_ and 49 letters and digits, or km_test_ in tests, which reaches a sandbox only (model
   sandbox-ok). Read it from the environment as KEYPASS_KEY, where the provider's key was read. Write no key into a file, and print none.

4. Leave everything else as it is: models, parameters, streaming, tools, retries, the handling of errors. Do not add a KeyPass SDK.

5. Leave these calls at the provider and list them for me, because KeyPass does not forward them: files, batches, fine-tuning, assistants,
   threads, vector stores, realtime, video; Azure OpenAI, Bedrock and Vertex AI.

6. Remove headers that choose who pays (OpenAI-Organization, OpenAI-Project): KeyPass drops them.

7. KeyPass refuses in the form of the API that is called, with its own error.code: 402 budget_exceeded, 403 model_not_allowed, 403
   route_not_allowed and others. Where the code decides by status, 402 is new: treat it as final, unless Retry-After comes with it.

8. Check it: \`curl ${origin}/v1/models -H "Authorization: Bearer $KEYPASS_KEY"\` lists the models that the key may use. Run the tests. Then show me
   every place that you changed, and every place that you left.

More: ${origin}/docs/sdks.md, ${origin}/docs/refusals.md and ${origin}/llms.txt`;
