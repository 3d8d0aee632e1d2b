import { describe, expect, test } from 'vitest';
import { runFleet } from '../fleet/fleet-run.ts';
import { haproxyProblems } from '../fleet/haproxy.ts';

describe('a fleet of three servers behind HAProxy', () => {
  test('HAProxy takes the configuration, and its check does not take everything', () => {
    expect(haproxyProblems({ front: 30_001, servers: [30_002, 30_003, 30_004, 30_005] })).toBe('');
    expect(haproxyProblems({ front: 30_001, servers: [] })).toContain('Fatal errors found');
  });

  test('restarted one server after another under load, and one killed: no client loses a result or gets one twice', async () => {
    const callers = 12;
    const { phases, nats } = await runFleet({ callers, callSeconds: 6, phases: ['rolling', 'kill'] });
    for (const phase of phases) {
      expect(phase.finalsExpected).toBeGreaterThan(callers);
      expect(phase, phase.name).toMatchObject({
        finalsLost: 0,
        finalsRepeated: 0,
        eventsLost: 0,
        eventsRepeated: 0,
        eventsOther: 0,
        callsFailed: 0,
        failures: [],
      });
    }
    const [rolling, kill] = phases;
    // Each stream at least once, those at the servers that were restarted later more often.
    expect(rolling!.moves).toBeGreaterThanOrEqual(6);
    expect(kill!.moves).toBeGreaterThanOrEqual(2);
    expect(nats).toMatchObject({ repeated: 0, summariesRepeated: 0 });
  }, 120_000);
});
