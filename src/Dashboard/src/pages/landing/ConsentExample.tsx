import './consent.css';

/** What approving looks like, as text: nothing in it can be pressed, and the caption says it is an example. */
export function ConsentExample() {
  return (
    <figure class="consent">
      <div class="card">
        <p class="asks"><b>Notes</b> wants to use your AI keys</p>
        <div class="row">
          <p class="small muted">It may spend up to</p>
          <p class="amount">$10.00 <span>every month</span></p>
          <p class="small muted">Never more than $2.00 in any hour. Until 21 May 2027.</p>
        </div>
        <div class="row">
          <p class="small muted">Paid by your key</p>
          <p class="paying"><span><b>OpenAI</b> <span class="muted">personal</span></span> <span class="pill sealed">sealed</span></p>
        </div>
        <ul class="row small">
          <li class="yes">Notes sends your prompts through KeyPass and sees the answers</li>
          <li class="no">Notes never sees your key; neither does our database</li>
          <li class="yes">You can lower, pause or revoke this at any time</li>
        </ul>
      </div>
      <figcaption class="small muted">An example of what you approve. Notes stands for any app.</figcaption>
    </figure>
  );
}
