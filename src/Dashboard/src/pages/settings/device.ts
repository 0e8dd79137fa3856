/** Longest first where one names another: Edge says that it is Chrome, and Chrome that it is Safari. */
const browsers = [
  ['Edg/', 'Edge'], ['OPR/', 'Opera'], ['SamsungBrowser/', 'Samsung Internet'], ['Firefox/', 'Firefox'], ['FxiOS/', 'Firefox'], ['CriOS/', 'Chrome'],
  ['Chrome/', 'Chrome'], ['Safari/', 'Safari'],
] as const;
const systems = [
  ['iPhone', 'iPhone'], ['iPad', 'iPad'], ['Android', 'Android'], ['Windows', 'Windows'], ['CrOS', 'ChromeOS'], ['Mac OS X', 'Mac'], ['Linux', 'Linux'],
] as const;

/** What a person recognises. The whole of what the browser said stands beside it, on hover. */
export function deviceName(userAgent: string): string {
  const browser = browsers.find(([sign]) => userAgent.includes(sign))?.[1];
  const system = systems.find(([sign]) => userAgent.includes(sign))?.[1];
  if (browser !== undefined) return system === undefined ? browser : `${browser} on ${system}`;
  // Programs say their name first.
  const program = /^[\w.-]+/.exec(userAgent)?.[0];
  return program ?? 'A program that did not say its name';
}
