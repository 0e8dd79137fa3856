import type { ComponentType } from 'preact';

export interface Route {
  /** Compared whole. A page that needs a parameter brings the pattern with it. */
  readonly path: string;
  readonly title: string;
  /** Each page is its own file to download, so that the first one stays small. */
  readonly load: () => Promise<ComponentType>;
}

/** Every page of the app. A new page is a row here; links to it elsewhere are ordinary `<a href>`. */
export const routes: readonly Route[] = [
  {
    path: '/',
    title: 'KeyPass: your own AI keys, lent by the dollar',
    load: async () => (await import('../pages/landing/LandingPage')).LandingPage,
  },
  {
    path: '/docs/api',
    title: 'API reference · KeyPass',
    load: async () => (await import('../pages/api/ApiPage')).ApiPage,
  },
];

export const notFound: Omit<Route, 'path'> = {
  title: 'Page not found · KeyPass',
  load: async () => (await import('../pages/not-found/NotFoundPage')).NotFoundPage,
};

export interface AccountDoor {
  readonly path: string;
  readonly label: string;
}

/**
 * Empty: accounts are not open yet, and the pages say so. Once `/sign-in` and `/sign-up` are routes, list them here and the header
 * and the landing page show them as links.
 */
export const accountDoors: readonly AccountDoor[] = [];

export function findRoute(pathname: string): Route | undefined {
  const path = pathname.length > 1 ? pathname.replace(/\/+$/, '') : pathname;
  return routes.find((route) => route.path === path);
}
