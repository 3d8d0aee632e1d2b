import type { JSX } from 'preact';
import { emotionName, emotionStyle } from '../model/emotion-style.ts';
import { clockText, percentText } from '../model/text.ts';
import type { Lane } from '../session/lane.ts';
import type { Listening } from '../session/listening.ts';
import { Glyph } from '../shell/icons.tsx';
import { roleName } from './channels.ts';

/** How everything sounded, when it is over: shares and judgements, no words. */
export function SummaryCard({ listening }: { readonly listening: Listening }): JSX.Element {
  const done = listening.lanes.filter((lane) => lane.log.summary);
  return (
    <section class="card summary" aria-labelledby="summary-title">
      <h2 id="summary-title">Summary</h2>
      {done.length === 0 ? <p class="muted empty">Comes when the audio ends.</p> : null}
      {done.length === 0 ? null : (
        <div class="summary-channels">
          {done.map((lane) => (
            <Channels key={lane.place} lane={lane} hasPlaces={listening.lanes.length > 1} />
          ))}
        </div>
      )}
    </section>
  );
}

function Channels({ lane, hasPlaces }: { readonly lane: Lane; readonly hasPlaces: boolean }): JSX.Element {
  const { per_channel: channels } = lane.log.summary!;
  return (
    <>
      {channels.map((channel) => {
        const shares = Object.entries(channel.share).sort(([, a], [, b]) => b - a);
        return (
          <div key={channel.channel}>
            <h3>
              {roleName(channel.role, channel.channel)}
              {hasPlaces ? ` · ${lane.placeName}` : ''}
            </h3>
            <p>
              <span class="emotion">
                <Glyph label={channel.label} />
                <b>{emotionName(channel.label)}</b>
              </span>{' '}
              {percentText(channel.confidence)}, {channel.sentiment.label}
            </p>
            <p class="muted">
              {clockText(channel.speech_s)} of speech in {channel.segments}{' '}
              {channel.segments === 1 ? 'segment' : 'segments'}, {clockText(channel.audio_s)} of audio
            </p>
            <div class="stacked" aria-hidden="true">
              {shares.map(([label, share]) => (
                <span
                  key={label}
                  style={{ flexGrow: share, background: `var(${emotionStyle(label).colour})` }}
                />
              ))}
            </div>
            <ul class="shares">
              {shares.map(([label, share]) => (
                <li key={label}>
                  <Glyph label={label} />
                  {label} {percentText(share)}
                </li>
              ))}
            </ul>
          </div>
        );
      })}
    </>
  );
}
