import { dollars } from '../../budgets/money';
import { slotWords } from '../../receipts/range';
import { scaleFor, type Bar } from './stack';

const barWidth = 10;
const gap = 1.5;
const height = 100;

/** What was spent when, in a pile of what it was spent on. The table under it has the numbers. */
export function SpendChart({ bars, labels }: { readonly bars: readonly Bar[]; readonly labels: readonly string[] }) {
  const highest = bars.reduce((most, bar) => (bar.total > most.total ? bar : most), bars[0] ?? { slot: '', parts: [], total: 0n });
  const end = scaleFor(highest.total);
  const [first, last] = [slotWords(bars[0]?.slot ?? ''), slotWords(bars.at(-1)?.slot ?? '')];
  return (
    <figure class="chart">
      <div class="scale small muted" aria-hidden="true"><span>{dollars(end)}</span><span>{dollars(end / 2n)}</span><span>$0</span></div>
      <svg
        role="img" viewBox={`0 0 ${bars.length * barWidth} ${height}`} preserveAspectRatio="none"
        aria-label={`Cost from ${first} to ${last}. The most was ${dollars(highest.total)}, ${slotWords(highest.slot)}. The table below has the sums.`}
      >
        {[0, .5, 1].map((line) => <path class="line" d={`M0 ${line * height}H${bars.length * barWidth}`} />)}
        {bars.map((bar, place) => <Pile bar={bar} end={end} x={place * barWidth + gap} />)}
      </svg>
      <div class="ends small muted" aria-hidden="true"><span>{first}</span><span>{last}</span></div>
      {labels.length > 1 && (
        <ul class="legend-row small" aria-label="What the colours mean">{labels.map((label, place) => <li><Swatch place={place} />{label}</li>)}</ul>
      )}
    </figure>
  );
}

function Pile({ bar, end, x }: { readonly bar: Bar; readonly end: bigint; readonly x: number }) {
  let below = height;
  return (
    <g>
      <title>{`${slotWords(bar.slot)}: ${dollars(bar.total)}`}</title>
      <rect class="catch" x={x - gap} width={barWidth} height={height} />
      {bar.parts.map((part, place) => {
        const tall = Number(part * 10_000n / end) / 10_000 * height;
        below -= tall;
        return tall > 0 && <rect class={seriesClass(place)} x={x} y={below} width={barWidth - 2 * gap} height={tall} />;
      })}
    </g>
  );
}

export function Swatch({ place }: { readonly place: number }) {
  return (
    <svg class="swatch" viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
      <rect class={seriesClass(place)} width="10" height="10" rx="2" />
    </svg>
  );
}

const seriesClass = (place: number): string => `series-${place + 1}`;
