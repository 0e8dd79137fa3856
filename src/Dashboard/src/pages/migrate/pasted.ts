import { prefixOf } from '@keypass/vault-client';
import { looksLike, type Provider } from '../keys/providers';

/** What somebody pasted to have it checked: a virtual key, or the reason why it goes nowhere. */
export type Pasted =
  | { readonly credential: string; readonly test: boolean; readonly spaced: boolean }
  | { readonly wrong: string };

const nothingSent = 'Nothing was sent.';

const others: Readonly<Record<string, string>> = {
  kp_at_: 'This is the access token of a connected app. It belongs on that app’s server; a program of yours calls with a virtual key (km_live_…).',
  kp_pat_: 'This is a management token. It manages the account and makes no calls; a program calls with a virtual key (km_live_…).',
  kp_cs_: 'This is the client secret of an app. It makes no calls; a program calls with a virtual key (km_live_…).',
};

/** Read in the browser alone: what is no virtual key, whole and well, is never sent, and least of all a provider's own key. */
export function readPasted(text: string, providers: readonly Provider[]): Pasted {
  const plain = text.trim();
  if (plain === '') return { wrong: 'Paste a virtual key first. It begins with km_live_ or km_test_.' };
  const prefix = prefixOf(plain);
  if (prefix === 'km_live_' || prefix === 'km_test_') return { credential: plain, test: prefix === 'km_test_', spaced: plain !== text };
  if (prefix !== undefined) return { wrong: `${others[prefix] ?? 'This is a credential of KeyPass, and no virtual key.'} ${nothingSent}` };
  if (/^k[mp]_/.test(plain)) return { wrong: `${brokenWords(plain)} ${nothingSent}` };
  const vendors = looksLike(providers, plain).map(({ name }) => name);
  if (vendors.length > 0 || /^(?:sk|gsk|xai|AIza|AKIA)/.test(plain)) {
    const whose = vendors.length === 1 ? `a key of ${vendors[0] ?? ''}` : 'a provider’s own key';
    return {
      wrong: `This looks like ${whose}. It was sent nowhere, and stays in this page until you leave it. Keep it in the vault, under Keys, and paste a `
        + 'virtual key here.',
    };
  }
  return { wrong: `This is no virtual key: those begin with km_live_ or km_test_. ${nothingSent}` };
}

/** Prefix, 43 characters, and six that check them. */
const wholeLength = 57;

function brokenWords(text: string): string {
  if (/\s/.test(text)) return 'There is a space or a line break within it. Copy it again, in one piece.';
  if (/^km_(?:live|test)_/.test(text) && text.length < wholeLength) {
    return `It is cut off: ${text.length} characters of ${wholeLength}. Copy it again, to its end.`;
  }
  if (/^km_(?:live|test)_/.test(text) && text.length > wholeLength) {
    return `It is too long: ${text.length} characters, and a virtual key has ${wholeLength}. Something else was copied with it.`;
  }
  return 'A character of it is wrong: its last six, which check the others, do not fit. Copy it again instead of typing it.';
}
