import { awaitEmbedder } from './embedder.js';
import { startShell } from './shell.js';

awaitEmbedder(window.parent, location.pathname, startShell);
