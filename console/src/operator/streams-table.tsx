import type { JSX } from 'preact';
import { emotionName } from '../model/emotion-style.ts';
import { millisecondsText, percentText, shortClockText, signedText } from '../model/text.ts';
import { Glyph } from '../shell/icons.tsx';
import type { OperatorAlert, OperatorChannel, OperatorStream, OperatorTrend } from './overview.ts';

/** Rows that are shown: the newest. Counts and shares are of all. */
const shownStreams = 200;

export interface StreamsTableProps {
  readonly streams: readonly OperatorStream[];
  /** The call of this id is to be looked at. */
  readonly onOpen: (id: string) => void;
}

export function StreamsTable({ streams, onOpen }: StreamsTableProps): JSX.Element {
  const shown = streams.slice(-shownStreams).reverse();
  return (
    <section class="card streams" aria-labelledby="streams-title">
      <h2 id="streams-title">Streams</h2>
      {streams.length > shown.length ? (
        <p class="muted small">
          The newest {shown.length} of {streams.length}.
        </p>
      ) : null}
      {shown.length === 0 ? (
        <p class="muted empty">No stream runs.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls has to be reached with the keyboard
        <section class="scroll" tabIndex={0} aria-label="Table of streams">
          <table>
            <thead>
              <tr>
                <th scope="col">Stream</th>
                <th scope="col">Audio</th>
                <th scope="col">State</th>
                <th scope="col">Channel</th>
                <th scope="col">Sounds</th>
                <th scope="col">Valence</th>
                <th scope="col">Arousal</th>
                <th scope="col">Alerts</th>
                <th scope="col">Behind</th>
              </tr>
            </thead>
            <tbody>{shown.map((stream) => rows(stream, onOpen))}</tbody>
          </table>
        </section>
      )}
    </section>
  );
}

/** One row a channel that is analysed; what holds for the stream stands in the first. */
function rows(stream: OperatorStream, onOpen: StreamsTableProps['onOpen']): readonly JSX.Element[] {
  const channels = stream.channels.filter(({ isAnalysed }) => isAnalysed);
  return channels.map((channel, index) => (
    <tr key={`${stream.id} ${channel.channel}`} class={index === 0 ? '' : 'more'}>
      {index === 0 ? (
        <>
          <th scope="rowgroup" rowSpan={channels.length}>
            <button type="button" class="open" title={stream.id} onClick={() => onOpen(stream.id)}>
              <code>{stream.id.slice(-6)}</code>
              <span class="hidden">show the timeline</span>
            </button>
            <span class="muted"> {stream.door}</span>
          </th>
          <td rowSpan={channels.length} class="number">
            {shortClockText(stream.seconds)}
          </td>
          <td rowSpan={channels.length}>
            <span class={`dot ${stream.state}`} />
            {stream.state}
          </td>
        </>
      ) : null}
      <ChannelCells channel={channel} />
      {index === 0 ? (
        <td rowSpan={channels.length} class="number">
          {millisecondsText(stream.lagMs)}
        </td>
      ) : null}
    </tr>
  ));
}

function ChannelCells({ channel }: { readonly channel: OperatorChannel }): JSX.Element {
  const { role, result, trend, alerts } = channel;
  return (
    <>
      <td>{role}</td>
      <td>
        {result ? (
          <span class="emotion">
            <Glyph label={result.label} />
            {emotionName(result.label)}
            <span class="muted"> {percentText(result.confidence)}</span>
          </span>
        ) : (
          <span class="muted">{role === 'agent' ? 'not shown' : 'nothing yet'}</span>
        )}
      </td>
      <td class="number">{trend ? trendText(trend.valence) : '–'}</td>
      <td class="number">{trend ? trendText(trend.arousal) : '–'}</td>
      <td>{alerts.length === 0 ? <span class="muted">–</span> : alerts.map(alertChip)}</td>
    </>
  );
}

/** Rule, level and since when; the level in words too, for it is not to be told by colour alone. */
function alertChip({ rule, level, sinceSeconds }: OperatorAlert): JSX.Element {
  return (
    <span key={rule} class={`alert ${level}`} title={`since ${shortClockText(sinceSeconds)}`}>
      {rule.replaceAll('_', ' ')} <span class="muted">{level}</span>
    </span>
  );
}

/** Change a second below which a line is level. */
const levelSlope = 0.005;

function trendText({ mean, slope }: OperatorTrend['valence']): JSX.Element {
  const way = slope > levelSlope ? 'rising' : slope < -levelSlope ? 'falling' : 'level';
  const arrow = { rising: '↗', falling: '↘', level: '→' }[way];
  return (
    <>
      {signedText(mean)} <span aria-hidden="true">{arrow}</span>
      <span class="hidden">{way}</span>
    </>
  );
}
