import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ListenView } from '../listen/listen-view.tsx';
import { OperatorView } from '../operator/operator-view.tsx';
import { Mark } from './icons.tsx';
import { ThemeSwitch } from './theme-switch.tsx';

const views = [
  { id: 'listen', name: 'Listen' },
  { id: 'operators', name: 'Operators' },
] as const;

type ViewId = (typeof views)[number]['id'];

function viewOfAddress(): ViewId {
  return location.hash === '#operators' ? 'operators' : 'listen';
}

export function App(): JSX.Element {
  const [view, setView] = useState<ViewId>(viewOfAddress);
  useEffect(() => {
    const changed = (): void => setView(viewOfAddress());
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  useEffect(() => {
    document.title = `${views.find(({ id }) => id === view)!.name} · Undertone`;
  }, [view]);
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('content')?.focus()}>
        Skip to content
      </button>
      <header class="top">
        <div class="brand">
          <Mark />
          Undertone
        </div>
        <nav aria-label="Views">
          {views.map(({ id, name }) => (
            <a key={id} href={`#${id}`} aria-current={view === id ? 'page' : undefined}>
              {name}
            </a>
          ))}
        </nav>
        <ThemeSwitch />
      </header>
      {/* A view that is not shown keeps its stream, so that nothing is lost by looking elsewhere. */}
      <main id="content" tabIndex={-1}>
        <div hidden={view !== 'listen'}>
          <ListenView isShown={view === 'listen'} />
        </div>
        <div hidden={view !== 'operators'}>
          <OperatorView isShown={view === 'operators'} />
        </div>
      </main>
    </>
  );
}
