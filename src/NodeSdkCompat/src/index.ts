export { KeyPassClient } from './client.js';
export { KeyPassError } from './error.js';
export { createCodeVerifier } from './code-verifier.js';
export type * from './wire.js';
export type { KeyPassOptions, CallOptions, ChatRequest, PassthroughRequest, SdkSettings } from './options.js';
export type { BudgetRefusal } from './error.js';
