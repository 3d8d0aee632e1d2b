import { expect, test } from 'vitest';
import { Fifo } from './fifo.ts';

test('whatever is put in and taken out, the order is that of an array', () => {
  let state = 5;
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const [fifo, array] = [new Fifo<number>(), [] as number[]];
  for (let i = 0; i < 40_000; i++) {
    // Grows first and is emptied then, past every time that it makes room.
    const action = random(10);
    if (action < (i < 20_000 ? 6 : 3)) {
      fifo.push(i);
      array.push(i);
    } else if (action === 9) {
      fifo.putBack(i);
      array.unshift(i);
    } else expect(fifo.shift()).toBe(array.shift());
    expect(fifo.first).toBe(array[0]);
    expect(fifo.length).toBe(array.length);
  }
});
