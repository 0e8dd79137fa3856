import { Ticks } from '../../parts/Ticks';
import { vendorOf } from './names';
import type { UsableKeys } from './usable-keys';

/** Some of the vault's keys. */
export function KeyTicks({ legend, usable: { rows, providers }, chosen, onChange, wrong }: {
  readonly legend: string; readonly usable: UsableKeys; readonly chosen: readonly string[]; readonly onChange: (chosen: readonly string[]) => void;
  readonly wrong?: string | undefined;
}) {
  const options = rows.map((row) => ({ value: row.id, label: vendorOf(providers, row), hint: row.label }));
  return <Ticks legend={legend} options={options} chosen={chosen} onChange={onChange} wrong={wrong} />;
}
