/** The sections of a report that say how a model behaves: over time, with its confidence, and where nobody speaks. */
import { columns, figure, htmlTable, type PageSection, paragraph } from '../html/page.ts';
import { percent } from '../numbers.ts';
import { range } from '../tables.ts';
import { linePlot, type Series } from './run-plots.ts';
import type { Evaluated } from './score-sections.ts';

export function timeSection(runs: readonly Evaluated[]): PageSection | null {
  const parts = [
    horizonPart('seconds heard', runs, ({ evaluation }) => evaluation.bySecondsHeard ?? []),
    horizonPart('seconds of speech heard', runs, ({ evaluation }) => evaluation.bySecondsOfSpeech ?? []),
  ].filter((part) => part !== '');
  if (parts.length === 0) return null;
  return {
    heading: 'How soon',
    html:
      columns(...parts) +
      paragraph('Everything from the start of the clip to that moment is judged; shorter clips count whole.'),
  };
}

type Horizon = {
  readonly seconds: number;
  readonly uar: number;
  readonly interval: { low: number; high: number };
};

function horizonPart(
  what: string,
  runs: readonly Evaluated[],
  horizonsOf: (run: Evaluated) => readonly Horizon[],
): string {
  const measured = runs.map((run) => ({ ...run, horizons: horizonsOf(run) }));
  const shown = measured.filter(({ horizons }) => horizons.length > 0);
  if (shown.length === 0) return '';
  const seconds = [...new Set(shown.flatMap(({ horizons }) => horizons.map((each) => each.seconds)))].sort();
  const plot = linePlot({
    label: `UAR by ${what}`,
    x: { name: what, min: 0 },
    y: { name: 'UAR' },
    symbols: true,
    series: shown.map(({ name, colour, horizons }) => ({
      name,
      colour,
      points: horizons.map((each) => [each.seconds, 100 * each.uar] as const),
    })),
  });
  const table = htmlTable({
    title: `UAR by ${what}`,
    header: ['seconds', ...shown.map(({ name }) => name)],
    rows: seconds.map((at) => [
      String(at),
      ...shown.map(({ horizons }) => {
        const horizon = horizons.find((each) => each.seconds === at);
        return horizon ? `${percent(horizon.uar)} ${range(horizon.interval)}` : '-';
      }),
    ]),
  });
  return figure(plot, `UAR after so many ${what}.`) + table;
}

export function rocSection(runs: readonly Evaluated[]): PageSection | null {
  const measured = runs.filter(({ evaluation }) => evaluation.roc?.length);
  if (measured.length === 0) return null;
  const plots = measured.map(({ name, evaluation }) =>
    figure(
      linePlot({
        label: `ROC of ${name}`,
        x: { name: 'others taken for the class', min: 0, max: 100 },
        y: { name: 'class found', min: 0, max: 100 },
        diagonal: true,
        width: 460,
        height: 420,
        series: evaluation.roc!.map(({ label, points }, colour) => ({
          name: label,
          colour,
          points: points.map(([x, y]) => [100 * x, 100 * y] as const),
        })),
      }),
      `${name}: each class against the rest, in points.`,
    ),
  );
  const labels = [...new Set(measured.flatMap(({ evaluation }) => evaluation.labels))];
  const table = htmlTable({
    title: 'Area under the curve',
    header: ['class', ...measured.map(({ name }) => name)],
    rows: [
      ...labels.map((label) => [
        label,
        ...measured.map(({ evaluation }) =>
          percent(evaluation.roc!.find((curve) => curve.label === label)?.auc),
        ),
      ]),
      ['mean', ...measured.map(({ evaluation }) => percent(evaluation.macroAuc))],
    ],
  });
  return { heading: 'Receiver operating characteristic', html: columns(...plots, table) };
}

export function confidenceSection(runs: readonly Evaluated[]): PageSection | null {
  const reliability: Series[] = runs.flatMap(({ name, colour, evaluation }) => {
    const bins = evaluation.calibration?.crossFittedBins ?? evaluation.calibration?.bins;
    if (!bins) return [];
    const points = bins
      .filter(({ clips }) => clips > 0)
      .map(({ confidence, accuracy }) => [100 * confidence, 100 * accuracy] as const);
    return [{ name, colour, points }];
  });
  const risk: Series[] = runs.flatMap(({ name, colour, evaluation }) => {
    const points = evaluation.riskCoverage?.points.map((at) => [100 * at.coverage, 100 * at.risk] as const);
    return points ? [{ name, colour, points }] : [];
  });
  const measured = runs.filter(({ evaluation }) => evaluation.calibration);
  if (measured.length === 0) return null;
  const plots = [
    ...(reliability.length > 0 ? [figure(reliabilityPlot(reliability), reliabilityCaption)] : []),
    ...(risk.length > 0 ? [figure(riskPlot(risk), riskCaption)] : []),
  ];
  return {
    heading: 'Confidence',
    html: (plots.length > 0 ? columns(...plots) : '') + confidenceTable(measured),
  };
}

