/** One recording through a session, as `POST /v1/analyze` does it. */
import { type ErrorCode, errorSpecs, UndertoneError } from '@undertone/core';
import { type ArchiveJob, archiveSessionId } from '@undertone/proto';
import type { Principal } from '../auth/principal.ts';
import type { Session } from '../session/session.ts';
import type { SessionHost } from '../session/session-host.ts';
import type { SinkEvent } from '../sink/sink.ts';
import { AnalyzeInput } from '../transport/http/analyze-input.ts';
import { RecordingTransport } from './recording-transport.ts';

/** Who fills the queue is let in by NATS. */
const principal: Principal = { id: 'archive', anonymous: true };
/** As RFC 6455 numbers a connection that was lost. */
const lostCode = 1006;

export interface RecordingInput {
  readonly job: ArchiveJob;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Names the worker in events. */
  readonly source: string;
  readonly signal: AbortSignal;
}

/**
 * @returns all durable events, in their order
 * @throws UndertoneError why it is none that can be analysed; the signal's reason when that is aborted
 */
export async function analyseRecording(
  host: SessionHost,
  { job, bytes, source, signal }: RecordingInput,
): Promise<readonly SinkEvent[]> {
  const input = new AnalyzeInput(new URLSearchParams(job.params), host.services.config);
  const transport = new RecordingTransport(source);
  let session: Session | null = null;
  const abort = (): void => {
    if (session && !session.isClosed) session.disconnected(lostCode);
    transport.close(lostCode, 'aborted');
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    for await (const chunk of bytes) {
      signal.throwIfAborted();
      const audio = input.push(chunk);
      if (!session && input.query) {
        const admission = await host.admit({ transport: 'archive', query: input.query, principal });
        if (signal.aborted) admission.lease.release();
        signal.throwIfAborted();
        session = host.open(admission, transport, archiveSessionId(job.id));
      }
      if (audio.length > 0) session?.receiveAudio(audio);
      await transport.readable();
      if (transport.isOver) break;
    }
    if (!transport.isOver) input.end();
    if (!session) throw new UndertoneError('bad_wav', 'Expected audio; got an empty file.');
    session.receive({ type: 'CloseStream' });
    const { reason, message } = await transport.ended;
    signal.throwIfAborted();
    if (reason !== 'ok') throw endedBy(reason, message);
    return transport.events;
  } finally {
    signal.removeEventListener('abort', abort);
    if (session && !session.isClosed) session.disconnected(lostCode);
  }
}

function endedBy(reason: string, message: string | null): UndertoneError {
  const code = (Object.hasOwn(errorSpecs, reason) ? reason : 'internal') as ErrorCode;
  return new UndertoneError(code, message ?? errorSpecs[code].meaning);
}
