/** Brings audio back that has stopped: wakes the context, makes a new one, opens another device. */
import { blockedError, lostError, microphoneError } from './capture-errors.ts';
import type { CaptureGraph } from './capture-graph.ts';
import type { LiveSource } from './live-source.ts';

export interface RestoreRequest {
  readonly source: LiveSource;
  readonly signal: AbortSignal;
  graph(): CaptureGraph;
  /** Received so far. */
  packets(): number;
  replaceGraph(): Promise<void>;
  onOtherDevice(): void;
}

const wakeMs = 1000;
const hearMs = 1000;
const betweenMs = 2000;
/** A phone call may hold the audio for long; a page that is never looked at again must not wait forever. */
const patienceMs = 15 * 60_000;
/** A device that goes and comes back, or the next default one, is not there at once. */
const reopenAttempts = 4;

/**
 * Resolves when packets come again, or when it is aborted.
 * @throws UndertoneError `microphone_lost`, `microphone_denied`, `audio_context_blocked`, `asset_not_found`
 */
export async function restoreAudio(request: RestoreRequest): Promise<void> {
  const { source, signal, graph } = request;
  const startMs = performance.now();
  let isNew = false;
  while (!signal.aborted) {
    if (source.isEnded) {
      if (!source.reopen) return;
      await reopen(source, signal);
      if (signal.aborted) return;
      await request.replaceGraph();
      isNew = true;
      request.onOtherDevice();
    }
    const before = request.packets();
    if ((await graph().start(wakeMs)) && (await hears(request, before))) return;
    if (signal.aborted || source.isEnded) continue;
    if (performance.now() - startMs > patienceMs) throw blockedError(graph().state);
    // A new context waits for the same gesture as an old one.
    if (isNew && graph().state === 'suspended') await pause(betweenMs, signal);
    else {
      if (isNew) await pause(betweenMs, signal);
      if (signal.aborted) return;
      await request.replaceGraph();
      isNew = true;
    }
  }
}

async function reopen(source: LiveSource, signal: AbortSignal): Promise<void> {
  for (let attempt = 1; !signal.aborted; attempt++) {
    try {
      await source.reopen?.();
      return;
    } catch (error) {
      const cause = microphoneError(error);
      if (cause.code === 'microphone_lost') throw cause;
      if (attempt === reopenAttempts || cause.code === 'microphone_denied') throw lostError(cause);
      await pause(betweenMs / 4, signal);
    }
  }
}

async function hears({ packets, signal, source }: RestoreRequest, before: number): Promise<boolean> {
  const endMs = performance.now() + hearMs;
  while (packets() === before) {
    if (signal.aborted || source.isEnded || performance.now() > endMs) return false;
    await pause(50, signal);
  }
  return true;
}

function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, durationMs);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end);
  });
}
