/** `undertone analyze`: files one after the other, each reported on its own. */
import { setTimeout as sleep } from 'node:timers/promises';
import { UndertoneError } from '@undertone/core';
import { defaultChannelRoles, type Role } from '@undertone/proto';
import { packets, secondsOf } from '../audio-file/packets.ts';
import { readAudioFile } from '../audio-file/read-audio-file.ts';
import type { WavAudio } from '../audio-file/read-wav.ts';
import { asUndertoneError } from '../client/as-undertone-error.ts';
import { createPaint, hasColours } from '../terminal/paint.ts';
import { type FileReport, JsonReport, TextReport } from './file-report.ts';
import { sendAudio } from './send-audio.ts';
import { type SourceChoice, SourceFactory } from './source-factory.ts';

export interface AnalyzeOptions extends SourceChoice {
  readonly json?: boolean;
  readonly channels?: readonly Role[];
  readonly analyze?: readonly Role[];
  readonly packetMs: number;
  readonly realtime?: boolean;
}

/** @returns whether all files were analysed */
export async function analyze(files: readonly string[], options: AnalyzeOptions): Promise<boolean> {
  const report = createReport(options);
  const sources = new SourceFactory(options);
  let ok = true;
  try {
    // A missing model is no fault of a file: it is told once.
    await sources.prepare();
    for (const file of files) ok = (await analyzeFile(file, options, sources, report)) && ok;
  } catch (error) {
    report.error(null, asUndertoneError(error));
    ok = false;
  } finally {
    await sources.close();
  }
  return ok;
}

async function analyzeFile(
  file: string,
  options: AnalyzeOptions,
  sources: SourceFactory,
  report: FileReport,
): Promise<boolean> {
  try {
    const audio = await readAudioFile(file);
    const channelRoles = rolesOf(audio, options.channels);
    const source = sources.open({
      encoding: audio.encoding,
      sampleRateHz: audio.sampleRateHz,
      channels: audio.channels,
      channelRoles,
      analyze: options.analyze ?? [...new Set(channelRoles)],
    });
    report.start(file, audio);
    source.on('message', (message) => report.message(file, message));
    await source.opened;
    await sendAudio(source, packetsOf(audio, options));
    return true;
  } catch (error) {
    report.error(file, asUndertoneError(error));
    return false;
  }
}

async function* packetsOf(audio: WavAudio, options: AnalyzeOptions): AsyncGenerator<Uint8Array> {
  const startedAtMs = performance.now();
  let sentSeconds = 0;
  for (const packet of packets(audio, options.packetMs)) {
    sentSeconds += secondsOf(audio, packet.length);
    // A live packet is there when its last sample has been spoken.
    if (options.realtime) await sleep(Math.max(0, startedAtMs + sentSeconds * 1000 - performance.now()));
    yield packet;
  }
}

function rolesOf(audio: WavAudio, given: readonly Role[] | undefined): readonly Role[] {
  if (given === undefined) return defaultChannelRoles(audio.channels);
  if (given.length === audio.channels) return given;
  const expected = `Expected --channels to name ${audio.channels} roles, one per channel of the file`;
  throw new UndertoneError('bad_parameter', `${expected}; got ${given.join(',')}.`);
}

function createReport(options: AnalyzeOptions): FileReport {
  if (options.json) return new JsonReport((line) => process.stdout.write(`${line}\n`));
  const colours = hasColours(process.stdout);
  return new TextReport({
    write: (line) => process.stdout.write(`${line}\n`),
    writeError: (line) => process.stderr.write(`${line}\n`),
    width: Math.min(process.stdout.columns ?? 80, 120),
    colours,
    paint: createPaint(colours),
  });
}
