/**
 * The compiled kernel: the module's bytes are a constant of this package, so that no file is fetched, and small enough
 * to be instantiated synchronously in every runtime.
 */
import { UndertoneError } from '../../errors.ts';
import { kernelBytes } from './kernel-bytes.ts';

/** The part of the WebAssembly and HTML standards that is used; browsers and Node have both. */
interface WasmGlobals {
  readonly atob: (base64: string) => string;
  readonly WebAssembly?: {
    readonly Module: new (bytes: Uint8Array) => object;
    readonly Instance: new (module: object) => { readonly exports: Readonly<Record<string, unknown>> };
  };
}

/** Blocks of the kernel's memory; see assembly/layout.ts. */
const blockNames = [
  'logMelConstants',
  'windowTable',
  'twiddles256',
  'twiddles64',
  'splitTwiddles',
  'melRuns',
  'melWeights',
  'pitchConstants',
  'lowPassTable',
  'logLagTable',
  'pitchState',
  'input',
  'output',
] as const;
const sizeNames = ['MAX_BANDS', 'MAX_LAGS', 'MAX_SAMPLES', 'MAX_FRAMES', 'HISTORY', 'TAIL'] as const;

export interface KernelModule {
  readonly floats: Float32Array;
  readonly integers: Int32Array;
  /** Index in `floats` and `integers` of the first element of each block. */
  readonly at: Readonly<Record<(typeof blockNames)[number], number>>;
  readonly sizes: Readonly<Record<(typeof sizeNames)[number], number>>;
  /** See assembly/kernel.ts. */
  run(samples: number, hop: number, bands: number, withPitch: boolean): number;
}

const fixedNames = <Name extends string>(
  names: readonly Name[],
  value: (name: Name) => number,
): Record<Name, number> =>
  Object.fromEntries(names.map((name) => [name, value(name)])) as Record<Name, number>;

let compiled: object | null = null;

/** A new instance with memory of its own. Throws `internal` where WebAssembly with SIMD is missing. */
export function instantiateKernel(): KernelModule {
  const { atob, WebAssembly } = globalThis as unknown as WasmGlobals;
  if (WebAssembly === undefined) {
    throw new UndertoneError('internal', 'feature extraction needs WebAssembly, which this runtime lacks');
  }
  try {
    compiled ??= new WebAssembly.Module(Uint8Array.from(atob(kernelBytes), (c) => c.charCodeAt(0)));
  } catch (cause) {
    throw new UndertoneError(
      'internal',
      'feature extraction needs WebAssembly with SIMD; this runtime does not compile it',
      {
        cause,
      },
    );
  }
  const { exports } = new WebAssembly.Instance(compiled);
  const { buffer } = exports.memory as { readonly buffer: ArrayBuffer };
  const number = (name: string): number => (exports[name] as { readonly value: number }).value;
  return {
    floats: new Float32Array(buffer),
    integers: new Int32Array(buffer),
    at: fixedNames(blockNames, (name) => number(name) / 4),
    sizes: fixedNames(sizeNames, number),
    run: exports.run as KernelModule['run'],
  };
}
