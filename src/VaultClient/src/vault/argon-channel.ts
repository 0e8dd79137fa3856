import { Refusal, refuse, wipe, type Bytes, type PasswordKdf, type RefusalReason, type Stretch } from '../kp1/index';
import { isMessage } from './messages';

// Between the worker that holds the vault key and the one that hashes passwords: a port of their own, so that the hash never passes
// through the page. Buffers are transferred, not copied.

export type ArgonReply =
  | { readonly outcome: 'stretched'; readonly secret: Bytes; readonly engine: string; readonly milliseconds: number }
  | { readonly outcome: 'refusal'; readonly reason: RefusalReason; readonly message: string };

export interface ArgonQuestion {
  readonly password: Bytes;
  readonly kdf: PasswordKdf;
}

/** One at a time and in order: each answer belongs to the oldest question. */
export function stretchOver(port: MessagePort): Stretch {
  return (password, kdf) =>
    new Promise((resolve, reject) => {
      port.onmessage = ({ data }: MessageEvent<unknown>) => {
        const reply = data as ArgonReply;
        if (reply.outcome === 'stretched') resolve(reply.secret);
        else reject(new Refusal(reply.reason, reply.message));
      };
      const copy = Uint8Array.from(password);
      const question: ArgonQuestion = { password: copy, kdf };
      port.postMessage(question, [copy.buffer]);
    });
}

export type StretchMeasured = (password: Bytes, kdf: PasswordKdf) => Promise<{ secret: Bytes; engine: string; milliseconds: number }>;

/** The Argon worker's half. */
export function serveArgon(port: MessagePort, stretch: StretchMeasured): void {
  port.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (isMessage(data)) void reply(port, data as unknown as ArgonQuestion, stretch);
  };
}

async function reply(port: MessagePort, { password, kdf }: ArgonQuestion, stretch: StretchMeasured): Promise<void> {
  try {
    const stretched = await stretch(password, kdf);
    const message: ArgonReply = { outcome: 'stretched', ...stretched };
    port.postMessage(message, [stretched.secret.buffer]);
  } catch (failure) {
    const message: ArgonReply = failure instanceof Refusal
      ? { outcome: 'refusal', reason: failure.reason, message: failure.message }
      : { outcome: 'refusal', reason: 'unavailable', message: 'The password could not be hashed: not enough memory, perhaps.' };
    port.postMessage(message);
  } finally {
    wipe(password);
  }
}

/** A port that arrives with the first message of a worker. */
export function portIn(data: unknown): MessagePort {
  const port = isMessage(data) ? data['port'] : undefined;
  return port instanceof MessagePort ? port : refuse('malformed', 'The first message brings a port.');
}
