import { readRecoveryCode } from '@keypass/vault-client';

// A code that was shown is not yet a code that was kept. Some of its groups are asked for, chosen anew each time.

const groupCount = 8;
export const askedCount = 3;

/** Which groups to ask for, in order, counted from 0. */
export function chooseGroups(random: (below: number) => number): readonly number[] {
  const rest = Array.from({ length: groupCount }, (_, index) => index);
  const chosen = Array.from({ length: askedCount }, () => rest.splice(random(rest.length), 1)[0] ?? 0);
  return chosen.sort((one, other) => one - other);
}

/** 256 is no multiple of most numbers; what is above the last whole one is drawn again. */
export function randomBelow(below: number): number {
  const drawn = new Uint8Array(1);
  do crypto.getRandomValues(drawn); while ((drawn[0] ?? 0) >= 256 - (256 % below));
  return (drawn[0] ?? 0) % below;
}

/** As tolerant as the code itself is read: O for 0, I and L for 1, lower case, spaces. */
export function isGroup(typed: string, recoveryCode: string, group: number): boolean {
  const groups = recoveryCode.split('-');
  const together = groups.map((own, index) => (index === group ? typed : own)).join('-');
  return readRecoveryCode(together) === readRecoveryCode(recoveryCode);
}

/** What is printed or downloaded: somebody finds it in years, and must know what it is. */
export function codeSheet(recoveryCode: string, email: string, address: string, madeAt: Date): string {
  return [
    'KeyPass recovery code',
    '',
    recoveryCode,
    '',
    `Account: ${email}`,
    `Server:  ${address}`,
    `Made:    ${madeAt.toISOString().slice(0, 10)}`,
    '',
    `It opens the vault when the password is lost: ${address}/recover`,
    'Whoever has it and knows the address of the account can read every key in the vault. Keep it where you keep a passport.',
    'It is replaced when it is used; an older sheet is then worth nothing.',
    '',
  ].join('\r\n');
}
