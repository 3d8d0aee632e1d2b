import type { JSX } from 'preact';
import { emotionName } from '../model/emotion-style.ts';
import { placeNames } from '../model/place.ts';
import type { Segment } from '../model/stream-log.ts';
import { percentText } from '../model/text.ts';
import type { Lane } from '../session/lane.ts';
import type { Listening } from '../session/listening.ts';
import { Glyph } from '../shell/icons.tsx';
import { channelsOf, roleName } from './channels.ts';

/** The newest result of every channel and stream, with the score of every class. */
export function NowCard({ listening }: { readonly listening: Listening }): JSX.Element {
  const channels = channelsOf(listening).filter(({ isAnalysed }) => isAnalysed);
  const { lanes } = listening;
  return (
    <section class="card now" aria-labelledby="now-title">
      <h2 id="now-title">Newest result</h2>
      {channels.length === 0 ? <p class="muted empty">No result yet.</p> : null}
      {channels.map(({ channel, role }) => (
        <div key={channel} class="now-channel">
          {lanes.map((lane) => (
            <Result
              key={lane.place}
              title={title(
                channels.length > 1 ? roleName(role, channel) : '',
                lanes.length > 1 ? lane : null,
              )}
              segment={lane.log.latest(channel)}
            />
          ))}
        </div>
      ))}
    </section>
  );
}

function title(role: string, lane: Lane | null): string {
  return [role, lane ? placeNames[lane.place] : ''].filter((part) => part !== '').join(' · ');
}

function Result({
  title,
  segment,
}: {
  readonly title: string;
  readonly segment: Segment | null;
}): JSX.Element {
  const scores = Object.entries(segment?.scores ?? {});
  return (
    <div class="result">
      {title === '' ? null : <h3>{title}</h3>}
      {segment === null ? (
        <p class="muted">Nothing said yet.</p>
      ) : (
        <>
          <p class="big">
            <Glyph label={segment.label} />
            {emotionName(segment.label)}
            <span class="share">{percentText(segment.confidence)}</span>
          </p>
          <p class="muted">
            {segment.abstain ? `${abstainTexts[segment.abstain]} · ` : ''}
            {segment.sentiment} · {segment.isFinal ? 'final' : 'so far'}
          </p>
          <ul class="bars">
            {scores.map(([label, score]) => (
              <li key={label}>
                <Glyph label={label} />
                <span class="name">{label}</span>
                <span class="track">
                  <span class="fill" style={{ width: `${score * 100}%` }} />
                </span>
                <span class="value">{percentText(score)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

export const abstainTexts: Readonly<Record<'no_speech' | 'low_confidence', string>> = {
  no_speech: 'too little speech',
  low_confidence: 'not sure enough',
};
