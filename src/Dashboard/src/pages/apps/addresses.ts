// Where an app may be embedded and return to. The server compares letter by letter: so what is typed is checked to the letter, line by line.

const most = 20;
const longest = 500;
const loopback = ['localhost', '127.0.0.1'];

/** One a line; empty lines count for nothing. */
export const addressesIn = (typed: string): readonly string[] => typed.split('\n').map((line) => line.trim()).filter((line) => line !== '');

/** What is wrong with each line, in the order of the lines; undefined where nothing is. */
export function linesWrong(typed: string, wrongOf: (address: string) => string | undefined): string | undefined {
  const lines = typed.split('\n').map((line, place) => ({ address: line.trim(), number: place + 1 })).filter(({ address }) => address !== '');
  if (lines.length > most) return `These are ${lines.length}, and an app has ${most} at most.`;
  const wrong = lines.flatMap(({ address, number }, place) => {
    const earlier = lines.slice(0, place).find((line) => line.address === address);
    const why = earlier === undefined ? wrongOf(address) : `is the same as line ${earlier.number}.`;
    return why === undefined ? [] : [`${lines.length > 1 ? `Line ${number}: ` : ''}“${address}” ${why}`];
  });
  return wrong.length === 0 ? undefined : wrong.join('\n');
}

/** An origin just as browsers write it. */
export function originWrong(address: string): string | undefined {
  if (address.includes('*')) return withStar;
  const url = readUrl(address);
  if (typeof url === 'string') return url;
  if (hasUser(url)) return withUser;
  if (!isWeb(url)) return url.protocol === 'http:' ? onlyOwnMachine : 'is no origin of a page. Write it like https://app.example.com.';
  return url.origin === address ? undefined : `is not how browsers write an origin. Write ${url.origin}.`;
}

/** A page of the app's, or a scheme that only the app on the person's machine has (RFC 8252). */
export function redirectWrong(address: string): string | undefined {
  if (address.includes('*')) return withStar;
  const url = readUrl(address);
  if (typeof url === 'string') return url;
  if (address.includes('#')) return 'has a # in it. Leave out what begins there.';
  if (address.includes('\\')) return 'has a backslash in it.';
  if (hasUser(url)) return withUser;
  if (isWeb(url)) return unusualLetters(address, url);
  if (url.protocol === 'http:') return onlyOwnMachine;
  return url.protocol.includes('.') ? undefined : 'needs https, or a scheme of the app’s own with a dot in it, like com.example.app:/back.';
}

export function homepageWrong(address: string): string | undefined {
  const url = readUrl(address);
  const why = typeof url === 'string' ? url : hasUser(url) ? withUser : isWeb(url) ? unusualLetters(address, url) : 'needs https.';
  return why === undefined ? undefined : `“${address}” ${why}`;
}

const onlyOwnMachine = 'needs https. Only localhost and 127.0.0.1 go without.';
const withStar = 'has a star in it. Write each address whole.';
const withUser = 'has a user name in it. Leave it out.';

const hasUser = (url: URL): boolean => url.username !== '' || url.password !== '';
const unusualLetters = (address: string, url: URL) => (/^[!-~]+$/.test(address) ? undefined : `has letters that addresses do not have. Write ${url.href}`);
const isWeb = (url: URL): boolean => url.protocol === 'https:' || (url.protocol === 'http:' && loopback.includes(url.hostname));

/** The address, or what is wrong with it as one. */
function readUrl(address: string): URL | string {
  if (address.length > longest) return `is longer than ${longest} characters.`;
  if (/\s/.test(address)) return 'has a space in it. Write one address a line.';
  const url = parse(address);
  // Without a scheme a port makes the host look like one.
  if (url === undefined || /^[\w.-]+:\d/.test(address)) {
    const meant = parse(`https://${address}`);
    return meant === undefined || address.includes('://') ? 'is no whole address.' : `needs https:// in front: https://${address}`;
  }
  return url;
}

function parse(address: string): URL | undefined {
  try {
    return new URL(address);
  } catch {
    return undefined;
  }
}
