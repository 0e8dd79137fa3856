import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startRouter, type Visit } from '../../src/app/router';
import { findRoute, notFound, routes } from '../../src/app/routes';

let visits: Visit[];
let stop: () => void;

beforeEach(() => {
  history.replaceState(null, '', '/');
  visits = [];
  stop = startRouter((pathname) => findRoute(pathname) !== undefined, (visit) => { visits.push(visit); });
});
afterEach(() => {
  stop();
  document.body.replaceChildren();
});

test('Opening the app is a visit to the address it was opened at', () => {
  expect(visits).toMatchObject([{ pathname: '/', by: 'load' }]);
});

test('A link to a page of the app is followed without asking the server', () => {
  expect(click('/docs/api#ListKeys')).toBe('followed');
  expect(location.pathname).toBe('/docs/api');
  expect(visits.at(-1)).toMatchObject({ pathname: '/docs/api', hash: '#ListKeys', by: 'link', scrollY: undefined });
});

test('What lies inside a link counts as the link', () => {
  const link = anchor('/docs/api');
  const inner = document.createElement('span');
  link.append(inner);
  inner.dispatchEvent(leftClick());
  expect(location.pathname).toBe('/docs/api');
});

test.each(['/openapi.json', '/healthz', '/no-such-page', 'https://elsewhere.example/docs/api', '#content', '/#accounts'])(
  'A link to %s is left to the browser',
  (href) => { expect(click(href)).toBe('left'); },
);

test.each([{ ctrlKey: true }, { metaKey: true }, { shiftKey: true }, { altKey: true }, { button: 1 }])(
  'A click that asks for a new tab or window is left to the browser: %o',
  (how) => { expect(click('/docs/api', how)).toBe('left'); },
);

test('A link that opens elsewhere or downloads is left to the browser', () => {
  expect(click('/docs/api', {}, (link) => { link.target = '_blank'; })).toBe('left');
  expect(click('/docs/api', {}, (link) => { link.setAttribute('download', ''); })).toBe('left');
});

test('Going back finds the place the page was scrolled to', () => {
  vi.stubGlobal('scrollY', 640);
  const states = vi.spyOn(history, 'replaceState');
  click('/docs/api');
  const [left] = states.mock.lastCall ?? [];
  history.replaceState(left, '', '/');
  dispatchEvent(new PopStateEvent('popstate'));
  expect(visits.at(-1)).toMatchObject({ pathname: '/', by: 'history', scrollY: 640 });
});

test('A scroll that has come to rest is kept for a reload, in one write', () => {
  vi.useFakeTimers();
  const states = vi.spyOn(history, 'replaceState');
  vi.stubGlobal('scrollY', 320);
  for (let step = 0; step < 50; step++) dispatchEvent(new Event('scroll'));
  vi.runAllTimers();
  vi.useRealTimers();
  expect(states.mock.calls).toEqual([[{ scrollY: 320 }, '']]);
});

test('After it is stopped the router follows nothing', () => {
  stop();
  expect(click('/docs/api')).toBe('left');
});

test('A path is found with or without a slash at its end, and only whole', () => {
  expect(findRoute('/docs/api/')).toBe(findRoute('/docs/api'));
  expect(findRoute('/')?.path).toBe('/');
  expect(findRoute('/docs')).toBeUndefined();
  expect(findRoute('/docs/api/more')).toBeUndefined();
});

test('Every page has a title of its own', () => {
  const titles = [...routes, notFound].map((route) => route.title);
  expect(new Set(titles).size).toBe(titles.length);
});

function leftClick(how: MouseEventInit = {}): MouseEvent {
  return new MouseEvent('click', { bubbles: true, cancelable: true, button: 0, ...how });
}

function anchor(href: string): HTMLAnchorElement {
  const link = document.createElement('a');
  link.href = href;
  document.body.append(link);
  return link;
}

function click(href: string, how: MouseEventInit = {}, change: (link: HTMLAnchorElement) => void = () => undefined): 'followed' | 'left' {
  const link = anchor(href);
  change(link);
  const event = leftClick(how);
  const prevented: boolean[] = [];
  // The router listens on the document; the window hears the click after it, and keeps the test browser from going anywhere.
  addEventListener('click', (heard) => { prevented.push(heard.defaultPrevented); heard.preventDefault(); }, { once: true });
  link.dispatchEvent(event);
  return prevented.includes(true) ? 'followed' : 'left';
}
