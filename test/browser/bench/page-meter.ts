/** What a page costs, by Chromium's own account: CPU of its process, heap of its threads, its longest task. */
import { readFileSync } from 'node:fs';
import type { Browser, CDPSession, Page } from 'playwright-core';

const pageBytes = 4096;

interface Target {
  send(method: string): Promise<Record<string, number>>;
}

export interface LongestTask {
  /** By the clock: what else runs on the machine counts too. */
  readonly wallMs: number;
  /** Time of the thread on a processor. */
  readonly cpuMs: number;
}

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: {
    readonly name?: string;
    readonly data?: { readonly url?: string; readonly processId?: number };
  };
}

export class PageMeter {
  readonly #browser: CDPSession;
  /** The page, and its workers as they come. */
  readonly #targets: Map<string, Target>;

  private constructor(browser: CDPSession, targets: Map<string, Target>) {
    this.#browser = browser;
    this.#targets = targets;
  }

  /** Before the page has workers. */
  static async open(browser: Browser, page: Page): Promise<PageMeter> {
    const session = await page.context().newCDPSession(page);
    const targets = new Map<string, Target>();
    targets.set('page', { send: (method) => session.send(method as 'Runtime.getHeapUsage') as never });
    session.on('Target.attachedToTarget', ({ sessionId }) =>
      targets.set(sessionId, worker(session, sessionId)),
    );
    session.on('Target.detachedFromTarget', ({ sessionId }) => targets.delete(sessionId));
    await session.send('Target.setAutoAttach', {
      autoAttach: true,
      waitForDebuggerOnStart: false,
      flatten: false,
    });
    return new PageMeter(await browser.newBrowserCDPSession(), targets);
  }

  /** Threads with a heap of their own: the page and its workers. */
  get threads(): number {
    return this.#targets.size;
  }

  /** CPU time of all processes of pages since they began. */
  async cpuSeconds(): Promise<number> {
    return (await this.#renderers()).reduce((sum, { cpuTime }) => sum + cpuTime, 0);
  }

  async #renderers(): Promise<{ id: number; cpuTime: number }[]> {
    const { processInfo } = await this.#browser.send('SystemInfo.getProcessInfo');
    return processInfo.filter(({ type }) => type === 'renderer');
  }

  /** Memory of all processes of pages that is in use, WebAssembly's included. Linux only. */
  async residentBytes(): Promise<number> {
    const pages = (pid: number): number => Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
    return (await this.#renderers()).reduce((sum, { id }) => sum + pages(id) * pageBytes, 0);
  }

  /** After garbage was collected: heaps of the page and its workers with their buffers, WebAssembly's memory not included. */
  async heapBytes(): Promise<number> {
    let sum = 0;
    for (const target of this.#targets.values()) {
      await target.send('HeapProfiler.collectGarbage');
      const { usedSize = 0, backingStorageSize = 0 } = await target.send('Runtime.getHeapUsage');
      sum += usedSize + backingStorageSize;
    }
    return sum;
  }
}

/** A session within a session: that is how a page speaks to its workers' inspectors. */
function worker(session: CDPSession, sessionId: string): Target {
  let next = 0;
  const waiting = new Map<number, (answer: { result?: Record<string, number> }) => void>();
  session.on('Target.receivedMessageFromTarget', (event) => {
    if (event.sessionId !== sessionId) return;
    const answer = JSON.parse(event.message) as { id?: number; result?: Record<string, number> };
    if (answer.id !== undefined) waiting.get(answer.id)?.(answer);
  });
  return {
    send: async (method) => {
      const id = next++;
      const answer = new Promise<{ result?: Record<string, number> }>((resolve) => waiting.set(id, resolve));
      await session.send('Target.sendMessageToTarget', {
        sessionId,
        message: JSON.stringify({ id, method }),
      });
      const { result } = await answer;
      waiting.delete(id);
      if (!result) throw new Error(`Expected the worker to answer ${method}.`);
      return result;
    },
  };
}

/** Of the main thread of the page at `origin`, from its navigation on, while `run` lasts. */
export async function longestTask(
  browser: Browser,
  page: Page,
  origin: string,
  run: () => Promise<void>,
): Promise<LongestTask> {
  const categories = ['devtools.timeline', 'disabled-by-default-devtools.timeline', '__metadata'];
  await browser.startTracing(page, { categories });
  await run();
  const trace = JSON.parse(String(await browser.stopTracing())) as { traceEvents: TraceEvent[] };
  const events = trace.traceEvents;
  const commit = events.find(
    ({ name, args }) => name === 'FrameCommittedInBrowser' && args?.data?.url?.startsWith(origin),
  );
  const pid = commit?.args?.data?.processId;
  const main = events.find(
    (event) => event.name === 'thread_name' && event.pid === pid && event.args?.name === 'CrRendererMain',
  );
  if (!commit || !main) throw new Error('Expected the trace to have the navigation and its main thread.');
  const tasks = events.filter(
    ({ name, pid, tid, ts }) => name === 'RunTask' && pid === main.pid && tid === main.tid && ts >= commit.ts,
  );
  if (tasks.length === 0) throw new Error('Expected the trace to have tasks of the main thread.');
  return {
    wallMs: Math.max(...tasks.map(({ dur = 0 }) => dur)) / 1000,
    cpuMs: Math.max(...tasks.map(({ tdur = 0 }) => tdur)) / 1000,
  };
}
