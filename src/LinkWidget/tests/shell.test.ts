import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startShell } from '../shell/shell';
import { anotherLinkToken, hash, linkToken, publicToken, refusal, sealed, Server, session } from './server';

let server: Server;
let channel: MessageChannel;
let said: { name: string; event?: string; publicToken?: string | null; error?: { code: string } | null; metadata: { status: string | null } }[];

beforeEach(() => {
  (window as unknown as { happyDOM: { setURL: (url: string) => void } }).happyDOM.setURL(`https://keypass.example/link/shell/${hash}`);
  document.body.replaceChildren();
  const main = document.createElement('main');
  main.id = 'shell';
  document.body.append(main);
  server = new Server();
  channel = new MessageChannel();
  said = [];
  channel.port1.onmessage = ({ data }: MessageEvent<(typeof said)[number]>) => said.push(data);
});
afterEach(() => {
  window.dispatchEvent(new Event('pagehide'));
  channel.port1.close();
});

function start(origin = 'https://notes.example'): void {
  startShell({ origin, linkToken, port: channel.port2 });
}

async function shows(text: string): Promise<void> {
  await vi.waitFor(() => { expect(document.body.textContent).toContain(text); });
}

async function ends(): Promise<(typeof said)[number]> {
  return vi.waitFor(() => {
    const ending = said.find(({ name }) => name !== 'event');
    if (ending === undefined) throw new Error('it has not ended');
    return ending;
  }, 5000);
}

function click(words: string): void {
  [...document.querySelectorAll('button')].find((button) => button.textContent === words)?.click();
}

function answerSession(change: object): void {
  server.answer('/v1/link/session', () => Response.json({ success: true, data: { ...session, ...change } }));
}

async function relay(envelope: Promise<string>): Promise<void> {
  const text = await envelope;
  server.answer('/v1/link/relay', () => new Response(null, { status: 204 }), () => Response.json({ success: true, data: { envelope: text } }));
}

/** A browser that opens windows. */
const popUp = () => vi.spyOn(window, 'open').mockReturnValue({} as Window);

describe('What is shown', () => {
  it('is who asks, for what, how much and why, as text', async () => {
    answerSession({ app: { ...session.app, name: '<img src=x onerror=alert(1)>' } });
    start();
    await shows('<img src=x onerror=alert(1)> asks to use your AI keys');
    await shows('$10.00 a month');
    await shows('OpenAI');
    await shows('To summarise your notes.');
    expect(document.querySelector('img')).toBeNull();
    expect(document.body.textContent).not.toContain('Nobody has verified');
    expect(server.asked[0]).toEqual({ path: '/v1/link/session', authorization: `Bearer ${linkToken}`, credentials: 'omit' });
  });

  it('warns where nobody has verified the app', async () => {
    answerSession({ app: { ...session.app, domain: null, mode: 'test' } });
    start();
    await shows('Nobody has verified who runs this app.');
    await shows('unverified · test mode');
  });

  it('never holds the link token', async () => {
    start();
    await shows('Notes');
    expect(new XMLSerializer().serializeToString(document)).not.toContain(linkToken);
  });
});

describe('The consent window', () => {
  it('is opened by the click, at an address that carries the link token behind the hash sign', async () => {
    const open = popUp();
    start();
    await shows('Notes');
    click('Continue securely');
    expect(open).toHaveBeenCalledExactlyOnceWith(`https://keypass.example/link/${hash}#${linkToken}&window`, '_blank', 'popup,width=480,height=720');
    await shows('Carry on in the KeyPass window.');
    await vi.waitFor(() => { expect(said.map(({ event }) => event)).toContain('window_opened'); });
  });

  it('that is blocked becomes a full redirect where the person wants it', async () => {
    vi.spyOn(window, 'open').mockReturnValue(null);
    start();
    await shows('Notes');
    click('Continue securely');
    await shows('If your browser held it back');
    expect(said.map(({ name }) => name)).not.toContain('redirect');
    click('Continue on this page');
    expect((await ends()).name).toBe('redirect');
    expect(said.map(({ event }) => event)).toContain('window_blocked');
  });

  it('is not tried inside another program’s browser', async () => {
    vi.spyOn(navigator, 'userAgent', 'get').mockReturnValue('Mozilla/5.0 (iPhone) Instagram 300.0');
    const open = popUp();
    start();
    await shows('Notes');
    click('Continue securely');
    expect((await ends()).name).toBe('redirect');
    expect(open).not.toHaveBeenCalled();
  });
});

