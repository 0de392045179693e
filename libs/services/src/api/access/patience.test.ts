import { systemClock } from '@taskflow/domain';
import { createPatience, type Patience } from './patience.js';

let now: number;
let patience: Patience;

beforeEach(() => {
  now = 0;
  patience = createPatience({ ...systemClock, monotonicMs: () => now });
});
afterEach(() => patience.stop());

it('lets ten guesses of an address through, fifty wait, and tells the next when to come again', async () => {
  for (let guess = 0; guess < 10; guess += 1) await patience.turn('10.0.0.7');
  const waiting = Array.from({ length: 50 }, () => patience.turn('10.0.0.7'));
  await expect(patience.turn('10.0.0.7')).rejects.toMatchObject({ name: 'QuotaExceeded', retryAfterMs: 1000 });
  await patience.turn('10.0.0.8');
  patience.stop();
  await Promise.all(waiting);
});

it('does not count tokens that were right, and forgets a guess each second', async () => {
  for (let token = 0; token < 100; token += 1) {
    await patience.turn('10.0.0.7');
    patience.right('10.0.0.7');
  }
  for (let guess = 0; guess < 10; guess += 1) await patience.turn('10.0.0.7');
  now = 10_000;
  for (let guess = 0; guess < 10; guess += 1) await patience.turn('10.0.0.7');
});
