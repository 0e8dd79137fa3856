import { fromHex } from '../../src/kp1/index';

export const argon = {
  algorithm: 'argon2id', memoryKib: 65_536, iterations: 3, parallelism: 1, salt: fromHex('e0e1e2e3e4e5e6e7e8e9eaebecedeeef'),
} as const;

export const password = 'Correct horse, battery staple: ﬁve ﬂags';

/** At the cost of every account. */
export const hashed = '85819fca57fdbb8af1ed14c8ab826b98d503bca62ba15ad90437fb4636c92a79';
