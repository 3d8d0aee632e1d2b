/** Loads the module of the audio thread, and finds out why it does not load: browsers do not say. */
import { UndertoneError } from '@undertone/core';
import { insecureError } from './capture-errors.ts';

const questionMs = 10_000;

/** @throws UndertoneError `unsupported_platform`, `asset_not_found`, `refused_by_page` */
export async function loadWorklet(context: AudioContext, url: URL): Promise<void> {
  if (!context.audioWorklet) throw insecureError();
  try {
    await context.audioWorklet.addModule(url);
  } catch (cause) {
    throw await whyNot(url, cause);
  }
}

async function whyNot(url: URL, cause: unknown): Promise<UndertoneError> {
  const found = await served(url);
  if (found === null) {
    const advice = "Content-Security-Policy needs script-src 'self' (or the origin of that file)";
    const message = `Expected the page to allow the audio worklet ${url.href}; it is served as a script, and the browser does not run it. ${advice}.`;
    return new UndertoneError('refused_by_page', message, { cause });
  }
  const advice = 'Copy the files there (npx undertone assets), or set assetBase to the folder that has them';
  const message = `Expected the audio worklet at ${url.href}, as text/javascript; got ${found}. ${advice}.`;
  return new UndertoneError('asset_not_found', message, { cause });
}

/** What was found instead of a script; null for a script. */
async function served(url: URL): Promise<string | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(questionMs) });
    const type = response.headers.get('content-type') ?? 'no type';
    await response.body?.cancel();
    if (response.ok && /javascript|ecmascript/.test(type)) return null;
    return `${response.status} ${response.statusText} (${type})`.replace('  ', ' ');
  } catch (error) {
    return (error as Error).message;
  }
}