const reliabilityCaption =
  'Reliability: of the answers given with a confidence, the share that is right, the temperature taken from other speakers. ' +
  'On the dotted line the confidence is the truth.';
const riskCaption =
  'Risk and coverage: the share of wrong answers when only the most confident ones are given. It falls to the left if ' +
  'abstention rises where errors do.';

function reliabilityPlot(series: readonly Series[]): string {
  return linePlot({
    label: 'Reliability diagram',
    x: { name: 'confidence', min: 0, max: 100 },
    y: { name: 'right', min: 0, max: 100 },
    series,
    diagonal: true,
    symbols: true,
    height: 400,
  });
}

function riskPlot(series: readonly Series[]): string {
  return linePlot({
    label: 'Risk by coverage',
    x: { name: 'clips answered', min: 0, max: 100 },
    y: { name: 'wrong answers', min: 0 },
    series,
    height: 400,
  });
}

function confidenceTable(runs: readonly Evaluated[]): string {
  const row = (name: string, value: (run: Evaluated) => number | undefined): string[] => [
    name,
    ...runs.map((run) => percent(value(run))),
  ];
  return htmlTable({
    title: 'Confidence and abstention, in points',
    header: ['', ...runs.map(({ name }) => name)],
    rows: [
      row('expected calibration error', ({ evaluation }) => evaluation.calibration!.error),
      row(
        'the same, temperature from other speakers',
        ({ evaluation }) => evaluation.calibration!.crossFittedError,
      ),
      row('Brier score (0 to 200)', ({ evaluation }) => evaluation.calibration!.brier),
      row('wrong on average over all coverages', ({ evaluation }) => evaluation.riskCoverage?.area),
      row('clips without a label', ({ evaluation }) => evaluation.abstention?.share),
      row('wrong, of those with a label', ({ evaluation }) => evaluation.abstention?.riskAnswered),
      row('would be wrong, of those without', ({ evaluation }) => evaluation.abstention?.riskAbstained),
    ],
  });
}

export function speechSection(runs: readonly Evaluated[]): PageSection | null {
  const parts: string[] = [];
  const sounds = runs.filter(({ evaluation }) => evaluation.nonSpeech?.length);
  if (sounds.length > 0) {
    const kinds = [
      ...new Set(sounds.flatMap(({ evaluation }) => evaluation.nonSpeech!.map(({ kind }) => kind))),
    ];
    parts.push(
      htmlTable({
        title: 'Sounds that are not speech: streams given a label / time taken for speech',
        header: ['sound', ...sounds.map(({ name }) => name)],
        rows: kinds.map((kind) => [
          kind,
          ...sounds.map(({ evaluation }) => {
            const score = evaluation.nonSpeech!.find((each) => each.kind === kind);
            return score ? `${percent(score.labelled)} / ${percent(score.speech)}` : '-';
          }),
        ]),
      }),
    );
  }
  const detection = runs.filter(({ evaluation }) => evaluation.speechAuc);
  if (detection.length > 0) {
    const against = [
      ...new Set(
        detection.flatMap(({ evaluation }) => [
          ...Object.keys(evaluation.speechAuc!).map((name) => `energy, ${name}`),
          ...(evaluation.speechReference ?? []).map(({ detector }) => detector),
        ]),
      ),
    ];
    parts.push(
      htmlTable({
        title: 'Speech detection by step, area under the curve',
        header: ['against', ...detection.map(({ name }) => name)],
        rows: against.map((name) => [
          name,
          ...detection.map(({ evaluation }) =>
            percent(
              evaluation.speechAuc![name.replace('energy, ', '')] ??
                evaluation.speechReference?.find(({ detector }) => detector === name)?.auc,
            ),
          ),
        ]),
      }),
    );
  }
  return parts.length > 0 ? { heading: 'Speech and what is none', html: columns(...parts) } : null;
}
