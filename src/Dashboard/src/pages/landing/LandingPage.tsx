import './landing.css';
import { AccountDoors } from '../../app/AccountDoors';
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
          <p class="doors"><AccountDoors prominent /></p>
        </div>
        <ConsentExample />
      </div>
      <div class="page"><ServerStatus /></div>
      <HowItWorks origin={location.origin} />
      <SealedPromise />
    </>
  );
}
