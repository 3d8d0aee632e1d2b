import type { JSX } from 'preact';
import { emotionName } from '../model/emotion-style.ts';
import type { Segment } from '../model/stream-log.ts';
import { clockText, percentText, signedText } from '../model/text.ts';
import type { Lane } from '../session/lane.ts';
import type { Listening } from '../session/listening.ts';
import { Glyph } from '../shell/icons.tsx';
import { abstainTexts } from './abstain-texts.ts';
import { roleName } from './channels.ts';
import { ExportButtons } from './export-buttons.tsx';

/** Rows that are shown; files have all. */
const shownRows = 200;

interface Row {
  readonly lane: Lane;
  readonly segment: Segment;
}

export function SegmentsTable({ listening }: { readonly listening: Listening }): JSX.Element {
  const { lanes } = listening;
  const rows = rowsOf(lanes);
  const hasPlaces = lanes.length > 1;
  return (
    <section class="card segments" aria-labelledby="segments-title">
      <div class="head">
        <h2 id="segments-title">Segments</h2>
        <ExportButtons listening={listening} />
      </div>
      {rows.length === 0 ? (
        <p class="muted empty">A segment is what someone says until they pause.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls has to be reached with the keyboard
        <section class="scroll" tabIndex={0} aria-label="Table of segments">
          <table>
            <thead>
              <tr>
                <th scope="col">Time</th>
                <th scope="col">Who</th>
                <th scope="col">Sounds</th>
                <th scope="col">Confidence</th>
                <th scope="col" class="wide">
                  Sentiment
                </th>
                <th scope="col" class="wide">
                  Arousal, valence
                </th>
              </tr>
            </thead>
            <tbody>
              {rows
                .slice(-shownRows)
                .reverse()
                .map((row) => (
                  <SegmentRow key={rowKey(row)} row={row} hasPlaces={hasPlaces} />
                ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  );
}

function SegmentRow({ row, hasPlaces }: { readonly row: Row; readonly hasPlaces: boolean }): JSX.Element {
  const { lane, segment } = row;
  const { abstain, dimensions } = segment;
  return (
    <tr class={segment.isFinal ? '' : 'open'}>
      <td class="time">
        {clockText(segment.startSeconds)}
        <span class="muted"> – {segment.isFinal ? clockText(segment.endSeconds) : 'now'}</span>
      </td>
      <td class="who">
        {roleName(segment.role, segment.channel)}
        {hasPlaces ? <span class="muted"> {lane.placeName}</span> : null}
      </td>
      <td>
        <span class="emotion">
          <Glyph label={segment.label} />
          {emotionName(segment.label)}
          {abstain ? <span class="muted"> {abstainTexts[abstain]}</span> : null}
        </span>
      </td>
      <td>
        <span class="meter">
          <span class="track">
            <span class="fill" style={{ width: `${segment.confidence * 100}%` }} />
          </span>
          {percentText(segment.confidence)}
        </span>
      </td>
      <td class="wide">{segment.sentiment}</td>
      <td class="wide number">
        {dimensions ? `${signedText(dimensions.arousal)}, ${signedText(dimensions.valence)}` : '–'}
      </td>
    </tr>
  );
}

function rowsOf(lanes: readonly Lane[]): readonly Row[] {
  const rows = lanes.flatMap((lane) =>
    lane.log.segments.slice(-shownRows).map((segment) => ({ lane, segment })),
  );
  return rows.sort((a, b) => a.segment.startSeconds - b.segment.startSeconds);
}

function rowKey({ lane, segment }: Row): string {
  return `${lane.place} ${segment.channel} ${segment.segment}`;
}
