import { describe, expect, it } from 'vitest';
import type { LocalModel, LocalModelOptions } from './local-model.ts';
import { SharedModels } from './shared-models.ts';

interface Loading {
  readonly options: LocalModelOptions;
  readonly signal: AbortSignal;
  /** The worker of this model ends by itself. */
  crash(): void;
  isClosed: boolean;
}

function shared(fails = false): { models: SharedModels; loads: Loading[] } {
  const loads: Loading[] = [];
  const models = new SharedModels(async (options, signal) => {
    let crash = (): void => {};
    const ended = new Promise<void>((resolve) => {
      crash = resolve;
    });
    const loading: Loading = { options, signal, crash: () => crash(), isClosed: false };
    loads.push(loading);
    if (fails) throw new Error('not found');
    const model = {
      host: { ended },
      close: async () => {
        loading.isClosed = true;
      },
    };
    return model as unknown as LocalModel;
  });
  return { models, loads };
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

describe('SharedModels', () => {
  it('loads a model once for streams that are open together, and closes it after the last', async () => {
    const { models, loads } = shared();
    const [first, second, other] = [
      models.lease({}),
      models.lease({ model: 'default' }),
      models.lease({ model: 'int8' }),
    ];
    expect(await first.model).toBe(await second.model);
    expect(await other.model).not.toBe(await first.model);
    first.leave();
    first.leave();
    await settled();
    expect(loads.map(({ isClosed }) => isClosed)).toEqual([false, false]);
    second.leave();
    await settled();
    expect(loads.map(({ isClosed }) => isClosed)).toEqual([true, false]);
    models.lease({});
    expect(loads).toHaveLength(3);
  });

  it('gives up loading when nobody waits for it any more', () => {
    const { models, loads } = shared();
    models.lease({}).leave();
    expect(loads[0]!.signal.aborted).toBe(true);
  });

  it('loads again after a failure and after a crash', async () => {
    const failing = shared(true);
    await expect(failing.models.lease({}).model).rejects.toThrow('not found');
    await settled();
    await expect(failing.models.lease({}).model).rejects.toThrow('not found');
    expect(failing.loads).toHaveLength(2);

    const crashing = shared();
    await crashing.models.lease({}).model;
    crashing.loads[0]!.crash();
    await settled();
    await crashing.models.lease({}).model;
    expect(crashing.loads).toHaveLength(2);
  });
});
