import { describe, expect, it } from 'vitest';
import { ReplayLog } from './replay-log.ts';

const shown = (log: ReplayLog, from: number): string[] =>
  [...log.from(from)].map((entry) => ('text' in entry ? entry.text : [...entry.audio].join()));

describe('ReplayLog', () => {
  it('gives back audio and messages in order, from the middle of a piece too', () => {
    const log = new ReplayLog();
    log.appendAudio(Uint8Array.of(1, 2, 3));
    log.appendText('Finalize');
    log.appendAudio(Uint8Array.of(4));
    expect(shown(log, 0)).toEqual(['1,2,3', 'Finalize', '4']);
    expect(shown(log, 2)).toEqual(['3', 'Finalize', '4']);
    expect(shown(log, 3)).toEqual(['Finalize', '4']);
    expect(shown(log, 4)).toEqual([]);
  });

  it('keeps a copy of what the caller goes on to overwrite', () => {
    const log = new ReplayLog();
    const audio = Uint8Array.of(1, 2);
    log.appendAudio(audio);
    audio.fill(9);
    expect(shown(log, 0)).toEqual(['1,2']);
  });

  it('forgets what a checkpoint covers, but no message at its very position', () => {
    const log = new ReplayLog();
    log.appendAudio(Uint8Array.of(1, 2, 3, 4));
    log.appendText('Finalize');
    log.appendAudio(Uint8Array.of(5, 6));
    log.forgetBefore(4);
    expect(log.keptBytes).toBe(2);
    expect(shown(log, 4)).toEqual(['Finalize', '5,6']);
    log.forgetBefore(2);
    expect(log.keptBytes).toBe(2);
    log.forgetBefore(100);
    expect(log.keptBytes).toBe(0);
    log.appendAudio(Uint8Array.of(7));
    expect(shown(log, log.endBytes - 1)).toEqual(['7']);
  });
});
