/** A list of any length of which only what is in sight is in the page. */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { LoggedMessage } from '../model/message-log.ts';
import type { Place } from '../model/place.ts';

export interface MessageListProps {
  readonly messages: readonly LoggedMessage[];
  readonly selected: LoggedMessage | null;
  readonly onSelect: (message: LoggedMessage) => void;
  readonly placeName: (place: Place) => string;
}

const rowHeight = 28;
const shownHeight = 336;
/** Rows above and below what is in sight. */
const margin = 8;

export function MessageList({ messages, selected, onSelect, placeName }: MessageListProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const isFollowing = useRef(true);
  useEffect(() => {
    if (isFollowing.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [messages.length]);

  const isSelected = (message: LoggedMessage): boolean => message === selected;
  const first = Math.max(0, Math.floor(top / rowHeight) - margin);
  const end = Math.min(messages.length, Math.ceil((top + shownHeight) / rowHeight) + margin);
  const inSight = messages.slice(first, end);
  const move = (step: number): void => {
    const at = selected === null ? -1 : messages.indexOf(selected);
    const next = Math.min(messages.length - 1, Math.max(0, at + step));
    const message = messages[next];
    if (!message || !box.current) return;
    isFollowing.current = false;
    onSelect(message);
    const { scrollTop } = box.current;
    if (next * rowHeight < scrollTop) box.current.scrollTop = next * rowHeight;
    if ((next + 1) * rowHeight > scrollTop + shownHeight)
      box.current.scrollTop = (next + 1) * rowHeight - shownHeight;
  };
  return (
    <div
      ref={box}
      class="list"
      role="listbox"
      aria-label="Messages"
      tabIndex={0}
      aria-activedescendant={inSight.some(isSelected) ? `message-${selected?.index}` : undefined}
      style={{ height: `${shownHeight}px` }}
      onScroll={(event) => {
        const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
        isFollowing.current = scrollTop + clientHeight >= scrollHeight - rowHeight;
        setTop(scrollTop);
      }}
      onKeyDown={(event) => {
        const step = steps[event.key];
        if (step === undefined) return;
        event.preventDefault();
        move(step);
      }}
    >
      <div style={{ height: `${messages.length * rowHeight}px` }} role="presentation">
        {inSight.map((message, offset) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys belong to the list
          // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus
          <div
            key={message.index}
            id={`message-${message.index}`}
            class="row"
            role="option"
            aria-selected={isSelected(message)}
            aria-posinset={first + offset + 1}
            aria-setsize={messages.length}
            style={{ top: `${(first + offset) * rowHeight}px` }}
            onClick={() => onSelect(message)}
          >
            <span class="at">{(message.atMs / 1000).toFixed(2)}</span>
            {placeName(message.place) === '' ? null : <span class="place">{placeName(message.place)}</span>}
            <b>{message.type}</b>
            <span class="text">{message.text}</span>
          </div>
        ))}
      </div>
    </div>
  );
}

const steps: Readonly<Partial<Record<string, number>>> = {
  ArrowDown: 1,
  ArrowUp: -1,
  PageDown: 10,
  PageUp: -10,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};
