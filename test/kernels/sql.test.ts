import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { kernelFor } from '../../engine/kernels/kernel.ts';
import type { AttemptEnd } from '../../engine/runtime/attempt/attempt.ts';
import { type Bench, bench, pidOf, watched } from '../helpers/attempts.ts';
import { postgres } from '../helpers/postgres.ts';

const database = postgres();
const command = kernelFor({ language: 'sql', flags: [], source: '', place: { path: 'r.md', line: 1, column: 1 } }, {})?.command ?? [];
const ok = { kind: 'exited', code: 0 };
const failed = { kind: 'exited', code: 1 };

type More = { readonly env?: Record<string, string>; readonly at?: Bench; readonly watch?: ReturnType<typeof watched>; readonly spec?: object };

function sql(block: string, { env = {}, at = bench(), watch = watched(), spec = {} }: More = {}): Promise<AttemptEnd> {
  return at.run(
    block,
    {
      command,
      env: { PATH: process.env.PATH ?? '', ...database.environment(), RUNBOOK_RUN: '01J', RUNBOOK_STEP: 'look', RUNBOOK_RISK: 'medium', ...env },
      ...spec,
    },
    watch,
  );
}

const low = { env: { RUNBOOK_RISK: 'low' } };
const transaction = { env: { RUNBOOK_TRANSACTION: '1' } };
const count = async (table: string) => (await database.query(`SELECT count(*)::int AS n FROM ${table}`))[0]?.n;

describe('results', () => {
  test('are printed as tables, with NULL, control characters and wide characters visible', async () => {
    const end = await sql(`SELECT * FROM (VALUES (1, 'set', NULL), (200, '煉瓦', E'two\\nlines\\t\\x1b[31m')) AS t(id, name, note);
SELECT 'one' AS only;
SELECT 1 AS none WHERE false;
SELECT 1 AS a, 2 AS a;`);
    expect(end.tail).toBe(
      [
        ' id  | name |         note',
        '-----+------+----------------------',
        '   1 | set  | (null)',
        ' 200 | 煉瓦 | two\\nlines\\t\\x1b[31m',
        '(2 rows)',
        ' only',
        '------',
        ' one',
        '(1 row)',
        ' none',
        '------',
        '(0 rows)',
        ' a | a',
        '---+---',
        ' 1 | 2',
        '(1 row)',
        '',
      ].join('\n'),
    );
    expect(end.outcome).toEqual(ok);
  });

  test('of commands are their tags, and notices come between them in order', async () => {
    const end = await sql(`CREATE TABLE bricks (id int PRIMARY KEY, colour text);
CREATE TABLE IF NOT EXISTS bricks (id int);
INSERT INTO bricks VALUES (1, 'red'), (2, 'blue');
UPDATE bricks SET colour = 'green' WHERE id = 2 RETURNING id;
DO $$ BEGIN RAISE WARNING 'careful'; END $$;
DROP TABLE bricks;`);
    expect(end.tail).toBe(
      [
        'CREATE TABLE',
        'NOTICE:  relation "bricks" already exists, skipping',
        'CREATE TABLE',
        'INSERT 0 2',
        ' id',
        '----',
        '  2',
        '(1 row)',
        'UPDATE 1',
        'WARNING:  careful',
        'DO',
        'DROP TABLE',
        '',
      ].join('\n'),
    );
  });

  test('of a capture are bare values on standard output, and notices stay apart', async () => {
    const end = await sql("DO $$ BEGIN RAISE NOTICE 'apart'; END $$; SELECT 'a', NULL, 'b c'; SELECT 7", {
      env: { RUNBOOK_CAPTURE: '1' },
      spec: { capture: true },
    });
    expect(end.captured).toBe('a\t\tb c\n7\n');
    expect(end.tail).toContain('NOTICE:  apart\n');
  });

  test('a block of comments alone does nothing and succeeds', async () => {
    expect(await sql('-- nothing to do\n/* at /* all */ */\n')).toMatchObject({ outcome: ok, tail: '' });
    expect(await sql('')).toMatchObject({ outcome: ok, tail: '' });
  });
});

