import type { Session } from './session.js';

// What the frame shows. All of it is text: names and reasons are written by strangers.

const periods: Record<string, string> = { none: 'in all', daily: 'a day', weekly: 'a week', monthly: 'a month' };

export interface Clicks {
  carryOn: () => void;
  leave: () => void;
}

export function showRequest(session: Session, clicks: Clicks): void {
  const { app } = session;
  show(
    head(session),
    element('p', { className: 'amount' }, dollars(session.budgetSuggestionCents), element('small', {}, ` ${periods[session.period] ?? session.period}`)),
    element('ul', { ariaLabel: 'Providers' }, ...session.providerNames.map((name) => element('li', { className: 'pill' }, name))),
    ...(session.reason === null ? [] : [element('p', { className: 'reason' }, session.reason)]),
    ...(verified(app) === undefined
      ? [element('p', { className: 'warning' }, 'Nobody has verified who runs this app. Carry on only if you know where you are.')]
      : []),
    foot(
      element('p', { className: 'muted' }, `A KeyPass window opens, where you choose. ${app.name} sees what you ask and what is answered, never your key.`),
      button('Continue securely', clicks.carryOn, 'primary'),
      button('Not now', clicks.leave),
    ),
  );
}

export function showWaiting(session: Session, clicks: { again: () => void; leave: () => void }): void {
  show(
    head(session),
    element('p', {}, 'Carry on in the KeyPass window. When you are done there, this closes by itself.'),
    foot(button('Show the window again', clicks.again, 'primary'), button('Cancel', clicks.leave)),
  );
}

export function showBlocked(session: Session, clicks: { goThere: () => void; leave: () => void }): void {
  show(
    head(session),
    element('p', {}, 'If a KeyPass window opened, carry on there: this closes by itself.'),
    element('p', {}, 'If your browser held it back, KeyPass can take the place of this page.'),
    foot(button('Continue on this page', clicks.goThere, 'primary'), button('Cancel', clicks.leave)),
  );
}

export function showFinishing(session: Session): void {
  show(head(session), element('p', {}, `Done. Handing over to ${session.app.name} …`));
}

export function showLost(session: Session, clicks: { again: () => void; leave: () => void }): void {
  show(
    head(session),
    element('p', {}, `You agreed, and it did not arrive here. Open the KeyPass window again to hand it to ${session.app.name}.`),
    foot(button('Open the window again', clicks.again, 'primary'), button('Cancel', clicks.leave)),
  );
}

export function showTrouble(clicks: { leave: () => void }): void {
  show(
    element('h1', {}, 'KeyPass cannot be reached'),
    element('p', {}, 'The connection failed, and is tried again until it works. You can also close this and come back later: nothing is lost.'),
    foot(button('Close', clicks.leave)),
  );
}

function head({ app, isUpdate }: Session): HTMLElement {
  // A logo is part of the answer, so that no other server hears of this visit.
  const logo = app.logo?.startsWith('data:image/') === true ? [element('img', { src: app.logo, alt: '' })] : [];
  const words = isUpdate ? `${app.name} asks to change what it may spend` : `${app.name} asks to use your AI keys`;
  const about = element('div', {}, element('h1', { tabIndex: -1 }, words), element('p', { className: 'muted' }, whose(app)));
  return element('div', { className: 'head' }, ...logo, about);
}

function whose(app: Session['app']): string {
  const domain = verified(app) ?? 'unverified';
  return app.mode === 'test' ? `${domain} · test mode` : domain;
}

/** The name of the domain that the app has proved to be its own. */
function verified({ domain }: Session['app']): string | undefined {
  return domain !== null && domain.verifiedAt !== null ? domain.name : undefined;
}

function dollars(cents: number): string {
  return new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' }).format(cents / 100);
}

function foot(...children: Node[]): HTMLElement {
  return element('div', { className: 'foot' }, ...children);
}

function button(words: string, clicked: () => void, className = ''): HTMLElement {
  const made = element('button', { type: 'button', className }, words);
  made.addEventListener('click', clicked);
  return made;
}

function show(...children: Node[]): void {
  document.getElementById('shell')?.replaceChildren(...children);
  // So that a screen reader begins here, and Escape is heard.
  document.querySelector('h1')?.focus();
}

function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name, properties: Partial<HTMLElementTagNameMap[Name]>, ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}
