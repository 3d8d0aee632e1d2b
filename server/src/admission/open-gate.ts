/** The gate of a server: calibrated at start, watching from then on. */
import type { ServedModel } from '../inference/served-models.ts';
import type { Logger } from '../observability/logger.ts';
import { availableCores } from './available-cores.ts';
import { recognitionCost } from './calibrate.ts';
import { calibratedCapacity } from './capacity-estimate.ts';
import { CapacityGate, type CapacityGateOptions } from './capacity-gate.ts';
import { type LoadSource, MainThreadLoad, ProcessLoad } from './load-source.ts';

export interface GateSources extends Pick<CapacityGateOptions, 'limits' | 'audioSeconds'> {
  /** What streams get without a wish; others are taken to cost the same until their load shows. */
  readonly model: ServedModel;
  /** The threads that recognise. */
  readonly workers: LoadSource;
  readonly log: Logger;
}

export interface OpenGate {
  readonly gate: CapacityGate;
  close(): void;
}

const sampleEveryMs = 500;
/** What recognition costs on a core of some years ago; stands in where calibration failed. */
const assumedRecognitionCost = 0.001;

export async function openGate({ model, workers, log, ...rest }: GateSources): Promise<OpenGate> {
  const cores = availableCores();
  const measured = await recognitionCost(model);
  if (measured === null) log.warn('calibration failed: capacity is assumed until load shows it');
  const recognition = measured ?? assumedRecognitionCost;
  const costs = { recognition, workers: workers.threads, cores };
  const main = new MainThreadLoad(sampleEveryMs / 5);
  const sources = [main, new ProcessLoad(cores), workers];
  const gate = new CapacityGate({ ...rest, calibrated: calibratedCapacity(costs), sources });
  const timer = setInterval(() => {
    gate.sample().catch((err: unknown) => log.error({ err }, 'measuring the load failed'));
  }, sampleEveryMs).unref();
  return {
    gate,
    close: () => {
      clearInterval(timer);
      main.close();
    },
  };
}