describe('statements', () => {
  test('are split by the grammar, not by semicolons', async () => {
    const end = await sql(`SELECT 'a;b' AS "x;y"; -- a comment; with a semicolon
DO $body$ BEGIN PERFORM 1; PERFORM 2; END $body$;
/* one; /* two; */ */ SELECT $$;$$ AS z;
CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END;
SELECT pg_temp.f()`);
    expect(end.outcome).toEqual(ok);
    expect(end.tail).toContain(' a;b\n');
    expect(end.tail).toContain(' ;\n');
    expect(end.tail).toContain(' f\n---\n 2\n');
  });

  test('are committed one at a time, so that what cannot run in a transaction does', async () => {
    const end = await sql(
      `CREATE TABLE one (id int);
CREATE INDEX CONCURRENTLY one_id ON one (id);
VACUUM one;
SELCT 1`.replace('SELCT 1', 'SELECT 1/0'),
    );
    expect(end.outcome).toEqual(failed);
    expect(end.error).toEqual({ code: '22012', message: 'division by zero' });
    expect(end.tail).toContain('What was done before it stays: 3 statements.');
    expect(await count('one')).toBe(0);
    await database.query('DROP TABLE one');
  });

  test('of a block with `transaction` are all done or none', async () => {
    const end = await sql('CREATE TABLE two (id int);\nINSERT INTO two VALUES (1);\nINSERT INTO two VALUES (1/0)', transaction);
    expect(end).toMatchObject({ outcome: failed, error: { code: '22012' } });
    expect(end.tail).toContain('Nothing of the block was kept.');
    await expect(count('two')).rejects.toMatchObject({ code: '42P01' });
    expect((await sql('CREATE TABLE two (id int); SAVEPOINT s; INSERT INTO two VALUES (1); ROLLBACK TO s; RELEASE s', transaction)).outcome).toEqual(
      ok,
    );
    expect(await count('two')).toBe(0);
    await database.query('DROP TABLE two');
  });

  test('a constraint that is only checked at the commit fails the block', async () => {
    await database.query('CREATE TABLE deferred (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)');
    const end = await sql('INSERT INTO deferred VALUES (1), (1)', transaction);
    expect(end).toMatchObject({ outcome: failed, error: { code: '23505' } });
    expect(await count('deferred')).toBe(0);
    await database.query('DROP TABLE deferred');
  });

  test('a block may manage transactions itself, but not end inside one', async () => {
    expect((await sql('BEGIN; CREATE TABLE three (id int); COMMIT; INSERT INTO three VALUES (1)')).outcome).toEqual(ok);
    const end = await sql('BEGIN;\nINSERT INTO three VALUES (2);');
    expect(end).toMatchObject({ outcome: failed, error: { code: '25001', message: expect.stringContaining('ends inside a transaction') } });
    expect(await count('three')).toBe(1);
    await database.query('DROP TABLE three');
  });

  test.each(['COMMIT', 'ROLLBACK', 'BEGIN', "PREPARE TRANSACTION 'x'", 'START TRANSACTION', 'END'])(
    '`%s` is refused where the transaction is the engine’s, before anything runs',
    async (text) => {
      for (const more of [low, transaction]) {
        const end = await sql(`SELECT 'it did run';\n${text}`, more);
        expect(end).toMatchObject({ outcome: failed, error: { code: '25001' }, failedLine: { line: 2, command: text } });
        expect(end.tail).not.toContain('it did run');
      }
    },
  );

  test('COPY from or to the client is refused with a way out', async () => {
    const end = await sql('SELECT 1;\nCOPY pg_class TO STDOUT');
    expect(end).toMatchObject({
      error: { code: '0A000', message: expect.stringContaining('psql') },
      failedLine: { line: 2, command: 'COPY pg_class TO STDOUT' },
    });
  });
});

