import { expect, test, vi } from 'vitest';
import { get, onSessionOver, post } from '../../src/app/api';
import { serverAnswers } from '../support';

const refused = (code: string, message: string, field?: string) => ({ success: false, error: { code, message, field, requestId: 'req_1' } });

test('Data comes out of its envelope, and nothing where there is none', async () => {
  serverAnswers(200, { success: true, data: { email: 'ana@example.org' } });
  expect(await get('/v1/account')).toEqual({ email: 'ana@example.org' });
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(null, { status: 204 })));
  expect(await post('/v1/auth/logout')).toEqual({});
});

test('A refusal keeps its code, its field and its sentence', async () => {
  serverAnswers(409, refused('email_taken', 'An account has this address.', 'email'));
  await expect(post('/v1/auth/register', {})).rejects.toMatchObject({
    code: 'email_taken', status: 409, field: 'email', message: 'An account has this address.',
  });
});

test('A bug of the server names the id to report', async () => {
  serverAnswers(500, refused('internal_error', 'A bug of ours.'));
  await expect(get('/v1/keys')).rejects.toThrow('req_1');
});

test('No answer is told apart from a no, and a change that got none may have happened', async () => {
  serverAnswers(0, undefined);
  await expect(get('/v1/keys')).rejects.toThrow('could not be reached. Check the connection');
  await expect(post('/v1/keys', {})).rejects.toThrow('Look whether it was done');
  serverAnswers(502, '<h1>Bad gateway</h1>');
  await expect(get('/v1/keys')).rejects.toMatchObject({ code: 'not_ours', status: 502 });
});

test('Whoever listens hears that the session is over, and only then', async () => {
  const over = vi.fn();
  onSessionOver(over);
  serverAnswers(401, refused('sign_in_failed', 'No.'));
  await expect(post('/v1/auth/login', {})).rejects.toMatchObject({ code: 'sign_in_failed' });
  expect(over).not.toHaveBeenCalled();
  serverAnswers(401, refused('credential_required', 'No session.'));
  await expect(get('/v1/keys')).rejects.toThrow('Sign in again');
  expect(over).toHaveBeenCalledOnce();
});
