import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Pages bundle this package from source. This build exists to see that the two workers bundle, and how large they are.
  build: {
    outDir: '../../artifacts/vault-client',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { page: 'src/browser.ts' },
      preserveEntrySignatures: 'strict',
    },
  },
  worker: { format: 'es' },
  test: {
    include: ['tests/**/*.test.ts'],
    environment: 'node',
    restoreMocks: true,
    unstubGlobals: true,
  },
});
