import {
  credentialRoot, fromHex, grantRoot, hashCredential, openChild, openDeposit, openEscrow, openEscrowDeposit,
  openForGrant, openItem, openUnlock, openVaultShare, pairFromSeed, recoveryCodeBytes, rootOf, sealChild, sealDeposit, sealEscrow,
  sealEscrowDeposit, sealForGrant, sealItem, sealUnlock, sealVaultShare, tagVaultPoint, toHex, unlockerOfPassword, unlockerOfPasskey,
  unlockerOfRecovery, unwrapWithCredential, vaultPair, wrapForCredential, encodePayload, openRelay, sealRelay, type Bytes, type KeyScheme,
  type Payload, type Unlocker,
} from '../../src/kp1/index';

// What this side makes and C# opens, and the other way round. Every member but `type` and `description` is text or hex. Which
// members a type has stands in `README.md` beside this file.

export interface Made {
  readonly type: string;
  readonly description: string;
  readonly context: Readonly<Record<string, string | number>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly envelope: string;
  readonly plaintext: string;
}

const part = (made: Made, name: string): string => String(made.context[name] ?? made.secrets[name] ?? missing(made, name));
const hex = (made: Made, name: string): Bytes => fromHex(part(made, name));
const missing = (made: Made, name: string): never => { throw new Error(`${made.type} has no ${name}`); };

const at = (made: Made) => ({ vaultId: part(made, 'vault'), grantId: part(made, 'grant') });
const item = (made: Made) => ({ vaultId: part(made, 'vault'), keyId: part(made, 'key'), version: Number(part(made, 'version')) });
const names = (made: Made) => ({ provider: part(made, 'provider'), origin: part(made, 'origin') });
const share = (made: Made) => ({ vaultId: part(made, 'vault'), accountId: part(made, 'user'), epoch: Number(part(made, 'epoch')) });
const vault = (made: Made) => rootOf('KeyPass/v1/vault', hex(made, 'vaultKey'));
const grant = (made: Made) => grantRoot(hex(made, 'grantSecret'));

/** The payload a plaintext stands for, as the other side must read it. */
export function payloadOf(made: Made): Payload {
  return { ...names(made), scheme: Number(part(made, 'scheme')) as KeyScheme, secret: hex(made, 'providerKey') };
}

async function unlocker(made: Made): Promise<Unlocker> {
  switch (part(made, 'method')) {
    case 'recovery': return unlockerOfRecovery(recoveryCodeBytes(part(made, 'recoveryCode')));
    case 'prf': return unlockerOfPasskey(hex(made, 'prfOutput'), part(made, 'rpId'), hex(made, 'credentialId'));
    default: {
      const salt = hex(made, 'kdf').slice(10);
      return unlockerOfPassword(hex(made, 'masterSecret'), { algorithm: 'argon2id', memoryKib: 65_536, iterations: 3, parallelism: 1, salt });
    }
  }
}

interface Way {
  readonly seal: (made: Made) => Promise<Bytes>;
  /** The plaintext. */
  readonly open: (made: Made, envelope: Bytes) => Promise<Bytes>;
}

export const ways: Readonly<Record<string, Way>> = {
  VAULT_ITEM: {
    seal: async (made) => sealItem(await vault(made), item(made), payloadOf(made)),
    open: async (made, envelope) => encodePayload(await openItem(await vault(made), item(made), envelope)),
  },
  UNLOCK: {
    seal: async (made) => sealUnlock(await unlocker(made), part(made, 'user'), part(made, 'vault'), fromHex(made.plaintext)),
    open: async (made, envelope) => openUnlock(await unlocker(made), part(made, 'user'), part(made, 'vault'), hex(made, 'commitment'), envelope),
  },
  TOKEN_WRAP: {
    seal: async (made) => wrapForCredential(await credentialRoot(part(made, 'credential')), at(made), part(made, 'tokenRow'), fromHex(made.plaintext)),
    open: async (made, envelope) => unwrapWithCredential(await credentialRoot(part(made, 'credential')), at(made), part(made, 'tokenRow'), envelope),
  },
  ESCROW: {
    seal: async (made) => sealEscrow(await vault(made), at(made), part(made, 'label'), fromHex(made.plaintext)),
    open: async (made, envelope) => openEscrow(await vault(made), at(made), part(made, 'label'), envelope),
  },
  SEALED_KEY: {
    seal: async (made) => sealForGrant(await grant(made), part(made, 'grant'), item(made), payloadOf(made)),
    open: async (made, envelope) => encodePayload(await openForGrant(await grant(made), part(made, 'grant'), item(made), names(made), envelope)),
  },
  VK_SHARE: {
    seal: async (made) => sealVaultShare((await pairFromSeed(hex(made, 'pairSeed'))).point, share(made), fromHex(made.plaintext)),
    open: async (made, envelope) => openVaultShare(await pairFromSeed(hex(made, 'pairSeed')), share(made), envelope),
  },
  DEPOSIT: {
    seal: async (made) => sealDeposit((await vaultPair(await vault(made))).point, item(made), payloadOf(made)),
    open: async (made, envelope) => encodePayload(await openDeposit(await vaultPair(await vault(made)), item(made), names(made), envelope)),
  },
  ESCROW_DEPOSIT: {
    seal: async (made) => sealEscrowDeposit((await vaultPair(await vault(made))).point, at(made), part(made, 'label'), fromHex(made.plaintext)),
    open: async (made, envelope) => openEscrowDeposit(await vaultPair(await vault(made)), at(made), part(made, 'label'), envelope),
  },
  CHILD: {
    seal: async (made) => sealChild(await grant(made), at(made), part(made, 'childGrant'), fromHex(made.plaintext)),
    open: async (made, envelope) => openChild(await grant(made), at(made), part(made, 'childGrant'), envelope),
  },
  // Not envelopes, but what both sides must compute alike: `envelope` is the value, `plaintext` is empty.
  PKV_TAG: {
    seal: async (made) => tagVaultPoint(await grant(made), part(made, 'vault'), Number(part(made, 'epoch')), hex(made, 'vaultPoint')),
    open: async (made, envelope) => expectSame(await ways['PKV_TAG']?.seal(made), envelope),
  },
  TOKEN_HASH: {
    seal: (made) => hashCredential(part(made, 'credential')),
    open: async (made, envelope) => expectSame(await ways['TOKEN_HASH']?.seal(made), envelope),
  },
  RELAY: {
    seal: (made) => sealRelay(part(made, 'linkToken'), part(made, 'session'), new TextDecoder().decode(fromHex(made.plaintext))),
    open: async (made, envelope) => new TextEncoder().encode(await openRelay(part(made, 'linkToken'), part(made, 'session'), envelope)),
  },
};

function expectSame(computed: Bytes | undefined, envelope: Bytes): Bytes {
  if (computed === undefined || toHex(computed) !== toHex(envelope)) throw new Error('computed differently');
  return new Uint8Array();
}
