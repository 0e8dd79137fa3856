/** A document that is published, at /docs/ and its name. */
export interface BookPage {
  readonly name: string;
  /** From the repository's root. */
  readonly source: string;
  readonly label: string;
  /** What it tells, in one line. */
  readonly about: string;
}

export interface BookPart {
  readonly title: string;
  readonly pages: readonly BookPage[];
}

/** What is published, in the order of reading. A new document is a row here. */
export const book: readonly BookPart[] = [
  {
    title: 'Begin',
    pages: [
      { name: 'teams', source: 'docs/how-to/teams.md', label: 'Quick start for teams', about: 'Change a base URL and a key, and each program has a budget.' },
      {
        name: 'link-quick-start', source: 'docs/how-to/link-quick-start.md', label: 'Quick start for apps',
        about: 'Let the users of your app bring their own provider keys.',
      },
      { name: 'sandbox', source: 'docs/how-to/sandbox.md', label: 'The sandbox', about: 'Try all of it without a vendor’s key.' },
    ],
  },
  {
    title: 'Your keys',
    pages: [
      { name: 'consent', source: 'docs/how-to/consent.md', label: 'Consent and budgets', about: 'What an app gets when you say yes, and what it cannot do.' },
      {
        name: 'provider-keys', source: 'docs/how-to/provider-keys.md', label: 'A provider key that fails',
        about: 'Find out why a vendor does not take a key, and put it right.',
      },
      { name: 'security-tips', source: 'docs/how-to/security-tips.md', label: 'Security tips', about: 'What to do so that nobody else spends your money.' },
      { name: 'faq', source: 'docs/how-to/faq.md', label: 'Questions', about: 'What people ask first, answered in a few lines each.' },
    ],
  },
  {
    title: 'Calling',
    pages: [
      { name: 'sdks', source: 'docs/how-to/sdks.md', label: 'Official SDKs', about: 'Which base address each SDK takes, and what reaches the provider.' },
      { name: 'gateway', source: 'docs/GATEWAY.md', label: 'The gateway', about: 'Which addresses there are, what is forwarded, and what a receipt has.' },
      { name: 'refusals', source: 'docs/REFUSALS.md', label: 'Error codes', about: 'Every refusal of KeyPass: its code, its status, and what to do.' },
      { name: 'budgets', source: 'docs/BUDGETS.md', label: 'Budgets', about: 'What a limit promises, and why it cannot be overspent.' },
      { name: 'bounds', source: 'docs/BOUNDS.md', label: 'Bounds', about: 'What a call can cost at most, and what a key with a budget cannot do.' },
      { name: 'prices', source: 'docs/PRICES.md', label: 'Prices', about: 'Where prices come from, how a cost is made, and how to set one.' },
    ],
  },
  {
    title: 'Connecting apps',
    pages: [
      { name: 'link', source: 'docs/LINK.md', label: 'Link', about: 'How an account is connected to an app, step by step.' },
      { name: 'link-sdk', source: 'src/LinkWidget/README.md', label: 'SDK for pages', about: '@keypass/link-sdk: the window that an app’s page opens.' },
      { name: 'node-sdk', source: 'src/NodeSdkCompat/README.md', label: 'SDK for Node', about: '@keypass/node-sdk: for an app’s server in JavaScript.' },
      { name: 'dotnet-sdk', source: 'src/Sdk.DotNet/README.md', label: 'SDK for .NET', about: 'KeyPass.Sdk: for an app’s server in C#.' },
    ],
  },
  {
    title: 'Running it',
    pages: [
      { name: 'deploy', source: 'docs/how-to/deploy.md', label: 'Self-hosting', about: 'Settings, mail, TLS, backups, upgrades, and a second node.' },
      { name: 'scale', source: 'docs/SCALE.md', label: 'Several servers', about: 'What budgets cost the database when many servers share it.' },
      { name: 'threats', source: 'docs/THREATS.md', label: 'Threats', about: 'Who could read what, and the test behind each sentence.' },
      { name: 'kp1', source: 'docs/KP1.md', label: 'The vault’s format', about: 'KP1: every byte of what is sealed, for who audits it.' },
      { name: 'glossary', source: 'docs/GLOSSARY.md', label: 'Glossary', about: 'What each word means here.' },
    ],
  },
];

export const lead = 'KeyPass keeps AI provider keys in an encrypted vault and lends apps and teammates a scoped, budgeted piece of them.';

/** The first page, which lists the others; its links name files, as those of every document do. */
export function indexMarkdown(parts: readonly BookPart[]): string {
  return `# Documentation\n\n${lead}\n\n${lists(parts, ({ source }) => source)}`;
}

/** For programs that read: what there is, in the form of llmstxt.org. */
export function llmsText(parts: readonly BookPart[]): string {
  return `# KeyPass\n\n> ${lead}\n\nAll of it in one file: [llms-full.txt](/llms-full.txt). Every route with its forms: [openapi.json](/openapi.json).\n\n`
    + lists(parts, ({ name }) => `/docs/${name}.md`);
}

function lists(parts: readonly BookPart[], address: (page: BookPage) => string): string {
  return `${parts.map(({ title, pages }) => `## ${title}\n\n${
    pages.map((page) => `- [${page.label}](${address(page)}): ${page.about}`).join('\n')}`).join('\n\n')}\n`;
}
