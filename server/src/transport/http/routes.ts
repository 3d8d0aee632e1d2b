/** The plain HTTP side: whole files, models, health, tokens for browsers, the operators' view and the console. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { UndertoneError } from '@undertone/core';
import type { Access } from '../../auth/create-access.ts';
import { handleTokenRequest } from '../../auth/token-request.ts';
import type { ConsoleFiles } from '../../console/console-files.ts';
import type { ServedModels } from '../../inference/served-models.ts';
import type { CallsDoor } from '../../operator/calls/calls-door.ts';
import { callsPath } from '../../operator/calls/calls-query.ts';
import { eventsPath, type OperatorDoor, overviewPath } from '../../operator/operator-door.ts';
import { listenPath, streamPath } from '../websocket/stream-request.ts';
import type { AnalyzeDoor } from './analyze.ts';
import { modelList } from './model-list.ts';
import { refuseRequest } from './refusal.ts';

export interface HttpSources {
  readonly models: ServedModels;
  readonly access: Access;
  readonly analyze: AnalyzeDoor;
  readonly operator: OperatorDoor;
  /** Calls that were, for operators. */
  readonly calls: CallsDoor;
  /** Null where there is none. */
  readonly console: ConsoleFiles | null;
  /** Null when ready, else why not. */
  readonly notReady: () => string | null;
}

export function handleRequest(
  sources: HttpSources,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { method } = request;
  const path = (request.url ?? '/').split('?', 1)[0]!;
  if (method === 'POST' && path === '/v1/tokens') void answerToken(sources.access, request, response);
  else if (method === 'POST' && path === '/v1/analyze') void sources.analyze.handle(request, response);
  else if (method === 'GET' && (path === overviewPath || path === eventsPath))
    void sources.operator.handle(path, request, response);
  else if (method === 'GET' && sources.calls.takes(path)) void sources.calls.handle(path, request, response);
  else if (method !== 'GET' && method !== 'HEAD') refuseNotFound(request, response);
  else if (path === '/livez') answer(response, 200, 'ok\n');
  else if (path === '/v1/models') answerJson(response, modelList(sources.models));
  else if (path === '/readyz') {
    const reason = sources.notReady();
    answer(response, reason === null ? 200 : 503, `${reason ?? 'ok'}\n`);
  } else if (path === streamPath || path === listenPath) refusePlain(path, response);
  else if (!sources.console?.serve(request, response, path)) refuseNotFound(request, response);
}

async function answerToken(
  access: Access,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const body = `${JSON.stringify(await handleTokenRequest(access, request))}\n`;
    answer(response, 200, body, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
  } catch (cause) {
    const error = new UndertoneError('internal', 'Making a token failed.', { cause });
    refuseRequest(response, cause instanceof UndertoneError ? cause : error);
  }
}

function answerJson(response: ServerResponse, value: unknown): void {
  answer(response, 200, `${JSON.stringify(value)}\n`, { 'Content-Type': 'application/json; charset=utf-8' });
}

function answer(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', ...headers }).end(body);
}

/** A stream was asked for as if it were a page. */
function refusePlain(path: string, response: ServerResponse): void {
  response.setHeader('Upgrade', 'websocket');
  const message = `Expected ${path} to be opened as a WebSocket; got a plain request.`;
  refuseRequest(response, new UndertoneError('bad_message', message), 426);
}

function refuseNotFound(request: IncomingMessage, response: ServerResponse): void {
  const found = `${request.method} ${request.url}`.slice(0, 100);
  const expected = `GET /v1/stream, /v1/listen, /v1/models, ${overviewPath}, ${eventsPath}, ${callsPath}, /livez or /readyz, or POST /v1/analyze or /v1/tokens`;
  refuseRequest(response, new UndertoneError('not_found', `Expected ${expected}; got ${found}.`));
}
