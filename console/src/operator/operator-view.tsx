import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { useChanges } from '../shell/use-changes.ts';
import { OpenCall } from './calls/open-call.tsx';
import { PastCalls } from './calls/past-calls.tsx';
import { LoadCard } from './load-card.tsx';
import { MoodCard } from './mood-card.tsx';
import { followOperatorEvents } from './operator-feed.ts';
import { OperatorState } from './operator-state.ts';
import { SignIn } from './sign-in.tsx';
import { StreamsTable } from './streams-table.tsx';
import { Totals } from './totals.tsx';

type Access = 'following' | 'refused';

/** The streams that run on the server: counts, trends, loads. No audio, no words, no names. */
export function OperatorView({ isShown }: { readonly isShown: boolean }): JSX.Element {
  const [secret, setSecret] = useState('');
  const [access, setAccess] = useState<Access>('following');
  const [problem, setProblem] = useState('');
  /** Session of the call that is looked at. */
  const [opened, setOpened] = useState<string | null>(null);
  const { changed } = useChanges();
  // What another key saw is forgotten.
  const state = useMemo(() => new OperatorState(), [secret]);

  useEffect(() => {
    // A page that nobody looks at asks the server for nothing.
    if (!isShown || access === 'refused') return undefined;
    const abort = new AbortController();
    const alive = (): void => {
      setProblem('');
      changed();
    };
    void followOperatorEvents({
      base: document.baseURI,
      secret,
      signal: abort.signal,
      handlers: {
        onOverview: (overview) => {
          state.overview(overview);
          alive();
        },
        onChange: (change) => {
          state.change(change);
          alive();
        },
        onLost: (reason, retryMs) =>
          setProblem(`The connection is lost and is tried again in ${retryMs / 1000} s. ${reason}`),
        onRefused: (reason) => {
          setAccess('refused');
          setProblem(reason);
        },
      },
    });
    return () => abort.abort();
  }, [isShown, access, secret, state, changed]);

  if (access === 'refused') {
    return (
      <SignIn
        reason={problem}
        onSecret={(entered) => {
          setSecret(entered);
          setProblem('');
          setAccess('following');
        }}
      />
    );
  }
  const { totals } = state;
  return (
    <>
      <div class="operator-head">
        <h1>Running streams</h1>
        <p class="muted">Counts and trends only. No audio, no words, nobody's identity.</p>
      </div>
      <p class="state" role="status">
        {problem === '' ? null : (
          <>
            <span class="dot reconnecting" />
            {problem}
          </>
        )}
      </p>
      {totals === null ? (
        <p class="card muted empty">Waiting for the server.</p>
      ) : (
        <div class="operator-grid">
          <Totals totals={totals} />
          <LoadCard history={state.history} capacity={totals.capacity} />
          <MoodCard streams={state.streams} />
          {opened === null ? null : (
            <OpenCall
              key={opened}
              session={opened}
              secret={secret}
              state={state}
              onClose={() => setOpened(null)}
            />
          )}
          <StreamsTable streams={state.streams} onOpen={setOpened} />
          <PastCalls secret={secret} onOpen={setOpened} />
        </div>
      )}
    </>
  );
}
