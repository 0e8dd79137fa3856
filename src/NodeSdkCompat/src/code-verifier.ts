import { createHash, randomBytes } from 'node:crypto';

/** For one link session (PKCE, S256): the challenge goes to `createLinkSession`, the verifier to `exchangePublicToken`. */
export function createCodeVerifier(): { codeVerifier: string; codeChallenge: string } {
  const codeVerifier = randomBytes(32).toString('base64url');
  return { codeVerifier, codeChallenge: createHash('sha256').update(codeVerifier).digest('base64url') };
}
