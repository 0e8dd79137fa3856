// Prints what the page of virtual keys shows for a server at the address given, by the page's own code.
import { readFile } from 'node:fs/promises';
import ts from 'typescript';

const page = await readFile(new URL('../../../src/Dashboard/src/pages/virtual-keys/snippets.ts', import.meta.url), 'utf8');
const { outputText } = ts.transpileModule(page, { compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 } });
const { snippetsFor } = await import(`data:text/javascript;base64,${Buffer.from(outputText).toString('base64')}`);
process.stdout.write(JSON.stringify(snippetsFor({ origin: process.argv[2], providers: [], models: [] })));
