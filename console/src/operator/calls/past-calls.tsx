import { type CallTimeline, clockText } from '@undertone/client-sdk/calls';
import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { Icon } from '../../shell/icons.tsx';
import { CallCard } from './call-card.tsx';
import { type CallFile, readCallFile } from './call-file.ts';
import { type KeptCall, listKeptCalls } from './kept-calls.ts';

export interface PastCallsProps {
  readonly secret: string;
  readonly onOpen: (session: string) => void;
}

const shownCalls = 100;

/** Calls that were: those that the server keeps, and those of a file. */
export function PastCalls({ secret, onOpen }: PastCallsProps): JSX.Element {
  const picker = useRef<HTMLInputElement>(null);
  const [calls, setCalls] = useState<readonly KeptCall[] | null>(null);
  const [file, setFile] = useState<CallFile | null>(null);
  const [opened, setOpened] = useState<CallTimeline | null>(null);
  const [problem, setProblem] = useState('');
  const [isOver, setOver] = useState(false);

  const attempt = async (work: () => Promise<void>): Promise<void> => {
    setProblem('');
    try {
      await work();
    } catch (cause) {
      setProblem(cause instanceof Error ? cause.message : String(cause));
    }
  };
  const look = (): Promise<void> =>
    attempt(async () =>
      setCalls(await listKeptCalls({ base: document.baseURI, secret, signal: AbortSignal.timeout(20_000) })),
    );
  const take = (dropped: File): Promise<void> =>
    attempt(async () => {
      const read = await readCallFile(dropped);
      setFile(read);
      setOpened(read.calls.length === 1 ? read.calls[0]! : null);
    });

  return (
    <>
      <section
        class={isOver ? 'card past drop over' : 'card past'}
        aria-labelledby="past-title"
        onDragOver={(event) => {
          if (!event.dataTransfer?.types.includes('Files')) return;
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          const dropped = event.dataTransfer?.files[0];
          if (dropped) void take(dropped);
        }}
      >
        <div class="head">
          <h2 id="past-title">Calls that were</h2>
          <div class="buttons">
            <button type="button" onClick={() => void look()}>
              Of the last day
            </button>
            <button type="button" onClick={() => picker.current?.click()}>
              <Icon name="file" />
              Open recorded events
            </button>
            <input
              ref={picker}
              class="hidden"
              type="file"
              accept=".jsonl,.json,.ndjson,.1,.2"
              tabIndex={-1}
              aria-label="File of events"
              onChange={(event) => {
                const chosen = event.currentTarget.files?.[0];
                event.currentTarget.value = '';
                if (chosen) void take(chosen);
              }}
            />
          </div>
        </div>
        <p class="muted small">
          A file of events (JSON lines of a sink, or of undertone analyze --json) may be dropped here as well.
          It does not leave this page.
        </p>
        <p class="state" role="status">
          {problem}
        </p>
        {calls ? <KeptList calls={calls} onOpen={onOpen} /> : null}
        {file ? <FileList file={file} onOpen={setOpened} /> : null}
      </section>
      {opened ? (
        <CallCard
          call={opened}
          note={`From ${file?.name ?? 'a file'}. Agents are not shown.`}
          onClose={() => setOpened(null)}
        />
      ) : null}
    </>
  );
}

function KeptList({
  calls,
  onOpen,
}: {
  readonly calls: readonly KeptCall[];
  readonly onOpen: (session: string) => void;
}): JSX.Element {
  if (calls.length === 0) return <p class="muted empty">The server keeps no call of the last day.</p>;
  return (
    <ul class="calls" aria-label="Calls of the server">
      {calls.slice(0, shownCalls).map(({ session, startedAtMs }) => (
        <li key={session}>
          <button type="button" class="quiet" onClick={() => onOpen(session)}>
            <code>{session.slice(-6)}</code>
            {startedAtMs === null ? '' : new Date(startedAtMs).toLocaleString()}
          </button>
        </li>
      ))}
      {calls.length > shownCalls ? <li class="muted small">and {calls.length - shownCalls} before</li> : null}
    </ul>
  );
}

function FileList({
  file,
  onOpen,
}: {
  readonly file: CallFile;
  readonly onOpen: (call: CallTimeline) => void;
}): JSX.Element {
  const { name, calls, malformed, moreCalls } = file;
  const notes = [
    `${calls.length}${moreCalls ? ' and more' : ''} ${calls.length === 1 ? 'call' : 'calls'} in ${name}`,
    ...(malformed > 0 ? [`${malformed} lines are no events`] : []),
  ];
  return (
    <>
      <p class="muted small">{notes.join(', ')}</p>
      <ul class="calls" aria-label="Calls of the file">
        {calls.slice(0, shownCalls).map((call) => (
          <li key={call.session}>
            <button type="button" class="quiet" onClick={() => onOpen(call)}>
              <code>{call.session.slice(-6)}</code>
              {clockText(call.seconds)}
              {call.alerts.length > 0 ? <span class="alert warn">{call.alerts.length} alerts</span> : null}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
