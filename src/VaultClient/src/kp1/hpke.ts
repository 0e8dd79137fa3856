import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from '@hpke/core';
import { concat, text, type Bytes } from './bytes';
import { checkShape, header, headerSize, pointSize, type EnvelopeType } from './envelope';
import { importPoint, pairFromSeed, type VaultPair } from './p256';
import { refuse } from './refusal';

// RFC 9180, base mode, 0x0010/0x0001/0x0002. Base mode does not say who sealed: what arrives this way waits for approval.

const purposes = {
  vaultShare: 'KeyPass/v1/vk-share',
  deposit: 'KeyPass/v1/deposit',
  escrowDeposit: 'KeyPass/v1/escrow-deposit',
} as const satisfies Partial<Record<EnvelopeType, string>>;

export type HpkeType = keyof typeof purposes;

const suite = (): CipherSuite => new CipherSuite({ kem: new DhkemP256HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });

/** `ephemeralSeed` is for vectors only: the ephemeral pair of a real envelope comes from the browser's own generator. */
export async function sealTo(
  type: HpkeType, recipientPoint: Uint8Array, context: readonly Uint8Array[], plain: Bytes, ephemeralSeed?: Bytes,
): Promise<Bytes> {
  const head = header(type);
  const recipientPublicKey = await importPoint(recipientPoint);
  const ephemeral = ephemeralSeed && (await pairFromSeed(ephemeralSeed));
  const sender = await suite().createSenderContext({
    recipientPublicKey,
    info: text(purposes[type]),
    ...(ephemeral && { ekm: { privateKey: ephemeral.privateKey, publicKey: ephemeral.publicKey } }),
  });
  const body = await sender.seal(plain, concat(head, ...context));
  return concat(head, new Uint8Array(sender.enc), new Uint8Array(body));
}

export async function openWith(
  type: HpkeType, recipient: VaultPair, context: readonly Uint8Array[], envelope: Bytes, sizeOfPlain: (size: number) => boolean,
): Promise<Bytes> {
  checkShape(type, envelope, pointSize, sizeOfPlain);
  const encapsulated = envelope.slice(headerSize, headerSize + pointSize);
  try {
    const opener = await suite().createRecipientContext({
      recipientKey: { privateKey: recipient.privateKey, publicKey: recipient.publicKey },
      enc: encapsulated,
      info: text(purposes[type]),
    });
    return new Uint8Array(await opener.open(envelope.slice(headerSize + pointSize), concat(envelope.subarray(0, headerSize), ...context)));
  } catch {
    refuse('broken', 'The envelope does not open: it was changed, or belongs somewhere else.');
  }
}
