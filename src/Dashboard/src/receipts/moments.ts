import type { Reader } from '../budgets/window';

/** The second of today, with the day of any other: "20 Nov, 14:02:11". */
export function secondWords(at: string, { timeZone, now, locale }: Reader): string {
  const moment = Date.parse(at);
  const day = new Intl.DateTimeFormat(locale, { timeZone, year: 'numeric', month: 'numeric', day: 'numeric' });
  const year = new Intl.DateTimeFormat(locale, { timeZone, year: 'numeric' });
  const time = new Intl.DateTimeFormat(locale, { timeZone, hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(moment);
  if (day.format(moment) === day.format(now)) return time;
  const other = year.format(moment) === year.format(now) ? {} : { year: 'numeric' as const };
  return `${new Intl.DateTimeFormat(locale, { timeZone, day: 'numeric', month: 'short', ...other }).format(moment)}, ${time}`;
}

/** All of it, for who hovers. */
export const exactWords = (at: string, { timeZone, locale }: Reader): string =>
  new Intl.DateTimeFormat(locale, { timeZone, dateStyle: 'full', timeStyle: 'long' }).format(Date.parse(at));
