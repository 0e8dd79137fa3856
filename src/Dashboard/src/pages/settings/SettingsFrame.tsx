import './settings.css';
import type { ComponentChildren } from 'preact';
import { session, type Account } from '../../app/session';
import { useStore } from '../../app/store';

const tabs = [
  { path: '/settings', label: 'Account' },
  { path: '/settings/security', label: 'Security' },
  { path: '/settings/tokens', label: 'Management tokens' },
  { path: '/settings/audit', label: 'Activity' },
];

/** For whoever runs this server. */
const operatorTabs = [...tabs, { path: '/settings/invites', label: 'Invites' }, { path: '/settings/operator', label: 'Operator' }];

/** What all settings share; each part has an address of its own. */
export function SettingsFrame({ children }: { readonly children: (account: Account) => ComponentChildren }) {
  const who = useStore(session);
  if (who.state !== 'signed-in') return null;
  return (
    <div class="content settings">
      <h1>Settings</h1>
      <nav class="tabs" aria-label="Settings">
        {(who.account.operator ? operatorTabs : tabs).map(({ path, label }) => (
          <a href={path} aria-current={location.pathname === path ? 'page' : undefined}>{label}</a>
        ))}
      </nav>
      {children(who.account)}
    </div>
  );
}

/** One thing that can be set: what it is on the left, what can be done on the right. */
export function Section({ title, lead, children }: { readonly title: string; readonly lead: ComponentChildren; readonly children: ComponentChildren }) {
  return (
    <section class="setting">
      <div class="setting-head">
        <h2>{title}</h2>
        <div class="muted">{lead}</div>
      </div>
      <div class="setting-body">{children}</div>
    </section>
  );
}
