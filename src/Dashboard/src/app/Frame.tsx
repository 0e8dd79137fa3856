import type { ComponentChildren } from 'preact';
import { Mark } from '../parts/Mark';
import { AccountDoors } from './AccountDoors';

interface FrameProps {
  readonly pathname: string;
  readonly children: ComponentChildren;
}

/** What anybody may read: the mark, the ways in, and where to look further. */
export function PublicFrame({ pathname, children }: FrameProps) {
  return (
    <>
      <header class="site-header">
        <div class="page">
          <Brand pathname={pathname} />
          <nav aria-label="Main">
            <a href="/docs">Docs</a>
            <a href="/docs/api" aria-current={pathname === '/docs/api' ? 'page' : undefined}>API reference</a>
            <AccountDoors />
          </nav>
        </div>
      </header>
      <main id="content" tabIndex={-1}>{children}</main>
      <footer class="site-footer">
        <div class="page">
          <p class="muted">KeyPass: an encrypted vault for AI provider keys, and a gateway that counts every cent.</p>
          <nav aria-label="Server">
            <a href="/docs">Docs</a>
            <a href="/docs/api">API reference</a>
            <a href="/openapi.json">openapi.json</a>
            <a href="/healthz">healthz</a>
            <a href="/readyz">readyz</a>
          </nav>
        </div>
      </footer>
    </>
  );
}

/** Where one thing is done and nothing else: signing up, signing in, recovering. */
export function BareFrame({ pathname, children }: FrameProps) {
  return (
    <>
      <header class="bare-header"><Brand pathname={pathname} /></header>
      <main id="content" class="bare" tabIndex={-1}>{children}</main>
    </>
  );
}

export function Brand({ pathname }: { readonly pathname: string }) {
  return (
    <a class="brand" href="/" aria-current={pathname === '/' ? 'page' : undefined}>
      <Mark />
      KeyPass
    </a>
  );
}
