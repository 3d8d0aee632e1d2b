/** One page about one run or several, side by side: how good, how it behaves, how it was made. */
import { type PageSection, renderPage } from '../html/page.ts';
import { counted, intervalWarning, percent } from '../numbers.ts';
import { range } from '../tables.ts';
import { confidenceSection, rocSection, speechSection, timeSection } from './behaviour-sections.ts';
import type { ReportedRun } from './reported-run.ts';
import { configurationSection, curveSection } from './run-sections.ts';
import {
  classSection,
  conditionSection,
  evaluatedRuns,
  groupSection,
  summarySection,
} from './score-sections.ts';

/** Self-contained HTML. Sections of which no run knows anything are left out. */
export function runReport(runs: readonly ReportedRun[]): string {
  const evaluated = evaluatedRuns(runs);
  const sections: (PageSection | null)[] = [
    summarySection(runs),
    classSection(evaluated),
    conditionSection(evaluated),
    timeSection(evaluated),
    rocSection(evaluated),
    confidenceSection(evaluated),
    speechSection(evaluated),
    groupSection(evaluated),
    curveSection(runs),
    configurationSection(runs),
  ];
  const title = runs.length === 1 ? `Training report: ${runs[0]!.name}` : 'Training report';
  return renderPage({
    title,
    summary: runs.map(sentence).join(' '),
    sections: sections.filter((section) => section !== null),
  });
}

function sentence({ name, evaluation, model }: ReportedRun): string {
  if (evaluation) {
    const { wideband, speakers } = evaluation;
    const warning = intervalWarning(speakers);
    const by = speakers === undefined ? '' : ` by ${counted(speakers, 'speaker')}`;
    return `${name}: UAR ${percent(wideband.uar)} ${range(wideband.interval)} on ${counted(wideband.clips, 'clip')}${by}.${warning === null ? '' : ` ${warning}`}`;
  }
  const uar = model?.metrics.uar;
  return typeof uar === 'number'
    ? `${name}: UAR ${percent(uar)}, by its manifest.`
    : `${name}: not evaluated.`;
}
