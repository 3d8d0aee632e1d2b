/** The table of `docs/operations.md`. */
import { type CapacityRequest, measuredCosts, planCapacity } from './capacity-plan.ts';

/** Prices are examples. */
export const exampleRequest: Omit<CapacityRequest, 'streams' | 'cost'> = {
  coresPerPod: 2,
  maxUtilisation: 0.8,
  targetLoad: 0.6,
  zones: 3,
  pricePerCoreHour: 0.04,
  pricePerGibHour: 0.005,
};

export const exampleStreams: readonly number[] = [100, 1000, 10_000, 100_000];

const header = [
  'streams',
  'packets',
  'streams a pod',
  'pods',
  'cores',
  'memory, GiB',
  'an hour',
  'a stream-hour',
];

export function capacityTable(
  request: Omit<CapacityRequest, 'streams' | 'cost'> = exampleRequest,
  streamCounts: readonly number[] = exampleStreams,
  packets: readonly number[] = [...measuredCosts.keys()],
): string {
  const rows = packets.flatMap((packetMs) =>
    streamCounts.map((streams) => {
      const plan = planCapacity({ ...request, streams, cost: measuredCosts.get(packetMs)! });
      return [
        streams.toLocaleString('en'),
        `${packetMs} ms`,
        plan.streamsPerPod.toLocaleString('en'),
        plan.pods.toLocaleString('en'),
        plan.cores.toLocaleString('en'),
        plan.memoryGib.toLocaleString('en', { maximumFractionDigits: 1 }),
        plan.pricePerHour.toFixed(2),
        plan.pricePerStreamHour.toFixed(6),
      ];
    }),
  );
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
