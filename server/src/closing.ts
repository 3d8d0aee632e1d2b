/** What has to be closed again, the newest first: in order, or because what comes after it could not be opened. */
type Close = () => unknown;

export class Closing {
  readonly #steps: Close[] = [];

  /** @param close may be asynchronous; must be fit to be called whatever state the thing is in */
  add(close: Close): void {
    this.#steps.push(close);
  }

  /** A step that fails does not keep the others from being taken. */
  async closeAll(): Promise<void> {
    let failure: unknown;
    for (const close of this.#steps.splice(0).reverse()) {
      try {
        await close();
      } catch (cause) {
        failure ??= cause;
      }
    }
    if (failure !== undefined) throw failure;
  }
}
