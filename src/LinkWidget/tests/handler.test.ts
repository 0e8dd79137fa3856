import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KeyPass, type CreateOptions, type LinkHandler } from '../src/index';

// The app's page, with the frame played by the test: what the SDK sends it, and what it does with the answers.

const base = 'https://keypass.example';
const linkToken = 'kp_lt_abc123';
const hash = 'Z2ThyLSTneX6NDkUsdVX3g';
const metadata = { linkSessionId: '0190', status: 'approved' };

interface Sent { data: { keypass: string; nonce: string; linkToken: string }; origin: string; port: MessagePort }

const sent: Sent[] = [];
const said: unknown[][] = [];
let handler: LinkHandler;

function make(options: Partial<CreateOptions> = {}): LinkHandler {
  handler = KeyPass.create({
    ...('fetchToken' in options ? {} : { ['token']: linkToken }),
    apiBaseUrl: base,
    onSuccess: (result) => said.push(['success', result]),
    onExit: (error, about) => said.push(['exit', error, about]),
    onEvent: (name, about) => said.push(['event', name, about]),
    onLoad: () => said.push(['load']),
    ...options,
  });
  return handler;
}

/** Opens, and plays the frame's first words. */
async function openFrame(options: Partial<CreateOptions> = {}): Promise<Sent> {
  make(options).open();
  await vi.waitFor(() => { expect(frame()?.src).toContain('/link/shell/'); });
  frame()?.dispatchEvent(new Event('load'));
  const last = sent.at(-1);
  if (last === undefined) throw new Error('nothing was sent to the frame');
  return last;
}

async function say(from: Sent, message: object): Promise<void> {
  const before = said.length;
  from.port.postMessage(message);
  await vi.waitFor(() => { expect(said.length).toBeGreaterThan(before); });
}

const frame = () => document.querySelector('iframe');
const dialog = () => document.querySelector('dialog');

beforeEach(() => {
  document.documentElement.style.overflow = 'auto';
  vi.spyOn(HTMLIFrameElement.prototype, 'contentWindow', 'get').mockReturnValue({
    postMessage: (data: Sent['data'], origin: string, [port]: [MessagePort]) => { sent.push({ data, origin, port }); },
  } as unknown as Window & typeof globalThis);
});
afterEach(() => {
  handler.destroy();
  for (const { port } of sent.splice(0)) port.close();
  said.splice(0);
  document.body.replaceChildren();
});

describe('Before anything is opened', () => {
  it('nothing of the page is touched', () => {
    make();
    expect(document.body.childElementCount).toBe(0);
    expect(document.documentElement.style.overflow).toBe('auto');
  });

  it('an address that is not safe, or no way to a link token, is refused', () => {
    expect(() => make({ apiBaseUrl: 'http://keypass.example' })).toThrow('https');
    expect(() => make({ apiBaseUrl: 'javascript:alert(1)' })).toThrow('https');
    expect(() => make({ fetchToken: () => Promise.resolve(linkToken), ['token']: linkToken })).toThrow('either');
    expect(() => make({ apiBaseUrl: 'http://localhost:8787' })).not.toThrow();
  });
});

describe('The frame', () => {
  it('is addressed by a hash, and told the link token at the exact origin', async () => {
    const { data, origin } = await openFrame();
    expect(frame()?.src).toBe(`${base}/link/shell/${hash}`);
    expect(origin).toBe(base);
    expect(data).toMatchObject({ keypass: 'shell', linkToken });
  });

  it('is loaded when it says so with the nonce', async () => {
    const shell = await openFrame();
    shell.port.postMessage({ name: 'ready', nonce: 'another', metadata });
    await say(shell, { name: 'event', event: 'opened', metadata });
    expect(said).toEqual([['event', 'opened', metadata]]);
    await say(shell, { name: 'ready', nonce: shell.data.nonce, metadata });
    expect(said.at(-1)).toEqual(['load']);
  });

  it('that does not come ends the attempt', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    make().open();
    vi.advanceTimersByTime(20_000);
    vi.useRealTimers();
    expect(said).toMatchObject([['exit', { code: 'frame_unreachable' }, {}]]);
    expect(dialog()).toBeNull();
  });

  it('gets a link token that is fetched when the window opens', async () => {
    const fetchToken = vi.fn(() => Promise.resolve(linkToken));
    const { data } = await openFrame({ fetchToken });
    expect([data.linkToken, fetchToken.mock.calls.length]).toEqual([linkToken, 1]);
  });

  it.each([
    ['fetch_token_failed', () => Promise.reject(new Error('offline'))],
    ['invalid_link_token', () => Promise.resolve('kp_cs_secret')],
  ])('is not asked for where there is no link token: %s', async (code, fetchToken) => {
    make({ fetchToken }).open();
    await vi.waitFor(() => { expect(said).toMatchObject([['exit', { code }, {}]]); });
    expect(dialog()).toBeNull();
  });
});

