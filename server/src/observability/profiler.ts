/** Profiles of the running process, in the formats that the developer tools of Chrome open. */
import { Session } from 'node:inspector';
import { setTimeout as sleep } from 'node:timers/promises';

export type ProfileKind = 'cpu' | 'heap';

/** Of a CPU profile: fine enough for a stream's share, and a few per cent of the time at most. */
const samplingMicroseconds = 1000;

/**
 * @param signal stops early; what was sampled until then is thrown away
 * @returns JSON: a CPU profile of this thread; or where memory was allocated meanwhile that is still in use. Neither holds
 *   any content: a snapshot of the heap would hold audio and secrets, which is why there is none.
 */
export async function takeProfile(kind: ProfileKind, seconds: number, signal: AbortSignal): Promise<string> {
  const session = new Session();
  session.connect();
  try {
    if (kind === 'cpu') {
      await post(session, 'Profiler.enable');
      await post(session, 'Profiler.setSamplingInterval', { interval: samplingMicroseconds });
      await post(session, 'Profiler.start');
    } else await post(session, 'HeapProfiler.startSampling');
    await sleep(seconds * 1000, undefined, { signal });
    const result = await post(session, kind === 'cpu' ? 'Profiler.stop' : 'HeapProfiler.stopSampling');
    return JSON.stringify((result as { profile: unknown }).profile);
  } finally {
    // Ends what is still being sampled.
    session.disconnect();
  }
}

function post(session: Session, method: string, params: object = {}): Promise<unknown> {
  return new Promise((resolve, reject) => {
    session.post(method, params, (error, result) => {
      if (error) reject(error);
      else resolve(result);
    });
  });
}
