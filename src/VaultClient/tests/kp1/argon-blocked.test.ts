import { expect, test, vi } from 'vitest';
import { stretchPassword } from '../../src/kp1/argon';
import { passwordBytes, toHex } from '../../src/kp1/index';
import { argon, hashed, password } from '../support/hashed-password';

// A file of its own: the library remembers whether its module could be compiled.

test('Where WebAssembly is blocked, a password is hashed in script, to the same bytes', { timeout: 60_000 }, async () => {
  const compile = vi.spyOn(WebAssembly, 'compile').mockRejectedValue(new WebAssembly.CompileError('blocked by the policy'));
  const { secret, engine } = await stretchPassword(passwordBytes(password), argon, () => 0);
  expect(compile).toHaveBeenCalled();
  expect(engine).toBe('script');
  expect(toHex(secret)).toBe(hashed);
});
