import './landing.css';
import { accountDoors, type AccountDoor } from '../../app/routes';
import { ConsentExample } from './ConsentExample';
import { HowItWorks } from './HowItWorks';
import { SealedPromise } from './SealedPromise';
import { ServerStatus } from './ServerStatus';

export function LandingPage() {
  return (
    <>
      <div class="page hero">
        <div>
          <h1>Your own AI keys, lent by the dollar</h1>
          <p class="lead">
            KeyPass keeps the AI provider keys of people and teams in an encrypted vault, and gives apps and teammates a piece of one:
            the models you choose, a limit in dollars, an end date.
          </p>
          <Accounts doors={accountDoors} />
        </div>
        <ConsentExample />
      </div>
      <div class="page"><ServerStatus /></div>
      <HowItWorks origin={location.origin} />
      <SealedPromise />
    </>
  );
}

export function Accounts({ doors }: { readonly doors: readonly AccountDoor[] }) {
  if (doors.length > 0) return <p id="accounts" class="doors">{doors.map((door) => <a class="button" href={door.path}>{door.label}</a>)}</p>;
  return (
    <p id="accounts" class="not-open">
      <b>Sign in and sign up: accounts are not open on this server yet.</b> They come with a later version. Until then this page shows
      what KeyPass does and whether the server is ready, and <a href="/docs/api">the API reference</a> lists what it answers today.
    </p>
  );
}
