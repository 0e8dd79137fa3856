import { writeFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  build: {
    target: 'node18',
    // A server's stack traces should be readable.
    minify: false,
    lib: { entry: 'src/index.ts', formats: ['es', 'cjs'], fileName: (format) => (format === 'es' ? 'esm/index.js' : 'cjs/index.js') },
    rolldownOptions: { external: [/^node:/] },
  },
  plugins: [
    {
      name: 'say which form the second folder is in',
      apply: 'build',
      writeBundle: ({ dir, format }) => {
        if (format === 'cjs' && dir !== undefined) writeFileSync(`${dir}/cjs/package.json`, '{ "type": "commonjs" }\n');
      },
    },
  ],
  test: {
    include: ['tests/**/*.test.ts'],
    environment: 'node',
    // One test packs the package, installs it and starts Node with it.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    restoreMocks: true,
    unstubGlobals: true,
  },
});
