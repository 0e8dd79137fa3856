// @vitest-environment node
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';

// The package as somebody gets it: built, packed, installed into an empty project.

const here = fileURLToPath(new URL('..', import.meta.url));
const project = mkdtempSync(join(tmpdir(), 'keypass-link-sdk-'));
const installed = join(project, 'node_modules/@keypass/link-sdk');

function run(command: string, args: string[], folder: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { cwd: folder }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${command} ${args.join(' ')}\n${stdout}\n${stderr}`));
    });
  });
}

const file = (name: string) => readFileSync(join(installed, 'dist', name), 'utf8');

beforeAll(async () => {
  // Not the frame's page, which is the server's.
  await run('npx', ['vite', 'build', '--logLevel', 'error'], here);
  await run('npx', ['vite', 'build', '--logLevel', 'error', '--mode', 'script'], here);
  await run('npx', ['tsc', '-p', 'tsconfig.types.json'], here);
  const [packed] = JSON.parse(await run('npm', ['pack', '--json', '--pack-destination', project], here)) as { filename: string }[];
  writeFileSync(join(project, 'package.json'), '{ "name": "empty", "private": true, "type": "module" }');
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${packed?.filename ?? ''}`], project);
});
afterAll(() => { rmSync(project, { recursive: true, force: true }); });

it('weighs at most 5 KB over the wire', () => {
  expect(gzipSync(file('link-sdk.script.js')).length).toBeLessThanOrEqual(5 * 1024);
});

it('depends on nothing and carries its types', () => {
  const about = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Record<string, unknown>;
  expect(about['dependencies']).toBeUndefined();
  for (const name of ['index.d.ts', 'options.d.ts', 'link-sdk.js', 'link-sdk.script.js', 'sri.json']) {
    expect(existsSync(join(installed, 'dist', name)), name).toBe(true);
  }
});

it('can be imported and created where there is no page', async () => {
  const program = "import { KeyPass } from '@keypass/link-sdk';\n"
    + "const handler = KeyPass.create({ token: 'kp_lt_1', apiBaseUrl: 'https://keypass.example', onSuccess() {} });\n"
    + "handler.destroy(); console.log(typeof handler.open, typeof document);";
  writeFileSync(join(project, 'server.js'), program);
  expect(await run(process.execPath, ['server.js'], project)).toBe('function undefined\n');
});

it('is one global where a page loads it as a script, whose hash is written beside it', () => {
  const page: { KeyPass?: { create?: unknown } } = {};
  const globals = Object.keys(runInNewContext(`${file('link-sdk.script.js')};globalThis`, page) as object);
  expect(globals).toEqual(['KeyPass']);
  expect(typeof page.KeyPass?.create).toBe('function');
  const { file: name, integrity } = JSON.parse(file('sri.json')) as { file: string; integrity: string };
  expect(integrity).toBe(`sha384-${createHash('sha384').update(file(name)).digest('base64')}`);
});

it('sends to no target but an exact one', () => {
  for (const name of ['link-sdk.js', 'link-sdk.script.js']) expect(file(name)).not.toMatch(/postMessage\([^)]*["'`]\*["'`]/);
});

it('styles by single properties, which a policy without unsafe-inline allows, and makes no markup from strings', () => {
  expect(file('link-sdk.script.js')).not.toMatch(/cssText|setAttribute\(["'`]style|<style|innerHTML|insertRule|eval\(|new Function/);
});

it('shows the world what is written down in api/', () => {
  const shown = ['index', 'options'].map((name) => `// ${name}.d.ts\n${file(`${name}.d.ts`)}`).join('\n');
  const kept = join(here, '../../api/sdk-link.txt');
  if (process.env['UPDATE_SNAPSHOTS'] === '1') writeFileSync(kept, shown);
  expect(shown, 'If the change is meant: UPDATE_SNAPSHOTS=1 npx vitest run').toBe(existsSync(kept) ? readFileSync(kept, 'utf8') : '');
});
