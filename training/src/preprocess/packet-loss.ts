/**
 * A telephone call over a network that loses packets of 20 ms, in bursts (Gilbert 1960, "Capacity of a burst-noise
 * channel"). A lost packet is concealed as receivers do: by the one before, fading away.
 */
import type { Random } from '../data/random.ts';
import { sampleRateHz } from './speed.ts';

const packetSamples = sampleRateHz / 50;
/** A lost packet is heard at this part of the level of the one before it. */
const fade = 0.6;
/** Over which a packet is joined to what was concealed. */
const joinSamples = sampleRateHz / 400;

/**
 * @param lossShare share of the packets that is lost, in (0, 1)
 * @param burst mean packets of a loss
 */
export function losePackets(
  samples: Float32Array,
  lossShare: number,
  burst: number,
  random: Random,
): Float32Array {
  const out = samples.slice();
  const end = 1 / burst;
  const begin = (lossShare / (1 - lossShare)) * end;
  let isLost = false;
  for (let at = packetSamples; at < out.length; at += packetSamples) {
    const before = isLost;
    isLost = isLost ? !random.chance(end) : random.chance(begin);
    const stop = Math.min(out.length, at + packetSamples);
    if (isLost) {
      for (let n = at; n < stop; n++) out[n] = out[n - packetSamples]! * fade;
    } else if (before) {
      // What would have been concealed further fades into what came.
      for (let n = at; n < Math.min(stop, at + joinSamples); n++) {
        const come = (n - at + 1) / joinSamples;
        out[n] = come * out[n]! + (1 - come) * fade * out[n - packetSamples]!;
      }
    }
  }
  return out;
}
