/** The public token for a window that cannot be spoken to: under the link token, which the server does not keep. */
export async function sealForRelay(linkToken: string, linkSessionId: string, publicToken: string): Promise<string> {
  const { sealRelay, toBase64url } = await import('@keypass/vault-client/kp1');
  return toBase64url(await sealRelay(linkToken, linkSessionId, publicToken));
}
