import { Refusal, refuse, type RefusalReason, type Stretch } from '../kp1/index';
import { stretchOver } from './argon-channel';
import { VaultDesk, type Clock } from './desk';
import { isMessage, type Channel, type Question, type Reply } from './messages';

/** The worker's half: one desk behind one channel. */
export function serveVault(channel: Channel, clock: Clock): void {
  const tell = (reply: Reply): void => { channel.postMessage(reply, []); };
  const desk = new VaultDesk(clock, (cause) => { tell({ outcome: 'locked', cause }); });
  channel.addEventListener('message', ({ data }) => {
    if (isQuestion(data)) void answer(desk, data).then(tell);
  });
}

async function answer(desk: VaultDesk, { id, operation, ask, argon }: Question): Promise<Reply> {
  const stretch: Stretch = argon === undefined ? noStretch : stretchOver(argon);
  try {
    return { id, outcome: 'answer', answer: await desk.handle(operation, ask, stretch) };
  } catch (failure) {
    return { id, outcome: 'refusal', ...reasonOf(failure) };
  }
}

const noStretch: Stretch = () => refuse('unavailable', 'No worker was given that can hash a password.');

/** The message of a failure of the engine may quote what it was given; only our own sentences go out. */
function reasonOf(failure: unknown): { reason: RefusalReason; message: string } {
  if (failure instanceof Refusal) return { reason: failure.reason, message: failure.message };
  return { reason: 'malformed', message: 'The question could not be worked on.' };
}

/** Only pages of ours can reach this channel, and they are built with it: the shape of `ask` is the compiler's to check. */
function isQuestion(data: unknown): data is Question {
  return isMessage(data) && typeof data['id'] === 'number' && VaultDesk.isOperation(data['operation']) && isMessage(data['ask']);
}
