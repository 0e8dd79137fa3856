import type { BudgetWire } from './budget';
import type { Locale } from './money';

// When a period ends, by the rules of the server's BudgetPeriod: said before it is set, so that nobody is surprised.

export const dayMs = 86_400_000;
/** Of a clock anywhere from the one in Greenwich, and a day that somebody left out. */
const mostOffsetMs = 40 * 3_600_000;

/** The end of the period that runs at a moment; undefined where there is none. Every n days are counted from that moment's day. */
export function endOf({ period, days, anchorDay, timeZone }: Omit<BudgetWire, 'limitCents' | 'clamp'>, now: number): number | undefined {
  if (period === 'none') return undefined;
  const today = dayOf(now, timeZone);
  switch (period) {
    case 'daily':
      return midnightOf(today + dayMs, timeZone);
    case 'weekly':
      return midnightOf(today + (7 - (weekdayOf(today) + 7 - (anchorDay ?? 1)) % 7) * dayMs, timeZone);
    case 'monthly': {
      const thisMonths = inMonth(today, 0, anchorDay ?? 1);
      return midnightOf(thisMonths > today ? thisMonths : inMonth(today, 1, anchorDay ?? 1), timeZone);
    }
    case 'custom':
      return midnightOf(today + (days ?? 1) * dayMs, timeZone);
  }
}

/** 1 is Monday. */
const weekdayOf = (day: number): number => new Date(day).getUTCDay() || 7;

function inMonth(day: number, later: number, anchor: number): number {
  const date = new Date(day);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + later];
  return Date.UTC(year, month, Math.min(anchor, new Date(Date.UTC(year, month + 1, 0)).getUTCDate()));
}

/** A day of the calendar as its midnight in Greenwich. */
export function dayOf(at: number, timeZone: string): number {
  const form = new Intl.DateTimeFormat('en-US', { timeZone, calendar: 'gregory', year: 'numeric', month: 'numeric', day: 'numeric' });
  const parts = form.formatToParts(at);
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  return Date.UTC(of('year'), of('month') - 1, of('day'));
}

/** The first moment of a day: sought, because clocks jump over midnight in some zones, and show it twice in others. */
export function midnightOf(day: number, timeZone: string): number {
  let [before, after] = [day - mostOffsetMs, day + mostOffsetMs];
  while (after - before > 1000) {
    const half = before + Math.floor((after - before) / 2000) * 1000;
    if (dayOf(half, timeZone) >= day) after = half;
    else before = half;
  }
  return after;
}

export interface Reader {
  /** The person's zone, and what the person's browser speaks. */
  readonly timeZone: string;
  readonly now: number;
  readonly locale?: Locale;
}

/** "1 Dec, 00:00 Europe/Berlin", with the year where it is another. */
export function momentWords(at: number, { timeZone, now, locale }: Reader): string {
  const year = new Intl.DateTimeFormat(locale, { timeZone, year: 'numeric' });
  const other = year.format(at) === year.format(now) ? {} : { year: 'numeric' as const };
  const day = new Intl.DateTimeFormat(locale, { timeZone, day: 'numeric', month: 'short', ...other });
  // Midnight is 00:00: as 12:00 AM it is taken for noon.
  const time = new Intl.DateTimeFormat(locale, { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  return `${day.format(at)}, ${time.format(at)} ${timeZone.replaceAll('_', ' ')}`;
}
