/**
 * The state of a run after an epoch. Layout: magic, length of the header (uint32), header (JSON), four float32 vectors
 * (parameters, first and second moment, average) and a fifth with early stopping (the best average), SHA-256 of all before. All random numbers of a run follow from its
 * seed and the position in it, so seed and epoch are the state of the generators. Numbers are little-endian.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { UndertoneError } from '@undertone/core';
import type { BestSoFar } from './early-stopping.ts';
import type { OptimiserState } from './optimiser.ts';
import { writeFileAtomically } from './write-file-atomically.ts';

export interface Checkpoint {
  /** `configHash` of the run; another run's checkpoint is refused. */
  readonly configHash: string;
  readonly seed: number;
  /** Epochs done. */
  readonly epoch: number;
  readonly state: OptimiserState;
  /** With early stopping, the best weights so far. */
  readonly best?: BestSoFar | undefined;
}

const magic = 'undertone.checkpoint/1\n';
const hashBytes = 32;

interface Header {
  readonly configHash: string;
  readonly seed: number;
  readonly epoch: number;
  readonly step: number;
  readonly parameterCount: number;
  readonly best?: Omit<BestSoFar, 'parameters'>;
}

/**
 * Replaces the file as a whole.
 * @throws UndertoneError `bad_checkpoint` when it cannot be written, as on a full disk; the one before is then kept
 */
export async function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  const { configHash, seed, epoch, state, best } = checkpoint;
  const parameterCount = state.parameters.length;
  const header: Header = {
    configHash,
    seed,
    epoch,
    step: state.step,
    parameterCount,
    ...(best && { best: { score: best.score, epoch: best.epoch, waited: best.waited } }),
  };
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  const vectors = [state.parameters, state.firstMoment, state.secondMoment, state.average];
  if (best) vectors.push(best.parameters);
  const body = Buffer.concat([Buffer.from(magic), length, json, ...vectors.map(bytesOf)]);
  const hash = createHash('sha256').update(body).digest();
  try {
    await writeFileAtomically(path, Buffer.concat([body, hash]));
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code === 'ENOSPC' ? 'the disk is full' : String(cause);
    throw new UndertoneError(
      'bad_checkpoint',
      `Cannot write the checkpoint ${path} after epoch ${epoch}: ${reason}. The one before is kept; make room and go on with --resume.`,
      { cause },
    );
  }
}

/**
 * @param expected what the run needs: its hash and its number of parameters
 * @throws UndertoneError `file_not_found`, or `bad_checkpoint` when the file is damaged or another run's
 */
export async function readCheckpoint(
  path: string,
  expected: { readonly configHash: string; readonly parameterCount: number },
): Promise<Checkpoint> {
  const file = await readFile(path).catch((cause: unknown) => {
    throw new UndertoneError('file_not_found', `Expected a checkpoint at ${path}; found none to read.`, {
      cause,
    });
  });
  const headerStart = magic.length + 4;
  if (file.length < headerStart + hashBytes || file.toString('latin1', 0, magic.length) !== magic) {
    refuse(path, 'a file that begins as a checkpoint does', `${file.length} bytes that do not`);
  }
  const body = file.subarray(0, file.length - hashBytes);
  if (!createHash('sha256').update(body).digest().equals(file.subarray(body.length))) {
    refuse(path, 'content that fits its checksum', 'damaged content');
  }
  const vectorsStart = headerStart + body.readUInt32LE(magic.length);
  const header = JSON.parse(body.toString('utf8', headerStart, vectorsStart)) as Header;
  if (header.configHash !== expected.configHash) {
    refuse(path, `a checkpoint of the run with configuration ${expected.configHash}`, header.configHash);
  }
  if (header.parameterCount !== expected.parameterCount) {
    refuse(path, `${expected.parameterCount} parameters`, `${header.parameterCount}`);
  }
  const vector = (i: number): Float32Array => {
    const start = vectorsStart + i * 4 * header.parameterCount;
    // Copied, because float32 views need an aligned start.
    return new Float32Array(Uint8Array.from(body.subarray(start, start + 4 * header.parameterCount)).buffer);
  };
  return {
    configHash: header.configHash,
    seed: header.seed,
    epoch: header.epoch,
    state: {
      parameters: vector(0),
      firstMoment: vector(1),
      secondMoment: vector(2),
      average: vector(3),
      step: header.step,
    },
    ...(header.best && { best: { ...header.best, parameters: vector(4) } }),
  };
}

function bytesOf(vector: Float32Array): Uint8Array {
  return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
}

function refuse(path: string, expected: string, found: string): never {
  throw new UndertoneError('bad_checkpoint', `Checkpoint ${path}: expected ${expected}, found ${found}.`);
}
