/**
 * One timer for thousands of streams that each have something to send at their own moment. Moments are gathered in
 * slots of a few milliseconds: a timer per stream would cost more than the sending.
 */
export interface Sender {
  /** Sends what is due and returns when it wants the next turn, in ms of `performance.now()`, or null for never. */
  send(dueMs: number, nowMs: number): number | null;
}

const slotMs = 2;

export class PacketClock {
  readonly #slots = new Map<number, { sender: Sender; dueMs: number }[]>();
  #nextSlot = Math.floor(performance.now() / slotMs);
  #waiting = 0;
  #running = false;

  add(sender: Sender, dueMs: number): void {
    const slot = Math.max(this.#nextSlot, Math.ceil(dueMs / slotMs));
    const entry = { sender, dueMs };
    const entries = this.#slots.get(slot);
    if (entries) entries.push(entry);
    else this.#slots.set(slot, [entry]);
    this.#waiting++;
    if (!this.#running) {
      this.#running = true;
      this.#nextSlot = Math.floor(performance.now() / slotMs);
      this.#sleep();
    }
  }

  #sleep(): void {
    setTimeout(() => this.#turn(), Math.max(0, this.#nextSlot * slotMs - performance.now()));
  }

  #turn(): void {
    const last = Math.floor(performance.now() / slotMs);
    while (this.#nextSlot <= last) {
      const entries = this.#slots.get(this.#nextSlot);
      this.#slots.delete(this.#nextSlot++);
      if (!entries) continue;
      this.#waiting -= entries.length;
      for (const { sender, dueMs } of entries) {
        const nextMs = sender.send(dueMs, performance.now());
        if (nextMs !== null) this.add(sender, nextMs);
      }
    }
    if (this.#waiting === 0) this.#running = false;
    else this.#sleep();
  }
}
