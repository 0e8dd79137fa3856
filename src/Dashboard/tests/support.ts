import type { ComponentChild } from 'preact';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, vi } from 'vitest';

afterEach(() => {
  for (const mounted of document.querySelectorAll('[data-mounted]')) {
    render(null, mounted);
    mounted.remove();
  }
});

export async function mount(page: ComponentChild): Promise<HTMLElement> {
  const place = document.createElement('div');
  place.dataset['mounted'] = '';
  document.body.append(place);
  await act(() => { render(page, place); });
  return place;
}

/** Runs what a person does, and everything that follows from it. */
export async function after(deed: () => void): Promise<void> {
  await act(async () => {
    deed();
    await new Promise((resolve) => { setTimeout(resolve, 0); });
  });
}

/** Answers every request of the page; a status of 0 is a server that cannot be reached. */
export function serverAnswers(status: number, body: unknown) {
  const answer = () => status === 0
    ? Promise.reject(new TypeError('fetch failed'))
    : Promise.resolve(new Response(typeof body === 'string' ? body : JSON.stringify(body), { status }));
  const fetched = vi.fn(answer);
  vi.stubGlobal('fetch', fetched);
  return fetched;
}

/** Text as a reader sees it: any white space is one space. */
export function wordsIn(element: Element | null): string {
  return (element?.textContent ?? '').replaceAll(/\s+/g, ' ').trim();
}

export function find(within: ParentNode, selector: string): HTMLElement {
  const element = within.querySelector<HTMLElement>(selector);
  if (element === null) throw new Error(`nothing matches ${selector}`);
  return element;
}
