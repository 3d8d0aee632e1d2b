import { describe, expect, it } from 'vitest';
import { OutgoingLog } from './outgoing-log.ts';

/** All that is not taken yet. */
function taken(log: OutgoingLog, maxBytes = 1000): string[] {
  const shown: string[] = [];
  for (let piece = log.take(maxBytes); piece; piece = log.take(maxBytes)) {
    if ('text' in piece) shown.push(piece.text);
    else shown.push('audio' in piece ? [...piece.audio].join() : `lost ${piece.lostBytes}`);
  }
  return shown;
}

describe('OutgoingLog', () => {
  it('gives back audio and messages in order, from the middle of a piece too', () => {
    const log = new OutgoingLog(1);
    log.appendAudio(Uint8Array.of(1, 2, 3));
    log.appendText('Finalize');
    log.appendAudio(Uint8Array.of(4));
    expect(taken(log, 2)).toEqual(['1,2', '3', 'Finalize', '4']);
    expect(log.hasMore).toBe(false);
    for (const [position, rest] of [
      [0, ['1,2,3', 'Finalize', '4']],
      [2, ['3', 'Finalize', '4']],
      [3, ['Finalize', '4']],
      [4, []],
    ] as const) {
      expect(log.rewind(position)).toBe(true);
      expect(taken(log)).toEqual(rest);
    }
    expect(log.rewind(5)).toBe(false);
  });

  it('keeps a copy of what the caller goes on to overwrite', () => {
    const log = new OutgoingLog(1);
    const audio = Uint8Array.of(1, 2);
    log.appendAudio(audio);
    audio.fill(9);
    expect(taken(log)).toEqual(['1,2']);
  });

  it('forgets what a checkpoint covers, but no message at its very position', () => {
    const log = new OutgoingLog(1);
    log.appendAudio(Uint8Array.of(1, 2, 3, 4));
    log.appendText('Finalize');
    log.appendAudio(Uint8Array.of(5, 6));
    taken(log);
    log.forgetBefore(4);
    expect(log.keptBytes).toBe(2);
    expect([log.rewind(3), log.rewind(4)]).toEqual([false, true]);
    expect(taken(log)).toEqual(['Finalize', '5,6']);
    log.forgetBefore(2);
    expect(log.keptBytes).toBe(2);
    log.forgetBefore(100);
    expect(log.keptBytes).toBe(0);
    log.appendAudio(Uint8Array.of(7));
    expect(taken(log)).toEqual(['7']);
  });

  it('forgets nothing that was not taken', () => {
    const log = new OutgoingLog(1);
    log.appendAudio(Uint8Array.of(1, 2, 3, 4));
    log.take(1);
    log.forgetBefore(3);
    expect(taken(log)).toEqual(['2,3,4']);
  });

  it('counts lost audio in positions, as one gap, without keeping anything', () => {
    const log = new OutgoingLog(2);
    log.appendAudio(Uint8Array.of(1, 1));
    log.appendLost(2);
    log.appendLost(3);
    log.appendAudio(Uint8Array.of(7, 7));
    expect(log.keptBytes).toBe(4);
    expect(taken(log)).toEqual(['1,1', 'lost 10', '7,7']);
    log.rewind(8);
    expect(taken(log)).toEqual(['lost 4', '7,7']);
    log.rewind(12);
    expect(taken(log)).toEqual(['7,7']);
  });

  it('drops the bytes of an unfinished sample before what was lost, sent or not', () => {
    for (const isSent of [true, false]) {
      const log = new OutgoingLog(4);
      log.appendAudio(Uint8Array.of(1, 1, 1, 1, 2));
      log.appendAudio(Uint8Array.of(2));
      if (isSent) taken(log);
      log.appendLost(3);
      log.appendAudio(Uint8Array.of(3, 3, 3, 3));
      expect(log.keptBytes).toBe(8);
      if (isSent) expect(taken(log)).toEqual(['lost 12', '3,3,3,3']);
      expect(log.rewind(0)).toBe(true);
      expect(taken(log)).toEqual(['1,1,1,1', 'lost 12', '3,3,3,3']);
      expect(log.rewind(16)).toBe(true);
      expect(taken(log)).toEqual(['3,3,3,3']);
    }
  });
});
