import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startContract } from './support/contract';

// The package as somebody gets it: built, packed, installed into an empty project, and its README done word for word.

const here = fileURLToPath(new URL('..', import.meta.url));
const modules = join(here, '../../node_modules');
const project = mkdtempSync(join(tmpdir(), 'keypass-node-sdk-'));
const installed = join(project, 'node_modules/@keypass/node-sdk');

/** Not in one go: the server that the program talks to is in this process. */
function run(command: string, args: string[], folder: string, environment: NodeJS.ProcessEnv = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { cwd: folder, env: { ...process.env, ...environment } }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${command} ${args.join(' ')}\n${stdout}\n${stderr}`));
    });
  });
}

const examples = [...readFileSync(join(here, 'README.md'), 'utf8').matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code ?? '').join('\n');

beforeAll(async () => {
  await run('npm', ['run', '--silent', 'build'], here);
  const [packed] = JSON.parse(await run('npm', ['pack', '--json', '--pack-destination', project], here)) as { filename: string }[];
  writeFileSync(join(project, 'package.json'), '{ "name": "empty", "private": true }');
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${packed?.filename ?? ''}`], project);
});
afterAll(() => { rmSync(project, { recursive: true, force: true }); });

it('carries what runs and its types, and depends on nothing', () => {
  const about = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Record<string, unknown>;
  expect(about['dependencies']).toBeUndefined();
  for (const file of ['README.md', 'dist/esm/index.js', 'dist/esm/index.d.ts', 'dist/cjs/index.js', 'dist/cjs/index.d.ts']) {
    expect(existsSync(join(installed, file)), file).toBe(true);
  }
  expect(existsSync(join(installed, 'src'))).toBe(false);
});

it('does what its README says', async () => {
  await using server = await startContract();
  writeFileSync(join(project, 'readme.mjs'), `const publicToken = 'kp_pt_1';\n${examples}`);
  const said = await run(process.execPath, ['readme.mjs'], project, {
    KEYPASS_CLIENT_ID: 'kp_cid_1', KEYPASS_CLIENT_SECRET: 'kp_cs_1', KEYPASS_URL: server.url,
  });
  expect(said).toContain('Hello.');
  expect(said).toContain('Used up until 2026-12-01T00:00:00Z or raise it at https://keypass.example/connections/1 request req_1');
  expect(said).toContain('active 9.996 dollars left');
});

it('is the same for a program in CommonJS', async () => {
  const program = "const { KeyPassClient, KeyPassError } = require('@keypass/node-sdk'); console.log(typeof KeyPassClient, typeof KeyPassError);";
  writeFileSync(join(project, 'old.cjs'), program);
  expect(await run(process.execPath, ['old.cjs'], project)).toBe('function function\n');
});

it('has types that a strict program in either form compiles against', async () => {
  const program = [
    "import { KeyPassClient } from '@keypass/node-sdk';",
    "const keypass = new KeyPassClient({ clientId: 'a', clientSecret: 'b', baseUrl: 'https://keypass.example' });",
    'export async function ask(accessToken: string): Promise<string> {',
    "  const request = { accessToken, provider: 'openai', model: 'm', messages: [{ role: 'user' as const, content: 'hi' }] };",
    '  for await (const chunk of await keypass.chatCompletion({ ...request, stream: true })) if (chunk.choices[0]?.delta.content) break;',
    "  return String((await keypass.chatCompletion(request)).choices[0]?.message.content ?? '');",
    '}',
  ].join('\n');
  writeFileSync(join(project, 'modern.mts'), program);
  writeFileSync(join(project, 'old.cts'), program);
  mkdirSync(join(project, 'node_modules/@types'), { recursive: true });
  for (const name of ['@types/node', 'undici-types']) symlinkSync(join(modules, name), join(project, 'node_modules', name));
  const strict = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', '--types', 'node'];
  expect(await run(process.execPath, [join(modules, 'typescript/bin/tsc'), ...strict, 'modern.mts', 'old.cts'], project)).toBe('');
});

it('shows the world what is written down in api/', () => {
  const shown = ['index', 'client', 'options', 'wire', 'error', 'code-verifier']
    .map((name) => `// ${name}.d.ts\n${readFileSync(join(installed, `dist/esm/${name}.d.ts`), 'utf8')}`).join('\n');
  const file = join(here, '../../api/sdk-node.txt');
  if (process.env['UPDATE_SNAPSHOTS'] === '1') writeFileSync(file, shown);
  expect(shown, 'If the change is meant: UPDATE_SNAPSHOTS=1 npx vitest run').toBe(existsSync(file) ? readFileSync(file, 'utf8') : '');
});
