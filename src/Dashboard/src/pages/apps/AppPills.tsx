import { Pill } from '../../parts/Pill';
import type { App } from './apps-api';

const test = <p>Its connections reach the sandbox and nothing else, whatever it asks for: the whole flow, without anybody’s money.</p>;
const live = <p>Its connections call the vendors of people’s own keys, within what they allow.</p>;
const notVerified = <p>Until you show that its homepage is yours, whoever it asks is warned that nobody has verified who runs it.</p>;

/** Whom it reaches, and whether anybody vouches for its name. */
export function AppPills({ app }: { readonly app: App }) {
  return (
    <>
      {app.test ? <Pill tone="warn" meaning={test}>test</Pill> : <Pill tone="good" meaning={live}>live</Pill>}
      {' '}
      {app.domain === undefined ? <Pill tone="calm" meaning={notVerified}>not verified</Pill> : <Pill tone="sealed">verified</Pill>}
    </>
  );
}
