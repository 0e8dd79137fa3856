import { expect, test, vi } from 'vitest';
import { readReadiness, wordsFor } from '../../src/pages/landing/readiness';
import { ServerStatus } from '../../src/pages/landing/ServerStatus';
import { after, find, mount, serverAnswers, wordsIn } from '../support';

const ready = { status: 'ready', version: '0.1.0', database: 'PostgreSQL 15.18' };
const refused = { success: false, error: { code: 'database_unavailable', message: 'The database does not accept connections yet' } };

test('A ready server is called ready, with its version and database', () => {
  expect(said(200, ready)).toBe('Ready: KeyPass 0.1.0 on PostgreSQL 15.18. The server answers and its database is reachable.');
});

test('A server without its database is starting, says why, and what to do', () => {
  expect(said(503, refused)).toBe(
    'Starting: The server answers but takes no calls yet. The database does not accept connections yet. Check again in a few seconds.',
  );
});

test('A server that is being stopped is not called starting', () => {
  expect(said(503, { success: false, error: { code: 'draining', message: 'This server is stopping.' } })).toBe(
    'Stopping: The server finishes the calls it has and takes no new ones. This server is stopping. Check again in a minute.',
  );
});

test('A server that cannot be reached, and one that is too slow, are told apart', () => {
  expect(wordsFor(readReadiness({ arrived: false, after: 'no connection' })).detail).toContain('this device is offline');
  expect(wordsFor(readReadiness({ arrived: false, after: 'timeout' })).detail).toContain('did not answer in time');
  expect(wordsFor(readReadiness({ arrived: false, after: 'timeout' })).headline).toBe('Not reachable');
});

test.each([[502, undefined], [503, 'starting'], [503, {}], [200, {}], [200, null], [200, { status: 'ready', version: 1, database: {} }]])(
  'An answer no KeyPass server gives (%s %o) is called unclear',
  (status, body) => { expect(said(status, body)).toMatch(/^Unclear: Something answered with status \d+/); },
);

test('Checking has words of its own', () => {
  expect(wordsFor({ state: 'checking' }).headline).toBe('Checking');
});

test('The page asks /readyz once and shows the answer', async () => {
  const fetched = serverAnswers(200, ready);
  const page = await mount(<ServerStatus />);
  await after(() => undefined);
  expect(fetched.mock.calls).toMatchObject([['/readyz', {}]]);
  expect(wordsIn(find(page, '[role=status]'))).toContain('Ready');
});

test('A page of a proxy in place of JSON does not break it', async () => {
  serverAnswers(502, '<h1>Bad gateway</h1>');
  const page = await mount(<ServerStatus />);
  await after(() => undefined);
  expect(wordsIn(find(page, '[role=status]'))).toContain('status 502');
});

test('Check again asks again, and keeps the last answer on screen meanwhile', async () => {
  serverAnswers(0, undefined);
  const page = await mount(<ServerStatus />);
  await after(() => undefined);
  expect(wordsIn(page)).toContain('Not reachable');

  let answer: (response: Response) => void = () => undefined;
  vi.stubGlobal('fetch', () => new Promise<Response>((resolve) => { answer = resolve; }));
  await after(() => { find(page, 'button').click(); });
  expect(wordsIn(page)).toContain('Not reachable');
  expect(find(page, 'button').getAttribute('aria-disabled')).toBe('true');

  await after(() => { answer(Response.json(ready)); });
  expect(wordsIn(page)).toContain('Ready');
  expect(find(page, 'button').getAttribute('aria-disabled')).toBe('false');
});

test('Coming back to the tab checks again', async () => {
  const fetched = serverAnswers(503, refused);
  await mount(<ServerStatus />);
  await after(() => undefined);
  await after(() => { document.dispatchEvent(new Event('visibilitychange')); });
  expect(fetched).toHaveBeenCalledTimes(2);
});

function said(status: number, body: unknown): string {
  const { headline, detail } = wordsFor(readReadiness({ arrived: true, headers: new Headers(), status, body }));
  return `${headline}: ${detail}`;
}