describe('Delivery', () => {
  it('comes from the server and needs nothing of the window', async () => {
    await relay(sealed(linkToken, publicToken));
    start();
    await server.event('authenticated');
    await server.event('approved');
    expect(await ends()).toMatchObject({ name: 'success', publicToken, metadata: { linkSessionId: session.linkSessionId, status: 'approved' } });
    expect(said.filter(({ name }) => name === 'event').map(({ event }) => event)).toEqual(['authenticated', 'approved']);
    expect(server.count('/v1/link/relay')).toBe(2);
  });

  it('can be had again where the window closed too soon, and is told when its time is over', async () => {
    const open = popUp();
    server.answer('/v1/link/relay', () => new Response(null, { status: 204 }), () => new Response(null, { status: 204 }), () => refusal(429, 'rate_limited'));
    answerSession({ status: 'approved' });
    start();
    await shows('You agreed, and it did not arrive here.');
    click('Open the window again');
    expect(open.mock.calls[0]?.[0]).toBe(`https://keypass.example/link/${hash}#${linkToken}&window`);
    await shows('Carry on in the KeyPass window.');

    answerSession({ status: 'expired' });
    expect(await ends()).toMatchObject({ name: 'exit', error: { code: 'session_expired' } });
  });

  it('goes on after a reload, without another click', async () => {
    answerSession({ status: 'approved' });
    await relay(sealed(linkToken, publicToken));
    start();
    expect(await ends()).toMatchObject({ name: 'success', publicToken });
  });

  it('of a change is that it was approved', async () => {
    answerSession({ isUpdate: true });
    start();
    await server.event('approved');
    expect(await ends()).toMatchObject({ name: 'success', publicToken: null });
    expect(server.count('/v1/link/relay')).toBe(0);
  });

  it('of something that does not open is said to be that', async () => {
    answerSession({ status: 'approved' });
    await relay(sealed(anotherLinkToken, publicToken));
    start();
    expect(await ends()).toMatchObject({ name: 'exit', error: { code: 'delivery_failed' } });
  });
});

describe('An end without a public token', () => {
  it.each([
    ['denied', null], ['abandoned', null], ['expired', { code: 'session_expired' }], ['exchanged', { code: 'session_used' }],
  ])('%s', async (status, error) => {
    answerSession({ status });
    start();
    const ended = await ends();
    expect(ended).toMatchObject({ name: 'exit', metadata: { status } });
    if (error === null) expect(ended.error).toBeNull();
    else expect(ended.error).toMatchObject(error);
  });

  it('comes with a link token that is no longer good', async () => {
    server.answer('/v1/link/session', () => refusal(401, 'credential_required'));
    start();
    expect(await ends()).toMatchObject({ name: 'exit', error: { code: 'session_expired' } });
  });

  it('comes on a page that the session was not begun for', async () => {
    start('https://evil.example');
    expect(await ends()).toMatchObject({ name: 'exit', error: { code: 'origin_not_allowed' } });
    expect(document.body.textContent).not.toContain('Notes');
  });

  it('comes with the user’s click, or Escape', async () => {
    start();
    await shows('Notes');
    document.dispatchEvent(new KeyboardEvent('keydown', { 'key': 'Escape' }));
    expect(await ends()).toMatchObject({ name: 'exit', error: null });
    click('Not now');
    await new Promise((later) => setTimeout(later, 20));
    expect(said.filter(({ name }) => name !== 'event')).toHaveLength(1);
  });
});

it('A connection that fails is tried again', async () => {
  server.answer('/v1/link/session',
    () => Promise.reject(new TypeError('offline')), () => new Response('<h1>Bad gateway</h1>', { status: 502 }),
    () => refusal(429, 'rate_limited'), () => Response.json({ success: true, data: session }));
  start();
  await shows('KeyPass cannot be reached');
  document.dispatchEvent(new Event('visibilitychange'));
  for (const tries of [2, 3]) {
    await vi.waitFor(() => { expect(server.count('/v1/link/session')).toBe(tries); });
    await new Promise((later) => setTimeout(later, 20));
    document.dispatchEvent(new Event('visibilitychange'));
  }
  await shows('$10.00 a month');
});
