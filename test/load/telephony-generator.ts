/** The process that makes the calls: takes one plan from its parent, answers with what came of it, and ends. */
import { percentile } from './load-report.ts';
import { PacketClock } from './packet-clock.ts';
import { seededRandom } from './seeded-random.ts';
import { type CallResult, runCall } from './telephony-call.ts';
import { frameMs, type TelephonyOutcome, type TelephonyPlan } from './telephony-plan.ts';
import { stereoFrames, twilioPayloads } from './telephony-speech.ts';

process.once('message', (plan: TelephonyPlan) => {
  generate(plan).then(
    (outcome) => process.send!(outcome, undefined, {}, () => process.disconnect()),
    (error: Error) => {
      console.error(error.stack);
      process.exit(1);
    },
  );
});

async function generate({ door, urls, streams, seconds, rampMs }: TelephonyPlan): Promise<TelephonyOutcome> {
  const speech = door === 'twilio' ? twilioPayloads(frameMs.twilio) : stereoFrames(frameMs.audiohook);
  const random = seededRandom(3);
  const clock = new PacketClock();
  const lateness: number[] = [];
  const cpuBefore = process.cpuUsage();
  const startedAtMs = performance.now();
  const calls: Promise<CallResult>[] = [];
  for (let i = 0; i < streams; i++) {
    const [delayMs, offset] = [random() * rampMs, Math.floor(random() * speech.length)];
    for (const url of urls)
      calls.push(
        new Promise((resolve) => setTimeout(resolve, delayMs)).then(() =>
          runCall(door, speech, { url, clock, seconds, offset, onLateness: (ms) => lateness.push(ms) }),
        ),
      );
  }
  const results = await Promise.all(calls);
  const { user, system } = process.cpuUsage(cpuBefore);
  return {
    failures: results.flatMap(({ failure }) => failure ?? []),
    messages: results.reduce((sum, { messages }) => sum + messages, 0),
    latenessP99Ms: percentile(lateness, 0.99),
    cpuShare: (user + system) / 1000 / (performance.now() - startedAtMs),
  };
}
