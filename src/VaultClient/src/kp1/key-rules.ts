/** How a provider wants its key: 1 Bearer, 2 x-api-key, 3 x-goog-api-key, 4 api-key, 5 SigV4, 6 GCP service account. */
export type KeyScheme = 1 | 2 | 3 | 4 | 5 | 6;

// What may stand in a payload. `src/Server/Sealing/KeyRules.cs` says the same: what one side seals the other must open.

const maxProvider = 128;
const maxOrigin = 270; // a DNS name of 253, https:// and a port
const catalogueName = /^[a-z0-9-]+$/;
const customPath = /^custom:(?:\/[A-Za-z0-9\-._~]+)+$/;
const climbs = /\/\.{1,2}(?:\/|$)/;
const originText = /^https?:\/\/((?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)(?::([1-9][0-9]{0,4}))?$/;

export function isScheme(scheme: number): scheme is KeyScheme {
  return Number.isInteger(scheme) && scheme >= 1 && scheme <= 6;
}

/** A catalogue name, or `custom:/base/path` whose segments cannot climb. */
export function isProvider(provider: string): boolean {
  if (provider.length > maxProvider) return false;
  return catalogueName.test(provider) || (customPath.test(provider) && !climbs.test(provider));
}

/** `http://` passes too: whether a server sends anything there is not the format's to say. */
export function isOrigin(origin: string): boolean {
  if (origin.length > maxOrigin) return false;
  const parts = originText.exec(origin);
  return parts !== null && Number(parts[2] ?? 443) <= 65_535;
}

/**
 * Schemes 1 to 4 become a header: visible ASCII only, so that no CR or LF can split a request. 5 and 6 are one JSON object:
 * valid UTF-8, no control characters but white space.
 */
export function isSecret(scheme: number, secret: Uint8Array): boolean {
  if (!isScheme(scheme)) return false;
  if (scheme <= 4) return secret.length > 0 && secret.every((byte) => byte >= 0x21 && byte <= 0x7e);
  return secret.every((byte) => (byte >= 0x20 && byte !== 0x7f) || byte === 0x09 || byte === 0x0a || byte === 0x0d) && isJsonObject(secret);
}

function isJsonObject(bytes: Uint8Array): boolean {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
