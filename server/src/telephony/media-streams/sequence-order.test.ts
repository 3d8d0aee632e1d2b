import { expect, test } from 'vitest';
import { SequenceOrder } from './sequence-order.ts';

const pushAll = (order: SequenceOrder<number>, ...numbers: number[]): number[] =>
  numbers.flatMap((number) => [...order.push(number, number)]);

test('numbers in order pass at once', () => {
  const order = new SequenceOrder<number>(2, 4);
  expect(order.push(2, 2)).toEqual([2]);
  expect(order.push(3, 3)).toEqual([3]);
});

test('one that comes early waits for those before it', () => {
  const order = new SequenceOrder<number>(1, 4);
  expect(order.push(3, 3)).toEqual([]);
  expect(order.push(1, 1)).toEqual([1]);
  expect(order.push(2, 2)).toEqual([2, 3]);
  expect([order.lost, order.late]).toEqual([0, 0]);
});

test('what does not come while others wait is lost, and left out when it comes after all', () => {
  const order = new SequenceOrder<number>(1, 2);
  expect(pushAll(order, 1, 4, 5)).toEqual([1]);
  expect(order.push(6, 6)).toEqual([4, 5, 6]);
  expect(order.push(2, 2)).toEqual([]);
  expect([order.lost, order.late]).toEqual([2, 1]);
});

test('one that comes twice counts once', () => {
  const order = new SequenceOrder<number>(1, 4);
  expect(pushAll(order, 1, 1, 3, 3, 2)).toEqual([1, 2, 3]);
  expect(order.late).toBe(2);
});

test('at the end everything that waits passes in order', () => {
  const order = new SequenceOrder<number>(1, 8);
  expect(pushAll(order, 9, 5, 7)).toEqual([]);
  expect(order.flush()).toEqual([5, 7, 9]);
  expect(order.lost).toBe(6);
});

test('a leap of the number keeps nobody waiting for more than the window', () => {
  const order = new SequenceOrder<number>(1, 2);
  expect(pushAll(order, 1_000_000_000, 1_000_000_002, 1_000_000_001)).toEqual([
    1_000_000_000, 1_000_000_001, 1_000_000_002,
  ]);
});
