/** An HTML page that shows how features are distributed within each class. */
import { figure, htmlTable, paragraph, renderPage } from '../report/html/page.ts';
import { plotSvg } from '../report/html/plot.ts';
import { fixed } from '../report/numbers.ts';

export interface Distribution {
  readonly feature: string;
  /** Share of the variance that lies between the classes. */
  readonly separation: number;
  /** Values of each class, in the order of the labels. */
  readonly values: readonly (readonly number[])[];
}

export interface DistributionPage {
  readonly title: string;
  readonly summary: string;
  readonly labels: readonly string[];
  /** What one value stands for: a clip, a frame. */
  readonly unit: string;
  readonly distributions: readonly Distribution[];
  /** All features with their separation, the strongest first. */
  readonly ranking: readonly (readonly [feature: string, separation: number])[];
}

/** Shares of the values under the ends of whiskers and boxes, and under the middle. */
const boxShares = [0.05, 0.25, 0.5, 0.75, 0.95] as const;
const shownInRanking = 30;

export function distributionPage(page: DistributionPage): string {
  const { title, summary, labels, unit, distributions, ranking } = page;
  return renderPage({
    title,
    summary,
    sections: [
      {
        heading: 'Distributions by class',
        html: [
          paragraph(
            `Boxes hold the middle half of the values, a line the median; whiskers end at 5 and 95 %. One value is one ${unit}.`,
          ),
          ...distributions.map((distribution) => boxFigure(distribution, labels)),
        ].join('\n'),
      },
      {
        heading: 'Which features tell the classes apart',
        html: htmlTable({
          title: 'Share of the variance between classes (eta squared), the strongest first',
          header: ['feature', 'share'],
          rows: ranking.slice(0, shownInRanking).map(([name, share]) => [name, percent(share)]),
        }),
      },
    ],
  });
}

/** Quantiles of one class; null without values. */
export function boxOf(values: readonly number[]): number[] | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return boxShares.map((share) => {
    const position = share * (sorted.length - 1);
    const below = sorted[Math.floor(position)]!;
    const above = sorted[Math.ceil(position)]!;
    return below + (position - Math.floor(position)) * (above - below);
  });
}

function boxFigure({ feature, separation, values }: Distribution, labels: readonly string[]): string {
  const boxes = values.map((each) => boxOf(each));
  const medians = labels.map((label, i) => `${label} ${boxes[i] ? format(boxes[i][2]!) : '-'}`);
  const svg = plotSvg(
    {
      title: { text: feature },
      grid: { left: 70, right: 20, top: 40, bottom: 30 },
      xAxis: { type: 'category', data: [...labels] },
      yAxis: { type: 'value', scale: true },
      series: [{ type: 'boxplot', data: boxes.map((box) => box ?? []) }],
    },
    { width: 640, height: 300 },
    `${feature} by class`,
  );
  return figure(
    svg,
    `${feature}: medians ${medians.join(', ')}; ${percent(separation)} of the variance lies between classes.`,
  );
}

function percent(share: number): string {
  return `${fixed(100 * share, 1)} %`;
}

function format(value: number): string {
  return String(Number(value.toPrecision(4)));
}
