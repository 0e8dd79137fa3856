import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { documents, template } from './documents/plugin.ts';

export default defineConfig({
  plugins: [documents()],
  build: {
    rolldownOptions: { input: [fileURLToPath(new URL('index.html', import.meta.url)), template] },
    outDir: '../Server/wwwroot',
    emptyOutDir: true,
    target: 'es2023',
    // The server's Content-Security-Policy has no data: and no inline script, so nothing may be folded into another file,
    // and browsers that run our script know modulepreload without help.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  // The vault's workers are modules, each in one file: their policy lets them load nothing.
  worker: { format: 'es' },
  oxc: {
    jsx: { runtime: 'automatic', importSource: 'preact' },
  },
  test: {
    include: ['tests/**/*.test.{ts,tsx}'],
    environment: 'happy-dom',
    // Stylesheets are read as text where a test asks for them; importing a page must not need them.
    css: false,
    restoreMocks: true,
    unstubGlobals: true,
  },
});
