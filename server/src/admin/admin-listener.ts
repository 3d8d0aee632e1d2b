/**
 * What operators and their tools ask, on a port of its own: metrics, health, versions, counts and profiles. Nothing here
 * names a stream or a caller.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { UndertoneError } from '@undertone/core';
import type { Registry } from 'prom-client';
import type { ServerConfig } from '../config/fields.ts';
import { hostAndPort, listen } from '../listen.ts';
import { expose } from '../observability/exposition.ts';
import type { Logger } from '../observability/logger.ts';
import type { ProfileKind } from '../observability/profiler.ts';
import { profileThread } from '../observability/thread-profiles.ts';
import { refuseRequest } from '../transport/http/refusal.ts';
import { expectAccess } from './access.ts';

export interface AdminSources {
  /** What is in effect now. */
  readonly config: () => ServerConfig;
  readonly registry: Registry;
  /** Why the server takes no stream; empty when it does. */
  readonly notReady: () => readonly string[];
  readonly version: () => object;
  readonly streams: () => object;
  readonly log: Logger;
}

interface Route {
  readonly method: 'GET' | 'POST';
  /** Probes have no token, and learn nothing that the public port does not say. */
  readonly isOpen?: boolean;
  handle(request: IncomingMessage, response: ServerResponse, query: URLSearchParams): void | Promise<void>;
}

const longestProfileSeconds = 60;
const mostConnections = 64;

export class AdminListener {
  readonly url: string;
  readonly #http: Server;

  private constructor(http: Server, url: string) {
    this.#http = http;
    this.url = url;
  }

  /**
   * @returns null when `adminPort` is off
   * @throws UndertoneError `bad_config` when the address cannot be had
   */
  static async open(sources: AdminSources): Promise<AdminListener | null> {
    const { adminHost, adminPort } = sources.config();
    if (adminPort === 'off') return null;
    const routes = adminRoutes(sources);
    const http = createServer((request, response) => void answerRequest(sources, routes, request, response));
    http.maxConnections = mostConnections;
    const port = await listen(http, adminHost, adminPort);
    return new AdminListener(http, `http://${hostAndPort(adminHost, port)}`);
  }

  async close(): Promise<void> {
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }
}

/** Never throws, never rejects. */
async function answerRequest(
  { config, log }: AdminSources,
  routes: ReadonlyMap<string, Route>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  request.resume();
  try {
    const [path = '', query] = (request.url ?? '').split('?', 2);
    const route = routes.get(path);
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    if (!route || route.method !== method) {
      const expected = [...routes].map(([name, each]) => `${each.method} ${name}`).join(', ');
      throw new UndertoneError('not_found', `Expected ${expected}; got ${method} ${path.slice(0, 100)}.`);
    }
    if (!route.isOpen) expectAccess(request, config().adminToken);
    await route.handle(request, response, new URLSearchParams(query));
  } catch (cause) {
    if (response.destroyed || response.headersSent) return;
    const known = cause instanceof UndertoneError;
    if (!known) log.error({ err: cause }, 'admin request failed');
    refuseRequest(response, known ? cause : new UndertoneError('internal', 'The request failed.', { cause }));
  }
}

function adminRoutes(sources: AdminSources): ReadonlyMap<string, Route> {
  let isProfiling = false;
  const profile = (kind: ProfileKind): Route => ({
    method: 'POST',
    async handle(_request, response, query) {
      const seconds = profileSeconds(query);
      const thread = profileThreadId(query);
      if (isProfiling)
        throw new UndertoneError('overloaded', 'Expected one profile at a time; one is being taken.');
      isProfiling = true;
      const gone = new AbortController();
      response.once('close', () => gone.abort());
      try {
        const body = await profileThread(thread, kind, seconds, gone.signal);
        const name = `undertone-${process.pid}-${thread}.${kind}profile`;
        response.setHeader('Content-Disposition', `attachment; filename="${name}"`);
        answer(response, 200, body, 'application/json');
      } finally {
        isProfiling = false;
      }
    },
  });
  return new Map<string, Route>([
    [
      '/metrics',
      {
        method: 'GET',
        async handle(request, response) {
          const { text, contentType } = await expose(sources.registry, request.headers.accept);
          answer(response, 200, text, contentType);
        },
      },
    ],
    [
      '/livez',
      {
        method: 'GET',
        isOpen: true,
        // That this runs is what it says.
        handle: (_request, response) => answer(response, 200, 'ok\n'),
      },
    ],
    [
      '/readyz',
      {
        method: 'GET',
        isOpen: true,
        handle: (_request, response) => {
          const reasons = sources.notReady();
          answer(response, reasons.length === 0 ? 200 : 503, `${reasons.join('\n') || 'ok'}\n`);
        },
      },
    ],
    ['/version', { method: 'GET', handle: (_, response) => answerJson(response, sources.version()) }],
    ['/debug/streams', { method: 'GET', handle: (_, response) => answerJson(response, sources.streams()) }],
    ['/debug/profile', profile('cpu')],
    ['/debug/heap', profile('heap')],
  ]);
}

function profileSeconds(query: URLSearchParams): number {
  const given = query.get('seconds') ?? '5';
  const seconds = Number(given);
  if (given.trim() !== '' && seconds > 0 && seconds <= longestProfileSeconds) return seconds;
  throw new UndertoneError(
    'bad_parameter',
    `Expected seconds to be above 0 and at most ${longestProfileSeconds}; got "${given.slice(0, 100)}".`,
  );
}

function profileThreadId(query: URLSearchParams): number {
  const given = query.get('thread') ?? '0';
  if (/^\d{1,6}$/.test(given)) return Number(given);
  throw new UndertoneError(
    'bad_parameter',
    `Expected thread to be the number of one, 0 of the main one; got "${given.slice(0, 100)}".`,
  );
}

function answerJson(response: ServerResponse, value: object): void {
  answer(response, 200, `${JSON.stringify(value, null, 2)}\n`, 'application/json');
}

function answer(response: ServerResponse, status: number, body: string, type = 'text/plain'): void {
  const contentType = type.includes('charset') ? type : `${type}; charset=utf-8`;
  response.writeHead(status, { 'Content-Type': contentType, 'Cache-Control': 'no-store' }).end(body);
}
