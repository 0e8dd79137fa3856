import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fromHex, rootOf, textOf, vaultPair } from '../../src/kp1/index';
import { payloadOf } from '../../src/vault/key-items';
import type { KeyItemWire } from '../../src/vault/wire';

// Rows that were altered in the database, as a real server lists them, in the hands of the code that browsers run. The C# tests alter
// them and name the file; on its own this has none to read.
const file = process.env['KEYPASS_TEST_LISTED'];

interface Listed {
  /** What was done to the row. */
  readonly what: string;
  readonly vaultId: string;
  readonly vaultKey: string;
  readonly item: KeyItemWire;
  /** The secret that was sealed, for a row that nobody touched. */
  readonly opens: string | null;
}

async function open({ vaultId, vaultKey, item }: Listed): Promise<string> {
  const root = await rootOf('KeyPass/v1/vault', fromHex(vaultKey));
  const payload = await payloadOf({ accountId: vaultId, vaultId, epoch: 1, root, pair: await vaultPair(root) }, { ...item, kind: 'key' });
  return textOf(payload.secret);
}

describe.skipIf(file === undefined)('Rows that were altered in the database (KEYPASS_TEST_LISTED names none when run alone)', () => {
  const all = file === undefined ? [] : (JSON.parse(readFileSync(file, 'utf8')) as readonly Listed[]);

  test('open nowhere, and those beside them as before', async () => {
    expect(all.length).toBeGreaterThan(0);
    for (const listed of all) {
      const { what, opens } = listed;
      const refused = { reason: expect.stringMatching(/^(broken|malformed)$/) as string };
      if (opens === null) await expect(open(listed), what).rejects.toMatchObject(refused);
      else expect(await open(listed), what).toBe(opens);
    }
  });
});
