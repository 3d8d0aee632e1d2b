import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { LoggedMessage } from '../model/message-log.ts';
import { placeNames } from '../model/place.ts';
import type { Listening } from '../session/listening.ts';
import { Icon } from '../shell/icons.tsx';
import { MessageList } from './message-list.tsx';

const types = [
  'Begin',
  'SpeechStarted',
  'SpeechEnded',
  'Emotion',
  'Trend',
  'Alert',
  'Gap',
  'Warning',
  'Configured',
  'Checkpoint',
  'Error',
  'Summary',
];

/** The messages of the protocol as they came, for developers. */
export function ProtocolPanel({ listening }: { readonly listening: Listening }): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  const { count } = listening.messages;
  return (
    <details class="card protocol" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <h2>Protocol messages</h2>
        <span class="muted">{count}</span>
      </summary>
      {isOpen ? <Messages listening={listening} /> : null}
    </details>
  );
}

function Messages({ listening }: { readonly listening: Listening }): JSX.Element {
  const [type, setType] = useState('');
  const [text, setText] = useState('');
  const [selected, setSelected] = useState<LoggedMessage | null>(null);
  const { messages: log, lanes } = listening;
  const count = log.count;
  const messages = useMemo(() => log.filtered({ type, text }), [log, count, type, text]);
  return (
    <>
      <div class="filters">
        <label>
          <span class="hidden">Type</span>
          <select value={type} onChange={(event) => setType(event.currentTarget.value)}>
            <option value="">All types</option>
            {types.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label class="grow">
          <span class="hidden">Text</span>
          <input
            type="search"
            placeholder="Filter by text"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <CopyButton
          name="Copy all"
          text={() => messages.map((message) => message.text).join('\n')}
          isDisabled={messages.length === 0}
        />
      </div>
      <div class="messages">
        <MessageList
          messages={messages}
          selected={selected}
          onSelect={setSelected}
          placeName={(place) => (lanes.length > 1 ? placeNames[place] : '')}
        />
        {selected === null ? null : (
          <div class="message">
            <CopyButton name="Copy" text={() => selected.text} isDisabled={false} />
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls has to be reached with the keyboard */}
            <pre tabIndex={0}>{JSON.stringify(JSON.parse(selected.text), null, 2)}</pre>
          </div>
        )}
      </div>
    </>
  );
}

interface CopyButtonProps {
  readonly name: string;
  readonly text: () => string;
  readonly isDisabled: boolean;
}

function CopyButton({ name, text, isDisabled }: CopyButtonProps): JSX.Element {
  const [state, setState] = useState('');
  const copy = (): void => {
    // Not there on pages that are neither local nor secure.
    const written = navigator.clipboard?.writeText(text()) ?? Promise.reject(new Error('no clipboard'));
    written.then(
      () => setState('Copied'),
      () => setState('Not allowed'),
    );
    setTimeout(() => setState(''), 2000);
  };
  return (
    <button type="button" class="quiet" disabled={isDisabled} onClick={copy}>
      <Icon name="copy" />
      <span aria-live="polite">{state || name}</span>
    </button>
  );
}
