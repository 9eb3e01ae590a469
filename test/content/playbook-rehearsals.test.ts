import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseDocument } from '../../engine/document/parse.ts';
import { isFault } from '../../engine/sandbox/control-plane/faults/faults.ts';
import type { TestTerminal } from '../helpers/terminal.ts';
import { attest, makeRehearsedProject, type Ran, type RehearsedProject, recoveryIn } from './rehearsed-project.ts';

const playbookPath = 'playbooks/database-operations-failure.md';
const playbook = parseDocument(playbookPath, readFileSync(join(import.meta.dirname, '../..', playbookPath), 'utf8')).document;

/** How an entry is rehearsed: steps of the runbook, the fault that one of them meets, and the error that it fails with. */
type Rehearsal = {
  readonly entry: string;
  /** The name of a fault of the sandbox, which the run is given unless a person makes it; or what `breaks` does, in words. */
  readonly fault: string;
  /** The step that fails, and recovers. */
  readonly step: string;
  readonly error: string;
  readonly procedure: string;
  /** The steps that are run; where it is not given, the one that fails. */
  readonly only?: readonly string[];
  /** Makes what the fault needs. */
  readonly breaks?: (project: RehearsedProject) => Promise<void>;
  /** What goes on elsewhere during the run. */
  readonly meanwhile?: (project: RehearsedProject) => Promise<void>;
  /** What a person does, in a terminal. `ask`: who also chooses the entry and the way back. */
  readonly person?: (terminal: TestTerminal, project: RehearsedProject) => Promise<void>;
  readonly onFailure?: 'ask' | 'playbook';
  /** What has to be so afterwards. */
  readonly mended?: (project: RehearsedProject) => Promise<void>;
};

