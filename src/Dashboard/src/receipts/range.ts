import type { Query } from '../app/useQuery';
import { dayMs, dayOf, midnightOf, type Reader } from '../budgets/window';

// Which receipts are looked at: days of the person's zone, as the address of the page names them.

export interface Span {
  readonly from: number;
  /** Undefined: until now. */
  readonly to: number | undefined;
}

/** As long as receipts are kept. */
const mostDays = 400;

const daysBack: Readonly<Record<string, number>> = { 'today': 0, '7d': 6, '30d': 29 };

/** Undefined where two days are to be named and are not, or lie wrong. */
export function spanOf(range: string, { from = '', to = '' }: Query, { timeZone, now }: Reader): Span | undefined {
  const today = dayOf(now, timeZone);
  if (range === 'own') {
    const [first, last] = [dayIn(from), dayIn(to)];
    if (first === undefined || last === undefined || last < first || last - first >= mostDays * dayMs) return undefined;
    return { from: midnightOf(first, timeZone), to: midnightOf(last + dayMs, timeZone) };
  }
  const first = range === 'month' ? today - (new Date(today).getUTCDate() - 1) * dayMs : today - (daysBack[range] ?? 0) * dayMs;
  return { from: midnightOf(first, timeZone), to: undefined };
}

/** As the API takes it. */
export const queryOf = ({ from, to }: Span): Query => ({ from: new Date(from).toISOString(), ...(to !== undefined && { to: new Date(to).toISOString() }) });

/** The days of a span, or the hours where it is one day, named as the API names them. */
export function slotsOf({ from, to }: Span, { timeZone, now }: Reader): { readonly per: 'day' | 'hour'; readonly names: readonly string[] } {
  const [first, last] = [dayOf(from, timeZone), dayOf(to === undefined ? now : to - 1, timeZone)];
  if (first === last) return { per: 'hour', names: Array.from({ length: 24 }, (_, hour) => `${dayName(first)}T${String(hour).padStart(2, '0')}:00`) };
  return { per: 'day', names: Array.from({ length: (last - first) / dayMs + 1 }, (_, later) => dayName(first + later * dayMs)) };
}

/** In which of them a moment lies. */
export function slotOf(at: number, per: 'day' | 'hour', timeZone: string): string {
  const day = dayName(dayOf(at, timeZone));
  if (per === 'day') return day;
  return `${day}T${new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', hourCycle: 'h23' }).format(at)}:00`;
}

/** "20 Nov", or "14:00". */
export function slotWords(name: string, locale?: string): string {
  const [day = '', hour] = name.split('T');
  return hour ?? new Intl.DateTimeFormat(locale, { timeZone: 'UTC', day: 'numeric', month: 'short' }).format(Date.parse(day));
}

export const dayName = (day: number): string => new Date(day).toISOString().slice(0, 10);

export const isDay = (text: string): boolean => dayIn(text) !== undefined;

function dayIn(text: string): number | undefined {
  const day = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(day) || dayName(day) !== text ? undefined : day;
}
