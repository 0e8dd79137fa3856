import { useMemo } from 'preact/hooks';
import { Dialog } from '../parts/Dialog';
import { Finder, type Found } from '../parts/Finder';
import { listApps } from '../pages/apps/apps-api';
import { listConnections } from '../pages/connections/connections-api';
import { listKeys } from '../pages/keys/keys-api';
import { get } from './api';
import { needText, objectsAt } from './json';
import { matching, receiptAt, type Place } from './palette-match';
import { goTo } from './router';
import { accountPages, findRoute } from './routes';
import { looksSecret } from './secret-text';
import { searchOf } from './useQuery';

const pages: readonly Place[] = [
  ...accountPages.map(({ path, label }) => ({ value: path, label })),
  { value: '/keys/approvals', label: 'Waiting for you' }, { value: '/settings/security', label: 'Security' },
  { value: '/settings/tokens', label: 'Management tokens' }, { value: '/settings/audit', label: 'Activity' },
  { value: '/migrate', label: 'Migrate a program' }, { value: '/docs', label: 'Docs' },
  { value: '/docs/api', label: 'API reference' },
].map((page) => ({ ...page, hint: 'page' }));

/** Of each kind of thing; who looks for the ninth types one letter more. */
const most = 8;

/** Goes to a page, a virtual key, a provider key, an app or a receipt, by its name. */
export function Palette({ onClose }: { readonly onClose: () => void }) {
  const search = useMemo(searchAll, []);
  const go = ({ value }: Found) => {
    onClose();
    if (findRoute(value.split('?')[0] ?? '') === undefined) location.assign(value);
    else goTo(value);
  };
  return (
    <Dialog title="Go to" onClose={onClose}>
      <Finder always label="Page, key, app or request id" placeholder="Page, key, app or request id" search={search} onChoose={go} />
    </Dialog>
  );
}

function searchAll(): (typed: string) => Promise<readonly Found[]> {
  let named: Promise<readonly Place[]> | undefined;
  return async (typed) => {
    const receipt = receiptAt(typed);
    if (receipt !== undefined) return [{ value: receipt, label: receipt.slice('/logs/'.length), hint: 'receipt' }];
    if (typed.trim() === '') return pages;
    if (looksSecret(typed)) return [];
    named ??= listNamed();
    const [virtualKeys, others] = await Promise.all([findVirtualKeys(typed.trim()), named]);
    return [...matching(pages, typed).slice(0, most), ...virtualKeys, ...matching(others, typed).slice(0, most)];
  };
}

/** They may be thousands: the server looks for them. */
async function findVirtualKeys(q: string): Promise<readonly Place[]> {
  return objectsAt(await get(`/v1/virtual-keys${searchOf({ q: q.slice(0, 100), limit: String(most) })}`), 'items').map((row) => {
    const label = needText(row, 'name');
    return { value: `/virtual-keys${searchOf({ q: label })}`, label, hint: 'virtual key' };
  });
}

async function listNamed(): Promise<readonly Place[]> {
  const [held, connections, apps] = await Promise.all([listKeys(), listConnections(), listApps()]);
  return [
    ...held.map(({ id, provider, label }) => ({
      value: `/keys${searchOf({ row: id })}`, label: label ?? provider, hint: label === undefined ? 'provider key' : `${provider} key`,
    })),
    ...connections.map(({ id, app }) => ({ value: `/connections/${id}`, label: app, hint: 'connected app' })),
    ...apps.map(({ id, name }) => ({ value: `/apps/${id}`, label: name, hint: 'your app' })),
  ];
}
