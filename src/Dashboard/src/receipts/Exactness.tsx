import { Pill, type PillTone } from '../parts/Pill';

const kinds: Readonly<Record<string, { readonly tone: PillTone; readonly means: string }>> = {
  exact: { tone: 'good', means: 'The provider’s count at a known price, or what the provider says that it charged. A call that cost nothing is exact, too.' },
  estimated: { tone: 'warn', means: 'A count or a price of it is ours: the answer said no usage, or the price is an approximate one.' },
  bounded: { tone: 'warn', means: 'Nothing was counted. This is the most that it can have been.' },
  interrupted: { tone: 'warn', means: 'The answer broke off. This is what was counted until then; the provider may have charged for more.' },
  unpriced: { tone: 'bad', means: 'Nobody told KeyPass what this model costs. That is not nought: it is missing in the sums.' },
};

/** How far a cost can be relied on, and what that means one click away. */
export function Exactness({ kind, count }: { readonly kind: string; readonly count?: number }) {
  const { tone, means } = kinds[kind] ?? { tone: 'calm', means: 'This page is older than its server, and does not know the word.' };
  return <Pill tone={tone} meaning={<p>{means}</p>}>{count === undefined ? kind : `${count.toLocaleString()} ${kind}`}</Pill>;
}
