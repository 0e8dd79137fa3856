import './shell.css';
import { useEffect, useState } from 'preact/hooks';
import { Footer, Header } from './Frame';
import { PageOutlet } from './PageOutlet';
import { startRouter, type Visit } from './router';
import { findRoute } from './routes';

export function App() {
  const [visit, setVisit] = useState<Visit>();
  useEffect(() => startRouter((pathname) => findRoute(pathname) !== undefined, setVisit), []);

  return (
    <>
      <a class="skip-link" href="#content">Skip to content</a>
      <Header pathname={visit?.pathname} />
      <main id="content" tabIndex={-1}>{visit && <PageOutlet visit={visit} />}</main>
      <Footer />
    </>
  );
}
