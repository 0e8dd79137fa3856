import { openConsentWindow, opensNoWindow } from './consent-window.js';
import type { Embedder } from './embedder.js';
import { eventsOf } from './events.js';
import { fetchRelay } from './relay.js';
import { isOver, readSession, ShellRefusal, type Session } from './session.js';
import { showBlocked, showFinishing, showLost, showRequest, showTrouble, showWaiting } from './view.js';

type Ending =
  | { name: 'success'; publicToken: string | null }
  | { name: 'exit'; error: { code: string; message: string } | null }
  | { name: 'redirect' };

const longestPauseMs = 10_000;

/** One link session in the frame, from the first sight of it to its one ending. */
export function startShell({ origin, linkToken, port }: Embedder): void {
  const gone = new AbortController();
  const told = new Set<string>();
  let metadata: { linkSessionId: string | null; status: string | null } = { linkSessionId: null, status: null };
  let session: Session | undefined;

  function end(ending: Ending): void {
    if (gone.signal.aborted) return;
    gone.abort();
    port.postMessage({ ...ending, metadata });
  }

  function fail(code: string, message: string): void {
    end({ name: 'exit', error: { code, message } });
  }

  const leave = () => { end({ name: 'exit', error: null }); };

  function tell(event: string): void {
    port.postMessage({ name: 'event', event, metadata });
  }

  const goThere = () => { end({ name: 'redirect' }); };

  function carryOn(): void {
    const hostedUrl = `${location.origin}${location.pathname.replace('/link/shell/', '/link/')}#${linkToken}`;
    const byPage = opensNoWindow();
    const isOpened = !byPage && openConsentWindow(hostedUrl);
    tell(isOpened ? 'window_opened' : 'window_blocked');
    if (byPage) goThere();
    else if (session !== undefined && isOpened) showWaiting(session, { again: carryOn, leave });
    else if (session !== undefined) showBlocked(session, { goThere, leave });
  }

  /** A step of the session. The stream begins with the first one each time it is opened. */
  function step(name: string): void {
    metadata = { ...metadata, status: name };
    if (told.has(name)) return;
    told.add(name);
    tell(name);
  }

  /** The public token as another window left it. Where none comes, the one that was approved in has closed too soon, and another hands it over again. */
  async function awaitRelay({ linkSessionId }: Session): Promise<void> {
    for (let asked = false; !gone.signal.aborted; asked = true) {
      const publicToken = await fetchRelay(linkToken, linkSessionId, gone.signal);
      if (publicToken !== undefined) {
        end({ name: 'success', publicToken });
        return;
      }
      const read = await readSession(linkToken, gone.signal);
      if (isOver(read.status) && read.status !== 'approved') return conclude(read.status, read);
      if (!asked) showLost(read, { again: carryOn, leave });
    }
  }

  /** What the session has come to. After a reload this may be the first that is seen of it. */
  async function conclude(status: string, read: Session): Promise<void> {
    switch (status) {
      case 'approved':
        showFinishing(read);
        if (!read.isUpdate) return awaitRelay(read);
        end({ name: 'success', publicToken: null });
        return;
      case 'exchanged':
        fail('session_used', 'This link session was completed before.');
        return;
      case 'expired':
        fail('session_expired', 'The link session has expired.');
        return;
      default:
        leave();
    }
  }

  async function follow(): Promise<void> {
    const read = await readSession(linkToken, gone.signal);
    if (read.origin !== null && read.origin !== origin) {
      fail('origin_not_allowed', 'The link session was begun for another page.');
      return;
    }
    metadata = { linkSessionId: read.linkSessionId, status: read.status };
    if (session === undefined && !isOver(read.status)) showRequest(read, { carryOn, leave });
    session = read;
    if (isOver(read.status)) return conclude(read.status, read);
    for await (const name of eventsOf(linkToken, gone.signal)) {
      step(name);
      if (isOver(name)) return conclude(name, read);
    }
  }

  async function keepFollowing(): Promise<void> {
    for (let failures = 0; !gone.signal.aborted; failures++) {
      try {
        await follow();
        failures = 0;
      } catch (failure) {
        // After the end nothing here has an effect: what was being asked was cut off by it.
        if (failure instanceof ShellRefusal && failure.code !== 'unreachable') {
          const over = failure.code === 'credential_required';
          fail(over ? 'session_expired' : failure.code, over ? 'The link session has expired.' : failure.message);
        } else if (failure instanceof ShellRefusal || failure instanceof TypeError) {
          if (session === undefined) showTrouble({ leave });
        } else {
          fail('delivery_failed', 'What the consent window left does not open.');
        }
      }
      await pause(Math.min(1000 * 2 ** failures, longestPauseMs), gone.signal);
    }
  }

  document.addEventListener('keydown', ({ key: pressed }) => { if (pressed === 'Escape') leave(); }, { signal: gone.signal });
  window.addEventListener('pagehide', () => { gone.abort(); });
  void keepFollowing();
}

/** Shorter when the person comes back to this page: what they did elsewhere is done. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', done);
      signal.removeEventListener('abort', done);
      resolve();
    }
    document.addEventListener('visibilitychange', done);
    signal.addEventListener('abort', done);
  });
}