describe('risk=low', () => {
  const writes: readonly string[] = [
    'CREATE TABLE low_made (id int)',
    'INSERT INTO low_kept VALUES (2)',
    'SET TRANSACTION READ WRITE; INSERT INTO low_kept VALUES (2)',
    'SET LOCAL transaction_read_only = off; INSERT INTO low_kept VALUES (2)',
    "SELECT set_config('transaction_read_only', 'off', true); INSERT INTO low_kept VALUES (2)",
    'SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE; INSERT INTO low_kept VALUES (2)',
    'SET default_transaction_read_only = off; INSERT INTO low_kept VALUES (2)',
    'DO $$ BEGIN COMMIT; INSERT INTO low_kept VALUES (2); END $$',
    'DO $$ BEGIN ROLLBACK; INSERT INTO low_kept VALUES (2); END $$',
    'SAVEPOINT s; SET TRANSACTION READ WRITE; INSERT INTO low_kept VALUES (2)',
    'WITH gone AS (DELETE FROM low_kept RETURNING id) SELECT * FROM gone',
    'EXPLAIN ANALYZE DELETE FROM low_kept',
    'PREPARE p AS INSERT INTO low_kept VALUES (2); EXECUTE p',
    "SELECT nextval('low_numbers')",
    'TRUNCATE low_kept',
    'VACUUM low_kept',
    'DISCARD ALL; INSERT INTO low_kept VALUES (2)',
    "COPY low_kept TO '/tmp/low_kept'",
    "COPY (SELECT 1) TO PROGRAM 'touch /tmp/low_kept'",
    'SELECT * FROM low_kept FOR UPDATE',
  ];
  test.each(writes)('cannot write: %s', async (text) => {
    await database.query(
      'CREATE TABLE IF NOT EXISTS low_kept (id int); CREATE SEQUENCE IF NOT EXISTS low_numbers; TRUNCATE low_kept; INSERT INTO low_kept VALUES (1)',
    );
    const end = await sql(text, low);
    expect(end.outcome).toEqual(failed);
    expect(await database.query('SELECT id FROM low_kept')).toEqual([{ id: 1 }]);
    expect(await database.query('SELECT is_called FROM low_numbers')).toEqual([{ is_called: false }]);
  });

  test('reads', async () => {
    expect(
      (await sql('SELECT count(*) FROM pg_class; SHOW server_version; EXPLAIN SELECT 1; SET search_path = public; SAVEPOINT s; RELEASE s', low))
        .outcome,
    ).toEqual(ok);
  });

  test('sends no notification', async () => {
    const listener = await database.client();
    let heard = 0;
    listener.on('notification', () => {
      heard++;
    });
    await listener.query('LISTEN bricks');
    expect((await sql("NOTIFY bricks, 'hello'", low)).outcome).toEqual(ok);
    expect((await sql("NOTIFY bricks, 'hello'")).outcome).toEqual(ok);
    await expect.poll(() => heard).toBe(1);
    await listener.end();
  });
});

describe('a check', () => {
  test.each([
    ['a table that is not there', 1, 'SELECT * FROM never_made', {}],
    ['an error of its own', 1, "DO $$ BEGIN RAISE EXCEPTION 'no bricks'; END $$", {}],
    ['a value that does not fit', 1, 'SELECT 1 / count(*) FROM pg_class WHERE false', {}],
    ['a mistake in its words', 2, 'SELEC 1', {}],
    ['no time left', 2, "SET statement_timeout = '1ms'; SELECT pg_sleep(5)", {}],
    ['a database that is not there', 2, 'SELECT 1', { PGDATABASE: 'never_made' }],
    ['a server that is not there', 2, 'SELECT 1', { PGPORT: '1' }],
  ])('that ends by %s ends with %i', async (_, code, text, env) => {
    const end = await sql(text, { env: { ...low.env, RUNBOOK_PURPOSE: 'check', ...env } });
    expect(end.outcome, end.tail).toEqual({ kind: 'exited', code });
  });
});

