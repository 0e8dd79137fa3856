import type { ComponentType } from 'preact';

export interface Route {
  /** Compared whole. */
  readonly path: string;
  /** What stands below the path, in one piece, is the page's parameter. */
  readonly takesOne?: true;
  readonly title: string;
  /** What stands around the page: what anybody sees, nothing but the mark, the mark and the vault, or the navigation of whoever is signed in. */
  readonly frame: 'public' | 'bare' | 'consent' | 'account';
  /** Each page is its own file to download, so that the first one stays small. */
  readonly load: () => Promise<ComponentType>;
}

/** Every page of the app. A new page is a row here, and in the server's list of pages; links to it elsewhere are ordinary `<a href>`. */
export const routes: readonly Route[] = [
  {
    path: '/',
    title: 'KeyPass: your own AI keys, lent by the dollar',
    frame: 'public',
    load: async () => (await import('../pages/landing/LandingPage')).LandingPage,
  },
  {
    path: '/docs/api',
    title: 'API reference · KeyPass',
    frame: 'public',
    load: async () => (await import('../pages/api/ApiPage')).ApiPage,
  },
  {
    path: '/sign-up',
    title: 'Sign up · KeyPass',
    frame: 'bare',
    load: async () => (await import('../pages/entrance/SignUpPage')).SignUpPage,
  },
  {
    path: '/sign-in',
    title: 'Sign in · KeyPass',
    frame: 'bare',
    load: async () => (await import('../pages/entrance/SignInPage')).SignInPage,
  },
  {
    path: '/sign-in/managed',
    title: 'Sign in to a managed vault · KeyPass',
    frame: 'bare',
    load: async () => (await import('../pages/entrance/ManagedSignInPage')).ManagedSignInPage,
  },
  {
    path: '/recover',
    title: 'Recover your account · KeyPass',
    frame: 'bare',
    load: async () => (await import('../pages/entrance/RecoverPage')).RecoverPage,
  },
  {
    path: '/verify-email',
    title: 'Confirm your address · KeyPass',
    frame: 'bare',
    load: async () => (await import('../pages/entrance/VerifyEmailPage')).VerifyEmailPage,
  },
  {
    path: '/link',
    takesOne: true,
    title: 'Connect an app · KeyPass',
    frame: 'consent',
    load: async () => (await import('../pages/link/ConsentPage')).ConsentPage,
  },
  {
    path: '/home',
    title: 'Home · KeyPass',
    frame: 'account',
    load: async () => (await import('../pages/home/HomePage')).HomePage,
  },
  {
    path: '/keys',
    title: 'Keys · KeyPass',
    frame: 'account',
    load: async () => (await import('../pages/keys/KeysPage')).KeysPage,
  },
  {
    path: '/keys/approvals',
    title: 'Waiting for you · KeyPass',
    frame: 'account',
    load: async () => (await import('../pages/approvals/ApprovalsPage')).ApprovalsPage,
  },
  {
    path: '/virtual-keys',
    title: 'Virtual keys · KeyPass',
    frame: 'account',
    load: async () => (await import('../pages/virtual-keys/VirtualKeysPage')).VirtualKeysPage,
  },
  {
    path: '/migrate',
    title: 'Migrate a program · KeyPass',
    frame: 'account',
    load: async () => (await import('../pages/migrate/MigratePage')).MigratePage,
  },
  {
    path: '/connections',
    title: 'Connections · KeyPass',
    frame: 'account',
    load: async () => (await import('../pages/connections/ConnectionsPage')).ConnectionsPage,
  },
  {
    // Where a refusal sends the owner of one.
    path: '/connections',
    takesOne: true,
    title: 'Connection · KeyPass',
    frame: 'account',
    load: async () => (await import('../pages/connections/ConnectionsPage')).ConnectionsPage,
  },
  {
    path: '/usage',
    title: 'Usage · KeyPass',
    frame: 'account',
    load: async () => (await import('../pages/usage/UsagePage')).UsagePage,
  },
  {
    path: '/logs',
    title: 'Logs · KeyPass',
    frame: 'account',
    load: async () => (await import('../pages/logs/LogsPage')).LogsPage,
  },
  {
    path: '/logs',
    takesOne: true,
    title: 'Receipt · KeyPass',
    frame: 'account',
    load: async () => (await import('../pages/logs/ReceiptPage')).ReceiptPage,
  },
  {
    path: '/apps',
    title: 'Apps · KeyPass',
    frame: 'account',
    load: async () => (await import('../pages/apps/AppsPage')).AppsPage,
  },
  {
    path: '/apps',
    takesOne: true,
    title: 'App · KeyPass',
    frame: 'account',
    load: async () => (await import('../pages/apps/AppPage')).AppPage,
  },
  {
    path: '/settings',
    title: 'Settings · KeyPass',
    frame: 'account',
    load: async () => (await import('../pages/settings/AccountPage')).AccountPage,
  },
  {
    path: '/settings/security',
    title: 'Security · KeyPass',
    frame: 'account',
    load: async () => (await import('../pages/settings/SecurityPage')).SecurityPage,
  },
  {
    path: '/settings/tokens',
    title: 'Management tokens · KeyPass',
    frame: 'account',
    load: async () => (await import('../pages/settings/TokensPage')).TokensPage,
  },
  {
    path: '/settings/invites',
    title: 'Invites · KeyPass',
    frame: 'account',
    load: async () => (await import('../pages/settings/InvitesPage')).InvitesPage,
  },
  {
    path: '/settings/operator',
    title: 'Operator · KeyPass',
    frame: 'account',
    load: async () => (await import('../pages/operator/OperatorPage')).OperatorPage,
  },
  {
    path: '/settings/audit',
    title: 'Activity · KeyPass',
    frame: 'account',
    load: async () => (await import('../pages/settings/AuditPage')).AuditPage,
  },
];

export const notFound: Omit<Route, 'path'> = {
  title: 'Page not found · KeyPass',
  frame: 'public',
  load: async () => (await import('../pages/not-found/NotFoundPage')).NotFoundPage,
};

export interface Door {
  readonly path: string;
  readonly label: string;
}

/** For who is not signed in; the header and the landing page show them. */
export const accountDoors: readonly Door[] = [{ path: '/sign-in', label: 'Sign in' }, { path: '/sign-up', label: 'Sign up' }];

/** For who is. In the order of how often one goes there. */
export const accountPages: readonly Door[] = [
  { path: '/home', label: 'Home' },
  { path: '/virtual-keys', label: 'Virtual keys' }, { path: '/keys', label: 'Keys' }, { path: '/connections', label: 'Connections' },
  { path: '/usage', label: 'Usage' }, { path: '/logs', label: 'Logs' }, { path: '/apps', label: 'Apps' }, { path: '/settings', label: 'Settings' },
];

/** Where a person who signed in starts. */
export const startPage = '/home';

export function findRoute(pathname: string): Route | undefined {
  const path = pathname.length > 1 ? pathname.replace(/\/+$/, '') : pathname;
  return routes.find((route) => (route.takesOne ? path.startsWith(`${route.path}/`) && !path.includes('/', route.path.length + 1) : route.path === path));
}
