import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from '@hpke/core';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fromHex, openVaultShare, pairFromSeed, sealVaultShare, toHex } from '../../src/kp1/index';
import { importPoint } from '../../src/kp1/p256';
import { inputs, readFixture } from '../support/worked-example';

interface Encryption { readonly aad: string; readonly ct: string; readonly pt: string }
interface Vector {
  readonly info: string;
  readonly ikmR: string;
  readonly ikmE: string;
  readonly pkRm: string;
  readonly enc: string;
  readonly encryptions: readonly Encryption[];
}
interface Pair { readonly ikm: string; readonly pk: string }

const fixture = readFixture('hpke-p256.json') as { readonly vector: Vector; readonly pairs: readonly Pair[] };
const shared = new URL('../../../../../shared/data/hpke-p256-vectors.json', import.meta.url);

async function expectVector({ info, ikmR, ikmE, pkRm, enc, encryptions }: Vector): Promise<void> {
  const suite = new CipherSuite({ kem: new DhkemP256HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
  const [recipient, ephemeral] = [await pairFromSeed(fromHex(ikmR)), await pairFromSeed(fromHex(ikmE))];
  expect(toHex(recipient.point)).toBe(pkRm);
  expect(toHex(ephemeral.point)).toBe(enc);
  const pair = { privateKey: ephemeral.privateKey, publicKey: ephemeral.publicKey };
  const sender = await suite.createSenderContext({ recipientPublicKey: recipient.publicKey, info: fromHex(info), ekm: pair });
  const opener = await suite.createRecipientContext({
    recipientKey: { privateKey: recipient.privateKey, publicKey: recipient.publicKey }, enc: fromHex(enc), info: fromHex(info),
  });
  for (const { aad, ct, pt } of encryptions) {
    expect(toHex(new Uint8Array(await sender.seal(fromHex(pt), fromHex(aad))))).toBe(ct);
    expect(toHex(new Uint8Array(await opener.open(fromHex(ct), fromHex(aad))))).toBe(pt);
  }
}

describe('Sealing to a public point', () => {
  test('is RFC 9180, base mode, by its own vectors', () => expectVector(fixture.vector));

  test.skipIf(!existsSync(shared))('is RFC 9180 in all 257 encryptions (skipped where only the repository is there)', async () => {
    const { vectors } = JSON.parse(readFileSync(shared, 'utf8')) as { readonly vectors: readonly Vector[] };
    for (const vector of vectors) await expectVector(vector);
  });

  test('derives every pair of the RFC’s vectors, with the right one of the two points', async () => {
    expect(fixture.pairs.length).toBeGreaterThanOrEqual(64);
    const lastBits = new Set(fixture.pairs.map(({ pk }) => Number.parseInt(pk.slice(-1), 16) % 2));
    expect(lastBits).toEqual(new Set([0, 1]));
    for (const { ikm, pk } of fixture.pairs) expect(toHex((await pairFromSeed(fromHex(ikm))).point)).toBe(pk);
  });

  test('keeps the private half where nobody can read it', async () => {
    const { privateKey } = await pairFromSeed(fromHex(inputs.accountSeed));
    expect(privateKey.extractable).toBe(false);
    await expect(crypto.subtle.exportKey('pkcs8', privateKey)).rejects.toThrow();
  });

  test('refuses everything that is not a point of the curve in its one spelling', async () => {
    const { point } = await pairFromSeed(fromHex(inputs.accountSeed));
    const prime = fromHex('ffffffff00000001000000000000000000000000ffffffffffffffffffffffff');
    const offCurve = Uint8Array.from(point);
    offCurve[64] = (offCurve[64] ?? 0) ^ 1;
    const tooLarge = Uint8Array.from(point);
    tooLarge.set(prime, 1);
    const bad: Record<string, Uint8Array> = {
      'off the curve': offCurve,
      'coordinate too large': tooLarge,
      'all zero': new Uint8Array(65),
      'at infinity': Uint8Array.of(0),
      'origin of the plane': Uint8Array.of(4, ...new Uint8Array(64)),
      'compressed': Uint8Array.of(2, ...point.subarray(1, 33)),
      'hybrid': Uint8Array.of(6, ...point.subarray(1)),
      'too short': point.subarray(0, 64),
      'too long': Uint8Array.of(...point, 0),
    };
    for (const [name, bytes] of Object.entries(bad)) await expect(importPoint(bytes), name).rejects.toMatchObject({ reason: 'broken' });
    await expect(sealVaultShare(offCurve, inputs, fromHex(inputs.vaultKey))).rejects.toMatchObject({ reason: 'broken' });
  });

  test('gives another envelope each time, and each opens', async () => {
    const pair = await pairFromSeed(fromHex(inputs.accountSeed));
    const [first, second] = [
      await sealVaultShare(pair.point, inputs, fromHex(inputs.vaultKey)), await sealVaultShare(pair.point, inputs, fromHex(inputs.vaultKey)),
    ];
    expect(toHex(first)).not.toBe(toHex(second));
    expect(toHex(await openVaultShare(pair, inputs, first))).toBe(inputs.vaultKey);
    expect(toHex(await openVaultShare(pair, inputs, second))).toBe(inputs.vaultKey);
  });
});
