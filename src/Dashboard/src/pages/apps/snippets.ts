// How an app asks somebody to connect: on its server, and in its page. The secret is never in them; its place in the environment is.

export interface Ready {
  readonly value: string;
  readonly label: string;
  readonly text: string;
  /** What to know beside it. */
  readonly note: 'secret' | 'page';
}

interface About {
  /** Where this server is. */
  readonly origin: string;
  readonly clientId: string;
  readonly origins: readonly string[];
}

export function snippetsFor(about: About): readonly Ready[] {
  const embedded = about.origins[0];
  return [
    { value: 'node', label: 'Server, Node SDK', text: node(about, embedded), note: 'secret' },
    { value: 'dotnet', label: 'Server, .NET SDK', text: dotnet(about, embedded), note: 'secret' },
    { value: 'curl', label: 'Server, curl', text: curl(about, embedded), note: 'secret' },
    { value: 'bundler', label: 'Page, with a bundler', text: bundled(about), note: 'page' },
    { value: 'script', label: 'Page, script tag', text: scriptTag(about), note: 'page' },
  ];
}

const node = ({ origin, clientId }: About, embedded: string | undefined) => `import { KeyPassClient } from '@keypass/node-sdk';

const keypass = new KeyPassClient({
  clientId: '${clientId}',
  clientSecret: process.env.KEYPASS_CLIENT_SECRET,
  baseUrl: '${origin}',
});

// A user wants to connect. The link token goes to that user's page.
const { linkToken, linkSessionId } = await keypass.createLinkSession({
  requestedProviders: ['openai', 'anthropic'],
  budgetSuggestionCents: 1000,${embedded === undefined ? '' : `
  origin: '${embedded}',`}
});

// The page came back with a public token. Once, and only for the
// session that you began for this user.
const { accessToken, connectionId } = await keypass.exchangePublicToken(publicToken, { linkSessionId });`;

const dotnet = ({ origin, clientId }: About, embedded: string | undefined) => `using KeyPass.Sdk;

var keypass = new KeyPassClient(new KeyPassOptions
{
    ClientId = "${clientId}",
    ClientSecret = Environment.GetEnvironmentVariable("KEYPASS_CLIENT_SECRET")!,
    BaseUrl = new Uri("${origin}"),
});

// A user wants to connect. The link token goes to that user's page.
var session = await keypass.CreateLinkSessionAsync(new()
{
    RequestedProviders = ["openai", "anthropic"],
    BudgetSuggestionCents = 1000,${embedded === undefined ? '' : `
    Origin = "${embedded}",`}
});

// The page came back with a public token. Once, and only for the
// session that you began for this user.
var connected = await keypass.ExchangePublicTokenAsync(publicToken, linkSessionId: session.LinkSessionId);`;

const curl = ({ origin, clientId }: About, embedded: string | undefined) => `# A user wants to connect. The link token in the answer goes to that user's page.
curl ${origin}/v1/link/sessions \\
  -u "${clientId}:$KEYPASS_CLIENT_SECRET" \\
  -H "Content-Type: application/json" \\
  -d '{"requestedProviders": ["openai", "anthropic"], "budgetSuggestionCents": 1000${embedded === undefined ? '' : `, "origin": "${embedded}"`}}'

# The page came back with a public token: once.
curl ${origin}/v1/link/exchange \\
  -u "${clientId}:$KEYPASS_CLIENT_SECRET" \\
  -H "Content-Type: application/json" \\
  -d '{"publicToken": "'"$PUBLIC_TOKEN"'"}'`;

const opened = (origin: string) => `KeyPass.create({
  token: linkToken, // from your server
  apiBaseUrl: '${origin}',
  onSuccess: ({ publicToken }) => fetch('/keypass/connected', { method: 'POST', body: publicToken }),
  onExit: (error) => { if (error !== null) alert(error.message); },
}).open();`;

const bundled = ({ origin }: About) => `import { KeyPass } from '@keypass/link-sdk';

${opened(origin)}`;

const scriptTag = ({ origin }: About) => `<!-- Copied from node_modules/@keypass/link-sdk/dist; the hash for its integrity attribute is in sri.json there. -->
<script src="/link-sdk.script.js"></script>
<script src="/connect.js"></script>

// connect.js
${opened(origin)}`;
