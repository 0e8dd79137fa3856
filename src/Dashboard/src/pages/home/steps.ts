/** From an empty account to a call that is counted. */
export interface Step {
  readonly title: string;
  readonly why: string;
  /** Where it is done; the last is done elsewhere, with what is shown beside it. */
  readonly at?: { readonly href: string; readonly action: string };
  /** Another way to the same end. */
  readonly or?: { readonly href: string; readonly action: string };
  readonly done: boolean;
}

export interface Has {
  /** Provider keys that open. */
  readonly usable: number;
  /** Virtual keys, and apps that are connected. */
  readonly callers: number;
  /** A virtual key in test mode is among them, which needs no provider key. */
  readonly trying: boolean;
  readonly calls: number;
}

/** Whoever made a call has been through all of them, also where a key was deleted since. */
export function stepsOf({ usable, callers, trying, calls }: Has): readonly Step[] {
  const called = calls > 0;
  return [
    {
      title: 'Add a provider key', at: { href: '/keys', action: 'Add a key' }, done: called || usable > 0 || trying,
      why: 'One that you have, or the KeyPass sandbox: its answers cost nothing real. Only trying? A virtual key in test mode needs none.',
      or: { href: '/virtual-keys', action: 'Make a test key' },
    },
    {
      title: 'Make a virtual key', at: { href: '/virtual-keys', action: 'Make a virtual key' }, done: called || callers > 0,
      why: 'Your programs call with it in the provider key’s place. You can limit it to some dollars, and take it back.',
    },
    {
      title: 'Call with it', done: called,
      why: 'Keep the virtual key in the environment as KEYPASS_KEY, and run this. What it cost appears here by itself.',
    },
  ];
}
