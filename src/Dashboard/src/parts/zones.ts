import type { SelectOption } from './SelectField';

/** The time zones to choose from; what is chosen may be one that this browser does not list. */
export function zonesWith(own: string): readonly SelectOption[] {
  const names = new Set(['UTC', own, ...Intl.supportedValuesOf('timeZone')]);
  return [...names].sort().map((name) => ({ value: name, label: name.replaceAll('_', ' ') }));
}
