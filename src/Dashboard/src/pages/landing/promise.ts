/**
 * What is promised about keys, in the words the server's SECURITY.md and this site share. Each sentence has a test on the server that
 * fails when it stops being true: change the words there and here together, or not at all.
 */
export const promise = {
  sealed:
    'Your provider keys are encrypted in your browser. Our database, backups and server keys together cannot decrypt them. A key is '
    + 'opened only in memory, only for a call that presents a credential you approved, and wiped after the call is sent. We never store '
    + 'or log it, or your prompts and responses.',
  notCovered:
    'someone who controls our running servers, or the code we send you, while you or your apps are using a key.',
  managed: 'can be decrypted by our servers at any time.',
} as const;
