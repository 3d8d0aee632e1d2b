/** `POST /v1/analyze`: a whole file, heard as a stream of the same audio is, with the same events. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { UndertoneError } from '@undertone/core';
import type { Authenticator } from '../../auth/principal.ts';
import { requestCredentials } from '../../auth/request-credentials.ts';
import type { Session } from '../../session/session.ts';
import type { SessionHost } from '../../session/session-host.ts';
import { asUndertoneError } from '../as-undertone-error.ts';
import { AnalyzeAnswer } from './analyze-answer.ts';
import { AnalyzeInput, expectFits } from './analyze-input.ts';
import { refuseRequest } from './refusal.ts';

/** As RFC 6455 numbers a connection that was lost. */
const lostCode = 1006;

export class AnalyzeDoor {
  readonly #host: SessionHost;
  readonly #authenticator: Authenticator;

  constructor(host: SessionHost, authenticator: Authenticator) {
    this.#host = host;
    this.#authenticator = authenticator;
  }

  /** Never throws, never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { config } = this.#host.services;
    let session: Session | null = null;
    // Until there is a session, which has an idle limit of its own.
    const headerTimer = setTimeout(() => {
      const expected = `Expected the header of a WAV file within ${config.idleTimeoutMs} ms`;
      this.#fail(
        new UndertoneError('idle_timeout', `${expected}; it did not come.`),
        null,
        request,
        response,
      );
    }, config.idleTimeoutMs);
    try {
      this.#host.expectRoom();
      const principal = await this.#authenticator.authenticate(requestCredentials(request, 'http'));
      expectFits(Number(request.headers['content-length'] ?? 0), config);
      const input = new AnalyzeInput(paramsOf(request), config);
      const wantsLines = /\bapplication\/(x-)?ndjson\b/.test(request.headers.accept ?? '');
      const answer = new AnalyzeAnswer(response, wantsLines);
      for await (const chunk of request.iterator({ destroyOnReturn: false })) {
        if (answer.isOver || response.writableEnded) return;
        const audio = take(input, chunk as Buffer, session);
        if (!session && input.query) {
          const { traceparent } = request.headers;
          const admission = await this.#host.admit({
            transport: 'http',
            query: input.query,
            principal,
            traceparent,
          });
          if (response.destroyed || response.writableEnded) {
            admission.lease.release();
            return;
          }
          clearTimeout(headerTimer);
          session = this.#host.open(admission, answer);
          watch(response, session);
        }
        if (audio.length > 0) session?.receiveAudio(audio);
        await answer.readable();
      }
      finish(input, session);
      session?.receive({ type: 'CloseStream' });
    } catch (cause) {
      this.#fail(cause, session, request, response);
    } finally {
      clearTimeout(headerTimer);
    }
  }

  #fail(cause: unknown, session: Session | null, request: IncomingMessage, response: ServerResponse): void {
    // The connection is gone, which the session hears from the response.
    if (response.destroyed || response.writableEnded || (request.destroyed && !request.complete)) return;
    const error = asUndertoneError(cause, 'Analysing a file failed.', this.#host.services.log);
    if (session) {
      if (error.code === 'internal') session.defect(cause);
      else session.receiveInvalid(error);
      return;
    }
    this.#host.countRefusal(error);
    refuseRequest(response, error);
  }
}

/** What is wrong with the rest of a file still leaves the results of what came before it. */
function take(input: AnalyzeInput, chunk: Buffer, session: Session | null): Uint8Array {
  try {
    return input.push(chunk);
  } catch (error) {
    if (!session || !(error instanceof UndertoneError)) throw error;
    session.receiveInvalid(error);
    return new Uint8Array(0);
  }
}

function finish(input: AnalyzeInput, session: Session | null): void {
  input.end();
  if (!session) throw new UndertoneError('bad_wav', 'Expected audio; got an empty body.');
}

function watch(response: ServerResponse, session: Session): void {
  response.once('close', () => {
    if (!session.isClosed) session.disconnected(lostCode);
  });
}

function paramsOf(request: IncomingMessage): URLSearchParams {
  const target = request.url ?? '';
  const query = target.indexOf('?');
  return new URLSearchParams(query < 0 ? '' : target.slice(query));
}
