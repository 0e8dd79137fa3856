import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { book } from './book.ts';
import { makePages } from './pages.ts';

const repository = new URL('../../../', import.meta.url);
const at = (path: string): string => fileURLToPath(new URL(path, repository));

/** What every page of the documentation is set into; Vite builds it, with its styles, like any other page. */
export const template = fileURLToPath(new URL('template.html', import.meta.url));

/** Writes the documentation beside the app: static pages, their Markdown, and the lists for programs. */
export function documents(): Plugin {
  return {
    name: 'keypass-documents',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const built = Object.values(bundle).find(({ fileName }) => fileName.endsWith('/template.html'));
        if (built?.type !== 'asset') throw new Error('Vite has built no template.html');
        // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- how a plugin takes a file out
        delete bundle[built.fileName];
        const pages = makePages(book, String(built.source), { read: (path) => readFileSync(at(path), 'utf8'), exists: (path) => existsSync(at(path)) });
        for (const [fileName, source] of pages) this.emitFile({ type: 'asset', fileName, source });
      },
    },
  };
}
