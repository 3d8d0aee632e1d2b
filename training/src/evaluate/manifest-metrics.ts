/** The numbers of an evaluation that are kept in the manifest, as shares of 1. */
import type { Evaluation } from './evaluation-types.ts';

export function summary(evaluation: Evaluation): Record<string, unknown> {
  const { wideband, calibration, speechAuc, abstention, nonSpeech, byCondition } = evaluation;
  const uars = (groups: readonly { name: string; uar: number }[]): Record<string, number> =>
    Object.fromEntries(groups.map(({ name, uar }) => [name, round(uar)]));
  const byGain = byCondition.filter(({ name }) => name.startsWith('gain'));
  const sounds = nonSpeech.reduce((sum, each) => sum + each.sounds, 0);
  return {
    speakers: evaluation.speakers,
    clips: wideband.clips,
    uar: round(wideband.uar),
    uarInterval: [round(wideband.interval.low), round(wideband.interval.high)],
    accuracy: round(wideband.accuracy),
    f1: round(wideband.macro.f1),
    auc: round(evaluation.macroAuc),
    recall: Object.fromEntries(
      evaluation.labels.map((label, i) => [label, round(wideband.perClass[i]!.recall)]),
    ),
    uarByCondition: uars(byCondition),
    ...(byGain.length > 0 && {
      labelsChangedByGain: round(Math.max(...byGain.map(({ changed }) => changed))),
    }),
    uarBySecondsHeard: uars(evaluation.bySecondsHeard),
    uarBySecondsOfSpeech: uars(evaluation.bySecondsOfSpeech),
    uarBySex: uars(evaluation.bySex),
    calibrationError: round(calibration.crossFittedError),
    brier: round(calibration.brier),
    abstained: round(abstention.share),
    errorAnswered: round(abstention.riskAnswered),
    errorAbstained: round(abstention.riskAbstained),
    nonSpeechLabelled: round(nonSpeech.reduce((sum, each) => sum + each.sounds * each.labelled, 0) / sounds),
    speechAuc: round(Object.values(speechAuc)[0] ?? Number.NaN),
  };
}

const round = (value: number): number => Number(value.toFixed(4));
