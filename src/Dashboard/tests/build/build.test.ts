// @vitest-environment node
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type Rolldown } from 'vite';
import { beforeAll, expect, test, vi } from 'vitest';
import { book } from '../../documents/book';

/** Fetched for every page: who is signed in and whether the vault is open, the way to unlock in place, and the address of each page. */
const shellBudgetBytes = 21_100;
/** What each page has beyond the shell, over the wire. Raise one with a reason in the commit. */
const pageBudgetBytes = {
  'pages/landing/LandingPage': 4_200, 'pages/api/ApiPage': 6_900, 'pages/not-found/NotFoundPage': 400,
  // With the list of passwords that are tried first.
  'pages/entrance/SignUpPage': 13_600, 'pages/entrance/RecoverPage': 12_000, 'pages/entrance/SignInPage': 1_600, 'pages/entrance/VerifyEmailPage': 1_000,
  'pages/entrance/ManagedSignInPage': 1_400,
  // With the chart, the table of calls, and the example for who is new.
  'pages/home/HomePage': 20_600,
  // With what may stand in a key of each vendor, sealed here or sent to a server that manages the vault; and, as the ones below that set one, budgets:
  // exact money, when periods end in every zone, and what a change will do. Links lead to one of its rows.
  'pages/keys/KeysPage': 29_200, 'pages/approvals/ApprovalsPage': 8_700, 'pages/connections/ConnectionsPage': 12_900,
  // A key is added in passing.
  'pages/link/ConsentPage': 22_000,
  // With the examples for a dozen SDKs and tools, each beside what it was, and a search among thousands.
  'pages/virtual-keys/VirtualKeysPage': 22_900,
  // With those too, a prompt of a page, what can be said of a virtual key, and why a call fails.
  'pages/migrate/MigratePage': 24_600,
  // What is chosen in them stands in their addresses. The logs follow what happens, and look for a caller by name.
  'pages/usage/UsagePage': 10_100, 'pages/logs/LogsPage': 12_300, 'pages/logs/ReceiptPage': 11_700,
  // Each with who is connected, and what came of what it asked. One app has the code for its server and its page beside it.
  'pages/apps/AppsPage': 8_600, 'pages/apps/AppPage': 12_700,
  // The security page has the list of passwords that are tried first, too, and both ways between sealed and managed.
  'pages/settings/AccountPage': 13_300, 'pages/settings/AuditPage': 8_300, 'pages/settings/SecurityPage': 22_200, 'pages/settings/TokensPage': 10_800,
  'pages/settings/InvitesPage': 6_300,
  // With the prices of every model, and how one is set, for all that can be counted.
  'pages/operator/OperatorPage': 9_900,
};
/** A worker is fetched once, beside a page, when the vault is first asked. */
const workerBudgetBytes = { 'argon.worker': 19_000, 'vault.worker': 23_000 };
// With those of the documents, which have a page of their own.
const styleBudgetBytes = 16 * 1024;

let chunks: Rolldown.OutputChunk[];
let assets: Rolldown.OutputAsset[];
let indexHtml: string;

beforeAll(async () => {
  vi.stubEnv('NODE_ENV', 'production');
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const { output } = await build({ root, logLevel: 'error', build: { write: false } }) as Rolldown.RolldownOutput;
  chunks = output.filter((file) => file.type === 'chunk');
  assets = output.filter((file) => file.type === 'asset');
  indexHtml = String(assets.find((asset) => asset.fileName === 'index.html')?.source);
}, 60_000);

test('No page has an inline script, inline style or event attribute: the Content-Security-Policy forbids them', () => {
  expect(indexHtml).toContain('<script type="module"');
  for (const html of [indexHtml, ...documentPages().values()]) {
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)[^>]*>/);
    expect(html).not.toMatch(/<style|<[^>]*\s(?:style|on\w+)=|javascript:/);
  }
});

