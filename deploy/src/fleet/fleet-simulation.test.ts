import { expect, test } from 'vitest';
import { arrivalsFromCsv, dayCurve } from './arrivals.ts';
import { type FleetRequest, simulateFleet } from './fleet-simulation.ts';
import { PodCalls } from './pod-calls.ts';
import { Random } from './random.ts';

const hour = 3600;
const request: FleetRequest = {
  seed: 1,
  seconds: 2 * hour,
  arrivals: () => 6000 / 240,
  meanCallSeconds: 240,
  callSigma: 1,
  streamsPerPod: 500,
  targetLoad: 0.6,
  minPods: 3,
  maxPods: 100,
  zones: 3,
  podStartSeconds: 30,
  drainSeconds: 1500,
  movableShare: 1,
  movesPerSecond: 100,
  metricLagSeconds: 30,
  evictionSeconds: 300,
  balancerBlindSeconds: 0,
};
const simulate = (change: Partial<FleetRequest> = {}) => simulateFleet({ ...request, ...change });

test('the same seed gives the same day, another one another', () => {
  expect(simulate()).toEqual(simulate());
  expect(simulate({ seed: 2 }).callsOffered).not.toBe(simulate().callsOffered);
});

test('open calls follow Little’s law, and pods what the load asks for', () => {
  const { samples, callsRefused } = simulate();
  const mean = samples.reduce((sum, { calls }) => sum + calls, 0) / samples.length;
  expect(mean / 6000).toBeCloseTo(1, 1);
  expect(callsRefused).toBe(0);
  // 6,000 over 500 x 0.6; Kubernetes leaves a tenth alone.
  for (const { readyPods } of samples) expect(Math.abs(readyPods - 20)).toBeLessThanOrEqual(3);
});

test('calls double within a minute: pods follow after the age of the load and a start, and refusals end', () => {
  const arrivals = (second: number): number => (second < hour ? 25 : 75);
  const { samples, callsRefused } = simulate({ arrivals });
  expect(callsRefused).toBeGreaterThanOrEqual(0);
  expect(samples[59]!.readyPods).toBeLessThan(25);
  expect(samples.at(-1)!.readyPods).toBeGreaterThan(50);
  expect(simulate({ arrivals, maxPods: 20 }).callsRefused).toBeGreaterThan(10_000);
});

test('a roll-out replaces one pod after another and loses no call that can be moved', () => {
  const { rollOutPodsReplacedSeconds, rollOutSeconds, callsCutByDrain, callsMoved } = simulate({
    rollOutAt: 600,
  });
  // 20 pods, one start each.
  expect(rollOutPodsReplacedSeconds).toBeGreaterThan(18 * 30);
  expect(rollOutPodsReplacedSeconds).toBeLessThan(30 * 35);
  expect(rollOutSeconds! - rollOutPodsReplacedSeconds!).toBeLessThan(60);
  expect(callsCutByDrain).toBe(0);
  expect(callsMoved).toBeGreaterThan(3000);
});

test('calls that cannot be moved are waited for, and cut when a drain takes too long', () => {
  const still = simulate({ rollOutAt: 600, movableShare: 0, seconds: 3 * hour });
  expect(still.callsMoved).toBe(0);
  expect(still.rollOutSeconds! - still.rollOutPodsReplacedSeconds!).toBeGreaterThan(1000);
  expect(still.callsCutByDrain).toBeGreaterThan(0);
  expect(
    simulate({ rollOutAt: 600, movableShare: 0, seconds: 3 * hour, drainSeconds: 60 }).callsCutByDrain,
  ).toBeGreaterThan(still.callsCutByDrain * 5);
});

