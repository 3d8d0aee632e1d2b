/** All faults at once, each on servers of its own job, watched by one Prometheus. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PrometheusServer } from '../support/prometheus.ts';
import { type Fault, openFaults } from './alert-faults-list.ts';

export interface AlertFaultPlan {
  readonly factor: number;
  readonly clearSeconds: number;
  readonly say: (line: string) => void;
}

export interface AlertTiming {
  readonly alert: string;
  readonly fault: string;
  /** Did not fire while all was well. */
  readonly wasQuiet: boolean;
  readonly firedSeconds: number | null;
  readonly clearedSeconds: number | null;
}

const intervalMs = 500;
/** Without fault: more than the hour that baselines leave out. */
const wellHours = 1.8;
const longestToFireHours = 4;

export async function runAlertFaults({ factor, clearSeconds, say }: AlertFaultPlan): Promise<AlertTiming[]> {
  const prometheus = await PrometheusServer.start(factor, intervalMs);
  const faults = await openFaults(prometheus, say);
  try {
    const wellMs = (wellHours * 3_600_000) / factor;
    say(`all is well for ${Math.round(wellMs / 1000)} s`);
    await sleep(wellMs);
    const fireMs = (longestToFireHours * 3_600_000) / factor;
    const timings = await Promise.all(
      faults.list.map((fault) => timesOf(prometheus, fault, fireMs, clearSeconds * 1000, say)),
    );
    return timings.flat();
  } finally {
    await faults.close();
    await prometheus.stop();
  }
}

async function timesOf(
  prometheus: PrometheusServer,
  fault: Fault,
  fireMs: number,
  clearMs: number,
  say: (line: string) => void,
): Promise<AlertTiming[]> {
  const isFiring = async (alert: string): Promise<boolean> => {
    const job = alert === 'UndertoneScrapedTwice' ? '' : `,job="${fault.job}"`;
    return (await prometheus.query(`ALERTS{alertname="${alert}",alertstate="firing"${job}}`)).length > 0;
  };
  const until = async (alert: string, state: boolean, limitMs: number): Promise<number | null> => {
    const startMs = performance.now();
    while (performance.now() - startMs < limitMs) {
      if ((await isFiring(alert)) === state) return Math.round((performance.now() - startMs) / 100) / 10;
      await sleep(200);
    }
    return null;
  };
  const quiet = await Promise.all(fault.alerts.map(async (alert) => !(await isFiring(alert))));
  await fault.cause();
  const fired = await Promise.all(fault.alerts.map((alert) => until(alert, true, fireMs)));
  for (const [i, alert] of fault.alerts.entries()) say(`${alert}: fires after ${fired[i]} s`);
  await fault.repair();
  const cleared = await Promise.all(fault.alerts.map((alert) => until(alert, false, clearMs)));
  return fault.alerts.map((alert, i) => ({
    alert,
    fault: fault.sentence,
    wasQuiet: quiet[i]!,
    firedSeconds: fired[i]!,
    clearedSeconds: fired[i] === null ? null : cleared[i]!,
  }));
}
