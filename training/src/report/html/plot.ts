/**
 * Plots as SVG text, drawn by Apache ECharts without a browser. Colours become CSS properties with the light value as
 * fallback, so that one drawing fits light and dark pages and still stands alone.
 */
import { createHash } from 'node:crypto';
import { type EChartsOption, init } from 'echarts';
import { escapeHtml } from './escape-html.ts';
import { seriesColours, themeColours } from './page-style.ts';

export interface PlotSize {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

export type PlotOption = EChartsOption;

const { ink, faint, line, paper } = themeColours;
const axis = {
  axisLine: { lineStyle: { color: faint.light } },
  axisTick: { lineStyle: { color: faint.light } },
  axisLabel: { color: faint.light },
  nameTextStyle: { color: faint.light },
  splitLine: { lineStyle: { color: line.light } },
  splitArea: { show: false },
};

const theme = {
  color: seriesColours.map(({ light }) => light),
  backgroundColor: 'transparent',
  textStyle: { fontFamily: 'system-ui, Liberation Sans, sans-serif', color: ink.light },
  title: { textStyle: { color: ink.light, fontSize: 14, fontWeight: 600 } },
  legend: { textStyle: { color: ink.light } },
  label: { color: ink.light },
  categoryAxis: { ...axis, splitLine: { ...axis.splitLine, show: false } },
  valueAxis: axis,
  logAxis: axis,
  timeAxis: axis,
  visualMap: { textStyle: { color: faint.light } },
};

/**
 * Draws an ECharts option. Nothing moves: animation is off. Leave colours out, or take them from `seriesColours` and
 * `themeColours` (their `light` value), so that dark pages can change them.
 * @param label what a reader who cannot see the plot is told; put the numbers into the caption or a table
 */
export function plotSvg(option: PlotOption, { width, height }: PlotSize, label = 'Plot'): string {
  const chart = init(null, theme, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({ animation: false, ...option });
    return themed(chart.renderToSVGString(), label);
  } finally {
    chart.dispose();
  }
}

function themed(svg: string, label: string): string {
  // What a pointer would change is left out: a report does not move.
  let out = svg
    .replaceAll(/<style\b[^>]*>[\s\S]*?<\/style>\s*/g, '')
    .replaceAll(/ (?:ecmeta_\w+|class|pointer-events)="[^"]*"/g, '');
  for (const { name, light } of [ink, faint, line, paper, ...seriesColours]) {
    out = out.replaceAll(new RegExp(`${light}(?![0-9a-f])`, 'gi'), `var(${name},${light})`);
  }
  // Symbols on lines are filled with white.
  out = out.replaceAll('fill="#fff"', `fill="var(${paper.name},${paper.light})"`);
  return withOwnNames(out).replace('<svg ', `<svg role="img" aria-label="${escapeHtml(label)}" `);
}

/**
 * Clip paths are named by counters of this process: the same plot must be the same text, and two plots on one page must
 * not share names.
 */
function withOwnNames(svg: string): string {
  const numbers = new Map<string, number>();
  const numbered = svg.replaceAll(/\bzr\d+-[\w-]+/g, (name) => {
    if (!numbers.has(name)) numbers.set(name, numbers.size);
    return `zr-${numbers.get(name)}`;
  });
  const hash = createHash('sha256').update(numbered).digest('hex').slice(0, 8);
  return numbered.replaceAll(/\bzr-(\d+)/g, `p${hash}-$1`);
}
