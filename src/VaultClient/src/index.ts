// What pages and the extension use. The format alone is `@keypass/vault-client/kp1`; a page starts with `openVaultInPage` of
// `@keypass/vault-client/browser`, which also brings the two workers.
export { passkeyResponseForServer, prefixOf, prfInput, readRecoveryCode, Refusal, showRecoveryCode, type RefusalReason } from './kp1/index';
export { isOrigin, isProvider, isSecret, type KeyScheme } from './kp1/key-rules';
export { checkPassword, leastLength, leastLengthAlone, mostLength, type PasswordVerdict } from './password/check';
export { requestGrant } from './vault/grant-making';
export type * from './vault/operations';
export type { PasskeyProof, Proof } from './vault/proof';
export { wordsOfAdmin } from './vault/rewrap';
export { Vault, type WorkerLike, type Workers } from './vault/vault';
export type * from './vault/wire';
