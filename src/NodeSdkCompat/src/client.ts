import { randomUUID } from 'node:crypto';
import { chunksOf } from './chunks.js';
import { KeyPassError } from './error.js';
import type { CallOptions, ChatRequest, KeyPassOptions, PassthroughRequest, SdkSettings } from './options.js';
import { Wire } from './send.js';
import type {
  ChatChunk, ChatCompletion, Connection, Exchanged, LinkSession, LinkSessionRequest, LinkSessionState, Page, PageRequest, UsageRequest, UsageRow,
} from './wire.js';

const json = { 'content-type': 'application/json' };

/** An app's server at KeyPass. One for the whole program; nothing of it is printed. */
export class KeyPassClient {
  readonly #authorization: string;
  readonly #baseUrl: string;
  readonly #timeoutMs: number;
  readonly #providerTimeoutMs: number;
  readonly #wire: Wire;

  constructor(options: KeyPassOptions) {
    const credential = `${visible(options.clientId, 'clientId')}:${visible(options.clientSecret, 'clientSecret')}`;
    this.#authorization = `Basic ${Buffer.from(credential).toString('base64')}`;
    this.#baseUrl = checkedBase(options.baseUrl);
    this.#timeoutMs = options.timeoutMs ?? 30_000;
    this.#providerTimeoutMs = options.providerTimeoutMs ?? 600_000;
    this.#wire = new Wire(this.#baseUrl, options.maxRetries ?? 2, options.fetch ?? fetch);
  }

  /** Begins to connect a user. The link token in the answer is for that user's browser. */
  async createLinkSession(request: LinkSessionRequest, options: CallOptions = {}): Promise<LinkSession> {
    const once = () => this.#post('/v1/link/sessions', request, options) as Promise<LinkSession>;
    // `already_done`: a first try was done and its answer lost. Link tokens are never said twice; that session expires unused.
    return once().catch((error: unknown) => {
      if (error instanceof KeyPassError && error.code === 'already_done') return once();
      throw error;
    });
  }

  /** How a session went: for 24 hours. */
  async getLinkSession(linkSessionId: string, options: CallOptions = {}): Promise<LinkSessionState> {
    return this.#get(`/v1/link/sessions/${segment(linkSessionId, 'linkSessionId')}`, {}, options) as Promise<LinkSessionState>;
  }

  /**
   * Turns what the browser brought into an access token, once.
   * @param options.linkSessionId the session you began for this user: a public token of another is then not accepted.
   */
  async exchangePublicToken(publicToken: string, options: CallOptions & { codeVerifier?: string; linkSessionId?: string } = {}): Promise<Exchanged> {
    const { codeVerifier, linkSessionId, ...call } = options;
    const exchanged = await this.#post('/v1/link/exchange', { publicToken, codeVerifier }, call) as Exchanged;
    if (linkSessionId !== undefined && exchanged.linkSessionId !== linkSessionId) {
      throw new KeyPassError('wrong_session', 'The public token is of another link session than the one named: this user did not begin it.');
    }
    return exchanged;
  }

  async getConnection(connectionId: string, options: CallOptions = {}): Promise<Connection> {
    return this.#get(`/v1/connections/${segment(connectionId, 'connectionId')}`, {}, options) as Promise<Connection>;
  }

  async listConnections(page: PageRequest = {}, options: CallOptions = {}): Promise<Page<Connection>> {
    return this.#get('/v1/connections', page, options) as Promise<Page<Connection>>;
  }

  /** What a connection has used, by day or by model. */
  async getUsage(connectionId: string, request: UsageRequest = {}, options: CallOptions = {}): Promise<{ items: UsageRow[] }> {
    return this.#get(`/v1/connections/${segment(connectionId, 'connectionId')}/usage`, request, options) as Promise<{ items: UsageRow[] }>;
  }

  /** A chat in OpenAI's words with any provider. With `stream: true` its chunks as they come. */
  chatCompletion(request: ChatRequest & { stream: true }): Promise<AsyncIterable<ChatChunk>>;
  chatCompletion(request: ChatRequest & { stream?: false }): Promise<ChatCompletion>;
  async chatCompletion(request: ChatRequest): Promise<ChatCompletion | AsyncIterable<ChatChunk>> {
    const { accessToken, signal, timeoutMs, ...body } = request;
    const call = {
      method: 'POST',
      path: '/v1/proxy/chat/completions',
      authorization: bearer(accessToken),
      headers: json,
      body: JSON.stringify(body),
      signal,
      timeoutMs: timeoutMs ?? this.#providerTimeoutMs,
      // It costs money: only what surely was not begun is tried again.
      repeatable: false,
    };
    if (request.stream !== true) return this.#wire.ask(call) as Promise<ChatCompletion>;
    const { response, patience } = await this.#wire.open(call);
    return chunksOf(response, patience);
  }

