import type { JSX } from 'preact';
import { emotionName } from '../model/emotion-style.ts';
import type { Segment } from '../model/stream-log.ts';
import { percentText } from '../model/text.ts';
import type { Listening } from '../session/listening.ts';
import { Glyph } from '../shell/icons.tsx';
import { abstainTexts } from './abstain-texts.ts';
import { channelsOf, roleName } from './channels.ts';

/** The newest result of every channel, with the score of every class; of several places side by side. */
export function NowCard({ listening }: { readonly listening: Listening }): JSX.Element {
  const channels = channelsOf(listening).filter(({ isAnalysed }) => isAnalysed);
  const { lanes } = listening;
  return (
    <section class="card now" aria-labelledby="now-title">
      <h2 id="now-title">Newest result</h2>
      {channels.length === 0 ? <p class="muted empty">No result yet.</p> : null}
      {channels.map(({ channel, role }) => {
        const results = lanes.map((lane) => ({
          title: lanes.length > 1 ? lane.placeName : '',
          segment: lane.log.latest(channel),
        }));
        return (
          <div key={channel} class="now-channel">
            {channels.length > 1 || lanes.length > 1 ? <h3>{roleName(role, channel)}</h3> : null}
            <div class="heads">
              {results.map(({ title, segment }) => (
                <Head key={title} title={title} segment={segment} />
              ))}
            </div>
            <Scores segments={results.map(({ segment }) => segment)} />
          </div>
        );
      })}
    </section>
  );
}

function Head({ title, segment }: { readonly title: string; readonly segment: Segment | null }): JSX.Element {
  return (
    <div>
      {title === '' ? null : <p class="muted small">{title}</p>}
      {segment === null ? (
        <p class="muted">Nothing said yet.</p>
      ) : (
        <>
          <p class="big">
            <Glyph label={segment.label} />
            {emotionName(segment.label)}
          </p>
          <p class="muted small">
            {percentText(segment.confidence)} {segment.abstain ? `(${abstainTexts[segment.abstain]}) ` : ''}·{' '}
            {segment.sentiment}
            {segment.isFinal ? '' : ' · so far'}
          </p>
        </>
      )}
    </div>
  );
}

/** A row a class, a bar a place. */
function Scores({ segments }: { readonly segments: readonly (Segment | null)[] }): JSX.Element | null {
  const labels = Object.keys(segments.find((segment) => segment)?.scores ?? {});
  if (labels.length === 0) return null;
  return (
    <ul class={segments.length > 1 ? 'bars double' : 'bars'}>
      {labels.map((label) => (
        <li key={label}>
          <Glyph label={label} />
          <span class="name">{label}</span>
          {segments.map((segment, index) => {
            const score = segment?.scores[label];
            return (
              <span key={index} class="bar">
                <span class="track">
                  <span class="fill" style={{ width: `${(score ?? 0) * 100}%` }} />
                </span>
                <span class="value">{score === undefined ? '–' : percentText(score)}</span>
              </span>
            );
          })}
        </li>
      ))}
    </ul>
  );
}
