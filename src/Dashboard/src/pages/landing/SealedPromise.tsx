import { promise } from './promise';

export function SealedPromise() {
  return (
    <section class="page promise" aria-labelledby="promise-heading">
      <h2 id="promise-heading">What we promise about a key</h2>
      <div class="card">
        <p class="sealed-words"><b>Sealed keys.</b> {promise.sealed}</p>
        <p><b>What this does not cover:</b> {promise.notCovered}</p>
        <p><b>Managed keys</b> (opt-in) {promise.managed}</p>
      </div>
    </section>
  );
}
