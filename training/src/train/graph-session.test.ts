import { describe, expect, it } from 'vitest';
import { Graph } from '../autodiff/graph.ts';
import { encodeModel } from '../autodiff/onnx-writer.ts';
import { GraphSession, SessionCache } from './graph-session.ts';

/** y = 2 x over `rows` numbers. */
function doubling(rows: number): { model: Uint8Array; inputs: ReadonlyMap<string, readonly number[]> } {
  const g = new Graph();
  const x = g.input('x', [rows]);
  const y = g.emit('Mul', [x, g.scalar(2)], [rows]);
  return { model: encodeModel(g.spec('doubling', { y })), inputs: g.inputs };
}

describe('GraphSession', () => {
  it('refuses inputs that are missing or of the wrong length', async () => {
    const session = await GraphSession.open(doubling(3));
    await expect(session.run({ x: new Float32Array(2) })).rejects.toThrow(
      'Expected 3 floats for x [3]; found 2',
    );
    await expect(session.run({})).rejects.toThrow('found nothing');
    await session.close();
  });
});

describe('SessionCache', () => {
  it('opens a session for each size once, and again after it made room for others', async () => {
    const built: number[] = [];
    const cache = new SessionCache((size) => {
      built.push(size.rows);
      return doubling(size.rows);
    }, 2);
    const run = async (rows: number): Promise<void> => {
      const { y } = await cache.run({ rows, frames: 4, views: 1 }, { x: new Float32Array(rows).fill(rows) });
      expect(y).toEqual(new Float32Array(rows).fill(2 * rows));
    };
    for (const rows of [1, 2, 1, 3, 1, 2]) await run(rows);
    expect(built).toEqual([1, 2, 3, 2]);
    await cache.close();
  });

  it('opens one session when two runs of a size begin together', async () => {
    let built = 0;
    const cache = new SessionCache((size) => {
      built++;
      return doubling(size.rows);
    }, 2);
    const size = { rows: 1, frames: 4, views: 1 };
    await Promise.all([
      cache.run(size, { x: Float32Array.of(1) }),
      cache.run(size, { x: Float32Array.of(2) }),
    ]);
    expect(built).toBe(1);
    await cache.close();
  });
});