  /** Any other call to a provider, in its own words. The answer as it came, a no of the provider too. Tried once. */
  async passthrough(request: PassthroughRequest): Promise<Response> {
    const body = request.json === undefined ? request.body : JSON.stringify(request.json);
    const { response, patience } = await this.#wire.send({
      method: request.method ?? (body === undefined ? 'GET' : 'POST'),
      path: `/v1/proxy/passthrough/${segment(request.provider, 'provider')}${checkedPath(request.path)}`,
      authorization: bearer(request.accessToken),
      headers: { ...request.headers, ...(request.json === undefined ? {} : json) },
      body,
      signal: request.signal,
      timeoutMs: request.timeoutMs ?? this.#providerTimeoutMs,
      repeatable: false,
    });
    // From here on its reader decides how long it waits.
    patience.waive();
    return response;
  }

  /** For the official SDK: `new OpenAI(keypass.openai(accessToken))`. */
  openai(accessToken: string): SdkSettings {
    return { baseURL: `${this.#baseUrl}/openai/v1`, apiKey: visible(accessToken, 'accessToken') };
  }

  /** For the official SDK: `new Anthropic(keypass.anthropic(accessToken))`. */
  anthropic(accessToken: string): SdkSettings {
    return { baseURL: `${this.#baseUrl}/anthropic`, apiKey: visible(accessToken, 'accessToken') };
  }

  #get(path: string, query: object, options: CallOptions): Promise<unknown> {
    const given = Object.entries(query as Record<string, string | number | undefined>).filter(([, value]) => value !== undefined);
    const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
    return this.#wire.ask({
      method: 'GET',
      path: search === '' ? path : `${path}?${search}`,
      authorization: this.#authorization,
      signal: options.signal,
      timeoutMs: options.timeoutMs ?? this.#timeoutMs,
      repeatable: true,
    });
  }

  #post(path: string, body: object, options: CallOptions): Promise<unknown> {
    return this.#wire.ask({
      method: 'POST',
      path,
      authorization: this.#authorization,
      headers: { ...json, 'idempotency-key': randomUUID() },
      body: JSON.stringify(body),
      signal: options.signal,
      timeoutMs: options.timeoutMs ?? this.#timeoutMs,
      repeatable: true,
    });
  }
}

function bearer(accessToken: string): string {
  return `Bearer ${visible(accessToken, 'accessToken')}`;
}

/** fetch names a header's value when it cannot send it, so a credential is looked at before, and never said. */
function visible(value: unknown, name: string): string {
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) throw invalid(name, 'is missing, or has a character that no credential has');
  return value;
}

function segment(value: unknown, name: string): string {
  if (typeof value !== 'string' || !/^[\w.-]+$/.test(value) || /^\.+$/.test(value)) throw invalid(name, 'is not the form of one');
  return value;
}

/** A path that climbs (`/../`) would end at another route than the one it was written for. */
function checkedPath(path: string): string {
  const url = new URL(`http://path.invalid${path.startsWith('/') ? path : ''}`);
  if (url.pathname + url.search !== path || path.startsWith('//')) throw invalid('path', 'must begin with one slash and stand as it is sent');
  return path;
}

function checkedBase(baseUrl: string): string {
  const url = parsedUrl(baseUrl);
  const loopback = url !== undefined && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url === undefined || !(url.protocol === 'https:' || (url.protocol === 'http:' && loopback))) {
    throw invalid('baseUrl', 'must be https, or http on this machine');
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') throw invalid('baseUrl', 'must be an address and no more');
  return url.href.replace(/\/+$/, '');
}

function parsedUrl(address: string): URL | undefined {
  try {
    return new URL(address);
  } catch {
    return undefined;
  }
}

function invalid(name: string, what: string): KeyPassError {
  return new KeyPassError('invalid_argument', `${name} ${what}.`);
}
