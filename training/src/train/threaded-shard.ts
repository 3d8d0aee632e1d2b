/** A shard in a worker thread. Requests are answered in order; a thread that dies fails those that wait. */
import type { Worker } from 'node:worker_threads';
import { UndertoneError } from '@undertone/core';
import type { LossScales, Shard, ShardLosses, ShardWeights } from './shard-evaluator.ts';
import type { ShardReply, ShardRequest, ShardWorkerData } from './shard-messages.ts';
import { startWorker } from './start-worker.ts';

interface Waiting {
  resolve(reply: ShardReply): void;
  reject(error: Error): void;
}

/** Without the `id` of each variant. */
type Question = ShardRequest extends infer R ? (R extends ShardRequest ? Omit<R, 'id'> : never) : never;

export class ThreadedShard implements Shard {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #requests = 0;
  #failure: Error | undefined;

  constructor(data: ShardWorkerData) {
    this.#worker = startWorker('./shard-worker', data);
    this.#worker.on('message', (reply: ShardReply) => this.#settle(reply));
    this.#worker.on('error', (cause) => this.#fail(`stopped: ${cause.message}`, cause));
    this.#worker.on('exit', (code) => this.#fail(`ended with code ${code}`));
  }

  async prepare(epoch: number, index: number): Promise<ShardWeights> {
    const reply = await this.#ask({ kind: 'prepare', epoch, index });
    return reply.weights!;
  }

  async evaluate(scales: LossScales): Promise<ShardLosses> {
    const reply = await this.#ask({ kind: 'evaluate', scales });
    return reply.losses!;
  }

  async close(): Promise<void> {
    try {
      if (!this.#failure) await this.#ask({ kind: 'close' });
    } finally {
      this.#failure ??= new UndertoneError('internal', 'The shard is closed.');
      await this.#worker.terminate();
    }
  }

  async #ask(question: Question): Promise<ShardReply> {
    if (this.#failure) throw this.#failure;
    const id = this.#requests++;
    const reply = new Promise<ShardReply>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#worker.postMessage({ ...question, id });
    return await reply;
  }

  #settle(reply: ShardReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (reply.error) waiting?.reject(new UndertoneError(reply.error.code, reply.error.message));
    else waiting?.resolve(reply);
  }

  #fail(how: string, cause?: Error): void {
    this.#failure ??= new UndertoneError('internal', `The training thread ${how}.`, { cause });
    for (const waiting of this.#waiting.values()) waiting.reject(this.#failure);
    this.#waiting.clear();
  }
}
