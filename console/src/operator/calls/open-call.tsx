import type { CallTimeline } from '@undertone/client-sdk/calls';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { OperatorState } from '../operator-state.ts';
import { CallCard } from './call-card.tsx';
import { followKeptCall, NothingKept } from './kept-calls.ts';

export interface OpenCallProps {
  readonly session: string;
  readonly secret: string;
  readonly state: OperatorState;
  readonly onClose: () => void;
}

const keptNote = 'As the server keeps it. Agents are not shown.';
const seenNote =
  'As this page has seen it since it was opened: curves are means over half a minute. Agents are not shown.';

/** A call of the server: what it keeps of it, or what this page has seen. */
export function OpenCall({ session, secret, state, onClose }: OpenCallProps): JSX.Element {
  const [kept, setKept] = useState<CallTimeline | null>(null);
  const [problem, setProblem] = useState('');
  useEffect(() => {
    const abort = new AbortController();
    const { signal } = abort;
    const follow = async (): Promise<void> => {
      try {
        await followKeptCall(session, { base: document.baseURI, secret, signal }, (timeline, isEmpty) => {
          if (!signal.aborted && !isEmpty) setKept(timeline);
        });
      } catch (cause) {
        if (signal.aborted || cause instanceof NothingKept) return;
        setProblem(cause instanceof Error ? cause.message : String(cause));
      }
    };
    void follow();
    return () => abort.abort();
  }, [session, secret]);
  const call = kept ?? state.seen(session)?.timeline() ?? null;
  const note = `${kept ? keptNote : seenNote}${problem === '' ? '' : ` ${problem}`}`;
  if (call) return <CallCard call={call} note={note} onClose={onClose} />;
  return <p class="card muted empty">{problem === '' ? 'Waiting for the call.' : problem}</p>;
}
