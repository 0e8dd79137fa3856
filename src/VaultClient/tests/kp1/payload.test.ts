import { describe, expect, test } from 'vitest';
import {
  concat,
  decodePayload,
  encodePayload,
  openAccountItem,
  openItem,
  sealAccountItem,
  sealItem,
  toHex,
  type KeyScheme,
  type Payload,
} from '../../src/kp1/index';
import { isOrigin, isProvider } from '../../src/kp1/key-rules';
import { openItemBytes, sealItemBytes } from '../../src/kp1/items';
import { item, payload, vaultRoot } from '../support/worked-example';

const utf8 = new TextEncoder();
const withSecret = (secret: string | Uint8Array<ArrayBuffer>, scheme: KeyScheme = 1): Payload =>
  ({ ...payload, scheme, secret: typeof secret === 'string' ? utf8.encode(secret) : secret });
const no = { reason: expect.stringMatching(/broken|malformed/) as string };

describe('A payload', () => {
  test('comes back as it was written, whatever the key’s length', () => {
    for (const length of [1, 50, 200, 207, 208, 209, 463, 464, 4000, 8000]) {
      const written = withSecret('k'.repeat(length));
      const encoded = encodePayload(written);
      expect(encoded.length % 256).toBe(0);
      expect(decodePayload(encoded)).toEqual(written);
    }
    expect(() => encodePayload(withSecret('k'.repeat(8200)))).toThrow(expect.objectContaining(no));
  });

  test.each([1, 2, 3, 4] as const)('of scheme %i refuses every byte but visible ASCII, before sealing and after opening', async (scheme) => {
    const vault = await vaultRoot();
    for (let byte = 0; byte < 256; byte++) {
      const secret = Uint8Array.of(0x73, byte, 0x6b);
      const visible = byte >= 0x21 && byte <= 0x7e;
      const encoded = forged(scheme, secret);
      if (visible) {
        expect(decodePayload(encodePayload(withSecret(secret, scheme))).secret).toEqual(secret);
      } else {
        expect(() => encodePayload(withSecret(secret, scheme)), `byte ${byte}`).toThrow(expect.objectContaining(no));
        const envelope = await sealItemBytes(vault, item, encoded);
        await expect(openItem(vault, item, envelope), `byte ${byte}`).rejects.toMatchObject(no);
      }
    }
  });

  test.each(['sk-a\r\nx-injected: 1', 'sk-a\n', '\rsk-a', 'sk-a\0', ' sk-a', 'sk-ä', ''])('refuses the key %j', (secret) => {
    expect(() => encodePayload(withSecret(secret))).toThrow(expect.objectContaining(no));
  });

  test('takes a JSON object for cloud credentials, and nothing else', () => {
    for (const scheme of [5, 6] as const) {
      const json = '{\n\t"private_key": "-----BEGIN-----\\nä",\r\n "region": "eu"}';
      expect(decodePayload(encodePayload(withSecret(json, scheme))).secret).toEqual(utf8.encode(json));
      for (const bad of ['', 'x', '[]', '"text"', '{}{}', '{"a":1', '{"a":"\u0000"}', '{"a":"\u007f"}', '\u{feff}{}']) {
        expect(() => encodePayload(withSecret(bad, scheme)), bad).toThrow(expect.objectContaining(no));
      }
      expect(() => encodePayload(withSecret(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d), scheme))).toThrow(expect.objectContaining(no));
    }
  });

  test('knows six schemes', () => {
    for (const scheme of [0, 7, 255, 1.5]) expect(() => encodePayload(withSecret('{}', scheme as KeyScheme))).toThrow(expect.objectContaining(no));
    expect(() => decodePayload(forged(7, utf8.encode('{}')))).toThrow(expect.objectContaining(no));
  });

  test('has one spelling: every other byte anywhere but in the key is refused or reads differently', () => {
    const encoded = encodePayload(payload);
    for (let at = 0; at < encoded.length; at++) {
      const changed = Uint8Array.from(encoded);
      changed[at] = (changed[at] ?? 0) ^ 0x80;
      expect(() => decodePayload(changed), `byte ${at}`).toThrow(expect.objectContaining(no));
    }
    expect(() => decodePayload(concat(encoded, new Uint8Array(256)))).toThrow(expect.objectContaining(no));
    expect(() => decodePayload(encoded.slice(0, 255))).toThrow(expect.objectContaining(no));
    expect(() => decodePayload(new Uint8Array(256))).toThrow(expect.objectContaining(no));
  });

  test.each(['https://api.openai.com', 'https://a', 'https://a:1', 'https://xn--bcher-kva.example:65535', 'http://127.0.0.1:8080'])(
    'may go to %s',
    (origin) => {
      expect(isOrigin(origin)).toBe(true);
    },
  );

  test.each([
    'https://', 'https://A.example', 'https://a.example/', 'https://a.example/x', 'https://a.example?', 'https://a.example#', 'https://u@a.example',
    'https://a..example', 'https://-a.example', 'https://a-.example', 'https://a.example.', 'https://a:0', 'https://a:01', 'https://a:65536', 'https://a:',
    'https://[::1]', 'ftp://a', '//a', 'a', '', 'https://a.example\n', ' https://a', 'https://ä.example', `https://${'a.'.repeat(140)}a`,
  ])('may not go to %j', (origin) => { expect(isOrigin(origin)).toBe(false); });

  test('names a provider of the catalogue or a path of a custom one', () => {
    for (const good of ['openai', 'azure-openai', 'custom:/v1', 'custom:/a/b.c/v1~x']) expect(isProvider(good), good).toBe(true);
    for (const bad of ['', 'OpenAI', 'open ai', 'custom:', 'custom:/', 'custom:v1', 'custom:/..', 'custom:/a/../b', 'custom:/./a', 'custom:/a//b', 'custom:/a/',
      'custom:/a%2f', 'openai\n', 'x'.repeat(129)]) expect(isProvider(bad), bad).toBe(false);
  });
});

