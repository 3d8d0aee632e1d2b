/** `undertone listen`: the microphone, until it ends or Ctrl-C. */
import type { Role } from '@undertone/proto';
import { Recorder } from '../capture/node/recorder.ts';
import { asUndertoneError } from '../client/as-undertone-error.ts';
import { createPaint, hasColours } from '../terminal/paint.ts';
import { JsonListenReport, type ListenReport, TextListenReport } from './listen-report.ts';
import { sendAudio } from './send-audio.ts';
import { type SourceChoice, SourceFactory } from './source-factory.ts';

export interface ListenOptions extends SourceChoice {
  readonly device?: string;
  /** Who speaks; the server's default is `unknown`. */
  readonly role?: Role;
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
    const source = sources.open({
      intervalMs: 500,
      ...(options.role === undefined ? {} : { channelRoles: [options.role], analyze: [options.role] }),
    });
    source.on('message', (message) => report.message(message));
    // A recorder that gives nothing must not keep a stream that is over from being noticed.
    source.on('close', () => recorder?.stop());
    await source.opened;
    recorder = new Recorder(options.device === undefined ? {} : { device: options.device });
    process.once('SIGINT', onInterrupt);
    process.once('SIGTERM', onInterrupt);
    report.start();
    await sendAudio(source, recorder.audio());
  } catch (error) {
    report.error(asUndertoneError(error));
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
