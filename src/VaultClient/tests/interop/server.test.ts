import { describe, expect, test } from 'vitest';
import type { KdfWire, KeyItemWire, UnlockWire, ItemWire } from '../../src/vault/wire';
import { bench } from '../support/fake-workers';

// The client against a real server. The C# tests start one and run this file with its address; on its own it has none to talk to.
const address = process.env['KEYPASS_TEST_SERVER'];

interface Answer<Data> {
  readonly data: Data;
}

async function call<Data>(method: string, path: string, body?: unknown, session?: string): Promise<Data> {
  const response = await fetch(`${String(address)}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...(session !== undefined && { authorization: `Bearer ${session}` }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  expect(response.ok, `${method} ${path}: ${text}`).toBe(true);
  return (JSON.parse(text) as Answer<Data>).data;
}

interface SignedIn {
  readonly sessionToken: string;
  readonly accountId: string;
  readonly vaultId: string;
  readonly epoch: number;
  readonly unlocks: readonly UnlockWire[];
}

interface VaultAnswer {
  readonly publicKey: string;
  readonly items: readonly ItemWire[];
}

describe.skipIf(address === undefined)('Against a real server (KEYPASS_TEST_SERVER names none when run alone)', () => {
  test('a browser signs up, and another signs in, opens the vault and reads the key the first put there', async () => {
    const email = `ana-${crypto.randomUUID()}@example.org`;
    const password = 'seven quiet otters paddle home';
    const secret = 'sk-proj-CANARY-c3f1-made-in-the-browser';

    const first = bench().vault;
    const { body } = await first.register(email, password);
    const session = await call<SignedIn>('POST', '/v1/auth/register', body);
    const input = { provider: 'openai', origin: 'https://api.openai.com', scheme: 1, secret } as const;
    const { item } = await first.ask('addProviderKey', { input, grants: [] });
    await call('POST', '/v1/keys', item, session.sessionToken);

    const second = bench().vault;
    const { kdf } = await call<{ kdf: KdfWire }>('POST', '/v1/auth/prelogin', { email });
    const { authHash } = await second.prepareLogin(password, kdf);
    const again = await call<SignedIn>('POST', '/v1/auth/login', { email, authHash });
    const kept = await call<VaultAnswer>('GET', '/v1/vault', undefined, again.sessionToken);
    const account = kept.items.find((row) => row.kind === 'account');
    await second.unlock({ ...again, vaultPublicKey: kept.publicKey, ...(account && { account }) });
    const listed = await call<{ items: readonly Omit<KeyItemWire, 'kind'>[] }>('GET', '/v1/keys', undefined, again.sessionToken);
    const [sealedKey] = listed.items;
    if (sealedKey === undefined) throw new Error('the key is not listed');
    expect(await second.ask('openItem', { item: { ...sealedKey, kind: 'key' } })).toMatchObject({ provider: 'openai', secret });
  });
});
