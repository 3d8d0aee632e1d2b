/**
 * How far a window reaches back, and how much it counts where the results of several are pooled (the segment, the call):
 * by the square of the share of it that is speech. A window at the onset, mostly silence, says little; one without
 * speech says nothing.
 */

/**
 * A window does not reach back over a pause: what was said before belongs to another segment. A pause is 0.5 s, in whole
 * hops, with a mean speech probability below 0.1.
 */
export const pauseFrames = 50;
export const mostPauseSpeech = 0.1;

/** Windows with less speech are not judged. */
export const leastSpeechShare = 0.01;

/** Attention of a window that is not judged: exp(-30) beside any other. */
export const silentAttention = -30;

/**
 * The attention score (natural logarithm of a weight) of a window.
 * @param speechShare mean speech probability over all frames of the window, those before the stream's start counted as 0
 */
export function windowAttention(speechShare: number): number {
  return speechShare < leastSpeechShare ? silentAttention : 2 * Math.log(Math.min(1, speechShare));
}

const smallestProbability = 1e-6;

/** Class probabilities to what is pooled and calibrated in their place: natural logarithms, at least ln(1e-6). */
export function logProbability(probability: number): number {
  return Math.log(Math.max(probability, smallestProbability));
}