describe('The names inside a payload', () => {
  test('are asked before sealing and again after opening', () => {
    for (const names of [{ provider: 'OpenAI' }, { provider: 'custom:/..' }, { origin: 'https://a.example/' }, { origin: 'ftp://a.example' }]) {
      expect(() => encodePayload({ ...payload, ...names }), JSON.stringify(names)).toThrow(expect.objectContaining(no));
    }
    // Same length, so that nothing but the names can be what is wrong.
    for (const [good, bad] of [['openai', 'opEnai'], ['https://api.openai.com', 'https://api.openai.coM']] as const) {
      const written = Buffer.from(encodePayload(payload)).toString('latin1').replace(good, bad);
      expect(() => decodePayload(Uint8Array.from(Buffer.from(written, 'latin1')))).toThrow(expect.objectContaining(no));
    }
  });
});

describe('The account’s own item', () => {
  const secrets = { seed: new Uint8Array(32).fill(7), kdf: new Uint8Array(26).fill(9) };

  test('comes back, looks like any other, and is never taken for a provider key or the other way round', async () => {
    const vault = await vaultRoot();
    const own = await sealAccountItem(vault, item, secrets);
    expect(own).toHaveLength(321);
    expect(await openAccountItem(vault, item, own)).toEqual(secrets);
    await expect(openItem(vault, item, own)).rejects.toMatchObject(no);
    await expect(openAccountItem(vault, item, await sealItem(vault, item, payload))).rejects.toMatchObject(no);
    expect(toHex(own)).not.toContain(toHex(secrets.seed));
    const another = await openItemBytes(vault, item, own);
    another[0] = 3;
    await expect(openAccountItem(vault, item, await sealItemBytes(vault, item, another))).rejects.toMatchObject(no);
  });
});

/** What somebody who ignores the rules would seal. */
function forged(scheme: number, secret: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const valid = encodePayload(withSecret('x'.repeat(secret.length), 1));
  const start = valid.indexOf(0x78, 33);
  valid.set(secret, start);
  valid[start - 3] = scheme;
  return valid;
}
