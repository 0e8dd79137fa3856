import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the server would say: a status, a body, or a hand on the raw answer. */
export type Reply = { status?: number; headers?: Record<string, string>; body: unknown } | ((response: ServerResponse) => void);

export interface Heard {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

export interface Replay extends AsyncDisposable {
  readonly url: string;
  readonly heard: Heard[];
  /** What comes next at `METHOD /path`, each once and before what always comes. */
  next: (route: string, ...replies: Reply[]) => void;
  /** What always comes there. */
  always: (route: string, reply: Reply) => void;
}

/** A server that says what it was told to say, and remembers what it heard. */
export async function startReplay(): Promise<Replay> {
  const heard: Heard[] = [];
  const queued = new Map<string, Reply[]>();
  const standing = new Map<string, Reply>();
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { method = '', url = '' } = request;
      heard.push({ method, url, headers: request.headers, body: Buffer.concat(parts).toString() });
      const route = `${method} ${new URL(url, 'http://replay.invalid').pathname}`;
      const reply = queued.get(route)?.shift() ?? standing.get(route) ?? refusal(404, 'not_found');
      if (typeof reply === 'function') reply(response);
      else say(response, reply);
    });
  });
  await new Promise<void>((started) => server.listen(0, '127.0.0.1', started));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    next: (route, ...replies) => { queued.set(route, [...(queued.get(route) ?? []), ...replies]); },
    always: (route, reply) => { standing.set(route, reply); },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

export function success(data: unknown): Reply {
  return { body: { success: true, data } };
}

export function refusal(status: number, code: string, more: object = {}, headers: Record<string, string> = {}): Reply {
  return { status, headers, body: { success: false, error: { code, message: `It is ${code}.`, requestId: 'req_1', ...more } } };
}

/** A streamed answer in the pieces in which it is to travel. */
export function streamed(...pieces: string[]): Reply {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'x-keypass-request-id': 'req_s' });
    const send = (index: number) => {
      const piece = pieces[index];
      if (piece === undefined) response.end();
      else response.write(piece, () => setImmediate(() => { send(index + 1); }));
    };
    send(0);
  };
}

function say(response: ServerResponse, reply: Exclude<Reply, (response: ServerResponse) => void>): void {
  response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', 'x-keypass-request-id': 'req_h', ...reply.headers });
  response.end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body));
}
