/** A server on a free port with the test model, and requests to its HTTP side. */
import { createServer, type ServerConfig, type UndertoneServer } from '@undertone/server';
import { testModelFolder } from './model.ts';

export function startServer(config: Partial<ServerConfig> = {}): Promise<UndertoneServer> {
  return createServer({ port: 0, logLevel: 'silent', model: [testModelFolder()], ...config });
}

export function get(server: UndertoneServer, path: string): Promise<Response> {
  return fetch(`http://127.0.0.1:${server.port}${path}`);
}

/** The value of one metric line, such as `undertone_errors_total{code="bad_audio"}`; 0 when there is none. */
export async function metric(server: UndertoneServer, line: string): Promise<number> {
  const text = await (await get(server, '/metrics')).text();
  const found = text.split('\n').find((candidate) => candidate.startsWith(`${line} `));
  return found ? Number(found.slice(line.length + 1)) : 0;
}
