import { expect, test } from 'vitest';
import { readJournal } from '../../engine/runtime/journal.ts';
import { makeWorld } from './lives.ts';

test.each(['write', 'sync'] as const)(
  'whichever %s of the journal is refused, the next step does not start, and the run goes on later',
  { timeout: 300_000 },
  async (call) => {
    let refused = 0;
    for (let at = 1; ; at += 1) {
      using world = makeWorld();
      const { said } = await world.engine({ refuses: { call, at } });
      if (/^ended /m.test(said)) break;
      refused += 1;
      expect(said).toMatch(/^fault record: .*The record cannot be written: ENOSPC/m);
      // What was done is on record as started, or it was never begun; and what is on record reads back as a whole.
      const [journal = ''] = world.journals();
      const events = readJournal(journal).events;
      const started = events.filter((event) => event.type === 'attempt-started' && event.purpose === 'run').length;
      expect(world.effects().split('\n').filter(Boolean).length).toBeLessThanOrEqual(started);
      expect(world.breaches()).toEqual([]);
      // With room again it is gone on with, and everything was done once, as often as was allowed.
      const run = world.unfinished();
      const later = await world.engine(run === undefined ? {} : { resume: run });
      expect(later.said).toMatch(/^ended /m);
      expect(world.breaches()).toEqual([]);
    }
    expect(refused).toBeGreaterThan(8);
  },
);
