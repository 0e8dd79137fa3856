import { describe, expect, test } from 'vitest';
import { fromBase64url, fromHex, idBytes, lengthPrefixed, newId, passkeyResponseForServer, prfInput, toBase64url, toHex, u32 } from '../../src/kp1/index';

const bytes = (...values: number[]): ArrayBuffer => Uint8Array.of(...values).buffer;
const output = bytes(...Array.from({ length: 32 }, (_, index) => 200 - index));

function credential(
  response: object,
  { attachment = 'platform', ...rest }: { attachment?: string | null } & Record<string, unknown> = {},
): PublicKeyCredential {
  return {
    id: toBase64url(Uint8Array.of(1, 2, 3)),
    rawId: bytes(1, 2, 3),
    type: 'public-key',
    authenticatorAttachment: attachment,
    response,
    getClientExtensionResults: () => ({ prf: { enabled: true, results: { first: output } }, credProps: { rk: true } }),
    toJSON: () => {
      throw new Error('carries the extension results');
    },
    ...rest,
  } as unknown as PublicKeyCredential;
}

const assertion = { clientDataJSON: bytes(123, 125), authenticatorData: bytes(9, 8), signature: bytes(7), userHandle: bytes(5, 5) };
const attestation = { clientDataJSON: bytes(123, 125), attestationObject: bytes(4, 4), getTransports: () => ['internal', 'hybrid'] };

describe('A passkey’s answer to the server', () => {
  test.each([['signing in', assertion], ['creating', attestation]])('when %s never carries what opens the vault', (_, response) => {
    const sent = JSON.stringify(passkeyResponseForServer(credential(response)));
    expect(sent).not.toContain('prf');
    expect(sent).not.toContain(toBase64url(new Uint8Array(output)));
    expect(sent).toContain('"clientExtensionResults":{}');
  });

  test('has everything the server needs', () => {
    expect(passkeyResponseForServer(credential(assertion))).toEqual({
      id: 'AQID', rawId: 'AQID', type: 'public-key', authenticatorAttachment: 'platform', clientExtensionResults: {},
      response: { clientDataJSON: 'e30', authenticatorData: 'CQg', signature: 'Bw', userHandle: 'BQU' },
    });
    expect(passkeyResponseForServer(credential(attestation, { attachment: null }))).toEqual({
      id: 'AQID', rawId: 'AQID', type: 'public-key', clientExtensionResults: {},
      response: { clientDataJSON: 'e30', attestationObject: 'BAQ', transports: ['internal', 'hybrid'] },
    });
    expect(passkeyResponseForServer(credential({ ...assertion, userHandle: null })).response).not.toHaveProperty('userHandle');
  });

  test('throws rather than carry it in another place', () => {
    const hidden = { ...attestation, getTransports: () => ['"prf"'.slice(1, -1)] };
    expect(() => passkeyResponseForServer(credential(hidden))).toThrow(expect.objectContaining({ reason: 'malformed' }));
    expect(() => passkeyResponseForServer(credential({ ...assertion, userHandle: output }))).toThrow(expect.objectContaining({ reason: 'malformed' }));
  });

  test('asks every passkey the same question', async () => {
    expect(toHex(await prfInput())).toHaveLength(64);
    expect(await prfInput()).toEqual(await prfInput());
  });
});

describe('Spellings', () => {
  test('have one form each way', () => {
    for (let length = 0; length < 40; length++) {
      const some = crypto.getRandomValues(new Uint8Array(length));
      expect(fromBase64url(toBase64url(some))).toEqual(some);
      expect(fromHex(toHex(some))).toEqual(some);
      expect(toBase64url(some)).toBe(Buffer.from(some).toString('base64url'));
    }
    for (const bad of ['a', 'AQ==', 'AQ+/', 'AR', 'AAB', ' AQ', 'AQ\n']) expect(() => fromBase64url(bad), bad).toThrow(SyntaxError);
    for (const bad of ['0', 'AB', '0g', ' 00', '00\n']) expect(() => fromHex(bad), bad).toThrow(SyntaxError);
  });

  test('of an id are 32 digits of a version 4 UUID', () => {
    expect(newId()).toMatch(/^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
    for (const bad of ['', 'ABCDEF00000000000000000000000000', newId().slice(1), `${newId()}0`, '10111213-1415-1617-1819-1a1b1c1d1e1f']) {
      expect(() => idBytes(bad)).toThrow(expect.objectContaining({ reason: 'malformed' }));
    }
  });

  test('of numbers and texts have the length the format gives them', () => {
    expect(toHex(u32(0xfffffffe))).toBe('fffffffe');
    for (const bad of [-1, 0x1_0000_0000, 1.5, Number.NaN]) expect(() => u32(bad)).toThrow(RangeError);
    expect(toHex(lengthPrefixed('ä'))).toBe('0002c3a4');
    expect(() => lengthPrefixed(new Uint8Array(65_536))).toThrow(RangeError);
  });
});
