import { expect, test } from 'vitest';
import { torture } from './lives.ts';

/** Printed with a failure, and to be given again: `TORTURE_SEED=… npx vitest run test/torture`. */
const seed = Number(process.env.TORTURE_SEED ?? Date.now() % 2 ** 31);

test(`whenever an engine is killed, no step runs more often than a person allowed it (seed ${seed})`, { timeout: 900_000 }, async ({ annotate }) => {
  const halves = await Promise.all([torture({ kills: 150, seed }), torture({ kills: 150, seed: seed + 1 })]);
  for (const { kills, runs, starts, unknown, breaches } of halves) {
    await annotate(`${kills} kills in ${starts} engines and ${runs} runs; ${unknown} ends that a person had to settle.`);
    expect(breaches).toEqual([]);
    expect(kills).toBe(150);
    expect(unknown).toBeGreaterThan(0);
  }
});

test('an engine that starts a step before its intent is on disk does not pass', { timeout: 300_000 }, async () => {
  const { breaches } = await torture({ kills: 30, seed: 7, careless: true });
  expect(breaches.join('\n')).toMatch(/ran \d times, allowed \d/);
});
