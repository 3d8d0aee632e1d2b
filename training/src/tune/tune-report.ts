/** A study as one HTML page: history, importance, slices, and the best configuration to copy. */
import { escapeHtml } from '../report/html/escape-html.ts';
import { columns, figure, htmlTable, type PageSection, paragraph, renderPage } from '../report/html/page.ts';
import type { Table } from '../report/tables.ts';
import type { StudySummary } from './study-summary.ts';
import { historyPlot, importancePlot, parallelPlot, slicePlot } from './tune-plots.ts';
import { trialsTable } from './tune-tables.ts';

export function tuneReport(summary: StudySummary): string {
  const { best, trials, parameters, importances, method } = summary;
  const sections: PageSection[] = [
    {
      heading: 'History',
      html: figure(
        historyPlot(trials),
        'Score of every trial in the order of their start, and the best so far. Trials that were ended early are drawn hollow, at their last score.',
      ),
    },
  ];
  sections.push({
    heading: 'What matters',
    html:
      importances.length > 0
        ? figure(
            importancePlot(importances),
            'Share of the variance of the score over the whole space that each parameter explains by itself; combinations explain the rest.',
          )
        : paragraph('Too few whole trials to say.'),
  });
  sections.push({
    heading: 'Where the good trials lie',
    html:
      (parameters.length > 1
        ? figure(
            parallelPlot(parameters, trials),
            'Every whole trial as a line through its values; the best fifth stands out.',
          )
        : '') +
      columns(
        ...parameters.map((parameter) =>
          figure(slicePlot(parameter, trials), `Score against ${parameter.name}.`),
        ),
      ),
  });
  sections.push({
    heading: 'Best configuration',
    html: best
      ? [
          paragraph(`Trial ${best.number}, kept as best.yaml: undertone-train train --config best.yaml`),
          `<pre>${escapeHtml(summary.bestYaml!)}</pre>`,
        ].join('\n')
      : paragraph('No trial has ended.'),
  });
  const table: Table = trialsTable(parameters, trials);
  sections.push({
    heading: 'All trials',
    html: htmlTable(table, { textColumns: [table.header.indexOf('how')] }),
  });
  return renderPage({
    title: `Search: ${method}`,
    summary: summary.sentence,
    sections,
  });
}
