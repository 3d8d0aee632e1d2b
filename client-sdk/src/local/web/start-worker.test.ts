import { afterEach, expect, it, vi } from 'vitest';
import { startWorker } from './start-worker.ts';

/** One whose file never comes. */
class SilentWorker {
  static terminated = 0;
  addEventListener(): void {}
  postMessage(): void {}
  terminate(): void {
    SilentWorker.terminated++;
  }
}

afterEach(() => vi.unstubAllGlobals());

it('a worker whose file does not come ends at once when nobody waits for it any more', async () => {
  vi.stubGlobal('Worker', SilentWorker);
  const abort = new AbortController();
  const starting = startWorker(new URL('https://page.example/worker.js'), abort.signal);
  abort.abort('left');
  await expect(starting).rejects.toMatchObject({ code: 'aborted', cause: 'left' });
  expect(SilentWorker.terminated).toBe(1);
});
