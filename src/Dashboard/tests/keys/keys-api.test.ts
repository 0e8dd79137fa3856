import { expect, test } from 'vitest';
import { readVault } from '../../src/app/vault';
import { listKeys } from '../../src/pages/keys/keys-api';
import { serverAnswers } from '../support';

const row = {
  id: '0'.repeat(32), provider: 'openai', origin: 'https://api.openai.com', label: null, version: 1, custody: 'sealed', status: 'active',
  createdAt: '2026-11-21T10:00:00Z', rotatedAt: null, lastTest: null, envelope: 'AA', broken: false,
};

test('A key that was altered in the database is listed as such, beside the others', async () => {
  serverAnswers(200, { success: true, data: { items: [{ ...row, envelope: null, broken: true }, row], nextCursor: null } });
  expect(await listKeys()).toMatchObject([{ broken: true, envelope: '' }, { broken: false, envelope: 'AA', label: undefined, lastTest: undefined }]);
});

test('The last test comes with what the vendor said, and when', async () => {
  const lastTest = { ok: false, status: 'invalid', at: '2026-11-21T11:00:00Z' };
  serverAnswers(200, { success: true, data: { items: [{ ...row, lastTest }], nextCursor: null } });
  expect(await listKeys()).toMatchObject([{ lastTest: { status: 'invalid', at: '2026-11-21T11:00:00Z' } }]);
});

test('An altered unlock takes no other away; an altered account item is not worked around', async () => {
  const unlock = { id: 'a', method: 'pw', commitment: 'AA', envelope: 'AA', credentialId: null, broken: false };
  const vault = {
    vaultId: 'v', epoch: 1, publicKey: 'AA', unlocks: [{ ...unlock, id: 'b', envelope: null, broken: true }, unlock],
    items: [{ id: 'i', kind: 'account', version: 1, envelope: 'AA', broken: false }],
  };
  serverAnswers(200, { success: true, data: vault });
  expect((await readVault()).unlocks).toEqual([{ id: 'a', method: 'pw', commitment: 'AA', envelope: 'AA' }]);
  serverAnswers(200, { success: true, data: { ...vault, items: [{ id: 'i', kind: 'account', version: 1, envelope: null, broken: true }] } });
  await expect(readVault()).rejects.toThrow('Tell whoever runs this server');
});
