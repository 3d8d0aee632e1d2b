/** `npm run fleet:simulate`: a day of a fleet of any size, with a roll-out and the loss of a zone. */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { UndertoneError } from '@undertone/core';
import { measuredCosts, planCapacity } from '../capacity/capacity-plan.ts';
import { exampleRequest } from '../capacity/capacity-table.ts';
import { arrivalsFromCsv, dayCurve } from '../fleet/arrivals.ts';
import { fleetPicture } from '../fleet/fleet-picture.ts';
import { simulateFleet } from '../fleet/fleet-simulation.ts';

const numbers = {
  calls: 100_000,
  'call-seconds': 240,
  'call-sigma': 1,
  'packet-ms': 100,
  'target-load': exampleRequest.targetLoad,
  zones: exampleRequest.zones,
  'min-pods': 3,
  'max-pods': 200,
  'pod-start-seconds': 30,
  'drain-seconds': 1500,
  'moves-per-second': 100,
  'balancer-blind-seconds': 40,
  'eviction-seconds': 300,
  'metric-lag-seconds': 30,
  'movable-share': 1,
  hours: 24,
  seed: 1,
};
type Name = keyof typeof numbers;
const names = Object.keys(numbers) as Name[];

const help = `Usage: npm run -s fleet:simulate -- [options]

A day of calls on a fleet of pods: how many it needs, how long a roll-out takes, what the loss of a zone does.
What is assumed and what was measured is in docs/fleet.md.

Options, with their defaults:
${names.map((name) => `  --${`${name} N`.padEnd(24)}(${numbers[name]})`).join('\n')}
  --arrivals FILE.csv       calls that begin, as lines MINUTE,CALLS; in place of the example of a day
  --roll-out-at HOUR        (10.5, or none)
  --lose-zone-at HOUR       (15, or none)
  --svg FILE                a picture of calls, pods and load
  --json                    one JSON object, without the samples of each minute
  --help                    print this and exit
`;

function run(): string {
  const option = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      ...(Object.fromEntries(names.map((name) => [name, option])) as Record<Name, typeof option>),
      arrivals: option,
      'roll-out-at': { ...option, default: '10.5' },
      'lose-zone-at': { ...option, default: '15' },
      svg: option,
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return help;
  const read = (name: string, text: string): number => {
    const value = Number(text.trim() || Number.NaN);
    if (Number.isFinite(value)) return value;
    throw new UndertoneError('bad_parameter', `Expected --${name} to be a number; got ${text}.`);
  };
  const of = (name: Name): number => {
    const value = read(name, values[name] ?? String(numbers[name]));
    const isShare = name === 'movable-share' || name === 'target-load';
    const isPositive = name === 'movable-share' ? value >= 0 : value > 0;
    if (isPositive && (!isShare || value <= 1)) return value;
    throw new UndertoneError(
      'bad_parameter',
      `Expected --${name} to be ${isShare ? 'from 0 to 1' : 'above 0'}; got ${value}.`,
    );
  };
  const cost = measuredCosts.get(of('packet-ms'));
  if (!cost)
    throw new UndertoneError(
      'bad_parameter',
      `Expected --packet-ms to be ${[...measuredCosts.keys()].join(' or ')}.`,
    );
  const targetLoad = of('target-load');
  const zones = Math.round(of('zones'));
  const plan = planCapacity({ ...exampleRequest, streams: of('calls'), cost, targetLoad, zones });
  const hour = (name: 'roll-out-at' | 'lose-zone-at'): number | undefined => {
    return values[name] === 'none' ? undefined : Math.round(read(name, values[name]) * 3600);
  };
  const [rollOutAt, loseZoneAt] = [hour('roll-out-at'), hour('lose-zone-at')];
  const outcome = simulateFleet({
    seed: of('seed'),
    seconds: Math.round(of('hours') * 3600),
    arrivals: values.arrivals
      ? arrivalsFromCsv(readFileSync(values.arrivals, 'utf8'))
      : dayCurve(of('calls'), of('call-seconds')),
    meanCallSeconds: of('call-seconds'),
    callSigma: of('call-sigma'),
    streamsPerPod: plan.streamsPerPod,
    targetLoad,
    zones,
    minPods: of('min-pods'),
    maxPods: of('max-pods'),
    podStartSeconds: Math.round(of('pod-start-seconds')),
    drainSeconds: of('drain-seconds'),
    movableShare: of('movable-share'),
    movesPerSecond: of('moves-per-second'),
    metricLagSeconds: of('metric-lag-seconds'),
    evictionSeconds: of('eviction-seconds'),
    balancerBlindSeconds: of('balancer-blind-seconds'),
    ...(rollOutAt === undefined ? {} : { rollOutAt }),
    ...(loseZoneAt === undefined ? {} : { loseZoneAt }),
    onHour: (done) => {
      if (process.stderr.isTTY) process.stderr.write(`\rhour ${done} of ${of('hours')} `);
    },
  });
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  if (values.svg) writeFileSync(values.svg, fleetPicture(outcome.samples, targetLoad));
  const { samples: _, ...figures } = outcome;
  const result = { streamsPerPod: plan.streamsPerPod, plannedPods: plan.pods, ...figures };
  return values.json ? `${JSON.stringify(result)}\n` : `${JSON.stringify(result, null, 2)}\n`;
}

try {
  process.stdout.write(run());
} catch (error) {
  const text = error instanceof UndertoneError ? `${error.code}: ${error.message}` : String(error);
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
}
