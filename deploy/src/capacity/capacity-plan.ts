/** How many pods a number of live streams needs, and what a stream-hour costs: arithmetic over what was measured. */
import { UndertoneError } from '@undertone/core';

/** Measured on one machine (`docs/performance.md`); put your own here after `npm run bench:load`. */
export interface StreamCost {
  /** CPU-seconds of all threads for each second of audio. */
  readonly cpu: number;
  /** The part of it that only the main thread can do. */
  readonly mainThreadCpu: number;
}

export interface CapacityRequest {
  /** Live streams at the busiest time, of one analysed channel each. */
  readonly streams: number;
  readonly cost: StreamCost;
  readonly coresPerPod: number;
  /** `maxUtilisation` of the server: share of the processor up to which it takes streams. */
  readonly maxUtilisation: number;
  /** `undertone_load_ratio` that the autoscaler holds, 0 to 1: the rest is for what comes while a new pod starts. */
  readonly targetLoad: number;
  /** Zones over which pods are spread evenly; with more than one the loss of one leaves room for all streams. */
  readonly zones: number;
  /** In any currency. */
  readonly pricePerCoreHour: number;
  readonly pricePerGibHour: number;
}

export interface CapacityPlan {
  readonly streamsPerPod: number;
  readonly pods: number;
  readonly cores: number;
  /** What to request for a pod, in MiB: full of streams. */
  readonly memoryMibPerPod: number;
  readonly memoryGib: number;
  readonly pricePerHour: number;
  readonly pricePerStreamHour: number;
}

/** By length of a packet in milliseconds. What does not recognise is taken to be the main thread's: at most it is so. */
export const measuredCosts: ReadonlyMap<number, StreamCost> = new Map([
  [100, { cpu: 0.0009, mainThreadCpu: 0.0003 }],
  [20, { cpu: 0.00137, mainThreadCpu: 0.00077 }],
]);

/** Of an active stream: 237 KiB, measured with 400. */
const streamMib = 237 / 1024;
/** Process, model, and garbage not yet collected: 480 MB at most over half an hour of 400 streams, without theirs. */
const baseMib = 480e6 / 2 ** 20 - 400 * streamMib;
/** Requests are whole multiples of this, at least a quarter above what was measured. */
const memoryStepMib = 256;
const memoryReserve = 1.25;

/** @throws UndertoneError `bad_parameter` for what is no positive number, or a share above 1 */
export function planCapacity(request: CapacityRequest): CapacityPlan {
  expectSensible(request);
  const { streams, cost, coresPerPod, maxUtilisation, targetLoad, zones } = request;
  const bound = Math.min(coresPerPod / cost.cpu, 1 / cost.mainThreadCpu);
  const streamsPerPod = Math.floor(bound * maxUtilisation);
  if (streamsPerPod < 1)
    throw new UndertoneError('bad_parameter', 'Expected a pod to carry a stream; it has too few cores.');
  const wanted = Math.ceil(streams / (streamsPerPod * targetLoad));
  const afterLoss = zones > 1 ? Math.ceil(streams / streamsPerPod / (zones - 1)) * zones : 0;
  const pods = Math.max(wanted, afterLoss, 1);
  const cores = pods * coresPerPod;
  const memoryMibPerPod = memoryForStreams(streamsPerPod);
  const memoryGib = (pods * memoryMibPerPod) / 1024;
  const pricePerHour = cores * request.pricePerCoreHour + memoryGib * request.pricePerGibHour;
  return {
    streamsPerPod,
    pods,
    cores,
    memoryMibPerPod,
    memoryGib,
    pricePerHour,
    pricePerStreamHour: pricePerHour / streams,
  };
}

/** Memory to request for a pod with this many streams, MiB. */
export function memoryForStreams(streams: number): number {
  const needed = (baseMib + streams * streamMib) * memoryReserve;
  return Math.ceil(needed / memoryStepMib) * memoryStepMib;
}

function expectSensible(request: CapacityRequest): void {
  const { cost, maxUtilisation, targetLoad, zones, pricePerCoreHour, pricePerGibHour } = request;
  const positive = { streams: request.streams, coresPerPod: request.coresPerPod, zones, ...cost };
  for (const [name, value] of Object.entries(positive))
    if (!(value > 0) || !Number.isFinite(value)) refuse(name, 'a number above 0', value);
  for (const [name, value] of Object.entries({ maxUtilisation, targetLoad }))
    if (!(value > 0 && value <= 1)) refuse(name, 'above 0 and at most 1', value);
  for (const [name, value] of Object.entries({ pricePerCoreHour, pricePerGibHour }))
    if (!(value >= 0) || !Number.isFinite(value)) refuse(name, 'a number from 0 on', value);
  if (!Number.isInteger(zones)) refuse('zones', 'a whole number', zones);
}

function refuse(name: string, expected: string, value: number): never {
  throw new UndertoneError('bad_parameter', `Expected ${name} to be ${expected}; got ${value}.`);
}
