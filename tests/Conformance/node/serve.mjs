// Reads a case a line ({ name, baseUrl, secret }), runs it, and answers with a line: what the SDK made of it, or what it raised, and
// what came over the wire before the SDK saw it.
import { createInterface } from 'node:readline';

let hits = [];
const send = globalThis.fetch;

// The SDKs take the fetch of the platform. This one keeps a copy of each answer; it changes nothing.
globalThis.fetch = async (address, init) => {
  const answer = await send(address, init);
  // Some try what the platform's fetch can do on an address that is none.
  if (String(address).startsWith('data:')) return answer;
  const copy = answer.clone();
  const body = copy.arrayBuffer().then((bytes) => Buffer.from(bytes).toString('base64'), () => null);
  hits.push({ status: answer.status, headers: Object.fromEntries(answer.headers), body });
  return answer;
};

/** Says that the first event of a stream is here: whoever holds the rest back may let it go. */
export const sayFirst = () => tell({ progress: 'first' });

/** Forty bytes of nothing, for pictures and sounds that nobody looks at. */
export const sample = Buffer.from(Array.from({ length: 40 }, (_, index) => (index * 37) % 256));

export async function collect(stream, isGated) {
  const events = [];
  for await (const event of stream) {
    if (isGated && events.length === 0) sayFirst();
    events.push(event);
  }
  return events;
}

export async function serve(connect, cases) {
  for await (const line of createInterface({ input: process.stdin })) {
    const { name, baseUrl, secret } = JSON.parse(line);
    hits = [];
    let told;
    try {
      told = { result: await cases[name](connect(baseUrl, secret)) };
    } catch (error) {
      told = { error: describe(error) };
    }
    told.hits = await Promise.all(hits.map(async (hit) => ({ ...hit, body: await hit.body })));
    tell(told);
  }
}

function describe(error) {
  const header = (name) => error.headers?.get?.(name) ?? error.headers?.[name] ?? null;
  return {
    type: error.constructor.name,
    status: error.status ?? null,
    code: error.code ?? null,
    message: error.message,
    body: error.error ?? null,
    // Groq's and Google's have no place for one.
    requestId: ('requestID' in error ? error.requestID : header('x-request-id')) ?? null,
  };
}

function tell(value) {
  process.stdout.write(JSON.stringify(value) + '\n');
}
