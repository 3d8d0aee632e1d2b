import { describe, expect, it } from 'vitest';
import { createPaint, hasColours } from './paint.ts';

const terminal = { isTTY: true, hasColors: () => true };

describe('hasColours', () => {
  it('colours a terminal, but neither a pipe nor where NO_COLOR is set', () => {
    expect(hasColours(terminal, {})).toBe(true);
    expect(hasColours({ isTTY: false }, {})).toBe(false);
    expect(hasColours(terminal, { NO_COLOR: '1', FORCE_COLOR: '1' })).toBe(false);
    expect(hasColours(terminal, { NO_COLOR: '' })).toBe(true);
    expect(hasColours({ isTTY: false }, { FORCE_COLOR: '1' })).toBe(true);
  });
});

describe('createPaint', () => {
  it('leaves text alone without colours', () => {
    expect(createPaint(false)('red', 'x')).toBe('x');
    expect(createPaint(true)('red', 'x')).toBe('\x1b[31mx\x1b[39m');
  });
});
