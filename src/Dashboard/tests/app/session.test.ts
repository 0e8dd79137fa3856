import { beforeEach, expect, test, vi } from 'vitest';
import { findSession, session } from '../../src/app/session';
import { calledOff, Trouble, troubleOf } from '../../src/app/trouble';
import { lockState, unlockAsked, unlocked } from '../../src/app/vault';
import { serverAnswers } from '../support';

beforeEach(() => { session.write({ state: 'asking' }); });

test('Without the sign of a session nobody asks the server', async () => {
  vi.spyOn(document, 'cookie', 'get').mockReturnValue('other=1');
  const fetched = serverAnswers(200, {});
  await findSession();
  expect(session.read()).toEqual({ state: 'nobody' });
  expect(fetched).not.toHaveBeenCalled();
});

test('With it the account is asked for; a session that has ended is nobody', async () => {
  vi.spyOn(document, 'cookie', 'get').mockReturnValue('__Host-keypass-signed-in=1');
  serverAnswers(200, { success: true, data: { accountId: 'a', email: 'ana@example.org', custody: 'sealed', createdAt: '2026-11-21T10:00:00Z' } });
  await findSession();
  expect(session.read()).toMatchObject({ state: 'signed-in', account: { email: 'ana@example.org' } });
  serverAnswers(401, { success: false, error: { code: 'credential_required', message: '' } });
  await findSession();
  expect(session.read()).toEqual({ state: 'nobody' });
  expect(lockState.read()).toEqual({ locked: true, because: 'asked' });
});

test('A server that cannot be asked signs nobody out', async () => {
  vi.spyOn(document, 'cookie', 'get').mockReturnValue('__Host-keypass-signed-in=1');
  serverAnswers(0, undefined);
  await findSession();
  expect(session.read()).toMatchObject({ state: 'unclear' });
});

test('Two questions at once wait for one answer, and no is no for both', async () => {
  const both = Promise.allSettled([unlocked(), unlocked()]);
  unlockAsked.read()?.(false);
  expect(await both).toEqual([{ status: 'rejected', reason: calledOff }, { status: 'rejected', reason: calledOff }]);
  expect(unlockAsked.read()).toBeUndefined();
});

test('What the vault refuses is said in words for people; what nobody foresaw quotes nothing', () => {
  const refusal = Object.assign(new Error('This unlock opens another vault key.'), { name: 'Refusal', reason: 'broken' });
  expect(troubleOf(refusal).message).toContain('Tell whoever runs this server');
  expect(troubleOf(new Error('sk-secret')).message).not.toContain('sk-secret');
  const trouble = new Trouble('x', 'y');
  expect(troubleOf(trouble)).toBe(trouble);
});
