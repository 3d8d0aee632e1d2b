import {
  type CallTimeline,
  clockText,
  signedText,
  speakerName,
  timelineCsv,
  timelineJson,
  timelineSvg,
  timelineWords,
} from '@undertone/client-sdk/calls';
import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { emotionName } from '../../model/emotion-style.ts';
import { Glyph, Icon } from '../../shell/icons.tsx';
import { saveFile } from '../../shell/save-file.ts';
import { onThemeChange, shownTheme } from '../../shell/theme.ts';

export interface CallCardProps {
  readonly call: CallTimeline;
  /** Where it comes from. */
  readonly note: string;
  readonly onClose: () => void;
}

/** Rows that are shown; files have all. */
const shownRows = 500;

/** One call: its timeline as a picture, the same as a table, and both as files. */
export function CallCard({ call, note, onClose }: CallCardProps): JSX.Element {
  const theme = useTheme();
  const words = timelineWords(call);
  // As an image nothing in it can act, whoever wrote the events.
  const picture = useMemo(
    () => `data:image/svg+xml;charset=utf-8,${encodeURIComponent(timelineSvg(call, { theme }))}`,
    [call, theme],
  );
  const name = call.session.replace(/[^\w-]/g, '_').slice(0, 80);
  return (
    <section class="card call" aria-labelledby="call-title">
      <div class="head">
        <h2 id="call-title">Call {call.session.slice(-6)}</h2>
        <div class="buttons">
          <FileButton
            name={`${name}.svg`}
            type="image/svg+xml"
            content={() => timelineSvg(call)}
            text="SVG"
          />
          <FileButton name={`${name}.csv`} type="text/csv" content={() => timelineCsv(call)} text="CSV" />
          <FileButton
            name={`${name}.json`}
            type="application/json"
            content={() => timelineJson(call)}
            text="JSON"
          />
          <button type="button" class="quiet" onClick={onClose}>
            Close
          </button>
        </div>
      </div>
      <p class="muted small">{note}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls has to be reached with the keyboard */}
      <section class="scroll picture" tabIndex={0} aria-label="Timeline">
        <img src={picture} alt={`${words.title}. ${words.description}`} />
      </section>
      <details>
        <summary>As a table</summary>
        <Happenings call={call} />
      </details>
    </section>
  );
}

interface FileButtonProps {
  readonly name: string;
  readonly type: string;
  readonly content: () => string;
  readonly text: string;
}

function FileButton({ name, type, content, text }: FileButtonProps): JSX.Element {
  return (
    <button type="button" class="quiet" onClick={() => saveFile(name, type, content())}>
      <Icon name="download" />
      {text}
    </button>
  );
}

function Happenings({ call }: { readonly call: CallTimeline }): JSX.Element {
  const segments = call.channels.flatMap((channel) =>
    channel.segments.map((segment) => ({ who: speakerName(channel), segment })),
  );
  const shown = segments.sort((a, b) => a.segment.start - b.segment.start).slice(-shownRows);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls has to be reached with the keyboard
    <section class="scroll" tabIndex={0} aria-label="Table of the call">
      <table>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Who</th>
            <th scope="col">Sounds</th>
            <th scope="col">Valence</th>
            <th scope="col">Arousal</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ who, segment }) => (
            <tr key={`${segment.channel} ${segment.segment}`}>
              <td class="time">
                {clockText(segment.start)} – {clockText(segment.end)}
              </td>
              <td>{who}</td>
              <td>
                <span class="emotion">
                  <Glyph label={segment.label} />
                  {emotionName(segment.label)}
                </span>
              </td>
              <td class="number">{signedText(segment.valence)}</td>
              <td class="number">{signedText(segment.arousal)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function useTheme(): 'light' | 'dark' {
  const [theme, setTheme] = useState(shownTheme);
  useEffect(() => onThemeChange(() => setTheme(shownTheme())), []);
  return theme;
}
