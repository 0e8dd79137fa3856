import {
  credentialRoot, fromHex, openChild, openDeposit, openEscrow, openEscrowDeposit, openForGrant, openItem, openUnlock, openVaultShare, pairFromSeed,
  sealChild, sealDeposit, sealEscrow, sealEscrowDeposit, sealForGrant, sealItem, sealUnlock, sealVaultShare, toHex, unlockerOfPassword, vaultPair,
  wrapForCredential, unwrapWithCredential, type Bytes, type GrantAddress, type ItemAddress, type Payload,
} from '../../src/kp1/index';
import { grantRootOfExample, inputs, kdf, payload, readFixture, vaultRoot } from './worked-example';

/** What an envelope may be bound to: each field is one that another, equally valid value could stand in for. */
export interface Context {
  readonly accountId: string;
  readonly vaultId: string;
  readonly grantId: string;
  readonly childGrantId: string;
  readonly keyId: string;
  readonly tokenRowId: string;
  readonly version: number;
  readonly epoch: number;
  readonly provider: string;
  readonly origin: string;
  readonly label: string;
}

export const context: Context = { ...inputs, label: inputs.escrowLabel };

export interface EnvelopeCase {
  readonly name: string;
  readonly size: number;
  readonly bound: readonly (keyof Context)[];
  readonly seal: (context: Context) => Promise<Bytes>;
  /** The plaintext, as hex. */
  readonly open: (envelope: Bytes, context: Context) => Promise<string>;
}

const virtualKey = (readFixture('kp1-vectors.json') as Readonly<Record<string, string>>)['token'] ?? '';
const [vault, grant, credential] = [await vaultRoot(), await grantRootOfExample(), await credentialRoot(virtualKey)];
const pair = await vaultPair(vault);
const account = await pairFromSeed(fromHex(inputs.accountSeed));
const unlocker = await unlockerOfPassword(fromHex(inputs.masterSecret), kdf);
const grantSecret = fromHex(inputs.grantSecret);
const vaultKey = fromHex(inputs.vaultKey);
const itemOf = ({ vaultId, keyId, version }: Context): ItemAddress => ({ vaultId, keyId, version });
const grantOf = ({ vaultId, grantId }: Context): GrantAddress => ({ vaultId, grantId });
const payloadOf = ({ provider, origin }: Context): Payload => ({ ...payload, provider, origin });

export const cases: readonly EnvelopeCase[] = [
  {
    name: 'VAULT_ITEM', size: 321, bound: ['vaultId', 'keyId', 'version'],
    seal: (c) => sealItem(vault, itemOf(c), payloadOf(c)),
    open: async (envelope, c) => toHex((await openItem(vault, itemOf(c), envelope)).secret),
  },
  {
    name: 'UNLOCK', size: 65, bound: ['accountId', 'vaultId'],
    seal: (c) => sealUnlock(unlocker, c.accountId, c.vaultId, vaultKey),
    open: async (envelope, c) => toHex(await openUnlock(unlocker, c.accountId, c.vaultId, unlocker.commitment, envelope)),
  },
  {
    name: 'TOKEN_WRAP', size: 65, bound: ['vaultId', 'grantId', 'tokenRowId'],
    seal: (c) => wrapForCredential(credential, grantOf(c), c.tokenRowId, grantSecret),
    open: async (envelope, c) => toHex(await unwrapWithCredential(credential, grantOf(c), c.tokenRowId, envelope)),
  },
  {
    name: 'ESCROW', size: 65, bound: ['vaultId', 'grantId', 'label'],
    seal: (c) => sealEscrow(vault, grantOf(c), c.label, grantSecret),
    open: async (envelope, c) => toHex(await openEscrow(vault, grantOf(c), c.label, envelope)),
  },
  {
    name: 'SEALED_KEY', size: 289, bound: ['vaultId', 'grantId', 'keyId', 'version', 'provider', 'origin'],
    seal: (c) => sealForGrant(grant, c.grantId, itemOf(c), payloadOf(c)),
    open: async (envelope, c) => toHex((await openForGrant(grant, c.grantId, itemOf(c), c, envelope)).secret),
  },
  {
    name: 'VK_SHARE', size: 118, bound: ['vaultId', 'accountId', 'epoch'],
    seal: (c) => sealVaultShare(account.point, c, vaultKey),
    open: async (envelope, c) => toHex(await openVaultShare(account, c, envelope)),
  },
  {
    name: 'DEPOSIT', size: 342, bound: ['vaultId', 'keyId', 'version', 'provider', 'origin'],
    seal: (c) => sealDeposit(pair.point, itemOf(c), payloadOf(c)),
    open: async (envelope, c) => toHex((await openDeposit(pair, itemOf(c), c, envelope)).secret),
  },
  {
    name: 'ESCROW_DEPOSIT', size: 118, bound: ['vaultId', 'grantId', 'label'],
    seal: (c) => sealEscrowDeposit(pair.point, grantOf(c), c.label, grantSecret),
    open: async (envelope, c) => toHex(await openEscrowDeposit(pair, grantOf(c), c.label, envelope)),
  },
  {
    name: 'CHILD', size: 65, bound: ['vaultId', 'grantId', 'childGrantId'],
    seal: (c) => sealChild(grant, grantOf(c), c.childGrantId, fromHex(inputs.childSecret)),
    open: async (envelope, c) => toHex(await openChild(grant, grantOf(c), c.childGrantId, envelope)),
  },
];
