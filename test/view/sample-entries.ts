import type { PickEntry } from '../../engine/view/pick-state.ts';

const stages = [
  { name: 'local', sandbox: true, typed: false },
  { name: 'staging', sandbox: false, typed: false },
  { name: 'production', sandbox: false, typed: true },
];

/** What a small team has in its runbooks folder. */
export const entries: readonly PickEntry[] = [
  {
    name: 'database-operations',
    title: 'Database operations',
    owner: 'data-oncall',
    procedures: [
      { anchor: 'run-migrations', title: 'Run migrations' },
      { anchor: 'roll-back-a-migration', title: 'Roll back a migration' },
      { anchor: 'check-connections', title: 'Check connections' },
    ],
    stages,
    unfinished: [{ run: '9c2m1', stage: 'production', text: 'stopped at step 4, by admin, 14 min ago' }],
  },
  {
    name: 'database-restore',
    title: 'Point-in-time restore',
    owner: 'data-oncall',
    procedures: [{ anchor: 'restore', title: 'Restore' }],
    stages: stages.slice(1),
    unfinished: [],
  },
  {
    name: 'search-reindex',
    title: 'Rebuild the search index',
    owner: 'search',
    procedures: [{ anchor: 'rebuild', title: 'Rebuild' }],
    stages,
    unfinished: [],
  },
];
