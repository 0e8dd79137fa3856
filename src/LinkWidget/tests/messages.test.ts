import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
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

describe('What was relayed', () => {
  it('opens with the link token of its session, and with nothing else', async () => {
    const envelope = await sealed(linkToken, publicToken);
    expect(await openEnvelope(linkToken, linkSessionId, envelope)).toBe(publicToken);
    await expect(openEnvelope(anotherLinkToken, linkSessionId, envelope)).rejects.toThrow();
    await expect(openEnvelope(linkToken, linkSessionId.replace('1', '2'), envelope)).rejects.toThrow();
    await expect(openEnvelope(linkToken, linkSessionId, envelope.replace(/^./, (letter) => (letter === 'A' ? 'B' : 'A')))).rejects.toThrow();
  });
});
