import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { millisecondsText, shortClockText } from '../model/text.ts';
import type { Listening } from '../session/listening.ts';
import { LineChart } from '../shell/line-chart.tsx';

/** How long interim results take, of each place. */
export function LatencyCard({ listening }: { readonly listening: Listening }): JSX.Element {
  const { lanes } = listening;
  const count = lanes.reduce((sum, lane) => sum + (lane.latency.points.at(-1)?.seconds ?? 0), 0);
  const data = useMemo(() => chartData(listening), [listening, count]);
  const series = lanes.map(({ place, placeName }) => ({
    name: placeName,
    colour: place === 'server' ? '--series-1' : '--series-2',
    isDashed: place === 'device',
    isStepped: false,
  }));
  return (
    <section class="card latency" aria-labelledby="latency-title">
      <h2 id="latency-title">Latency</h2>
      <p class="muted small">From the last sample of an interim result being sent to its arrival.</p>
      <dl class="figures">
        {lanes.map((lane) => {
          const figures = lane.latency.figures();
          return (
            <div key={lane.place}>
              <dt>
                <span class={`key ${lane.place}`} />
                {lane.placeName}
              </dt>
              <dd>
                {figures ? millisecondsText(figures.medianMs) : '–'}
                <small>{figures ? `95 % under ${millisecondsText(figures.p95Ms)}` : 'no result yet'}</small>
              </dd>
            </div>
          );
        })}
      </dl>
      {data[0]!.length > 1 ? (
        <LineChart
          label="Latency of interim results over time; the figures above sum it up."
          series={series}
          data={data}
          height={110}
          xText={shortClockText}
          yText={millisecondsText}
        />
      ) : null}
    </section>
  );
}

/** Results of both places on one axis of time. */
function chartData({ lanes }: Listening): readonly (readonly (number | null)[])[] {
  const times = [...new Set(lanes.flatMap((lane) => lane.latency.points.map((point) => point.seconds)))];
  times.sort((a, b) => a - b);
  return [
    times,
    ...lanes.map((lane) => {
      const byTime = new Map(lane.latency.points.map((point) => [point.seconds, point.latencyMs]));
      return times.map((seconds) => byTime.get(seconds) ?? null);
    }),
  ];
}
