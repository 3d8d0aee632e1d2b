/** Gives a client the checkpoints of its stream, and takes what a stream brings along in one. */
import type { EmotionMessage, HeardAudio } from '@undertone/proto';
import type { RecogniserCheckpoint } from '../inference/recogniser-handle.ts';
import type { Outbox } from './outbox.ts';
import type { SessionOptions } from './session-options.ts';
import type { StreamAccount } from './stream-account.ts';
import type { StreamAlerts } from './stream-alerts.ts';
import type { StreamControl } from './stream-control.ts';
import type { UnacknowledgedFinals } from './unacknowledged-finals.ts';

/** Of a stream that has heard nothing yet. */
export const atBeginning: RecogniserCheckpoint = {
  snapshot: new Uint8Array(),
  acceptedSamples: 0,
  ordinals: [],
};

export interface StreamState {
  readonly outbox: Outbox;
  readonly control: StreamControl;
  readonly heard: HeardAudio;
  readonly finals: UnacknowledgedFinals;
  readonly account: StreamAccount;
  readonly alerts: StreamAlerts;
}

/** What is in effect now is so at the checkpoint: changes wait until all before them has been recognised. */
export function giveCheckpoint(
  { id, seal, principalId, services }: SessionOptions,
  { outbox, control, heard, finals, account, alerts }: StreamState,
  { snapshot, acceptedSamples, ordinals }: RecogniserCheckpoint,
): void {
  const { config, isPaused } = control;
  const checkpoint = seal.seal({
    sessionId: id,
    principal: principalId,
    config,
    sample: acceptedSamples,
    audioSeconds: acceptedSamples / config.sample_rate,
    droppedSeconds: account.droppedSeconds,
    isPaused,
    unheardFrom: heard.unheardFrom,
    ...alerts.carried,
    finals: finals.all,
    ordinals,
    snapshot,
  });
  const time = Math.round((acceptedSamples * 1000) / config.sample_rate) / 1000;
  outbox.send({ type: 'Checkpoint', time, sample: acceptedSamples, checkpoint });
  services.metrics.checkpoints.inc();
}

/** Where the recogniser goes on; null where it begins. */
export function carriedState({ restored }: SessionOptions): RecogniserCheckpoint | null {
  if (!restored || restored.content.snapshot.length === 0) return null;
  const { snapshot, sample, ordinals } = restored.content;
  return { snapshot, acceptedSamples: sample, ordinals };
}

/** Finals of before that the client has not said it has. */
export function carriedFinals({ restored, config }: SessionOptions): EmotionMessage[] {
  if (!restored || !config.ack) return [];
  const { content, ordinals } = restored;
  return content.finals.filter((final) => final.ordinal >= (ordinals[final.channel] ?? 0));
}
