/**
 * The page at `/`: files of one folder, known from the start. What is not among them is not served, however its path is
 * written. A file that was compressed when the page was built (`x.js.br`, `x.js.gz`) goes out as such.
 */
import { readdirSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join, resolve, sep } from 'node:path';
import { UndertoneError } from '@undertone/core';
import send from 'send';
import { refuseRequest } from '../transport/http/refusal.ts';
import { pageHeaders } from './page-headers.ts';

const codings = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;
/** Types of what is compressed when the page is built. */
const types: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  mjs: 'text/javascript; charset=utf-8',
  onnx: 'application/octet-stream',
  svg: 'image/svg+xml',
  wasm: 'application/wasm',
};
/** As Vite names files by their content: `assets/index-B1x9_k2Q.js`. Words in a name have neither capitals nor digits. */
const hashedForm = /^assets\/.*-(?=[\w-]*[A-Z0-9])[\w-]{8}\.\w+$/;
const yearMs = 365 * 86_400_000;

export class ConsoleFiles {
  readonly #root: string;
  readonly #names: ReadonlySet<string>;

  private constructor(root: string, names: ReadonlySet<string>) {
    this.#root = root;
    this.#names = names;
  }

  /**
   * @param setting `auto`, `off`, or a folder
   * @returns null where there is no page
   * @throws UndertoneError `bad_config` for a folder without one
   */
  static open(setting: string): ConsoleFiles | null {
    if (setting === 'off') return null;
    const root = setting === 'auto' ? builtConsole() : resolve(setting);
    const names = root === null ? null : filesIn(root);
    if (root !== null && names?.has('index.html')) return new ConsoleFiles(root, names);
    if (setting === 'auto') return null;
    throw new UndertoneError(
      'bad_config',
      `Expected console to be auto, off or a folder with index.html; got "${setting}".`,
    );
  }

  /** @returns whether there is such a file; only then the request is answered. */
  serve(request: IncomingMessage, response: ServerResponse, path: string): boolean {
    const name = this.#nameOf(path);
    if (name === null) return false;
    for (const [header, value] of Object.entries(pageHeaders)) response.setHeader(header, value);
    const isHashed = hashedForm.test(name);
    const file = this.#fitting(name, request, response);
    send(request, encodeURIComponent(file).replaceAll('%2F', '/'), {
      root: this.#root,
      index: false,
      acceptRanges: false,
      lastModified: false,
      immutable: isHashed,
      maxAge: isHashed ? yearMs : 0,
    })
      .on('error', (cause: Error) => {
        if (response.headersSent) {
          response.destroy();
          return;
        }
        for (const header of ['Content-Type', 'Content-Encoding', 'Cache-Control'])
          response.removeHeader(header);
        refuseRequest(response, new UndertoneError('internal', 'The file cannot be read.', { cause }));
      })
      .pipe(response);
    return true;
  }

  #nameOf(path: string): string | null {
    if (!path.startsWith('/')) return null;
    let name: string;
    try {
      name = decodeURIComponent(path.slice(1));
    } catch {
      return null;
    }
    if (name === '' || name.endsWith('/')) name += 'index.html';
    return this.#names.has(name) ? name : null;
  }

  /** The file, or what it was compressed to, with the headers that say so. */
  #fitting(name: string, { headers }: IncomingMessage, response: ServerResponse): string {
    const type = types[name.slice(name.lastIndexOf('.') + 1)];
    const made = codings.filter(([, ending]) => this.#names.has(name + ending));
    if (type === undefined || made.length === 0) return name;
    response.setHeader('Vary', 'Accept-Encoding');
    const wanted = headers['accept-encoding'];
    const found = made.find(([coding]) => accepts([wanted ?? []].flat().join(','), coding));
    if (!found) return name;
    const [coding, ending] = found;
    response.setHeader('Content-Encoding', coding);
    response.setHeader('Content-Type', type);
    return name + ending;
  }
}

function builtConsole(): string | null {
  try {
    const { resolve: find } = createRequire(import.meta.url);
    return join(dirname(find('@undertone/console/package.json')), 'dist');
  } catch {
    return null;
  }
}

/** By their paths with `/`, without hidden ones; null where there is no folder. */
function filesIn(root: string): ReadonlySet<string> | null {
  try {
    const entries = readdirSync(root, { recursive: true, withFileTypes: true });
    const paths = entries
      .filter((entry) => entry.isFile())
      .map((entry) =>
        join(entry.parentPath, entry.name)
          .slice(root.length + 1)
          .replaceAll(sep, '/'),
      );
    return new Set(paths.filter((path) => !path.split('/').some((part) => part.startsWith('.'))));
  } catch {
    return null;
  }
}

/** Whether `Accept-Encoding` names a coding, and not to exclude it. */
function accepts(header: string, coding: string): boolean {
  return header.split(',').some((part) => {
    const [name, ...parameters] = part.split(';').map((each) => each.trim().toLowerCase());
    return name === coding && !parameters.some((each) => /^q=0(\.0*)?$/.test(each));
  });
}
