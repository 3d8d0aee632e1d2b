/** Starts the worker, and finds out why one does not start: browsers do not say. */
import { UndertoneError } from '@undertone/core';
import { asUndertoneError } from '../../client/as-undertone-error.ts';
import { abortedError } from './aborted-load.ts';
import { WorkerHost, type WorkerLike } from './worker-host.ts';

const questionMs = 10_000;

/**
 * @param signal ends a worker that does not run yet: its file may never come
 * @throws UndertoneError `asset_not_found`, `refused_by_page`, `unsupported_platform`, `internal`, `aborted`
 */
export async function startWorker(url: URL, signal?: AbortSignal): Promise<WorkerHost> {
  if (globalThis.Worker === undefined) {
    throw new UndertoneError('unsupported_platform', 'Expected a browser with Web Workers; there are none.');
  }
  let worker: Worker;
  try {
    worker = new Worker(url, { type: 'module', name: 'undertone' });
  } catch (cause) {
    throw refused(url, (cause as Error).message, cause);
  }
  let failedSilently = false;
  worker.addEventListener('error', ({ message }) => {
    failedSilently = !message;
  });
  const host = new WorkerHost(worker as WorkerLike, { url: url.href });
  const onAbort = (): void => host.end(abortedError(signal));
  signal?.addEventListener('abort', onAbort);
  try {
    await host.ready;
    return host;
  } catch (cause) {
    throw (failedSilently && (await whyNot(url))) || asUndertoneError(cause);
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

/** Asks for the file itself. */
async function whyNot(url: URL): Promise<UndertoneError> {
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(questionMs) });
  } catch (cause) {
    return notFound(url, (cause as Error).message, cause);
  }
  const type = response.headers.get('content-type') ?? 'no type';
  await response.body?.cancel();
  if (response.ok && /javascript|ecmascript/.test(type)) {
    return refused(url, 'it is served as a script, and the browser does not run it');
  }
  return notFound(url, `${response.status} ${response.statusText} (${type})`);
}

function notFound(url: URL, found: string, cause?: unknown): UndertoneError {
  const hint = 'Copy the files there (npx undertone assets), or set assetBase to the folder that has them';
  const message = `Expected the worker at ${url.href}, as text/javascript; got ${found}. ${hint}.`;
  return new UndertoneError('asset_not_found', message, { cause });
}

function refused(url: URL, found: string, cause?: unknown): UndertoneError {
  const expected = `Expected the page to allow the worker ${url.href}`;
  const hint =
    "Content-Security-Policy needs worker-src 'self', and a worker must be of the page's own origin";
  return new UndertoneError('refused_by_page', `${expected}; ${found}. ${hint}.`, { cause });
}
