/** A server on a free port with the test model, and requests to its HTTP side. */
import { createServer, type ServerConfig, type UndertoneServer } from '@undertone/server';
import { testModelFolder } from './model.ts';

export function startServer(config: Partial<ServerConfig> = {}): Promise<UndertoneServer> {
  return createServer({
    port: 0,
    adminPort: 0,
    logLevel: 'silent',
    model: [testModelFolder()],
    ...config,
  });
}

export function get(server: UndertoneServer, path: string): Promise<Response> {
  return fetch(`http://127.0.0.1:${server.port}${path}`);
}

/** Of the admin listener. */
export function getAdmin(server: UndertoneServer, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${server.adminUrl}${path}`, init);
}

/**
 * The value of one metric line, such as `undertone_errors_total{code="bad_audio"}`; of a name alone, the sum over all its
 * labels. 0 when there is none.
 */
export async function metric(server: UndertoneServer, line: string): Promise<number> {
  const text = await (await getAdmin(server, '/metrics')).text();
  const starts = line.includes('{') ? [`${line} `] : [`${line} `, `${line}{`];
  return text
    .split('\n')
    .filter((candidate) => starts.some((start) => candidate.startsWith(start)))
    .reduce((sum, found) => sum + Number(found.slice(found.lastIndexOf(' ') + 1)), 0);
}
