import { osRandom, u32, wipe, type Bytes, type Random } from './bytes';
import { deriveCipher, purpose, type Root } from './derive';
import { checkShape, headerSize, nonceSize, open, seal } from './envelope';
import { idBytes, type Id } from './ids';
import { decodePayload, encodePayload, isPayloadSize, type Payload } from './payload';

/** One version of one item of one vault. */
export interface ItemAddress {
  readonly vaultId: Id;
  readonly keyId: Id;
  readonly version: number;
}

const saltSize = 32;

/** VAULT_ITEM, under a key of its own that a fresh salt gives. */
export async function sealItem(vault: Root, address: ItemAddress, payload: Payload, random?: Random): Promise<Bytes> {
  const plain = encodePayload(payload);
  try {
    return await sealItemBytes(vault, address, plain, random);
  } finally {
    wipe(plain);
  }
}

/** The caller wipes `secret`. */
export async function openItem(vault: Root, address: ItemAddress, envelope: Bytes): Promise<Payload> {
  const plain = await openItemBytes(vault, address, envelope);
  try {
    return decodePayload(plain);
  } finally {
    wipe(plain);
  }
}

export async function sealItemBytes(vault: Root, address: ItemAddress, plain: Bytes, random: Random = osRandom): Promise<Bytes> {
  const salt = random(saltSize);
  return seal('vaultItem', await itemCipher(vault, salt), bindItem(address), plain, { salt, random });
}

export async function openItemBytes(vault: Root, address: ItemAddress, envelope: Bytes): Promise<Bytes> {
  checkShape('vaultItem', envelope, saltSize + nonceSize, isPayloadSize);
  const salt = envelope.slice(headerSize, headerSize + saltSize);
  return open(await itemCipher(vault, salt), bindItem(address), envelope, saltSize);
}

const itemCipher = (vault: Root, salt: Bytes): Promise<CryptoKey> => deriveCipher(vault, purpose('item', salt));

const bindItem = ({ vaultId, keyId, version }: ItemAddress): Bytes[] => [idBytes(vaultId), idBytes(keyId), u32(version)];
