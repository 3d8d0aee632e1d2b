/** The process that makes the load: takes one plan from its parent, answers with what came of it, and ends. */
import { openLoadClient } from './load-client.ts';
import type { LoadOutcome, LoadPlan } from './load-plan.ts';
import { percentile } from './load-report.ts';
import { piecesOf } from './load-speech.ts';
import { type LoadStreamResult, runLoadStream } from './load-stream.ts';
import { PacketClock } from './packet-clock.ts';
import { Refused } from './refused.ts';
import { seededRandom } from './seeded-random.ts';

process.once('message', (plan: LoadPlan) => {
  generate(plan).then(
    (outcome) => process.send!(outcome, undefined, {}, () => process.disconnect()),
    (error: Error) => {
      console.error(error.stack);
      process.exit(1);
    },
  );
});

async function generate(plan: LoadPlan): Promise<LoadOutcome> {
  const pieces = piecesOf(plan);
  const random = seededRandom(2);
  const clock = new PacketClock();
  const cpuBefore = process.cpuUsage();
  const startedAtMs = performance.now();
  const results = await Promise.all(
    Array.from({ length: plan.streams }, async (_, i): Promise<LoadStreamResult> => {
      await new Promise((resolve) => setTimeout(resolve, random() * plan.rampMs));
      const { url, packetMs, stepMs } = plan;
      const audio = pieces[i % pieces.length]!;
      return runLoadStream(openLoadClient[plan.transport], clock, { url, packetMs, stepMs, audio });
    }),
  );
  const { user, system } = process.cpuUsage(cpuBefore);
  const all = (field: 'interimMs' | 'finalMs' | 'serverInterimMs' | 'serverFinalMs' | 'latenessMs') =>
    results.flatMap((result) => result[field]);
  return {
    interimMs: all('interimMs'),
    finalMs: all('finalMs'),
    serverInterimMs: all('serverInterimMs'),
    serverFinalMs: all('serverFinalMs'),
    latenessP99Ms: percentile(all('latenessMs'), 0.99),
    eventKeys: results.map(({ error, eventKeys }) => (error ? null : eventKeys)),
    refused: results.flatMap(({ error, lastedMs }) =>
      error instanceof Refused
        ? [{ status: error.status, hasRetryAfter: error.hasRetryAfter, afterMs: lastedMs }]
        : [],
    ),
    failures: results.flatMap(({ error }) =>
      error !== null && !(error instanceof Refused) ? [error.message] : [],
    ),
    cpuShare: (user + system) / 1000 / (performance.now() - startedAtMs),
  };
}
