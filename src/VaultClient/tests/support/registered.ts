import type { RegisterBody } from '../../src/vault/entry';
import type { Vault } from '../../src/vault/vault';
import { bench, type Bench } from './fake-workers';

export const password = 'turnip lantern meadow';
export const openaiKey = { provider: 'openai', origin: 'https://api.openai.com', scheme: 1, secret: 'sk-proj-something' } as const;

export interface Registered extends Bench {
  readonly body: RegisterBody;
  readonly recoveryCode: string;
  readonly unlockAsk: Parameters<Vault['unlock']>[0];
}

export async function registered(): Promise<Registered> {
  const made = bench();
  const { body, recoveryCode } = await made.vault.register('anna@example.org', password);
  const { accountId, vaultId, unlocks, vaultPublicKey, items: [account] } = body;
  return { ...made, body, recoveryCode, unlockAsk: { accountId, vaultId, epoch: 1, unlocks, vaultPublicKey, ...(account && { account }) } };
}
