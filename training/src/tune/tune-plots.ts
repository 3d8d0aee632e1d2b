/** Plots of a study. */

import { seriesColours, themeColours } from '../report/html/page-style.ts';
import { type PlotOption, plotSvg } from '../report/html/plot.ts';
import type { Importance } from './importance.ts';
import { choiceIndex, type Parameter } from './search-space.ts';
import type { Trial } from './trial.ts';
import { valueText } from './tune-tables.ts';

const wide = { width: 960, height: 380 };
const narrow = { width: 460, height: 300 };
const dot = 9;
const [trialColour, bestColour] = [seriesColours[0]!.light, seriesColours[1]!.light];
const faint = themeColours.faint.light;

const scored = (trials: readonly Trial[]): Trial[] =>
  trials.filter(({ state, value }) => (state === 'done' || state === 'pruned') && value !== null);
const points = (value: number): number => Number((100 * value).toFixed(2));

export function historyPlot(trials: readonly Trial[]): string {
  const ended = scored(trials);
  const front: [number, number][] = [];
  for (const { number, value, state } of ended) {
    if (state !== 'done') continue;
    front.push([number, Math.max(points(value!), front.at(-1)?.[1] ?? 0)]);
  }
  return plotSvg(
    {
      grid: { left: 60, right: 20, top: 40, bottom: 50 },
      legend: { top: 0, itemGap: 28 },
      xAxis: {
        type: 'value',
        name: 'trial',
        nameLocation: 'middle',
        nameGap: 28,
        minInterval: 1,
        max: 'dataMax',
      },
      yAxis: { type: 'value', name: 'UAR, %', scale: true },
      series: [
        scatter('whole', ended, 'done', (t) => t.number),
        scatter('ended early', ended, 'pruned', (t) => t.number),
        {
          name: 'best so far',
          type: 'line',
          step: 'end',
          showSymbol: false,
          data: front,
          itemStyle: { color: bestColour },
        },
      ],
    },
    wide,
    'Score of every trial, and the best so far',
  );
}

export function importancePlot(importances: readonly Importance[]): string {
  const rising = [...importances].reverse();
  return plotSvg(
    {
      grid: { left: 150, right: 60, top: 10, bottom: 30 },
      xAxis: { type: 'value', min: 0, axisLabel: { formatter: '{value} %' } },
      yAxis: { type: 'category', data: rising.map(({ name }) => name) },
      series: [
        {
          type: 'bar',
          barMaxWidth: 22,
          data: rising.map(({ share }) => Number((100 * share).toFixed(1))),
          label: { show: true, position: 'right', formatter: '{c} %' },
        },
      ],
    },
    { width: 720, height: 60 + 34 * importances.length },
    'Importance of each parameter',
  );
}

export function slicePlot(parameter: Parameter, trials: readonly Trial[]): string {
  const ended = scored(trials);
  const at = (trial: Trial): number | string => positionOf(parameter, trial);
  return plotSvg(
    {
      grid: { left: 55, right: 20, top: 20, bottom: 50 },
      xAxis: { ...axisOf(parameter), nameLocation: 'middle', nameGap: 28 } as PlotOption['xAxis'],
      yAxis: { type: 'value', name: 'UAR, %', scale: true },
      series: [scatter('whole', ended, 'done', at), scatter('ended early', ended, 'pruned', at)],
    } as PlotOption,
    narrow,
    `Score against ${parameter.name}`,
  );
}

export function parallelPlot(parameters: readonly Parameter[], trials: readonly Trial[]): string {
  const whole = trials.filter(({ state }) => state === 'done').sort((a, b) => a.value! - b.value!);
  const good = whole.slice(-Math.max(1, Math.ceil(whole.length / 5)));
  const line = (trial: Trial): (number | string)[] => [
    ...parameters.map((parameter) => positionOf(parameter, trial)),
    points(trial.value!),
  ];
  const series = (name: string, some: readonly Trial[], color: string, width: number, opacity: number) => ({
    name,
    type: 'parallel' as const,
    data: some.map(line),
    itemStyle: { color },
    lineStyle: { color, width, opacity },
  });
  return plotSvg(
    {
      legend: { top: 0, itemGap: 28, data: ['best fifth', 'others'] },
      parallel: { left: 60, right: 70, top: 70, bottom: 30 },
      parallelAxis: [
        ...parameters.map((parameter, dim) => ({ dim, ...axisOf(parameter) })),
        { dim: parameters.length, name: 'UAR, %', type: 'value' as const, scale: true },
      ] as PlotOption['parallelAxis'] & object,
      series: [
        series('others', whole.slice(0, whole.length - good.length), faint, 1, 0.45),
        series('best fifth', good, bestColour, 2.5, 0.95),
      ],
    },
    wide,
    'Trials as lines through their values',
  );
}

function scatter(
  name: string,
  trials: readonly Trial[],
  state: Trial['state'],
  at: (trial: Trial) => number | string,
) {
  const hollow = state === 'pruned';
  return {
    name,
    type: 'scatter' as const,
    symbolSize: dot,
    symbol: hollow ? 'emptyCircle' : 'circle',
    data: trials.filter((trial) => trial.state === state).map((trial) => [at(trial), points(trial.value!)]),
    itemStyle: { color: hollow ? faint : trialColour },
  };
}

function axisOf(parameter: Parameter): Record<string, unknown> {
  const { name } = parameter;
  if (parameter.kind === 'choice') return { name, type: 'category', data: parameter.values.map(valueText) };
  const { low, high, scale } = parameter;
  return {
    name,
    type: scale === 'log' ? 'log' : 'value',
    min: low,
    max: high,
    axisLabel: { hideOverlap: true },
  };
}

/** Where a trial stands on the axis of a parameter. */
function positionOf(parameter: Parameter, { point }: Trial): number | string {
  const value = point[parameter.name];
  return parameter.kind === 'choice'
    ? valueText(parameter.values[choiceIndex(parameter, value)])
    : (value as number);
}
