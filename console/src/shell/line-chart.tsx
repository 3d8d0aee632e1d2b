/** A line chart with uPlot, in the colours of the page. It is decoration: a sentence or table beside it says the same. */
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { paletteColour } from './palette.ts';
import { onThemeChange } from './theme.ts';

export interface ChartSeries {
  readonly name: string;
  /** Custom property of the style sheet. */
  readonly colour: string;
  readonly isDashed: boolean;
  /** As steps, for counts. */
  readonly isStepped: boolean;
}

export interface LineChartProps {
  readonly label: string;
  readonly series: readonly ChartSeries[];
  /** Ascending x, then one list of values a series. */
  readonly data: readonly (readonly (number | null)[])[];
  readonly height: number;
  readonly xText: (value: number) => string;
  readonly yText: (value: number) => string;
}

export function LineChart(props: LineChartProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const shape = props.series.map(({ name }) => name).join();
  useEffect(() => {
    const element = box.current!;
    const make = (): void => {
      chart.current?.destroy();
      chart.current = new uPlot(
        options(latest.current, element.clientWidth),
        latest.current.data as uPlot.AlignedData,
        element,
      );
    };
    make();
    const resized = new ResizeObserver(() => {
      chart.current?.setSize({ width: element.clientWidth, height: latest.current.height });
    });
    resized.observe(element);
    const offTheme = onThemeChange(make);
    return () => {
      offTheme();
      resized.disconnect();
      chart.current?.destroy();
      chart.current = null;
    };
  }, [shape]);
  useEffect(() => {
    chart.current?.setData(props.data as uPlot.AlignedData);
  }, [props.data]);
  return <div class="chart" ref={box} role="img" aria-label={props.label} />;
}

function options({ series, height, xText, yText }: LineChartProps, width: number): uPlot.Options {
  const axis = {
    stroke: paletteColour('--muted'),
    grid: { stroke: paletteColour('--line'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
  };
  return {
    width,
    height,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 18, 0, 0],
    scales: { x: { time: false }, y: { range: (_, __, max) => [0, Math.max(1, max * 1.15)] } },
    axes: [
      { ...axis, grid: { show: false }, size: 24, values: (_, values) => values.map(xText) },
      { ...axis, size: 52, values: (_, values) => values.map(yText) },
    ],
    series: [
      {},
      ...series.map(({ name, colour, isDashed, isStepped }) => ({
        label: name,
        stroke: paletteColour(colour),
        width: 1.75,
        points: { show: false },
        spanGaps: true,
        ...(isDashed ? { dash: [5, 4] } : {}),
        ...(isStepped ? { paths: uPlot.paths.stepped!({ align: 1 }) } : {}),
      })),
    ],
  };
}
