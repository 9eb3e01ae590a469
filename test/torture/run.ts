/** `npm run torture [kills] [seed]`: kills many engines, and prints what it came to. */

import { availableParallelism } from 'node:os';
import { type Outcome, torture } from './lives.ts';

const [kills = 10_000, seed = Date.now() % 2 ** 31] = process.argv.slice(2).map(Number);
const lives = Math.min(kills, 100);
const portions = Array.from({ length: Math.ceil(kills / lives) }, (_, index) => ({
  kills: Math.min(lives, kills - index * lives),
  seed: seed + index,
}));
console.log(`${kills} kills, seed ${seed}`);

const outcomes: Outcome[] = [];
const left = portions.values();
const worker = async (): Promise<void> => {
  for (const portion of left) {
    const outcome = await torture(portion);
    outcomes.push(outcome);
    for (const breach of outcome.breaches) console.log(`BREACH (seed ${portion.seed}, ${portion.kills} kills) ${breach}`);
    const sum = (count: (outcome: Outcome) => number): number => outcomes.reduce((all, one) => all + count(one), 0);
    console.log(
      `${sum((one) => one.kills)} kills, ${sum((one) => one.starts)} engines, ${sum((one) => one.runs)} runs, ${sum((one) => one.unknown)} settled by a person, ${sum((one) => one.breaches.length)} breaches`,
    );
  }
};
await Promise.all(Array.from({ length: availableParallelism() }, worker));
process.exitCode = outcomes.some(({ breaches }) => breaches.length > 0) ? 1 : 0;
