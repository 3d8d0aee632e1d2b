import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { emotionName } from '../model/emotion-style.ts';
import { percentText } from '../model/text.ts';
import type { Listening } from '../session/listening.ts';
import { ChannelStrip } from './channel-strip.tsx';
import { channelsOf, roleName } from './channels.ts';
import type { Zoom } from './timeline-view.ts';

const zooms: readonly { readonly zoom: Zoom; readonly name: string }[] = [
  { zoom: 'recent', name: 'Newest' },
  { zoom: 'all', name: 'All' },
];

export interface StageProps {
  readonly listening: Listening;
  readonly isShown: boolean;
}

/** Waveform and emotions of every channel over time. */
export function Stage({ listening, isShown }: StageProps): JSX.Element {
  const [zoom, setZoom] = useState<Zoom>('recent');
  const { envelope } = listening;
  return (
    <section class="card stage" aria-labelledby="stage-title">
      <div class="head">
        <h2 id="stage-title">Timeline</h2>
        <fieldset class="segmented small">
          <legend class="hidden">How much is shown</legend>
          {zooms.map((choice) => (
            <label key={choice.zoom}>
              <input
                type="radio"
                name="zoom"
                checked={zoom === choice.zoom}
                onChange={() => setZoom(choice.zoom)}
              />
              <span>{choice.name}</span>
            </label>
          ))}
        </fieldset>
      </div>
      {envelope === null ? (
        <p class="muted empty">{listening.failure === '' ? 'Waiting for audio.' : 'There is no audio.'}</p>
      ) : (
        channelsOf(listening).map(({ channel, role, isAnalysed }) => (
          <div key={channel} class="strip">
            <div class="strip-head">
              <h3>{roleName(role, channel)}</h3>
              <span class="muted">{isAnalysed ? nowText(listening, channel) : 'not analysed'}</span>
            </div>
            <ChannelStrip listening={listening} channel={channel} zoom={zoom} isShown={isShown} />
          </div>
        ))
      )}
    </section>
  );
}

function nowText(listening: Listening, channel: number): string {
  const lane = listening.lanes[0]!;
  const latest = lane.log.latest(channel);
  if (!latest) return lane.log.isSpeaking(channel) ? 'speaking' : 'nothing said yet';
  const result = `${emotionName(latest.label)} ${percentText(latest.confidence)}`;
  return lane.log.isSpeaking(channel) ? `speaking · ${result}` : result;
}
