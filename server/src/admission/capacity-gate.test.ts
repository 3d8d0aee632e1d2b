import { expect, test } from 'vitest';
import type { Principal } from '../auth/principal.ts';
import { CapacityGate, type Lease } from './capacity-gate.ts';

const anybody: Principal = { id: 'anonymous', anonymous: true };

interface Machine {
  maxSessions: number;
  maxUtilisation: number;
  calibrated: number;
  /** Share of the machine that a live channel really takes. */
  cost: number;
  /** Live channels that send, files included. */
  sending: number;
  lagMs: number;
  nowMs: number;
  audio: number;
}

function machine(change: Partial<Machine> = {}): { machine: Machine; gate: CapacityGate } {
  const machine: Machine = {
    maxSessions: 0,
    maxUtilisation: 0.8,
    calibrated: 1000,
    cost: 0.001,
    sending: 0,
    lagMs: 0,
    nowMs: 0,
    audio: 0,
    ...change,
  };
  const source = {
    threads: 1,
    utilisation: () => Math.min(1, machine.sending * machine.cost),
    lagMs: () => machine.lagMs,
  };
  const { calibrated } = machine;
  const limits = () => machine;
  const audioSeconds = () => machine.audio;
  return {
    machine,
    gate: new CapacityGate({ limits, calibrated, sources: [source], audioSeconds, now: () => machine.nowMs }),
  };
}

async function run(machine: Machine, gate: CapacityGate, seconds: number): Promise<void> {
  for (let i = 0; i < seconds * 2; i++) {
    machine.nowMs += 500;
    // A machine that is fully busy hears no more than it can.
    machine.audio += Math.min(machine.sending, 1 / machine.cost) / 2;
    await gate.sample();
  }
}

test('a stream that turns out to be wider takes its places, if they are there', () => {
  const { gate } = machine({ calibrated: 10, maxUtilisation: 0.8 });
  const leases = Array.from({ length: 6 }, () => gate.enter(anybody, 1));
  leases[0]!.resize(2);
  expect(gate.loadRatio).toBeCloseTo(7 / 8);
  leases[1]!.resize(2);
  expect(() => leases[2]!.resize(2)).toThrowError(expect.objectContaining({ code: 'overloaded' }));
  expect(gate.loadRatio).toBe(1);
  leases[0]!.resize(1);
  for (const lease of leases) lease.release();
  leases[0]!.resize(2);
  expect(gate.loadRatio).toBe(0);
});

test('the only stream is always let be, however slow the machine', () => {
  const { gate } = machine({ calibrated: 1, maxUtilisation: 0.8 });
  gate.enter(anybody, 1).resize(2);
  expect(gate.loadRatio).toBe(2);
});

/** Lets in whoever it takes, out of `callers`. */
function enterAll(gate: CapacityGate, callers: number): Lease[] {
  const leases: Lease[] = [];
  for (let i = 0; i < callers; i++) {
    try {
      leases.push(gate.enter(anybody, 1));
    } catch (error) {
      expect(error).toMatchObject({ code: 'overloaded' });
    }
  }
  return leases;
}

test('of a thousand callers at once it takes as many as were calibrated, before any load shows', () => {
  const { gate } = machine({ calibrated: 500 });
  expect(gate.capacity).toBe(400);
  expect(enterAll(gate, 1000)).toHaveLength(400);
  expect(gate.loadRatio).toBe(1);
});

test('streams that cost more than calibrated make the capacity smaller, those that cost less make it larger', async () => {
  for (const cost of [0.004, 0.0005]) {
    const { machine: m, gate } = machine({ cost });
    let leases = 0;
    for (let i = 0; i < 240; i++) {
      leases += enterAll(gate, 10).length;
      m.sending = leases;
      await run(m, gate, 1);
    }
    // It fills up to the utilisation it may have, and no further than the estimate needs to catch up.
    expect(leases * cost).toBeGreaterThan(0.75);
    expect(leases * cost).toBeLessThan(0.88);
  }
});

test('a file that is sent as fast as it is taken does not make a full server', async () => {
  const { machine: m, gate } = machine();
  enterAll(gate, 1);
  m.sending = 100_000;
  await run(m, gate, 30);
  expect(gate.capacity).toBeGreaterThan(700);
});

test('a busy start without audio says nothing about streams', async () => {
  const { machine: m, gate } = machine({ cost: 0.3 });
  enterAll(gate, 1);
  m.sending = 2;
  for (let i = 0; i < 20; i++) {
    m.nowMs += 500;
    m.audio += 0.05;
    await gate.sample();
  }
  expect(gate.capacity).toBeGreaterThan(400);
});

test('a machine much slower than calibrated is found out', async () => {
  const { machine: m, gate } = machine({ cost: 0.02 });
  enterAll(gate, 40);
  m.sending = 40;
  await run(m, gate, 10);
  expect(gate.capacity).toBeLessThan(50);
});

test('one that was full opens again when some places are free, not at each stream that ends', () => {
  const { gate } = machine({ calibrated: 1000 });
  const leases = enterAll(gate, 1000);
  expect(leases).toHaveLength(800);
  leases.pop()!.release();
  expect(() => gate.expectRoom()).toThrowError(expect.objectContaining({ code: 'overloaded' }));
  for (const lease of leases.splice(0, 24)) lease.release();
  expect(enterAll(gate, 1000)).toHaveLength(25);
});

test('the configured limit holds below the measured one, place by place', () => {
  const { machine: m, gate } = machine({ maxSessions: 2 });
  const [first] = enterAll(gate, 3);
  expect(gate.capacity).toBe(2);
  first!.release();
  first!.release();
  expect(enterAll(gate, 3)).toHaveLength(1);
  m.maxSessions = 4;
  expect(enterAll(gate, 5)).toHaveLength(2);
  m.maxSessions = 5000;
  expect(gate.capacity).toBe(800);
});

test('a stream of two channels takes two places', () => {
  const { gate } = machine({ calibrated: 10, maxUtilisation: 1 });
  for (let i = 0; i < 5; i++) gate.enter(anybody, 2);
  expect(() => gate.enter(anybody, 1)).toThrowError(expect.objectContaining({ code: 'overloaded' }));
});

test('a caller has no more streams than its credentials permit, and others are not concerned', () => {
  const { gate } = machine();
  const limited: Principal = { id: 'key:a', anonymous: false, maxSessions: 2 };
  const leases = [gate.enter(limited, 1), gate.enter(limited, 1)];
  expect(() => gate.enter(limited, 1)).toThrowError(expect.objectContaining({ code: 'too_many_sessions' }));
  gate.enter({ id: 'key:b', anonymous: false, maxSessions: 2 }, 1);
  leases[0]!.release();
  gate.enter(limited, 1);
});

test('work that is late closes it until it is in time, unless hardly any streams are open', async () => {
  const { machine: m, gate } = machine({ calibrated: 100 });
  enterAll(gate, 10);
  m.lagMs = 150;
  await run(m, gate, 1);
  gate.expectRoom();
  enterAll(gate, 20);
  await run(m, gate, 1);
  expect(() => gate.expectRoom()).toThrowError(/behind/);
  expect(gate.loadRatio).toBe(1);
  m.lagMs = 60;
  await run(m, gate, 1);
  expect(() => gate.expectRoom()).toThrowError(/behind/);
  m.lagMs = 20;
  await run(m, gate, 1);
  gate.expectRoom();
});

test('on a machine too slow for one stream, one stream is let in', () => {
  const { gate } = machine({ calibrated: 0.5 });
  expect(enterAll(gate, 3)).toHaveLength(1);
});
