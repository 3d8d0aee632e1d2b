/** What a snapshot must have in common with the stream that is restored from it. */
import type { ModelRuntime } from '../model/model-runtime.ts';
import { damaged, type StateReader } from './state-reader.ts';
import type { StateWriter } from './state-writer.ts';

/** Raised whenever the order or meaning of what is written changes. */
const snapshotVersion = 2;
const magic = 'UtSn';

export interface SnapshotFormat {
  readonly model: Omit<ModelRuntime, 'step' | 'head' | 'close'>;
  readonly sampleRateHz: number;
  readonly channels: number;
}

/** Pairs of what is compared and how it is called. */
function partsOf({ model, sampleRateHz, channels }: SnapshotFormat): readonly [string, string][] {
  const { manifest, inputSize, stateSize, valueSize, stepFrames } = model;
  return [
    ['model', `${manifest.name}@${manifest.version}`],
    ['features', manifest.featureHash],
    ['sizes', [inputSize, stateSize, valueSize, stepFrames, manifest.labels.length].join(' ')],
    ['sample rate', String(sampleRateHz)],
    ['channels', String(channels)],
  ];
}

export function writeHeader(format: SnapshotFormat, writer: StateWriter): void {
  writer.text(magic);
  writer.count(snapshotVersion);
  for (const [, value] of partsOf(format)) writer.text(value);
}

/** Throws `bad_checkpoint` naming the first part that differs. */
export function checkHeader(format: SnapshotFormat, reader: StateReader): void {
  if (reader.text() !== magic) damaged(`the mark ${magic} at its start`, 'another one');
  const version = reader.count();
  if (version !== snapshotVersion) damaged(`the version ${snapshotVersion}`, version);
  for (const [name, expected] of partsOf(format)) {
    const found = reader.text();
    if (found !== expected) damaged(`the ${name} ${expected}`, found);
  }
}