const rehearsals: readonly Rehearsal[] = [
  {
    entry: 'a-migration-fails',
    fault: 'a migration that the rows break',
    step: 'apply-migrations',
    error: '23502',
    procedure: 'run-migrations',
    breaks: async ({ migration }) => {
      migration('0003_theme', 'ALTER TABLE "sets" ADD COLUMN "theme" text NOT NULL;');
    },
    person: async (terminal, { migration }) => {
      await terminal.answer(/› 1 {2}Playbook: A migration fails/, '\r');
      await terminal.shows('Change the file that the error names');
      migration('0003_theme', `ALTER TABLE "sets" ADD COLUMN "theme" text DEFAULT 'city' NOT NULL;`);
      await attest(terminal, 'Change the file that the error names');
      await terminal.answer('Back to step', '\r');
    },
  },
  {
    entry: 'the-schema-has-drifted',
    fault: 'a column added by hand',
    step: 'apply-migrations',
    error: '42701',
    procedure: 'run-migrations',
    breaks: async ({ migration, sql }) => {
      await sql('ALTER TABLE sets ADD COLUMN price integer');
      migration('0004_price', 'ALTER TABLE "sets" ADD COLUMN "price" integer;');
    },
    person: async (terminal, { migration }) => {
      await terminal.answer(/› 1 {2}Playbook: The schema has drifted/, '\r');
      await terminal.shows('Mend the difference in the files');
      migration('0004_price', 'ALTER TABLE "sets" ADD COLUMN IF NOT EXISTS "price" integer;');
      await attest(terminal, 'Mend the difference in the files');
      await terminal.answer('Back to step', '\r');
    },
  },
  {
    entry: 'a-migration-waits-for-a-lock',
    fault: 'lock-held',
    step: 'apply-migrations',
    error: '55P03',
    procedure: 'run-migrations',
    breaks: async ({ migration }) => {
      migration('0005_weight', 'ALTER TABLE "bricks" ADD COLUMN "weight" integer;');
    },
  },
  {
    entry: 'another-runner-migrates',
    fault: 'a second runner',
    step: 'apply-migrations',
    error: 'migration-running',
    procedure: 'run-migrations',
    breaks: async ({ connect }) => {
      const runner = await connect();
      await runner.query(`SET application_name = 'migration 4711@deploy'; SELECT pg_advisory_lock(x'4c45474f'::bigint)`);
    },
    meanwhile: async ({ begun, sql }) => {
      await begun('wait-for-runner');
      await sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'migration 4711@deploy'`);
    },
  },
  {
    entry: 'a-bad-migration-is-applied',
    fault: 'a migration that drops a column in use',
    step: 'application-queries',
    error: '42703',
    procedure: 'run-migrations',
    only: ['apply-migrations', 'application-queries'],
    breaks: async ({ migration }) => {
      migration(
        '0006_no_colour',
        'ALTER TABLE "bricks" DROP COLUMN "colour";',
        `ALTER TABLE "bricks" ADD COLUMN "colour" text;
DELETE FROM "drizzle"."__drizzle_migrations" WHERE "created_at" = (SELECT max("created_at") FROM "drizzle"."__drizzle_migrations");`,
      );
    },
    mended: async ({ withoutMigration, sql }) => {
      withoutMigration('0006_no_colour');
      await sql(`UPDATE bricks SET colour = 'red'`);
    },
  },
  {
    entry: 'wrong-data-was-written-or-deleted',
    fault: 'a migration that deletes rows',
    step: 'rows-kept',
    error: 'rows-lost',
    procedure: 'run-migrations',
    only: ['note-the-time', 'rows-before', 'apply-migrations', 'rows-kept'],
    breaks: async ({ migration }) => {
      migration('0007_tidy', 'DELETE FROM "bricks" WHERE "quantity" = 1;');
    },
    mended: async ({ connect }) => {
      const client = await connect();
      const { rows } = await client.query('SELECT count(*)::int AS bricks FROM bricks');
      await client.end();
      expect(rows).toEqual([{ bricks: 100 }]);
    },
  },
  { entry: 'a-backup-fails', fault: 'backup-stale', step: 'backup-age', error: 'backup-stale', procedure: 'verify-backups' },
  {
    entry: 'a-backup-fails',
    fault: 'snapshot-fails',
    step: 'take-snapshot',
    error: 'failed',
    procedure: 'take-a-snapshot',
    only: ['take-snapshot', 'wait-for-snapshot'],
  },
  { entry: 'too-many-snapshots', fault: 'snapshot-quota', step: 'take-snapshot', error: 'SnapshotQuotaExceeded', procedure: 'take-a-snapshot' },
  {
    entry: 'the-database-cannot-be-reached',
    fault: 'secret-stale',
    step: 'which-database',
    error: '28P01',
    procedure: 'check-connections',
    only: ['login-works'],
  },
  {
    entry: 'no-connections-are-left',
    fault: 'connections-exhausted',
    step: 'which-database',
    error: '53300',
    procedure: 'check-connections',
    only: ['connections-left'],
  },
  { entry: 'the-capacity-is-used-up', fault: 'acu-exhausted', step: 'capacity-left', error: 'capacity-used-up', procedure: 'change-capacity' },
  {
    entry: 'an-instance-runs-out-of-memory',
    fault: 'incompatible-parameters',
    step: 'writer-well',
    error: 'incompatible-parameters',
    procedure: 'apply-patches',
  },
  {
    entry: 'the-capacity-does-not-go-down',
    fault: 'capacity raised by hand',
    step: 'capacity-agreed',
    error: 'capacity-not-agreed',
    procedure: 'check-connections',
    breaks: async ({ capacity }) => {
      await capacity(2, 6);
    },
  },
  {
    entry: 'a-restore-does-not-finish',
    fault: 'incompatible-restore',
    step: 'drill-wait-cluster',
    error: 'incompatible-restore',
    procedure: 'verify-backups',
    only: ['drill-restorable', 'start-drill', 'drill-wait-cluster', 'drill-may-go', 'drill-delete', 'drill-gone'],
  },
  {
    entry: 'maintenance-went-wrong',
    fault: 'maintenance-failed',
    step: 'apply-patch',
    error: 'patch-pending',
    procedure: 'apply-patches',
    only: ['choose-patch', 'note-arn', 'apply-patch', 'wait-for-patch', 'patch-applied'],
  },
  { entry: 'a-proxy-target-is-unavailable', fault: 'proxy-unavailable', step: 'proxies', error: 'proxy-unavailable', procedure: 'check-connections' },
  {
    entry: 'find-out-what-is-wrong',
    fault: 'throttled',
    step: 'topic',
    error: 'Throttling',
    procedure: 'set-up-notifications',
    only: ['topic', 'subscribe-people'],
    onFailure: 'playbook',
    person: async (terminal, { fault }) => {
      // Asked after the checks at the beginning, which would wait until AWS answers again.
      await terminal.shows('alert_email');
      await fault('throttled');
      await terminal.answer('alert_email', '\r');
    },
  },
];

/** One sandbox for all of them: what an entry has mended is whole again for the next. */
let project: RehearsedProject;
beforeAll(async () => {
  project = makeRehearsedProject();
  const { code, said } = await project.run({ procedure: 'run-migrations', only: ['apply-migrations'], faults: [] });
  expect(code, said).toBe(0);
  await project.sql(`
    INSERT INTO users (email) VALUES ('ada@example.com');
    INSERT INTO sets (number, name, owner_id) SELECT n::text, 'set ' || n, 1 FROM generate_series(1, 10) AS n;
    INSERT INTO bricks (set_id, design, colour) SELECT 1 + n % 10, '3001', 'red' FROM generate_series(1, 100) AS n`);
}, 60_000);
afterAll(() => project[Symbol.asyncDispose]());

async function rehearse({ step, procedure, only = [step], fault, breaks, meanwhile, person, onFailure = 'ask' }: Rehearsal): Promise<Ran> {
  await breaks?.(project);
  const asked = { procedure, only, faults: person === undefined && isFault(fault) ? [fault] : [] };
  const ran = person === undefined ? project.run(asked) : project.runWith((terminal) => person(terminal, project), asked, onFailure);
  const [result] = await Promise.all([ran, meanwhile?.(project)]);
  return result;
}

test.for(rehearsals)('$entry mends $step: $fault, $error', { timeout: 120_000 }, async (rehearsal) => {
  const { code, said } = await rehearse(rehearsal);
  const { steps, ...recovery } = recoveryIn(project.root);
  const { entry, step, error } = rehearsal;
  const ending = said.split('\n').slice(-30).join('\n');
  expect(recovery, ending).toEqual({
    step,
    error,
    suggested: entry,
    entered: [entry],
    state: { kind: 'recovered', by: expect.stringMatching(/^(playbook|retry)$/) },
  });
  expect([code, Object.values(steps).filter((state) => !['ok', 'skipped'].includes(state))], ending).toEqual([0, []]);
  await rehearsal.mended?.(project);
});

test('every entry of the playbook is rehearsed', () => {
  expect(new Set(rehearsals.map(({ entry }) => entry))).toEqual(new Set(playbook.procedures.map(({ anchor }) => anchor)));
});
