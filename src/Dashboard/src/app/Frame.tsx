import { Mark } from '../parts/Mark';
import { AccountDoors } from './AccountDoors';
import { accountDoors } from './routes';

export function Header({ pathname }: { readonly pathname: string | undefined }) {
  return (
    <header class="site-header">
      <div class="page">
        <a class="brand" href="/" aria-current={pathname === '/' ? 'page' : undefined}>
          <Mark />
          KeyPass
        </a>
        <nav aria-label="Main">
          <a href="/docs/api" aria-current={pathname === '/docs/api' ? 'page' : undefined}>API reference</a>
          <AccountDoors doors={accountDoors} />
        </nav>
      </div>
    </header>
  );
}

export function Footer() {
  return (
    <footer class="site-footer">
      <div class="page">
        <p class="muted">KeyPass: an encrypted vault for AI provider keys, and a gateway that counts every cent.</p>
        <nav aria-label="Server">
          <a href="/docs/api">API reference</a>
          <a href="/openapi.json">openapi.json</a>
          <a href="/healthz">healthz</a>
          <a href="/readyz">readyz</a>
        </nav>
      </div>
    </footer>
  );
}
