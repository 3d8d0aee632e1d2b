/**
 * First values of the network over windows: He et al. 2015 ("Delving deep into rectifiers", ICCV) before a ReLU, Glorot
 * and Bengio 2010 (AISTATS 9) elsewhere, zero biases.
 */
import { seededNormal, seededRandom } from '../../train/seeded-random.ts';
import { type CnnConfig, cnnLayout } from './cnn-config.ts';

/** @returns the flat parameter vector; the same for the same configuration and seed */
export function cnnInitialParameters(config: CnnConfig, seed: number): Float32Array {
  const layout = cnnLayout(config);
  const flat = new Float32Array(layout.size);
  for (const [i, { name, dims, kind }] of layout.specs.entries()) {
    if (kind === 'bias') continue;
    const normal = seededNormal(seededRandom(seed, i));
    const fanIn = dims.slice(0, -1).reduce((product, d) => product * d, 1);
    const beforeRelu = !/^(attention|classes)/.test(name);
    const scale = Math.sqrt(beforeRelu ? 2 / fanIn : 2 / (fanIn + dims.at(-1)!));
    const values = layout.view(flat, name);
    for (let k = 0; k < values.length; k++) values[k] = normal() * scale;
  }
  return flat;
}
