/** The comparison as one HTML file: the table, what each costs against what it reaches, and classes side by side. */
import { columns, figure, htmlTable, paragraph, renderPage } from '../../report/html/page.ts';
import { plotSvg } from '../../report/html/plot.ts';
import { counted, intervalWarning, percent } from '../../report/numbers.ts';
import { type Budget, type Candidate, comparisonTable, describeBudget, verdict } from './comparison.ts';

export function compareReport(candidates: readonly Candidate[], budget: Budget): string {
  const first = candidates[0]!.evaluation;
  const who = `${counted(first.wideband.clips, 'clip')} by ${counted(first.speakers, 'speaker')} that no model was trained on`;
  const warning = intervalWarning(first.speakers);
  return renderPage({
    title: 'Families compared',
    summary: `${verdict(candidates, budget)} Measured on ${who}.${warning === null ? '' : ` ${warning}`}`,
    sections: [
      {
        heading: 'Table',
        html:
          htmlTable(comparisonTable(candidates, budget)) +
          paragraph(
            'UAR: unweighted average recall in points, with 95 % intervals by resampling speakers. CPU: milliseconds for a ' +
              'second of audio, everything from packets to results, eight streams at a time, and one stream alone. Answer: ' +
              `audio that a result waits for, and what it then computes. State: per stream. Budget: ${describeBudget(budget)}.`,
          ),
      },
      {
        heading: 'Accuracy against cost',
        html: figure(costPlot(candidates), 'UAR wideband with its interval against CPU per second of audio.'),
      },
      {
        heading: 'Classes',
        html: columns(figure(recallPlot(candidates), 'Recall of each class, wideband.')),
      },
    ],
  });
}

function costPlot(candidates: readonly Candidate[]): string {
  const points = candidates.map(({ name, cost, evaluation }) => ({
    name,
    x: Number(cost.cpuMsPerSecond.toFixed(3)),
    uar: Number(percent(evaluation.wideband.uar)),
    low: Number(percent(evaluation.wideband.interval.low)),
    high: Number(percent(evaluation.wideband.interval.high)),
  }));
  return plotSvg(
    {
      grid: { left: 60, right: 60, top: 40, bottom: 50 },
      xAxis: { type: 'log', name: 'CPU ms per s of audio', nameLocation: 'middle', nameGap: 30 },
      yAxis: { type: 'value', name: 'UAR', scale: true },
      series: [
        ...points.map(({ x, low, high }) => ({
          type: 'line' as const,
          data: [
            [x, low],
            [x, high],
          ],
          symbol: 'none',
          color: '#888888',
        })),
        {
          type: 'scatter',
          symbolSize: 12,
          z: 3,
          data: points.map(({ x, uar }) => [x, uar]),
          label: { show: true, position: 'right', formatter: ({ dataIndex }) => points[dataIndex]!.name },
        },
      ],
    },
    { width: 720, height: 380 },
    'UAR of each family against its CPU time',
  );
}

function recallPlot(candidates: readonly Candidate[]): string {
  const { labels } = candidates[0]!.evaluation;
  return plotSvg(
    {
      legend: { top: 0 },
      grid: { left: 50, right: 20, top: 40, bottom: 30 },
      xAxis: { type: 'category', data: [...labels] },
      yAxis: { type: 'value', min: 0, max: 100 },
      series: candidates.map(({ name, evaluation }) => ({
        type: 'bar' as const,
        name,
        data: evaluation.wideband.perClass.map(({ recall }) => Number(percent(recall))),
      })),
    },
    { width: 720, height: 340 },
    'Recall of each class by family',
  );
}
