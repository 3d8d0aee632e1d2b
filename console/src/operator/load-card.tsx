import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { shortClockText } from '../model/text.ts';
import { LineChart } from '../shell/line-chart.tsx';
import type { LoadPoint } from './operator-state.ts';

export interface LoadCardProps {
  readonly history: readonly LoadPoint[];
  readonly capacity: number;
}

const series = [{ name: 'Streams', colour: '--series-1', isDashed: false, isStepped: true }];

export function LoadCard({ history, capacity }: LoadCardProps): JSX.Element {
  const newest = history.at(-1);
  const data = useMemo(() => {
    const end = newest?.atSeconds ?? 0;
    return [history.map(({ atSeconds }) => atSeconds - end), history.map(({ streams }) => streams)];
  }, [newest]);
  return (
    <section class="card load" aria-labelledby="load-title">
      <h2 id="load-title">Streams over time</h2>
      <p class="muted small">Since this page was opened, at most half an hour.</p>
      {history.length > 1 ? (
        <LineChart
          label={`Running streams over time; now ${newest?.streams} of ${capacity}.`}
          series={series}
          data={data}
          height={150}
          xText={(seconds) => (seconds > -1 ? 'now' : `−${shortClockText(-seconds)}`)}
          yText={(value) => (Number.isInteger(value) ? String(value) : '')}
        />
      ) : (
        <p class="muted empty">Collecting.</p>
      )}
    </section>
  );
}
