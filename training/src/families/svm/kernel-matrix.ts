/** Kernel values between rows. The matrix product, nearly all of the work, is ONNX Runtime's. */
import { encodeModel } from '../../autodiff/onnx-writer.ts';
import * as ort from '../../train/onnx-runtime.ts';

export type KernelConfig =
  | { readonly kind: 'linear' }
  /** exp(-gamma |x - y|^2) */
  | { readonly kind: 'rbf'; readonly gamma: number };

/** Rows multiplied at a time. */
const blockRows = 1024;

/** Computes kernel matrices; owns one session, to be closed. */
export class KernelMatrix {
  readonly #session: ort.InferenceSession;

  private constructor(session: ort.InferenceSession) {
    this.#session = session;
  }

  static async open(): Promise<KernelMatrix> {
    const model = encodeModel({
      name: 'undertone_products',
      nodes: [{ op: 'Gemm', inputs: ['a', 'b'], outputs: ['products'], attributes: { transB: 1 } }],
      inputs: [
        { name: 'a', dims: ['rows', 'size'] },
        { name: 'b', dims: ['columns', 'size'] },
      ],
      outputs: [{ name: 'products', dims: ['rows', 'columns'] }],
      initializers: [],
    });
    const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1 });
    return new KernelMatrix(session);
  }

  /**
   * @param a `[N, size]`
   * @param b `[M, size]`
   * @returns `[N, M]`
   */
  async compute(a: Float32Array, b: Float32Array, size: number, kernel: KernelConfig): Promise<Float32Array> {
    const rows = a.length / size;
    const columns = b.length / size;
    const out = new Float32Array(rows * columns);
    const normsB = kernel.kind === 'rbf' ? squaredNorms(b, size) : null;
    const tensorB = new ort.Tensor('float32', b, [columns, size]);
    for (let start = 0; start < rows; start += blockRows) {
      const end = Math.min(rows, start + blockRows);
      const block = a.subarray(start * size, end * size);
      const feeds = { a: new ort.Tensor('float32', block, [end - start, size]), b: tensorB };
      const { products } = await this.#session.run(feeds);
      const data = products!.data as Float32Array;
      out.set(data, start * columns);
      if (kernel.kind === 'rbf') {
        const norms = squaredNorms(block, size);
        toGaussian(out.subarray(start * columns, end * columns), norms, normsB!, Math.fround(kernel.gamma));
      }
    }
    return out;
  }

  async close(): Promise<void> {
    await this.#session.release();
  }
}

function squaredNorms(x: Float32Array, size: number): Float64Array {
  return Float64Array.from({ length: x.length / size }, (_, i) => {
    let sum = 0;
    for (let at = i * size; at < (i + 1) * size; at++) sum += x[at]! * x[at]!;
    return sum;
  });
}

function toGaussian(products: Float32Array, normsA: Float64Array, normsB: Float64Array, gamma: number): void {
  const columns = normsB.length;
  for (let i = 0; i < normsA.length; i++) {
    for (let j = 0, at = i * columns; j < columns; j++, at++) {
      products[at] = Math.exp(-gamma * Math.max(0, normsA[i]! + normsB[j]! - 2 * products[at]!));
    }
  }
}
