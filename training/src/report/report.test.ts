import { describe, expect, it } from 'vitest';
import { duration, ProgressLine } from './progress-line.ts';
import { markdownTable, terminalTable } from './tables.ts';

class Sink {
  text = '';
  readonly isTTY: boolean;
  readonly columns = 60;
  constructor(isTTY: boolean) {
    this.isTTY = isTTY;
  }
  write(text: string): void {
    this.text += text;
  }
}

describe('ProgressLine', () => {
  it('rewrites one line on a terminal, at most every 200 ms, and ends it when done', () => {
    const sink = new Sink(true);
    let nowMs = 0;
    const line = new ProgressLine(sink, () => nowMs);
    for (let done = 1; done <= 100; done++) {
      nowMs += 20;
      line.update('features', done, 100, '3 s left');
    }
    expect(sink.text.split('\r').length - 1).toBe(11);
    expect(sink.text.endsWith('\n')).toBe(true);
    expect(sink.text.split('\n')).toHaveLength(2);
    for (const shown of sink.text.split('\r\u001b[K')) expect(shown.trim().length).toBeLessThan(60);
  });

  it('writes a plain line now and then where there is no terminal', () => {
    const sink = new Sink(false);
    let nowMs = 0;
    const line = new ProgressLine(sink, () => nowMs);
    for (let done = 1; done <= 100; done++) {
      nowMs += 1000;
      line.update('epoch 1', done, 100, 'loss 1.5');
    }
    const lines = sink.text.trim().split('\n');
    expect(lines).toHaveLength(11);
    expect(lines.at(-1)).toBe('epoch 1 100/100 loss 1.5');
    expect(sink.text).not.toContain('\u001b');
  });

  it('puts notes on lines of their own', () => {
    const sink = new Sink(true);
    const line = new ProgressLine(sink, () => 0);
    line.update('epoch 1', 1, 10, '');
    line.note('validation UAR 60.0');
    expect(sink.text.split('\n').slice(1)).toEqual(['validation UAR 60.0', '']);
  });
});

describe('duration', () => {
  it.each([
    [0, '0 s'],
    [59.4, '59 s'],
    [200, '3 min 20 s'],
    [3900, '1 h 05 min'],
  ])('of %d seconds is %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});

describe('tables', () => {
  const table = {
    title: 'By class',
    header: ['class', 'recall'],
    rows: [
      ['angry', '81.0'],
      ['sad', '9.5'],
    ],
  };
  it('align for a terminal', () => {
    expect(terminalTable(table)).toBe('By class\nclass  recall\nangry    81.0\nsad       9.5');
  });
  it('are Markdown for the card', () => {
    expect(markdownTable(table)).toBe('| class | recall |\n|---|---:|\n| angry | 81.0 |\n| sad | 9.5 |');
  });
});