describe('variables', () => {
  test('are readable as current_setting, in every manner', async () => {
    const env = { RUNBOOK_VARIABLES: JSON.stringify({ stage: 'local', snapshot: `it's "quoted"; DROP` }) };
    for (const more of [{}, low.env, transaction.env]) {
      const end = await sql("SELECT current_setting('runbook.stage') AS stage, current_setting('runbook.snapshot') AS snapshot", {
        env: { ...env, ...more },
      });
      expect(end.tail).toContain(` local | it's "quoted"; DROP\n`);
    }
  });

  test('run and step are the name of the connection, cut to what the server keeps', async () => {
    expect((await sql("SELECT current_setting('application_name') AS name")).tail).toContain(' runbook 01J look\n');
    const end = await sql("SELECT length(current_setting('application_name'))", { env: { RUNBOOK_STEP: 'x'.repeat(80) } });
    expect(end.tail).toContain(' 63\n');
    expect(end.tail).not.toContain('NOTICE');
  });
});

describe('a failure', () => {
  test('has the SQLSTATE as its typed error, and the line and words of the block', async () => {
    const end = await sql("-- two statements\nSELECT 1;\n\nSELECT 'ä',\n  nothing\nFROM pg_class;");
    expect(end.error).toEqual({ code: '42703', message: 'column "nothing" does not exist' });
    expect(end.failedLine).toEqual({ line: 5, command: 'nothing' });
    expect(end.tail).toContain('ERROR:  column "nothing" does not exist (42703)\nLINE 5:   nothing\n');
  });

  test('without a position is placed at its statement, with detail and hint', async () => {
    await database.query('CREATE TABLE sets (id int PRIMARY KEY); INSERT INTO sets VALUES (1)');
    const end = await sql('SELECT 1;\n/* a\n comment */ INSERT INTO sets\n VALUES (1)');
    expect(end.error?.code).toBe('23505');
    expect(end.failedLine).toEqual({ line: 3, command: 'INSERT INTO sets' });
    expect(end.tail).toContain('DETAIL:  Key (id)=(1) already exists.');
    await database.query('DROP TABLE sets');
  });

  test('of the syntax is found before anything runs', async () => {
    const end = await sql("SELECT 'it did run';\n\nSELCT 2;\nSELECT 3");
    expect(end).toMatchObject({
      outcome: failed,
      error: { code: '42601', message: 'syntax error at or near "SELCT"' },
      failedLine: { line: 3, command: 'SELCT 2;' },
    });
    expect(end.tail).not.toContain('it did run');
    expect((await sql("SELECT 1;\nSELECT 'open")).failedLine).toEqual({ line: 2, command: "SELECT 'open" });
  });

  test('of a lock is told by its code', async () => {
    await database.query('CREATE TABLE locked (id int)');
    const holder = await database.client();
    await holder.query('BEGIN; LOCK TABLE locked');
    const end = await sql("SET lock_timeout = '50ms';\nALTER TABLE locked ADD COLUMN name text");
    expect(end).toMatchObject({ outcome: failed, error: { code: '55P03' }, failedLine: { line: 2 } });
    await holder.end();
    await database.query('DROP TABLE locked');
  });
});

describe('the connection', () => {
  test('that cannot be made is 08001, with what failed', async () => {
    const end = await sql('SELECT 1', { env: { PGPORT: '1' } });
    expect(end).toMatchObject({
      outcome: failed,
      error: {
        code: '08001',
        message: expect.stringMatching(/^No connection to 127\.0\.0\.1:1, database "lego_api", user ".*": connect ECONNREFUSED/),
      },
    });
    expect((await sql('SELECT 1', { env: { PGHOST: 'no-such-host.invalid' } })).error?.code).toBe('08001');
  });

  test('that the server refuses has the SQLSTATE of the refusal', async () => {
    expect((await sql('SELECT 1', { env: { PGPASSWORD: 'wrong' } })).error).toMatchObject({ code: '28P01' });
    expect((await sql('SELECT 1', { env: { PGDATABASE: 'nothing' } })).error).toMatchObject({ code: '3D000' });
  });

  test('needs a database that the stage names', async () => {
    const end = await bench().run('SELECT 1', { command });
    expect(end.error).toEqual({ code: '08001', message: 'The stage names no database: PGHOST is not set.' });
  });

  test('that ends by word of the server during a statement is a failure', async () => {
    const end = await sql('SELECT 1;\nSELECT pg_terminate_backend(pg_backend_pid())');
    expect(end).toMatchObject({ outcome: failed, error: { code: '57P01' }, failedLine: { line: 2 } });
  });
});

