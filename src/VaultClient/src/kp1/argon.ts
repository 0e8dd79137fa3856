import { argon2id as argon2idInScript } from '@noble/hashes/argon2.js';
import { argon2id as argon2idInWasm } from 'hash-wasm';
import type { Bytes } from './bytes';
import { checkFloor, type PasswordKdf } from './kdf';
import { pbkdf2 } from './stretch';

// Only the Argon worker imports this file: it alone is served with a policy under which WebAssembly may be compiled.

export interface Stretched {
  readonly secret: Bytes;
  readonly engine: 'wasm' | 'script' | 'platform';
  readonly milliseconds: number;
}

type ArgonKdf = Extract<PasswordKdf, { algorithm: 'argon2id' }>;

export async function stretchPassword(password: Bytes, kdf: PasswordKdf, now: () => number): Promise<Stretched> {
  checkFloor(kdf);
  const start = now();
  if (kdf.algorithm === 'pbkdf2') {
    return { secret: await pbkdf2(password, kdf.iterations, kdf.salt), engine: 'platform', milliseconds: now() - start };
  }
  try {
    return { secret: await inWasm(password, kdf), engine: 'wasm', milliseconds: now() - start };
  } catch {
    // Lockdown mode, an extension or a proxy may forbid WebAssembly. Five times slower, but the same bytes.
    return { secret: inScript(password, kdf), engine: 'script', milliseconds: now() - start };
  }
}

async function inWasm(password: Bytes, { memoryKib, iterations, parallelism, salt }: ArgonKdf): Promise<Bytes> {
  const hash = await argon2idInWasm({ password, salt, iterations, parallelism, memorySize: memoryKib, hashLength: 32, outputType: 'binary' });
  return Uint8Array.from(hash);
}

function inScript(password: Bytes, { memoryKib, iterations, parallelism, salt }: ArgonKdf): Bytes {
  // The library's own ceiling is 1 GiB; ours (checkFloor) is the same.
  return Uint8Array.from(argon2idInScript(password, salt, { m: memoryKib, t: iterations, p: parallelism, dkLen: 32 }));
}
