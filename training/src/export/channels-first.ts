/** @returns the kernel `[taps, in, out]` as `[out, in, taps]`, as ONNX has it; taps over time and frequency stay in order */
export function channelsFirst(kernel: Float32Array, inChannels: number, outChannels: number): Float32Array {
  const taps = kernel.length / (inChannels * outChannels);
  const out = new Float32Array(kernel.length);
  for (let tap = 0; tap < taps; tap++) {
    for (let i = 0; i < inChannels; i++) {
      for (let o = 0; o < outChannels; o++) {
        out[(o * inChannels + i) * taps + tap] = kernel[(tap * inChannels + i) * outChannels + o]!;
      }
    }
  }
  return out;
}
