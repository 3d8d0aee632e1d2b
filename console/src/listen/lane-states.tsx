import type { JSX } from 'preact';
import { clockText } from '../model/text.ts';
import type { Lane, LaneState } from '../session/lane.ts';
import type { Listening } from '../session/listening.ts';

const stateNames: Readonly<Record<LaneState, string>> = {
  opening: 'opening',
  open: 'listening',
  reconnecting: 'reconnecting',
  ended: 'done',
  failed: 'failed',
};

/** How the streams are doing: connection, falling back, what was lost. Changes are read out. */
export function LaneStates({ listening }: { readonly listening: Listening }): JSX.Element {
  const { failure, state, lanes, source, envelope } = listening;
  return (
    <div class="states" aria-live="polite">
      <p class="state">
        <strong>{source.name}</strong>
        {state === 'preparing' ? (
          <span class="muted">opening</span>
        ) : (
          <time aria-live="off">{clockText(envelope?.seconds ?? 0)}</time>
        )}
      </p>
      {failure === '' ? (
        lanes.map((lane) => <State key={lane.place} lane={lane} />)
      ) : (
        <p class="state" role="alert">
          <span class="dot failed" />
          {failure}
        </p>
      )}
      {lanes
        .flatMap((lane) => notices(lane))
        .map((text) => (
          <p key={text} class="state notice">
            {text}
          </p>
        ))}
    </div>
  );
}

function State({ lane }: { readonly lane: Lane }): JSX.Element {
  const { model } = lane.log.begin ?? {};
  return (
    <p class="state">
      <span class={`dot ${lane.hasFallenBack && lane.state === 'open' ? 'fallen' : lane.state}`} />
      <span>{lane.placeName}</span>
      <span class="muted">
        {stateNames[lane.state]}
        {model ? ` · ${model.name} ${model.version}` : ''}
      </span>
      {lane.detail === '' ? null : <span class="detail">{lane.detail}</span>}
    </p>
  );
}

/** What did not end the stream, the newest of each kind. */
function notices(lane: Lane): readonly string[] {
  const name = lane.placeName;
  const { gaps } = lane.log;
  const lost = gaps.reduce((sum, gap) => sum + gap.seconds, 0);
  const byCode = new Map(lane.log.notices.map(({ code, message }) => [code, message]));
  return [
    ...[...byCode].map(([code, message]) => `${name}: ${message} (${code})`),
    ...(gaps.length > 0
      ? [
          `${name}: ${lost.toFixed(1)} s were not heard, in ${gaps.length} ${gaps.length === 1 ? 'gap' : 'gaps'}.`,
        ]
      : []),
  ];
}
