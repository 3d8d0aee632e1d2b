/** `undertone listen`: the microphone, until it ends or Ctrl-C. */
import { UndertoneError } from '@undertone/core';
import { Recorder } from '../capture/recorder.ts';
import { createPaint, hasColours } from '../terminal/paint.ts';
import { JsonListenReport, type ListenReport, TextListenReport } from './listen-report.ts';
import { type SourceChoice, SourceFactory } from './source-factory.ts';

export interface ListenOptions extends SourceChoice {
  readonly device?: string;
  readonly json?: boolean;
}

/** @returns whether it ended as it should */
export async function listen(options: ListenOptions): Promise<boolean> {
  const report = createReport(options);
  const sources = new SourceFactory(options);
  let recorder: Recorder | null = null;
  const onInterrupt = (): void => recorder?.stop();
  let ok = true;
  try {
    await sources.prepare();
    const source = sources.open({ intervalMs: 500 });
    source.on('message', (message) => report.message(message));
    await source.opened;
    recorder = new Recorder(options.device === undefined ? {} : { device: options.device });
    process.once('SIGINT', onInterrupt);
    process.once('SIGTERM', onInterrupt);
    report.start();
    try {
      for await (const bytes of recorder.audio()) await source.write(bytes);
    } catch (error) {
      recorder.stop();
      report.error(asUndertoneError(error));
      ok = false;
    }
    await source.close();
  } catch (error) {
    // The stream's end was told already when it is what stopped the recording.
    if (ok) report.error(asUndertoneError(error));
    ok = false;
  } finally {
    recorder?.stop();
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onInterrupt);
    await sources.close();
  }
  return ok;
}

function createReport(options: ListenOptions): ListenReport {
  const write = (text: string): void => void process.stdout.write(text);
  if (options.json) return new JsonListenReport(write);
  const colours = hasColours(process.stdout);
  return new TextListenReport({
    write,
    writeError: (text) => void process.stderr.write(text),
    live: process.stdout.isTTY === true,
    paint: createPaint(colours),
  });
}

function asUndertoneError(error: unknown): UndertoneError {
  if (error instanceof UndertoneError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new UndertoneError('internal', message, { cause: error });
}
