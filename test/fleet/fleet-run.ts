/** A fleet under load through what happens to fleets, one thing after another. */
import { setTimeout as sleep } from 'node:timers/promises';
import { piecesOf } from '../load/load-speech.ts';
import { Fleet } from './fleet.ts';
import { type FleetCall, makeCall } from './fleet-call.ts';
import { FleetLoad, type MadeCall } from './fleet-load.ts';
import { type FleetVerdict, verdictOf } from './fleet-verdict.ts';
import { type NatsVerdict, readNats } from './nats-results.ts';

export const allPhases = ['calm', 'rolling', 'kill', 'freeze', 'add'] as const;
export type PhaseName = (typeof allPhases)[number];

export interface FleetPlan {
  readonly callers: number;
  /** Of one call. */
  readonly callSeconds: number;
  readonly phases: readonly PhaseName[];
  readonly onPhase?: (name: PhaseName) => void;
}

export interface FleetPhase extends FleetVerdict {
  readonly name: PhaseName;
  readonly seconds: number;
  readonly redials: number;
  /** What was done, and how long it took. */
  readonly steps: readonly {
    readonly what: string;
    readonly ms: number;
    readonly load: readonly (number | null)[];
  }[];
}

export interface FleetReport {
  readonly callers: number;
  readonly phases: readonly FleetPhase[];
  readonly nats: NatsVerdict;
}

interface Acts {
  readonly fleet: Fleet;
  /** Notes how long it took and what each server carries after it. */
  readonly step: (what: string, act: () => Promise<unknown>) => Promise<void>;
}

/** What is done to the fleet while calls go on; before and after it they have time to begin and to settle. */
const acts: Readonly<Record<PhaseName, (acts: Acts) => Promise<void>>> = {
  calm: ({ step }) => step('nothing', () => sleep(3000)),
  rolling: async ({ fleet, step }) => {
    for (const place of [0, 1, 2]) {
      await step(`server ${place + 1} drains`, () => fleet.drain(place));
      await step(`server ${place + 1} starts`, () => fleet.open(place));
    }
  },
  kill: async ({ fleet, step }) => {
    await step('server 1 is killed', async () => {
      fleet.kill(0);
      await sleep(2000);
    });
    await step('server 1 starts', () => fleet.open(0));
  },
  freeze: ({ fleet, step }) => step('server 2 stands still', () => fleet.freeze(1, 8000)),
  add: async ({ fleet, step }) => {
    await step('server 4 starts', () => fleet.open(3));
    await step('calls come and go', () => sleep(12_000));
    await step('server 4 drains', () => fleet.drain(3));
  },
};

/** @throws Error */
export async function runFleet(plan: FleetPlan): Promise<FleetReport> {
  const fleet = await Fleet.start(3);
  try {
    const stepMs = await stepOf(fleet.url);
    const pieces = piecesOf({ variants: 8, seconds: plan.callSeconds });
    const { url } = fleet;
    const references = await Promise.all(pieces.map((audio) => makeCall({ url, audio, stepMs, pace: 0 })));
    for (const { error } of references) if (error) throw error;
    const phases: FleetPhase[] = [];
    const made: FleetCall[] = [];
    for (const name of plan.phases) {
      plan.onPhase?.(name);
      const load = new FleetLoad({ url, callers: plan.callers, stepMs, pieces, rampMs: 2000 });
      const { phase, calls } = await runPhase(name, fleet, load, references);
      phases.push(phase);
      made.push(...calls);
    }
    // What waits in the sinks is delivered before servers end.
    await fleet.closeServers();
    const finals = new Map(made.map((call) => [call.session, call.finals.length]));
    return { callers: plan.callers, phases, nats: await readNats(fleet.nats.url, fleet.natsStream, finals) };
  } finally {
    await fleet.close();
  }
}

async function runPhase(
  name: PhaseName,
  fleet: Fleet,
  load: FleetLoad,
  references: readonly FleetCall[],
): Promise<{ phase: FleetPhase; calls: readonly MadeCall[] }> {
  const startMs = performance.now();
  const steps: { what: string; ms: number; load: readonly (number | null)[] }[] = [];
  const step: Acts['step'] = async (what, act) => {
    const stepStartMs = performance.now();
    await act();
    const ms = Math.round(performance.now() - stepStartMs);
    steps.push({ what, ms, load: await fleet.load() });
  };
  await step('calls begin', () => sleep(3000));
  await acts[name]({ fleet, step });
  await sleep(1000);
  await load.finish();
  const seconds = Math.round((performance.now() - startMs) / 100) / 10;
  const phase = { name, seconds, redials: load.redials, steps, ...verdictOf(load.calls, references) };
  return { phase, calls: load.calls };
}

async function stepOf(url: string): Promise<number> {
  const models = await fetch(url.replace('ws:', 'http:').replace('/v1/stream', '/v1/models'));
  return ((await models.json()) as { models: { step_ms: number }[] }).models[0]!.step_ms;
}
