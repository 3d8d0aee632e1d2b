/** How a run says how far it is; `ProgressLine` shows it on a terminal. */
export interface Progress {
  update(task: string, done: number, total: number, detail: string): void;
  note(text: string): void;
}

export const silent: Progress = { update: () => {}, note: () => {} };
