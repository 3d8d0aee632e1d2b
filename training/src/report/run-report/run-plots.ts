/** Plots of runs side by side. A run has the same colour in all of them. */

import { seriesColours, themeColours } from '../html/page-style.ts';
import { type PlotOption, plotSvg } from '../html/plot.ts';

export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Position of its colour. */
  readonly colour: number;
  readonly dashed?: boolean;
}

export interface Axis {
  readonly name: string;
  readonly min?: number;
  readonly max?: number;
}

/** A value with its interval for each run, by row. */
export interface DotRow {
  readonly name: string;
  /** One for each run; null where a run has none. */
  readonly values: readonly ({
    readonly value: number;
    readonly low: number;
    readonly high: number;
  } | null)[];
}

/** A run as plots name and colour it. */
export interface Coloured {
  readonly name: string;
  /** Position of its colour. */
  readonly colour: number;
}

export const colourOf = (index: number): string => seriesColours[index % seriesColours.length]!.light;

const nameGap = 28;
/** Widths of text are estimates where there is no browser; the gap keeps names apart that came out wider. */
const legend = { top: 4, itemGap: 26, itemHeight: 8 };
const grid = { left: 58, right: 18, top: 40, bottom: 46 };

function axisOption(axis: Axis): object {
  return {
    type: 'value',
    name: axis.name,
    nameLocation: 'middle',
    nameGap,
    ...(axis.min !== undefined && { min: axis.min }),
    ...(axis.max !== undefined && { max: axis.max }),
    ...(axis.min === undefined && { scale: true }),
  };
}

export interface LinePlot {
  readonly label: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  /** Draws the line on which both axes are equal. */
  readonly diagonal?: boolean;
  readonly symbols?: boolean;
  readonly width?: number;
  readonly height?: number;
}

export function linePlot({
  label,
  x,
  y,
  series,
  diagonal = false,
  symbols = false,
  width = 520,
  height = 340,
}: LinePlot): string {
  const lines = series.map(({ name, points, colour, dashed }) => ({
    name,
    type: 'line' as const,
    data: points.map((point) => [...point]),
    showSymbol: symbols,
    symbolSize: 6,
    lineStyle: { width: 2, ...(dashed && { type: 'dashed' as const }) },
    color: colourOf(colour),
  }));
  const equal = {
    type: 'line' as const,
    data: [
      [0, 0],
      [x.max ?? 1, y.max ?? 1],
    ],
    showSymbol: false,
    silent: true,
    lineStyle: { width: 1, type: 'dotted' as const },
    color: themeColours.faint.light,
  };
  const option: PlotOption = {
    grid,
    legend: { ...legend, itemWidth: 30, data: series.map(({ name }) => name) },
    xAxis: axisOption(x),
    yAxis: { ...axisOption(y), nameGap: 38 },
    series: [...(diagonal ? [equal] : []), ...lines],
  };
  return plotSvg(option, { width, height }, label);
}

/** Rows of dots with intervals, a colour for each run. */
export function dotPlot(label: string, x: Axis, rows: readonly DotRow[], runs: readonly Coloured[]): string {
  const gap = 11;
  const rowHeight = Math.max(30, 16 + gap * runs.length);
  const height = grid.top + grid.bottom + rowHeight * rows.length;
  const left = 24 + 7 * Math.max(...rows.map(({ name }) => name.length));
  const series = runs.map(({ name, colour }, run) => ({
    name,
    type: 'custom' as const,
    color: colourOf(colour),
    data: rows.flatMap(({ values }, row) => {
      const value = values[run];
      return value && Number.isFinite(value.value) ? [[value.value, row, value.low, value.high]] : [];
    }),
    encode: { x: [0, 2, 3], y: 1 },
    renderItem: (_: unknown, api: { coord: (p: number[]) => number[]; value: (i: number) => unknown }) => {
      const at = (i: number): number => Number(api.value(i));
      const offset = gap * (run - (runs.length - 1) / 2);
      const [cx = 0, y = 0] = api.coord([at(0), at(1)]);
      const cy = y + offset;
      const [from = cx] = api.coord([Number.isFinite(at(2)) ? at(2) : at(0), at(1)]);
      const [to = cx] = api.coord([Number.isFinite(at(3)) ? at(3) : at(0), at(1)]);
      return {
        type: 'group',
        children: [
          {
            type: 'line',
            shape: { x1: from, y1: cy, x2: to, y2: cy },
            style: { stroke: colourOf(colour), lineWidth: 2 },
          },
          { type: 'circle', shape: { cx, cy, r: 4.5 }, style: { fill: colourOf(colour) } },
        ],
      };
    },
  }));
  const option = {
    grid: { ...grid, left },
    legend: { ...legend, itemWidth: 12, icon: 'circle', show: runs.length > 1 },
    xAxis: axisOption(x),
    yAxis: {
      type: 'category',
      inverse: true,
      data: rows.map(({ name }) => name),
      axisTick: { show: false },
      splitLine: { show: true },
    },
    series,
  } as PlotOption;
  return plotSvg(option, { width: 640, height }, label);
}

/** Groups of bars, a colour for each run. @param values by run, then by category */
export function barPlot(
  label: string,
  categories: readonly string[],
  y: Axis,
  runs: readonly Coloured[],
  values: readonly (readonly number[])[],
): string {
  const option: PlotOption = {
    grid,
    legend: { ...legend, itemWidth: 12, show: runs.length > 1 },
    xAxis: { type: 'category', data: [...categories], axisTick: { show: false } },
    yAxis: { ...axisOption(y), nameGap: 38 },
    series: runs.map(({ name, colour }, run) => ({
      name,
      type: 'bar' as const,
      data: values[run]!.map((value) => (Number.isFinite(value) ? value : '-')),
      color: colourOf(colour),
      barMaxWidth: 34,
    })),
  };
  return plotSvg(option, { width: 640, height: 320 }, label);
}
