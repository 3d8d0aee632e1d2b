/** The parts of a stream that is heard, and how one hands on to the next. */
import { bytesPerSample, type UndertoneError } from '@undertone/core';
import { analysedChannels, HeardAudio } from '@undertone/proto';
import type { RecogniserHandle } from '../inference/recogniser-handle.ts';
import { ArrivalClock } from './arrival-clock.ts';
import { carriedFinals, carriedState, giveCheckpoint, type StreamState } from './checkpoint-giver.ts';
import { Intake } from './intake.ts';
import { Outbox } from './outbox.ts';
import { ReadingGate } from './reading-gate.ts';
import { pauseSamples, recognitionSettings } from './recognition-settings.ts';
import type { SessionOptions } from './session-options.ts';
import { openShadowed } from './shadowed-recogniser.ts';
import { StreamAccount } from './stream-account.ts';
import { StreamAlerts } from './stream-alerts.ts';
import { StreamControl } from './stream-control.ts';
import { StreamLimits } from './stream-limits.ts';
import { StreamWatch } from './stream-watch.ts';
import { UnacknowledgedFinals } from './unacknowledged-finals.ts';

export interface StreamParts extends StreamState {
  readonly recogniser: RecogniserHandle;
  readonly arrivals: ArrivalClock;
  readonly gate: ReadingGate;
  readonly intake: Intake;
  readonly limits: StreamLimits;
  readonly watch: StreamWatch;
  /** Of audio as it is received. */
  readonly bytesPerSecond: number;
}

export interface StreamHooks {
  readonly isClosed: () => boolean;
  /** Audio could not be decoded; it and what waited has been dropped. */
  readonly onBadAudio: (error: UndertoneError) => void;
  /** The stream cannot go on. */
  readonly onFatal: (error: UndertoneError) => void;
  /** Something was thrown that nobody expects. */
  readonly onDefect: (cause: unknown) => void;
}

export function createStreamParts(options: SessionOptions, hooks: StreamHooks): StreamParts {
  const { id, config, model, services, transport, restored, trace, view } = options;
  const carried = restored?.content;
  const bytesPerSecond = bytesPerSample[config.encoding] * config.channels * config.sample_rate;
  const limits = new StreamLimits(services, options.loadRatio, carried?.audioSeconds ?? 0);
  const account = new StreamAccount(services, transport.name, config, carried?.droppedSeconds ?? 0);
  const arrivals = new ArrivalClock(pauseSamples(model, config.endpointing_ms), limits.openedAtMs);
  const finals = new UnacknowledgedFinals(services.config.maxUnacknowledged, carriedFinals(options));
  const gate = new ReadingGate(transport);
  const outbox = new Outbox(id, config, services, transport, {
    traceId: trace.traceId,
    ...(restored ? { firstOrdinals: restored.ordinals } : {}),
    pendingMs: () => recogniser.pendingMs,
    neededAtMs: (event) => arrivals.neededAtMs(event),
    onFinal: (final) => {
      if (config.ack) finals.add(final, services.now());
    },
    onLatency: (latencyMs) => watch.result(latencyMs),
    onHeld: () => watch.slowClient(),
    onSlowClient: hooks.onFatal,
  });
  const watch = new StreamWatch(config, services.now, (code, message) =>
    outbox.send({ type: 'Warning', code, message }),
  );
  const alerts = new StreamAlerts(options, (alert) => outbox.send(alert));
  const restore = carriedState(options);
  const recogniser = openShadowed(
    options,
    {
      encoding: config.encoding,
      sampleRateHz: config.sample_rate,
      channels: config.channels,
      analysed: analysedChannels(config),
      ...recognitionSettings(config),
      ...(config.checkpoints ? { checkpointMs: services.config.checkpointMs } : {}),
      ...(restore ? { restore } : {}),
    },
    {
      onEvents: (events) => {
        for (const event of events) {
          if (hooks.isClosed()) return;
          alerts.hear(event);
          outbox.event(event);
          view.hear(event);
        }
      },
      onCheckpoint: (checkpoint) => {
        if (!hooks.isClosed()) giveCheckpoint(options, parts, checkpoint);
      },
      onBadAudio: (error, droppedBytes) => {
        account.dropped((droppedBytes + intake.clear()) / bytesPerSecond, 'bad_audio');
        hooks.onBadAudio(error);
      },
      onInputShifts: (shifts) => {
        for (const shift of shifts)
          for (const of of ['spectrum', 'pitch'] as const)
            services.metrics.inputShift.observe({ model: model.id, of }, shift[of]);
      },
      onError: hooks.onFatal,
    },
  );
  const heard = new HeardAudio({
    frameBytes: bytesPerSample[config.encoding] * config.channels,
    sampleRateHz: config.sample_rate,
    recogniser,
    sample: carried?.sample ?? 0,
    unheardFrom: carried?.unheardFrom ?? null,
    onGap: (gap) => {
      services.metrics.gaps.inc({ reason: gap.reason }, gap.duration);
      outbox.send(gap);
    },
    onDropped: (seconds, reason) => account.dropped(seconds, reason),
  });
  const isPaused = carried?.isPaused ?? false;
  const { checkRoles } = options;
  const control = new StreamControl({
    config,
    model,
    isPaused,
    recogniser,
    heard,
    arrivals,
    outbox,
    checkRoles,
  });
  view.attach({ recogniser, control, alerts });
  const intake = new Intake({
    recogniser,
    gate,
    bytesPerSecond,
    maxInboxBytes: services.config.maxInboxBytes,
    maxPendingMs: services.config.maxPendingMs,
    onAudio: (bytes, atMs) => {
      heard.accept(bytes);
      arrivals.received(recogniser.receivedSamples, atMs);
      if (heard.reason === null) watch.heard(bytes, control.analysed);
    },
    mustWait: () => finals.isFull,
    onDefect: hooks.onDefect,
  });
  const parts: StreamParts = {
    outbox,
    control,
    heard,
    finals,
    account,
    alerts,
    recogniser,
    arrivals,
    gate,
    intake,
    limits,
    watch,
    bytesPerSecond,
  };
  return parts;
}
