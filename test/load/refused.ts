/** Refused before the stream began: the server has no room, or did not want this caller. */
export class Refused extends Error {
  readonly status: number;
  readonly hasRetryAfter: boolean;

  constructor(status: number, hasRetryAfter: boolean) {
    super(`refused with HTTP ${status}`);
    this.status = status;
    this.hasRetryAfter = hasRetryAfter;
  }
}
