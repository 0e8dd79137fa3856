import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

const script = 'link-sdk.script.js';

/** What a page writes beside the script's address, so that the browser runs these bytes and no others. */
const writeSri = {
  name: 'write the SRI hash of the script build',
  writeBundle: ({ dir = '' }) => {
    const integrity = `sha384-${createHash('sha384').update(readFileSync(`${dir}/${script}`)).digest('base64')}`;
    writeFileSync(`${dir}/sri.json`, `${JSON.stringify({ file: script, integrity }, null, 2)}\n`);
  },
};

const builds: Record<string, ViteUserConfig> = {
  // For bundlers; they minify.
  production: { build: { target: 'es2022', minify: false, lib: { entry: 'src/index.ts', formats: ['es'], fileName: 'link-sdk' } } },
  // For a script element: the global `KeyPass`.
  script: {
    build: {
      target: 'es2022', emptyOutDir: false,
      lib: { entry: 'src/script.ts', formats: ['iife'], name: 'KeyPass', fileName: () => script },
    },
    plugins: [writeSri],
  },
  // The page in the frame. The server serves it beside its own pages, which are built before it and empty that folder.
  shell: {
    root: 'shell',
    build: {
      target: 'es2022', outDir: '../../Server/wwwroot', emptyOutDir: false, assetsInlineLimit: 0, modulePreload: { polyfill: false },
      rolldownOptions: { input: 'shell/link-shell.html' },
    },
  },
};

export default defineConfig(({ mode }) => ({
  ...builds[mode],
  test: {
    include: ['tests/**/*.test.ts'],
    environment: 'happy-dom',
    // One test builds and packs the package.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    css: false,
    restoreMocks: true,
    unstubGlobals: true,
  },
}));
