// @vitest-environment node
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type Rolldown } from 'vite';
import { beforeAll, expect, test, vi } from 'vitest';

/** The largest each page may be over the wire: its script, and that of the shell around it. Raise one with a reason in the commit. */
const scriptBudgetBytes = {
  // The shell knows who is signed in and whether the vault is open, asks to unlock in place, and has the address of each page.
  'pages/landing/LandingPage': 23_000, 'pages/api/ApiPage': 25_700, 'pages/not-found/NotFoundPage': 19_500,
  // With the list of passwords that are tried first.
  'pages/entrance/SignUpPage': 31_500, 'pages/entrance/RecoverPage': 30_000, 'pages/entrance/SignInPage': 22_000, 'pages/entrance/VerifyEmailPage': 20_000,
  'pages/entrance/ManagedSignInPage': 22_000,
  // With what may stand in a key of each vendor, sealed here or sent to a server that manages the vault; and, as the two below that set one, budgets:
  // exact money, when periods end in every zone, and what a change will do.
  'pages/keys/KeysPage': 44_600, 'pages/approvals/ApprovalsPage': 27_000,
  // With the examples for six SDKs.
  'pages/virtual-keys/VirtualKeysPage': 37_800,
  // One app has the code for its server and its page beside it.
  'pages/apps/AppsPage': 27_900, 'pages/apps/AppPage': 32_000,
  // The security page has the list of passwords that are tried first, too, and both ways between sealed and managed.
  'pages/settings/AccountPage': 31_500, 'pages/settings/AuditPage': 26_600, 'pages/settings/SecurityPage': 39_800, 'pages/settings/TokensPage': 28_800,
  'pages/settings/InvitesPage': 25_200,
};
/** A worker is fetched once, beside a page, when the vault is first asked. */
const workerBudgetBytes = { 'argon.worker': 19_000, 'vault.worker': 23_000 };
const styleBudgetBytes = 9.75 * 1024;

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

test('The page has no inline script, inline style or event attribute: the Content-Security-Policy forbids them', () => {
  expect(indexHtml).toContain('<script type="module"');
  expect(indexHtml).not.toMatch(/<script(?![^>]*\ssrc=)[^>]*>/);
  expect(indexHtml).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:/);
});

test('Nothing is loaded from another address or from a data: URL', () => {
  const styles = assets.filter((asset) => asset.fileName.endsWith('.css')).map((asset) => String(asset.source));
  for (const text of [indexHtml, ...styles]) expect(text).not.toMatch(/(?:src=|href=|url\(|@import\s*)["']?(?:data:|https?:|\/\/)/);
});

test('No script uses what Trusted Types or the policy would stop', () => {
  // preact itself carries the one place that could set innerHTML, for a prop our lint forbids.
  const ours = chunks.filter((chunk) => !chunk.moduleIds.some((id) => id.includes('/node_modules/preact/'))).map((chunk) => chunk.code);
  expect(ours.length).toBeGreaterThan(10);
  for (const code of ours) expect(code).not.toMatch(/innerHTML|outerHTML|\beval\(|new Function\(|document\.write/);
});

test('Every file but index.html has its hash in its name', () => {
  const names = [...chunks, ...assets].map((file) => file.fileName).filter((name) => name !== 'index.html' && name !== 'favicon.svg');
  for (const name of names) expect(name).toMatch(/^assets\/[\w.-]+-[\w-]{8}\.(js|css)$/);
});

test.each(Object.entries(scriptBudgetBytes))('%s stays within its script budget', (page, budgetBytes) => {
  expect(gzippedBytes(filesOf(page).map((chunk) => chunk.code))).toBeLessThan(budgetBytes);
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

/** Everything a browser fetches to show a page: the entry, the page, and what either imports. */
function filesOf(page: string): Rolldown.OutputChunk[] {
  const wanted = new Set<Rolldown.OutputChunk>();
  const add = (chunk: Rolldown.OutputChunk | undefined) => {
    if (chunk === undefined || wanted.has(chunk)) return;
    wanted.add(chunk);
    for (const imported of chunk.imports) add(chunks.find((other) => other.fileName === imported));
  };
  add(chunks.find((chunk) => chunk.isEntry));
  const own = chunks.find((chunk) => chunk.facadeModuleId?.endsWith(`${page}.tsx`));
  if (own === undefined) throw new Error(`${page} is not a file of its own`);
  add(own);
  return [...wanted];
}

function gzippedBytes(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + gzipSync(text, { level: 9 }).length, 0);
}
