/** The names of actions are the server's contract; tests/settings/audit-words.test.ts holds this list to them. What it was done to follows the words. */
const words: Readonly<Record<string, string>> = {
  'account.created': 'Made the account',
  'account.changed': 'Changed the profile',
  'password.changed': 'Changed the password',
  'recovery.replaced': 'Made a new recovery code',
  'vault.rotated': 'Changed the vault key',
  'vault.managed': 'Let the server open the vault',
  'vault.opened': 'Took the vault key from the server, to seal the vault',
  'vault.sealed': 'Sealed the vault: the server opens it no more',
  'session.started': 'Signed in',
  'session.ended': 'Signed out',
  'passkey.added': 'Added a passkey',
  'passkey.renamed': 'Renamed a passkey',
  'passkey.deleted': 'Removed a passkey',
  'key.added': 'Added a provider key',
  'key.deposited': 'Put a provider key in, to wait for you',
  'key.relabelled': 'Renamed a provider key',
  'key.rotated': 'Rotated a provider key',
  'key.tested': 'Tested a provider key',
  'key.deleted': 'Deleted a provider key',
  'deposit.approved': 'Approved a key that a program put in',
  'deposit.rejected': 'Rejected a key that a program put in',
  'token.created': 'Made a management token',
  'token.rotated': 'Put a new credential in a management token’s place',
  'token.revoked': 'Revoked a management token',
  'grant.approved': 'Confirmed what a token made',
  'grant.rejected': 'Rejected what a token made',
  'invite.created': 'Invited somebody',
  'invite.revoked': 'Took an invitation back',
};

/** A server newer than this page may know more. */
export const wordsOf = (action: string): string => words[action] ?? action;