describe('The dialog', () => {
  it('is modal, named, and styled without a style element', async () => {
    const shown = vi.spyOn(HTMLDialogElement.prototype, 'showModal');
    await openFrame();
    expect(shown).toHaveBeenCalledOnce();
    expect(dialog()?.getAttribute('aria-label')).toBe('Connect with KeyPass');
    expect(frame()?.title).toBe('Connect with KeyPass');
    expect(frame()?.style.borderRadius).toBe('12px');
    expect(document.querySelector('style')).toBeNull();
  });

  it('holds the page still, and gives back its scrolling and its focus on every way out', async () => {
    const button = document.createElement('button');
    const ways: [string, (shell: Sent) => unknown][] = [
      ['exit', () => { handler.exit(); }],
      ['destroy', () => { handler.destroy(); }],
      ['Escape', () => dialog()?.dispatchEvent(new Event('cancel', { cancelable: true }))],
      ['a forced close', () => { dialog()?.close(); }],
      ['success', (shell) => say(shell, { name: 'success', publicToken: 'kp_pt_1', metadata })],
      ['the frame’s exit', (shell) => say(shell, { name: 'exit', error: null, metadata })],
    ];
    for (const [name, leave] of ways) {
      document.body.append(button);
      button.focus();
      const shell = await openFrame();
      frame()?.focus();
      expect(document.documentElement.style.overflow, name).toBe('hidden');
      await leave(shell);
      expect([dialog(), document.documentElement.style.overflow, document.activeElement], name).toEqual([null, 'auto', button]);
      button.remove();
    }
  });

  it('is there once, however often it is opened, and can be opened again after it was left', async () => {
    await openFrame();
    handler.open();
    expect(document.querySelectorAll('dialog')).toHaveLength(1);
    handler.exit();
    handler.open();
    expect(document.querySelectorAll('dialog')).toHaveLength(1);
  });
});

describe('An ending', () => {
  it('comes once, whatever else arrives', async () => {
    const shell = await openFrame();
    const twice = { name: 'success', publicToken: 'kp_pt_1', metadata };
    shell.port.postMessage(twice);
    shell.port.postMessage(twice);
    await say(shell, { name: 'exit', error: null, metadata });
    handler.exit();
    await new Promise((later) => setTimeout(later, 20));
    expect(said).toEqual([['success', { publicToken: 'kp_pt_1', metadata }]]);
  });

  it('of a change brings no public token', async () => {
    await say(await openFrame(), { name: 'success', publicToken: null, metadata });
    expect(said).toEqual([['success', { publicToken: null, metadata }]]);
  });

  it('by the user has no error, and says where the session stood', async () => {
    const shell = await openFrame();
    await say(shell, { name: 'event', event: 'consent_shown', metadata: { linkSessionId: '0190', status: 'consent_shown' } });
    handler.exit();
    expect(said.at(-1)).toEqual(['exit', null, { linkSessionId: '0190', status: 'consent_shown' }]);
  });

  it('does not come after destroy()', async () => {
    const shell = await openFrame();
    handler.destroy();
    shell.port.postMessage({ name: 'success', publicToken: 'kp_pt_1', metadata });
    handler.open();
    await new Promise((later) => setTimeout(later, 20));
    expect(said).toEqual([]);
    expect(dialog()).toBeNull();
  });

  it('goes to the hosted page where no window can be opened, with the link token behind the hash sign only', async () => {
    const assign = vi.spyOn(location, 'assign').mockImplementation(() => undefined);
    await say(await openFrame(), { name: 'redirect' });
    expect(assign).toHaveBeenCalledExactlyOnceWith(`${base}/link/${hash}#${linkToken}`);
    expect(said).toMatchObject([['event', 'redirected', {}]]);
    expect(dialog()).toBeNull();
  });
});
