import { expect, test } from 'vitest';
import { looksSecret } from '../../src/app/secret-text';

test.each([
  'km_live_abcdefgh', ' kp_pat_abcdefghij', 'sk-proj-0123456789', 'KEY=sk-ant-api03-abcdef', 'gsk_abcdefgh1', 'AIzaSyA1234567', 'AKIAIOSFODNN7EXAMPLE',
])('%s looks like a key', (text) => { expect(looksSecret(text)).toBe(true); });

test.each(['nightly report', 'task-manager-for-all', 'team-00042', 'req_0198c5a2b7d97c3e8f00aabbccddeeff', 'skating rink', 'km_live', ''])(
  '%s is a name', (text) => { expect(looksSecret(text)).toBe(false); },
);
