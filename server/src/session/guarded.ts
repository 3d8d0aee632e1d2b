import type { Session } from './session.ts';

/** Whoever calls is a timer or the end of the server: what one stream meets must not befall the others. */
export function guarded(session: Session, run: () => void): void {
  try {
    run();
  } catch (cause) {
    session.defect(cause);
  }
}
