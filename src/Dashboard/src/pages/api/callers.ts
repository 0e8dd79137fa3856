import { isObject, listAt, type JsonObject } from '../../app/json';

/** A credential that opens an operation: what it is called, and how one knows it when one sees it. */
export interface Caller {
  readonly name: string;
  readonly form: string | undefined;
}

const known: Readonly<Record<string, Caller>> = {
  session: { name: 'Session', form: 'the browser’s cookie, or Bearer kp_ss_…' },
  managementToken: { name: 'Management token', form: 'Bearer kp_pat_…' },
  app: { name: 'App', form: 'Basic with client id and secret' },
  linkToken: { name: 'Link token', form: 'Bearer kp_lt_…' },
  accessToken: { name: 'Access token', form: 'Bearer kp_at_…' },
  virtualKey: { name: 'Virtual key', form: 'km_live_… or km_test_…' },
  loopback: { name: 'This machine', form: 'no credential: a program on the server itself' },
  operator: { name: 'Operator', form: 'a session of an account with the operator role' },
};

/**
 * Who may call an operation. `x-keypass-auth` says it in our words; without it the schemes of `security` are the next best, and the
 * document's own `security` holds for operations that have none.
 */
export function callersOf(root: JsonObject, operation: JsonObject): readonly Caller[] | undefined {
  if (Array.isArray(operation['x-keypass-auth'])) {
    return listAt(operation, 'x-keypass-auth').filter((name) => typeof name === 'string').map(callerNamed);
  }
  const owner = 'security' in operation ? operation : root;
  if (!('security' in owner)) return undefined;
  const schemes = listAt(owner, 'security').filter(isObject).flatMap((requirement) => Object.keys(requirement));
  return [...new Set(schemes)].map(callerNamed);
}

function callerNamed(name: string): Caller {
  return (Object.hasOwn(known, name) ? known[name] : undefined) ?? { name, form: undefined };
}