test('Nothing is loaded from another address or from a data: URL', () => {
  const styles = assets.filter((asset) => asset.fileName.endsWith('.css')).map((asset) => String(asset.source));
  const heads = [...documentPages().values()].map((html) => html.slice(0, html.indexOf('</head>')));
  for (const text of [indexHtml, ...heads, ...styles]) expect(text).not.toMatch(/(?:src=|href=|url\(|@import\s*)["']?(?:data:|https?:|\/\/)/);
});

test('No script uses what Trusted Types or the policy would stop', () => {
  // preact itself carries the one place that could set innerHTML, for a prop our lint forbids.
  const ours = chunks.filter((chunk) => !chunk.moduleIds.some((id) => id.includes('/node_modules/preact/'))).map((chunk) => chunk.code);
  expect(ours.length).toBeGreaterThan(10);
  for (const code of ours) expect(code).not.toMatch(/innerHTML|outerHTML|\beval\(|new Function\(|document\.write/);
});

test('Every file that has no address of its own has its hash in its name', () => {
  const names = [...chunks, ...assets].map((file) => file.fileName)
    .filter((name) => !/^(?:index\.html|favicon\.svg|llms(?:-full)?\.txt|docs\/[\w-]+\.(?:html|md))$/.test(name));
  for (const name of names) expect(name).toMatch(/^assets\/[\w.-]+-[\w-]{8}\.(js|css)$/);
});

test('The shell stays within its script budget', () => {
  expect(gzippedBytes(shell().map((chunk) => chunk.code))).toBeLessThan(shellBudgetBytes);
});

test.each(Object.entries(pageBudgetBytes))('%s stays within its script budget', (page, budgetBytes) => {
  const common = shell();
  expect(gzippedBytes(filesOf(page).filter((chunk) => !common.includes(chunk)).map((chunk) => chunk.code))).toBeLessThan(budgetBytes);
});

test.each(Object.entries(workerBudgetBytes))('%s is one file that talks to no server, and stays within its budget', (worker, budgetBytes) => {
  const [file, ...others] = assets.filter((asset) => asset.fileName.startsWith(`assets/${worker}-`));
  const code = String(file?.source);
  expect(others).toHaveLength(0);
  expect(/\bfetch\(|XMLHttpRequest|WebSocket|EventSource/.test(code)).toBe(false);
  expect(gzippedBytes([code])).toBeLessThan(budgetBytes);
});

test('The vault is no part of what a visitor fetches', () => {
  const fetched = filesOf('pages/landing/LandingPage').map((chunk) => chunk.code).join('');
  expect(fetched.includes('keypass-workers')).toBe(false);
});

test('The styles of all pages together stay within their budget', () => {
  const styles = assets.filter((asset) => asset.fileName.endsWith('.css')).map((asset) => String(asset.source));
  expect(gzippedBytes(styles)).toBeLessThan(styleBudgetBytes);
});

test('Every document of the book is a page without a script, and Markdown, and stands in the lists', () => {
  const names = book.flatMap(({ pages }) => pages).map(({ name }) => name);
  const pages = documentPages();
  expect([...pages.keys()].sort()).toEqual([...names, 'index'].map((name) => `docs/${name}.html`).sort());
  for (const html of pages.values()) {
    expect(html).not.toContain('<script');
    expect(html).toMatch(/<link rel="stylesheet"[^>]* href="\/assets\//);
  }
  for (const name of names) {
    expect(sourceOf(`docs/${name}.md`)).toMatch(/^# /);
    expect(sourceOf('llms.txt')).toContain(`(/docs/${name}.md): `);
    expect(sourceOf('llms-full.txt')).toContain(sourceOf(`docs/${name}.md`));
  }
});

test('No link of a document is dead, and none names this machine', () => {
  const pages = documentPages();
  // Pages of the app, and what the server answers by itself.
  const others = ['/', '/keys', '/docs/api', '/openapi.json', '/llms.txt', '/favicon.svg'];
  for (const [from, html] of pages) {
    for (const [, href = ''] of html.matchAll(/<a\b[^>]* href="([^"]+)"/g)) {
      if (href.startsWith('https://') || others.includes(href)) continue;
      const [path = '', heading] = href.split('#');
      const name = path === '' ? from : path === '/docs' ? 'docs/index.html' : path.endsWith('.md') ? path.slice(1) : `${path.slice(1)}.html`;
      const target = sourceOf(name);
      expect(heading === undefined || target.includes(` id="${heading}"`), `${from}: ${href}`).toBe(true);
    }
    expect(html).not.toMatch(/\/home\/|\/Users\/|file:/);
  }
});

function documentPages(): ReadonlyMap<string, string> {
  const pages = assets.filter(({ fileName }) => /^docs\/.*\.html$/.test(fileName)).map(({ fileName, source }) => [fileName, String(source)] as const);
  expect(pages.length).toBeGreaterThan(10);
  return new Map(pages);
}

function sourceOf(name: string): string {
  const found = assets.find(({ fileName }) => fileName === name);
  if (found === undefined) throw new Error(`${name} is not built`);
  return String(found.source);
}

/** Everything a browser fetches to show a page: the shell, the page, and what either imports. */
function filesOf(page: string): readonly Rolldown.OutputChunk[] {
  const own = chunks.find((chunk) => chunk.facadeModuleId?.endsWith(`${page}.tsx`));
  if (own === undefined) throw new Error(`${page} is not a file of its own`);
  return [...new Set([...shell(), ...withImports(own)])];
}

function shell(): readonly Rolldown.OutputChunk[] {
  return chunks.filter((chunk) => chunk.isEntry).flatMap((entry) => withImports(entry));
}

function withImports(first: Rolldown.OutputChunk): readonly Rolldown.OutputChunk[] {
  const wanted = new Set([first]);
  // A set's walk comes to what is added on the way.
  for (const chunk of wanted) {
    for (const imported of chunk.imports) {
      const found = chunks.find((other) => other.fileName === imported);
      if (found !== undefined) wanted.add(found);
    }
  }
  return [...wanted];
}

function gzippedBytes(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + gzipSync(text, { level: 9 }).length, 0);
}
