export function isLinkToken(value: unknown): value is string {
  return typeof value === 'string' && /^kp_lt_[0-9A-Za-z]+$/.test(value);
}

/** What stands in an address for the link token: half of its hash, which leads nowhere. */
export async function hashOf(linkToken: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(linkToken)));
  return btoa(String.fromCharCode(...digest.subarray(0, 16))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
