// The script build's whole global: KeyPass.create(…).
export { create } from './create.js';
