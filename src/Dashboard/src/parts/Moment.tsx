const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });

/** A moment in the person's zone: the time of today, the day of any other; the whole of it on hover. */
export function Moment({ at }: { readonly at: string }) {
  const moment = new Date(at);
  const today = day.format(moment) === day.format(new Date());
  return <time dateTime={at} title={exact.format(moment)}>{today ? `today, ${time.format(moment)}` : day.format(moment)}</time>;
}
