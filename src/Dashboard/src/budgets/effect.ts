import { samePeriod, type Budget, type BudgetWire } from './budget';
import { dollars, nanoOfCents } from './money';
import { endOf, momentWords, type Reader } from './window';

/** What will be when it is saved, before it is saved. */
export interface Effect {
  readonly kind: 'calm' | 'warn';
  readonly sentences: readonly string[];
}

const calm = (...sentences: string[]): Effect => ({ kind: 'calm', sentences });
const warn = (...sentences: string[]): Effect => ({ kind: 'warn', sentences });

/** @param before What is set; undefined where nothing is. @param wish Null takes it away. Nothing, where nothing changes. */
export function effectOf(before: Budget | undefined, wish: BudgetWire | null, reader: Reader): Effect | undefined {
  if (before === undefined) return wish === null ? undefined : ofNew(wish, reader);
  if (wish === null) {
    return warn(
      'This limit is gone once you save, and calls go through as far as other limits let them.',
      'A budget that you set later begins with nothing spent.',
    );
  }
  const { kind, sentences } = ofLimit(before, wish, reader);
  const all = [...ofPeriod(before, wish, reader), ...sentences, ...ofClamp(before, wish)];
  return all.length === 0 ? undefined : { kind, sentences: all };
}

function ofNew(wish: BudgetWire, reader: Reader): Effect {
  if (wish.limitCents === 0) return warn('Every call that costs something is refused.');
  const limit = dollars(nanoOfCents(wish.limitCents), 'down', reader.locale);
  const ends = endOf(wish, reader.now);
  return calm(ends === undefined
    ? `${limit} in all, counted from now on: it never begins anew.`
    : `${limit} until ${momentWords(ends, reader)}, counted from now on, and the same again ${everyOf(wish)}.`);
}

function everyOf({ period, days }: BudgetWire): string {
  switch (period) {
    case 'daily': return 'every day';
    case 'weekly': return 'every week';
    case 'monthly': return 'every month';
    case 'custom': return days === 1 ? 'every day' : `every ${days ?? 1} days`;
    case 'none': return 'never';
  }
}

function ofPeriod({ set }: Budget, wish: BudgetWire, reader: Reader): readonly string[] {
  if (samePeriod(set, wish)) return [];
  if (wish.period === 'none') return ['What was spent in this period stays counted, and it never begins anew.'];
  const keeps = 'Changing the period keeps what was spent, and ends the present period';
  // Every n days are counted from the day the budget was made, which only the server knows.
  if (wish.period === 'custom') return [`${keeps} within ${wish.days === 1 ? 'a day' : `${wish.days ?? 1} days`}.`];
  return [`${keeps} on ${momentWords(endOf(wish, reader.now) ?? 0, reader)}.`];
}

function ofLimit(before: Budget, wish: BudgetWire, reader: Reader): Effect {
  const { set, spent, reserved } = before;
  if (set.limitCents === wish.limitCents && samePeriod(set, wish)) return calm();
  const limit = nanoOfCents(wish.limitCents);
  const until = untilOf(before, wish, reader);
  if (limit <= spent) {
    const how = limit < spent ? 'below what is spent' : limit === 0n ? 'nothing' : 'what is spent already';
    return warn(`The new limit is ${how}: every call that costs something is refused until ${until ?? 'you raise it'}.`, ...goOn(reserved));
  }
  const left = `${dollars(limit - spent, 'down', reader.locale)} will be left${until === undefined ? '' : ` until ${until}`}`;
  const period = wish.period === 'none' ? 'what was spent' : 'this period’s spending';
  const sentence = spent === 0n ? `${left}.` : `${dollars(spent, 'up', reader.locale)} of ${period} stays counted; ${left}.`;
  return calm(sentence, ...(limit < before.limit ? goOn(reserved) : []));
}

const goOn = (reserved: bigint): readonly string[] => (reserved > 0n ? ['Calls that run now go on to their end.'] : []);

function untilOf({ set, resetsAt }: Budget, wish: BudgetWire, reader: Reader): string | undefined {
  if (wish.period === 'none') return undefined;
  if (samePeriod(set, wish)) return resetsAt === undefined ? undefined : momentWords(Date.parse(resetsAt), reader);
  return wish.period === 'custom' ? 'then' : momentWords(endOf(wish, reader.now) ?? 0, reader);
}

function ofClamp({ set }: Budget, wish: BudgetWire): readonly string[] {
  if (set.clamp === wish.clamp) return [];
  return [wish.clamp ? 'Calls that do not fit are made shorter from then on.' : 'Calls that do not fit are refused from then on, and not made shorter.'];
}
