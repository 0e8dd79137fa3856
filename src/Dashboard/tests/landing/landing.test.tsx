import { beforeEach, expect, test, vi } from 'vitest';
import { AccountDoors } from '../../src/app/AccountDoors';
import { session } from '../../src/app/session';
import { LandingPage } from '../../src/pages/landing/LandingPage';
import { after, find, mount, serverAnswers, wordsIn } from '../support';

beforeEach(() => { serverAnswers(200, { status: 'ready', version: '0.1.0', database: 'PostgreSQL 15.18' }); });

test('The promise about sealed keys stands there in full, with what it does not cover', async () => {
  const page = await mount(<LandingPage />);
  expect(wordsIn(page)).toContain(
    'Sealed keys. Your provider keys are encrypted in your browser. Our database, backups and server keys together cannot decrypt them. '
    + 'A key is opened only in memory, only for a call that presents a credential you approved, and wiped after the call is sent. We never '
    + 'store or log it, or your prompts and responses.',
  );
  expect(wordsIn(page)).toContain(
    'What this does not cover: someone who controls our running servers, or the code we send you, while you or your apps are using a key.',
  );
  expect(wordsIn(page)).toContain('Managed keys (opt-in) can be decrypted by our servers at any time.');
});

test('The page claims no more than the promise', async () => {
  const page = await mount(<LandingPage />);
  expect(wordsIn(page)).not.toMatch(/zero.knowledge|secure|military|unhackable|!/i);
});

test('The base URL is the address the page came from, and copying it is announced', async () => {
  const written = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue();
  const page = await mount(<LandingPage />);
  const line = `client = OpenAI(base_url="${location.origin}/v1")`;
  expect(wordsIn(find(page, '.diff ins'))).toBe(line);
  await after(() => { find(page, '.change button').click(); });
  expect(written).toHaveBeenCalledWith(line);
  expect(wordsIn(find(page, '.change [role=status]'))).toBe('Copied');
});

test('Where the browser forbids copying, the page says what to do instead', async () => {
  vi.spyOn(navigator.clipboard, 'writeText').mockRejectedValue(new DOMException('denied', 'NotAllowedError'));
  const page = await mount(<LandingPage />);
  await after(() => { find(page, '.change button').click(); });
  expect(wordsIn(find(page, '.change [role=status]'))).toContain('select the text instead');
});

test('A visitor finds the ways in', async () => {
  session.write({ state: 'nobody' });
  expect(doorsIn(await mount(<AccountDoors />))).toEqual(['/sign-in', '/sign-up']);
  expect(find(await mount(<LandingPage />), '.doors').querySelectorAll('a')).toHaveLength(2);
});

test('Who is signed in finds the vault', async () => {
  session.write({
    state: 'signed-in',
    account: {
      accountId: 'a', email: 'ana@example.org', emailVerified: true, name: undefined, timeZone: 'UTC', custody: 'sealed', signsInWith: 'authHash',
      createdAt: '', operator: false,
    },
  });
  expect(doorsIn(await mount(<AccountDoors />))).toEqual(['/home']);
});

function doorsIn(page: HTMLElement): (string | null)[] {
  return [...page.querySelectorAll('a')].map((link) => link.getAttribute('href'));
}
