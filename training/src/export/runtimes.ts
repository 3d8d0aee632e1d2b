/** The two engines that run exported models: ONNX Runtime for Node, and for the web (WebAssembly on one thread, here in Node). */
import type { OrtLike } from '@undertone/core';

export interface NamedRuntime {
  readonly name: string;
  readonly version: string;
  readonly ort: OrtLike;
}

export async function webRuntime(): Promise<NamedRuntime> {
  const ort = await import('onnxruntime-web/wasm');
  ort.env.wasm.numThreads = 1;
  return {
    name: 'onnxruntime-web',
    version: ort.env.versions.web ?? 'unknown',
    ort: ort as unknown as OrtLike,
  };
}

export async function nodeRuntime(): Promise<NamedRuntime> {
  const ort = await import('../train/onnx-runtime.ts');
  return {
    name: 'onnxruntime-node',
    version: ort.env.versions.node ?? 'unknown',
    ort: ort as unknown as OrtLike,
  };
}
