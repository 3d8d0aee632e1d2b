/** A head fitted to one voice: a few kilobytes that go with one model and stay where the voice is. */
import {
  checksum,
  correctedModel,
  type HeadCorrection,
  type Manifest,
  type ModelRuntime,
  UndertoneError,
} from '@undertone/core';
import type { Measured } from './held-out.ts';

export interface AdaptationReport {
  /** How many of each label. */
  readonly clips: Readonly<Record<string, number>>;
  /** Steps of gradient descent. */
  readonly steps: number;
  /** Clips that were left out, each in turn, judged by the shipped head. */
  readonly before: Measured;
  /** The same, by a head fitted to the others. */
  readonly after: Measured;
  /** False where this would not have been better: the adaptation changes nothing then. */
  readonly isApplied: boolean;
  /** Why it is not applied. */
  readonly reason?: string;
}

/** In front of the weights. */
interface Header {
  readonly version: typeof formatVersion;
  /** `name@version` */
  readonly model: string;
  /** SHA-256 of its networks. */
  readonly step: string;
  readonly head: string;
  readonly temperature: number;
  readonly weights: number;
  readonly report: AdaptationReport;
}

const formatVersion = 1;
/** "UTVA", little-endian. */
const magic = 0x41565455;
const mostBytes = 4 * 1024 * 1024;

export class Adaptation {
  /** `name@version` of the model that it goes with. */
  readonly model: string;
  readonly report: AdaptationReport;
  readonly #header: Header;
  readonly #weights: Float32Array;

  private constructor(header: Header, weights: Float32Array) {
    this.model = header.model;
    this.report = header.report;
    this.#header = header;
    this.#weights = weights;
  }

  /** @internal */
  static of(manifest: Manifest, correction: HeadCorrection, report: AdaptationReport): Adaptation {
    const { temperature, weights } = correction;
    const header: Header = {
      version: formatVersion,
      ...identityOf(manifest),
      temperature,
      weights: weights.length,
      report,
    };
    return new Adaptation(header, weights);
  }

  /** @throws UndertoneError `bad_checkpoint` for bytes that are damaged, no adaptation, or one of another version */
  static fromBytes(bytes: Uint8Array): Adaptation {
    if (bytes.length < 16 || bytes.length % 4 !== 0 || bytes.length > mostBytes) {
      damaged(`16 to ${mostBytes} bytes, a multiple of 4`, String(bytes.length));
    }
    // A copy: words must lie at multiples of 4.
    const words = new Uint32Array(Uint8Array.from(bytes).buffer);
    if (words[0] !== magic) damaged('the mark UTVA at its start', 'another one');
    if (checksum(words.subarray(0, -1)) !== words.at(-1)) damaged('its checksum', 'another one');
    const headerWords = words[1]!;
    if (headerWords > words.length - 3) damaged('a whole header', 'one that is cut');
    const header = parseHeader(words.slice(2, 2 + headerWords));
    const weights = new Float32Array(words.slice(2 + headerWords, -1).buffer);
    if (weights.length !== header.weights) damaged(`${header.weights} weights`, String(weights.length));
    if (!weights.every(Number.isFinite)) damaged('finite weights', 'NaN or infinity');
    return new Adaptation(header, weights);
  }

  toBytes(): Uint8Array {
    const text = new TextEncoder().encode(JSON.stringify(this.#header));
    const headerWords = Math.ceil(text.length / 4);
    const words = new Uint32Array(2 + headerWords + this.#weights.length + 1);
    const bytes = new Uint8Array(words.buffer);
    words[0] = magic;
    words[1] = headerWords;
    // What is left of the last word stays blank, as JSON allows.
    bytes.fill(0x20, 8, 8 + 4 * headerWords);
    bytes.set(text, 8);
    new Float32Array(words.buffer, 8 + 4 * headerWords, this.#weights.length).set(this.#weights);
    words[words.length - 1] = checksum(words.subarray(0, -1));
    return bytes;
  }

  /**
   * @internal The model with this head; it borrows the network of `model`.
   * @throws UndertoneError `model_mismatch` for a model that this was not made with
   */
  applyTo(model: ModelRuntime): ModelRuntime {
    const expected = this.#header;
    const found = identityOf(model.manifest);
    if (found.step !== expected.step || found.head !== expected.head) {
      throw new UndertoneError(
        'model_mismatch',
        `Expected the model that this adaptation was made with, ${expected.model} (step ${expected.step.slice(0, 8)}, head ${expected.head.slice(0, 8)}); found ${found.model} (step ${found.step.slice(0, 8)}, head ${found.head.slice(0, 8)}). Adapt again with that model.`,
      );
    }
    return correctedModel(model, { weights: this.#weights, temperature: expected.temperature });
  }
}

function identityOf(manifest: Manifest): Pick<Header, 'model' | 'step' | 'head'> {
  const model = `${manifest.name}@${manifest.version}`;
  if (manifest.kind === 'streaming') {
    return { model, step: manifest.files.step.sha256, head: manifest.files.head.sha256 };
  }
  return { model, step: manifest.files.model.sha256, head: '' };
}

function parseHeader(words: Uint32Array): Header {
  let header: Partial<Header> | null;
  try {
    header = JSON.parse(new TextDecoder().decode(words));
  } catch (cause) {
    damaged('a header that is JSON', (cause as Error).message);
  }
  if (header?.version !== formatVersion) damaged(`the version ${formatVersion}`, String(header?.version));
  const { model, step, head, temperature, weights, report } = header;
  for (const [name, value] of Object.entries({ model, step, head })) {
    if (typeof value !== 'string') damaged(`${name} to be a string`, typeof value);
  }
  if (!(typeof temperature === 'number' && temperature >= 0.01 && temperature <= 100)) {
    damaged('a temperature from 0.01 to 100', String(temperature));
  }
  if (!(Number.isInteger(weights) && weights! > 0)) damaged('a number of weights', String(weights));
  if (!isReport(report)) damaged('a report of what was measured', typeof report);
  return header as Header;
}

function isReport(value: unknown): value is AdaptationReport {
  const report = value as Partial<AdaptationReport> | null | undefined;
  const isMeasured = (measured: Partial<Measured> | undefined): boolean =>
    typeof measured?.recall === 'number' && typeof measured.loss === 'number';
  return (
    typeof report?.clips === 'object' &&
    report.clips !== null &&
    Object.values(report.clips).every(Number.isInteger) &&
    Number.isInteger(report.steps) &&
    typeof report.isApplied === 'boolean' &&
    (report.reason === undefined || typeof report.reason === 'string') &&
    isMeasured(report.before) &&
    isMeasured(report.after)
  );
}

function damaged(expected: string, found: string): never {
  throw new UndertoneError('bad_checkpoint', `Expected an adaptation with ${expected}; found ${found}.`);
}
