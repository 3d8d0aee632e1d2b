/** Serves folders and pages made up by a test, on a free port of this machine, under the strict policy of docs/browser.md. */
import { createReadStream, statSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

/** No eval, nothing inline, no blob: worker; the address of a server on this machine may be connected to. */
export const strictPolicy: string = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "connect-src 'self' ws://127.0.0.1:* http://127.0.0.1:*",
  "style-src 'self'",
  "img-src 'self' data:",
  "media-src 'self' blob:",
].join('; ');

export interface StaticServerOptions {
  /** By the path they are found at, which begins and ends with a slash; the longest that fits counts. */
  readonly folders?: Readonly<Record<string, string>>;
  /** By their path: an HTML or script text. */
  readonly pages?: Readonly<Record<string, string>>;
  /** Of the header `content-security-policy`; null for none. Default `strictPolicy`. */
  readonly policy?: string | null;
}

export interface StaticServer {
  /** Without a slash at the end. */
  readonly origin: string;
  readonly port: number;
  /** Paths asked for, in order. */
  readonly requests: readonly string[];
  /** Answers a path in another way from now on; null takes that back. */
  answer(path: string, reply: ((response: ServerResponse) => void) | null): void;
  close(): Promise<void>;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.wav': 'audio/wav',
  '.webm': 'audio/webm',
};

export async function serveStatic(options: StaticServerOptions = {}): Promise<StaticServer> {
  const { folders = {}, pages = {}, policy = strictPolicy } = options;
  const mounts = Object.entries(folders).sort(([a], [b]) => b.length - a.length);
  const requests: string[] = [];
  const answers = new Map<string, (response: ServerResponse) => void>();
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://127.0.0.1').pathname);
    requests.push(path);
    if (policy) response.setHeader('content-security-policy', policy);
    response.setHeader('x-content-type-options', 'nosniff');
    const other = answers.get(path);
    if (other) return other(response);
    const page = pages[path];
    if (page !== undefined) {
      const type = path.endsWith('.js') ? types['.js']! : types['.html']!;
      return response.setHeader('content-type', type).end(page);
    }
    const mount = mounts.find(([start]) => path.startsWith(start));
    if (mount) return sendFile(response, mount[1], normalize(path.slice(mount[0].length - 1)));
    notFound(response, path);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    requests,
    answer: (path, reply) => {
      if (reply) answers.set(path, reply);
      else answers.delete(path);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function sendFile(response: ServerResponse, folder: string, path: string): void {
  const file = join(folder, path.endsWith('/') ? `${path}index.html` : path);
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found?.isFile()) {
    notFound(response, path);
    return;
  }
  response.writeHead(200, {
    'content-type': types[extname(file)] ?? 'application/octet-stream',
    'content-length': found.size,
    'cache-control': 'no-cache',
  });
  createReadStream(file).pipe(response);
}

function notFound(response: ServerResponse, path: string): void {
  response.writeHead(404, { 'content-type': 'text/plain' }).end(`There is no ${path}.`);
}
