/** How many jobs wait, run and were given up, looked at now and then, for the metrics. */
import type { JetStreamManager } from '@nats-io/jetstream';
import type { ArchiveNames } from '@undertone/proto';

const everyMs = 5000;

export class QueueWatch {
  readonly #timer: NodeJS.Timeout;
  #jobs: readonly { readonly state: string; readonly jobs: number }[] = [];
  #isLooking = false;

  /** @param manager of the connection that is there, or rejects */
  constructor(names: ArchiveNames, manager: () => Promise<JetStreamManager>) {
    const look = async (): Promise<void> => {
      if (this.#isLooking) return;
      this.#isLooking = true;
      try {
        const { consumers, streams } = await manager();
        const { num_pending, num_ack_pending } = await consumers.info(names.jobStream, names.consumer);
        const { state } = await streams.info(names.deadStream);
        this.#jobs = [
          { state: 'waiting', jobs: num_pending },
          { state: 'running', jobs: num_ack_pending },
          { state: 'dead', jobs: state.messages },
        ];
      } catch {
        // NATS is away, which its link says; what is known grows old.
      }
      this.#isLooking = false;
    };
    this.#timer = setInterval(() => void look(), everyMs).unref();
  }

  get jobs(): readonly { readonly state: string; readonly jobs: number }[] {
    return this.#jobs;
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