test('the loss of a zone takes a third of the calls, which come back where there is room', () => {
  const { zoneLoss, callsLost, callsRefused } = simulate({ loseZoneAt: hour });
  expect(zoneLoss!.streams).toBeGreaterThan(1600);
  expect(zoneLoss!.streams).toBeLessThan(2500);
  expect(zoneLoss).toMatchObject({ restored: zoneLoss!.streams, gaveUp: 0, refusedShare: 0 });
  expect([callsLost, callsRefused]).toEqual([0, 0]);
  // Full jitter over 250 ms.
  expect(zoneLoss!.moveP50Ms).toBeGreaterThan(110);
  expect(zoneLoss!.moveP50Ms).toBeLessThan(140);
  expect(zoneLoss!.podsBackSeconds).toBeGreaterThanOrEqual(300);
});

test('a balancer that does not know yet makes them wait, and one without room loses some', () => {
  const blind = simulate({ loseZoneAt: hour, balancerBlindSeconds: 40 });
  expect(blind.zoneLoss!.moveP99Ms).toBeGreaterThan(10_000);
  expect(blind.callsRefused).toBeGreaterThan(100);
  const full = simulate({ loseZoneAt: hour, targetLoad: 0.95, maxPods: 13 });
  expect(full.zoneLoss!.gaveUp).toBeGreaterThan(0);
  expect(full.zoneLoss!.refusedShare).toBeGreaterThan(0.1);
  expect(full.zoneLoss!.gaveUp + full.zoneLoss!.restored).toBe(full.zoneLoss!.streams);
});

test('three pods of eighteen calls that lose one: as at three real servers, a third moves within a quarter of a second', () => {
  const { samples, zoneLoss, callsRefused } = simulate({
    arrivals: () => 18 / 10,
    meanCallSeconds: 10,
    callSigma: 0.01,
    maxPods: 3,
    streamsPerPod: 100,
    loseZoneAt: 59,
    seconds: 61,
  });
  expect(samples.map(({ readyPods }) => readyPods)).toEqual([3, 2]);
  expect(samples[1]!.load).toBeCloseTo(samples[1]!.calls / 200, 10);
  expect(zoneLoss!.streams).toBeGreaterThanOrEqual(4);
  expect(zoneLoss!.streams).toBeLessThanOrEqual(9);
  expect([zoneLoss!.restored, callsRefused]).toEqual([zoneLoss!.streams, 0]);
  expect(zoneLoss!.moveP99Ms).toBeLessThanOrEqual(250);
});

test('calls of a pod end when they should, wherever they were taken from', () => {
  const calls = new PodCalls();
  for (const second of [5, 5, 7, 9]) calls.add(second);
  expect(calls.take(1, 1)).toEqual([5]);
  for (let second = 1; second <= 7; second++) calls.end(second);
  expect(calls.open).toBe(1);
  expect(calls.take(7, 10)).toEqual([9]);
  expect(calls.open).toBe(0);
});

test('draws have the means that they are asked for', () => {
  const random = new Random(7);
  const mean = (draw: () => number): number => {
    let sum = 0;
    for (let i = 0; i < 100_000; i++) sum += draw();
    return sum / 100_000;
  };
  expect(mean(() => random.lognormal(240, 1)) / 240).toBeCloseTo(1, 1);
  expect(mean(() => random.poisson(3)) / 3).toBeCloseTo(1, 1);
  expect(mean(() => random.poisson(400)) / 400).toBeCloseTo(1, 2);
});

test('arrivals: the example of a day is at its busiest what was asked for; a file is read or refused by its line', () => {
  expect(dayCurve(1000, 200)(10 * hour)).toBe(5);
  expect(arrivalsFromCsv('minute,calls\n0,60\n1,120\n')(61)).toBe(2);
  expect(arrivalsFromCsv('0,60')(120)).toBe(0);
  for (const [text, line] of [
    ['0,60\n2,5', 2],
    ['0,many', 1],
    ['0,-1', 1],
    ['0;60', 1],
  ] as const)
    expect(() => arrivalsFromCsv(text)).toThrowError(new RegExp(`Expected line ${line} of the arrivals`));
  expect(() => arrivalsFromCsv('')).toThrowError('got none');
});
