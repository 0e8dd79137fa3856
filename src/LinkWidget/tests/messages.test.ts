import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deliverToOpener } from '../../Dashboard/src/pages/link/deliver';
import { openConsentWindow } from '../shell/consent-window';
import { awaitEmbedder, type Embedder } from '../shell/embedder';
import { openEnvelope } from '../shell/relay';
import { anotherLinkToken, hash, linkSessionId, linkToken, publicToken, sealed } from './server';

const here = 'https://keypass.example';

beforeEach(() => {
  (window as unknown as { happyDOM: { setURL: (url: string) => void } }).happyDOM.setURL(`${here}/link/shell/${hash}`);
});

function message(init: { origin: string; source: unknown; data: unknown; ports?: MessagePort[] }): void {
  window.dispatchEvent(Object.assign(new Event('message'), { ports: [], ...init }));
}

const settled = () => new Promise((later) => setTimeout(later, 20));

describe('The frame', () => {
  const hello = { keypass: 'shell', nonce: '1', linkToken };
  let channel: MessageChannel;
  let begun: Embedder[];
  let parent: Window;

  beforeEach(() => {
    channel = new MessageChannel();
    begun = [];
    // One of its own for each test: what waits for another hears nothing.
    parent = {} as Window;
  });
  afterEach(() => { channel.port1.close(); });

  function wait(path = `/link/shell/${hash}`): void {
    awaitEmbedder(parent, path, (embedder) => begun.push(embedder));
  }

  it('begins with the page around it, says the nonce back, and hears no second', async () => {
    const answer = new Promise((heard) => { channel.port1.onmessage = ({ data }: MessageEvent<unknown>) => { heard(data); }; });
    wait();
    message({ origin: 'https://notes.example', source: parent, data: hello, ports: [channel.port2] });
    expect(await answer).toMatchObject({ name: 'ready', nonce: '1' });
    message({ origin: 'https://evil.example', source: parent, data: hello, ports: [channel.port2] });
    await settled();
    expect(begun.map(({ origin }) => origin)).toEqual(['https://notes.example']);
  });

  it.each([
    ['another window', { source: {} }, undefined],
    ['another kind of message', { data: { ...hello, keypass: 'other' } }, undefined],
    ['a message without a nonce', { data: { keypass: 'shell', linkToken } }, undefined],
    ['a message without a port', { ports: [] }, undefined],
    ['what is no link token', { data: { ...hello, linkToken: 'kp_cs_1' } }, undefined],
    ['nothing', { data: null }, undefined],
    ['the link token of another address', {}, '/link/shell/another'],
  ])('does not begin with %s', async (_, change, path) => {
    wait(path);
    message({ origin: 'https://notes.example', source: parent, data: hello, ports: [channel.port2], ...change });
    await settled();
    expect(begun).toEqual([]);
  });

  it('that is framed by nobody waits for nobody', () => {
    const listens = vi.spyOn(window, 'addEventListener');
    awaitEmbedder(window, '/', () => undefined);
    expect(listens).not.toHaveBeenCalled();
  });
});

describe('The consent window and the frame that opened it', () => {
  const popup = { close: vi.fn(), postMessage: vi.fn() };
  let delivered: (string | null)[];

  beforeEach(() => {
    delivered = [];
    popup.postMessage.mockReset();
    vi.spyOn(window, 'open').mockReturnValue(popup as unknown as Window);
  });

  function open(): { close: () => void } {
    const opened = openConsentWindow(`${here}/link/${hash}#${linkToken}`, (brought) => delivered.push(brought));
    if (opened === undefined) throw new Error('no window');
    return opened;
  }

  function portGiven(): { nonce: string; origin: string; port: MessagePort } {
    const [data, origin, [port]] = popup.postMessage.mock.calls.at(-1) as [{ nonce: string }, string, [MessagePort]];
    return { nonce: data.nonce, origin, port };
  }

  it('exchange a port at the exact origin, and the public token through it', async () => {
    const opened = open();
    message({ origin: here, source: popup, data: { keypass: 'consent' } });
    const { nonce, origin, port } = portGiven();
    expect(origin).toBe(here);
    port.postMessage({ nonce: 'another', publicToken });
    port.postMessage({ nonce, publicToken: 'kp_cs_1' });
    port.postMessage({ nonce, publicToken });
    await settled();
    expect(delivered).toEqual([publicToken]);
    opened.close();
  });

  it.each([
    ['another origin', { origin: 'https://evil.example' }], ['an opaque origin', { origin: 'null' }], ['another window', { source: {} }],
    ['other words', { data: { keypass: 'x' } }], ['no words', { data: null }],
  ])(
    'hear nothing of %s', (_, change) => {
      const opened = open();
      message({ origin: here, source: popup, data: { keypass: 'consent' }, ...change });
      expect(popup.postMessage).not.toHaveBeenCalled();
      opened.close();
      message({ origin: here, source: popup, data: { keypass: 'consent' } });
      expect(popup.postMessage).not.toHaveBeenCalled();
    });

  it('fit together', async () => {
    const opened = open();
    // The window's side: what it posts to its opener comes to the frame, and the other way round.
    const opener = { postMessage: (data: unknown, origin: string) => { message({ origin, source: popup, data }); } };
    vi.stubGlobal('opener', opener);
    popup.postMessage.mockImplementation((data: unknown, origin: string, ports: MessagePort[]) => { message({ origin, source: opener, data, ports }); });
    deliverToOpener(publicToken);
    await settled();
    expect(delivered).toEqual([publicToken]);
    opened.close();
  });

  it('have nothing to say where the opener was cut off', () => {
    vi.stubGlobal('opener', null);
    expect(() => { deliverToOpener(publicToken); }).not.toThrow();
  });
});

describe('What was relayed', () => {
  it('opens with the link token of its session, and with nothing else', async () => {
    const envelope = await sealed(linkToken, publicToken);
    expect(await openEnvelope(linkToken, linkSessionId, envelope)).toBe(publicToken);
    await expect(openEnvelope(anotherLinkToken, linkSessionId, envelope)).rejects.toThrow();
    await expect(openEnvelope(linkToken, linkSessionId.replace('1', '2'), envelope)).rejects.toThrow();
    await expect(openEnvelope(linkToken, linkSessionId, envelope.replace(/^./, (letter) => (letter === 'A' ? 'B' : 'A')))).rejects.toThrow();
  });
});
