import { connectionIn } from '../../receipts/callers';
import type { ProviderError, Receipt } from './logs-api';

/** Why a call failed, as likely as can be told, and where that is mended. */
export interface Cause {
  readonly what: string;
  readonly why: string;
  readonly mend?: { readonly label: string; readonly href: string };
}

type Failed = Pick<Receipt, 'status' | 'code' | 'providerError' | 'tags'>;

const theProviderKey = { label: 'Look at the provider key', href: '/keys' };

export function causeOf(receipt: Failed): Cause | undefined {
  const { status, code, providerError, tags } = receipt;
  if (status < 400) return undefined;
  // What KeyPass says for the provider: the provider's own words tell more.
  if (providerError !== undefined) return ofProvider(providerError);
  const connection = connectionIn(tags);
  const caller = connection === undefined ? { label: 'Look at the virtual key', href: '/virtual-keys' }
    : { label: 'Look at the connection', href: `/connections/${connection}` };
  return ofCode(code ?? '', caller, status);
}

function ofCode(code: string, caller: NonNullable<Cause['mend']>, status: number): Cause {
  switch (code) {
    case 'budget_exceeded':
      return { what: 'A budget is used up', why: 'The call could have cost more than is left. It was not made, and cost nothing.', mend: caller };
    case 'budget_in_flight':
      return {
        what: 'The budget was held by other calls', mend: caller,
        why: 'Running calls held what was left. The same call a moment later may go through.',
      };
    case 'velocity_exceeded':
      return { what: 'The limit for an hour was reached', why: 'The key had spent what it may in an hour. It goes on by itself.', mend: caller };
    case 'rate_limited':
      return { what: 'A rate limit of the key was reached', why: 'It makes more calls, or uses more tokens, than you let it in a minute.', mend: caller };
    case 'model_not_allowed':
      return { what: 'The model is not allowed', why: 'The key may use other models only. Names are compared letter by letter.', mend: caller };
    case 'route_not_allowed':
      return { what: 'The kind of call is not allowed', why: 'The key makes no calls of that kind, or holds no provider key for them.', mend: caller };
    case 'key_disabled':
    case 'key_expired':
    case 'key_revoked':
      return { what: 'The key was switched off', why: 'It is disabled, deleted, or its time is over.', mend: caller };
    case 'connection_paused':
      return { what: 'The connection is paused', why: 'You paused it, and its calls are refused until you let it go on.', mend: caller };
    case 'price_unknown':
    case 'not_boundable':
      return { what: 'Nobody can say what it costs', why: 'A key with a budget makes no call whose cost has no known limit.', mend: caller };
    case 'provider_auth_failed':
      return invalidKey;
    case 'provider_unreachable':
    case 'provider_timeout':
      return { what: 'The provider did not answer', why: 'It is down, or was too slow. Try again; its status page may know more.' };
    default:
      return { what: 'KeyPass refused the call', why: `It answered ${status}${code === '' ? '' : `, ${code}`}. The API reference says what each refusal means.`,
        mend: { label: 'API reference', href: '/docs/api' } };
  }
}

const invalidKey: Cause = {
  what: 'The provider does not take the provider key', mend: theProviderKey,
  why: 'It was revoked there, or typed wrongly. Put a new one in its place: virtual keys and connections stay as they are.',
};

const spentThere = /quota|credit|billing|balance|payment/i;

function ofProvider({ status, code, message }: ProviderError): Cause {
  const words = `${code ?? ''} ${message ?? ''}`;
  if (status === 401 || /invalid_?(api_?)?key|api_key_invalid|authentication_error|account_deactivated|unauthenticated/i.test(code ?? '')) return invalidKey;
  if (status === 402 || ((status === 400 || status === 403 || status === 429) && spentThere.test(words))) {
    return {
      what: 'The account at the provider has no money left', mend: theProviderKey,
      why: 'Its own credit or quota is used up, whatever your budgets here say. Add credit at the provider, or use another key.',
    };
  }
  switch (status) {
    case 403:
      return {
        what: 'The provider key lacks a permission', mend: theProviderKey,
        why: 'The provider knows the key and does not let it do this. Give it the permission there, or use a key that has it.',
      };
    case 429:
      return {
        what: 'The provider’s rate limit was reached', mend: { label: 'Limit the virtual key’s rate', href: '/virtual-keys' },
        why: 'More calls or tokens than the provider lets this account use in a minute. Slow down, or ask the provider for more.',
      };
    case 404:
      return { what: 'The provider does not know what was asked for', why: 'Mostly the model: its name is misspelt, or this account has no access to it.' };
    case 400:
    case 413:
    case 422:
      return { what: 'The provider did not accept the request', why: 'Something in it has the wrong form or is too long. The provider’s words say what.' };
    default:
      return status >= 500
        ? { what: 'The provider had a failure of its own', why: 'It is overloaded or broken. Try again; its status page may know more.' }
        : { what: 'The provider refused the call', why: 'Its words say why.' };
  }
}