describe('stop', () => {
  const waiting = async (name: string) => {
    await expect
      .poll(
        async () =>
          (await database.query(`SELECT pid FROM pg_stat_activity WHERE application_name = 'runbook 01J ${name}' AND wait_event = 'PgSleep'`)).length,
        { timeout: 15_000 },
      )
      .toBe(1);
  };
  const running = async (name: string) =>
    (await database.query(`SELECT pid FROM pg_stat_activity WHERE application_name = 'runbook 01J ${name}' AND state = 'active'`)).length;

  test('cancels the statement, and says that it does not run any more', async () => {
    const watch = watched();
    const ending = sql('SELECT 1;\nSELECT pg_sleep(600)', { env: { RUNBOOK_STEP: 'cancel' }, watch, spec: { graceMs: 10_000 } });
    await waiting('cancel');
    watch.halt();
    const end = await ending;
    expect(end.outcome).toEqual({ kind: 'stopped' });
    expect(end.error).toEqual({ code: '57014', message: 'canceling statement due to user request' });
    expect(end.remarks).toEqual([expect.stringMatching(/^The backend \d+ on 127\.0\.0\.1:\d+ has answered: its statement does not run any more\.$/)]);
    expect(await running('cancel')).toBe(0);
  });

  test('of a backend that does not obey shows which one may still run', async () => {
    const watch = watched();
    // A statement that catches the cancellation and goes on.
    const stubborn = 'DO $$ BEGIN LOOP BEGIN PERFORM pg_sleep(600); EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$';
    const ending = sql(stubborn, { env: { RUNBOOK_STEP: 'stubborn' }, watch, spec: { graceMs: 1500 } });
    await waiting('stubborn');
    watch.halt();
    const end = await ending;
    expect(end.outcome).toEqual({ kind: 'stopped' });
    expect(end.remarks).toEqual([
      expect.stringMatching(/^The backend \d+ on 127\.0\.0\.1:\d+ was asked to cancel its statement and has not answered: it may still run\.$/),
    ]);
    const pid = Number(/backend (\d+)/.exec(end.remarks.join())?.[1]);
    expect(await database.query(`SELECT pg_terminate_backend(${pid}) AS there`)).toEqual([{ there: true }]);
  });

  test('of a time limit does the same', async () => {
    const end = await sql('SELECT pg_sleep(600)', { env: { RUNBOOK_STEP: 'late' }, spec: { timeoutMs: 1500, graceMs: 5000 } });
    expect(end.outcome).toEqual({ kind: 'timed-out' });
    expect(end.error?.code).toBe('57014');
  });

  test.each([
    ['medium', { kind: 'lost', why: expect.stringMatching(/^The client ended while the backend \d+ on .* was at line 2: SELECT pg_sleep\(60\)$/) }],
    ['low', { kind: 'signalled', signal: 'SIGKILL' }],
  ])('a client that is killed in a step of risk=%s ends as %j, as the backend goes on', async (risk, outcome) => {
    const at = bench();
    const ending = sql('SELECT 1;\nSELECT pg_sleep(60)', { env: { RUNBOOK_RISK: risk, RUNBOOK_STEP: `killed-${risk}` }, at });
    await waiting(`killed-${risk}`);
    process.kill(pidOf({ folder: join(at.folder, 'attempts', '01-step.1') }, 'kernel'), 'SIGKILL');
    expect((await ending).outcome).toEqual(outcome);
  });
});

test('the password is nowhere in the files of the attempt', async () => {
  const at = bench();
  await sql('SELECT 1; SELECT 1/0', { at });
  const folder = join(at.folder, 'attempts', '01-step.1');
  for (const name of ['block', 'log', 'result.json', 'private/start', 'private/error', 'private/launcher']) {
    expect(readFileSync(join(folder, name), 'utf8')).not.toContain(database.environment().PGPASSWORD);
  }
});
