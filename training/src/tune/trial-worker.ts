/** The process of one trial: takes a plan, sends steps and the score, ends. */
import { UndertoneError } from '@undertone/core';
import { scoreTrial } from './score-trial.ts';
import type { TrialMessage, TrialPlan } from './trial-messages.ts';

const send = (message: TrialMessage): Promise<void> =>
  new Promise((resolve) => {
    process.send!(message, undefined, undefined, () => resolve());
  });

// Ctrl-C reaches the whole group; the study decides what becomes of its trials.
process.on('SIGINT', () => {});
// Nobody waits for the score of a study that died.
process.on('disconnect', () => process.exit());

process.once('message', async (plan: TrialPlan) => {
  try {
    const { value, parts } = await scoreTrial(plan, (step) => void send({ kind: 'step', ...step }));
    await send({ kind: 'done', value, parts });
  } catch (error) {
    const message =
      error instanceof UndertoneError ? error.message : ((error as Error).stack ?? String(error));
    await send({ kind: 'failed', message });
  }
  process.exit();
});
