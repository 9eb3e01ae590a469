/**
 * What becomes of a step when something around it dies or is lost: every cell of one table, each really provoked, with real processes and real
 * signals. The same table stands in docs/resume.md for users.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Block, Risk } from '../../engine/core/plan.ts';
import { kernelFor } from '../../engine/kernels/kernel.ts';
import type { AttemptEnd, AttemptSpec } from '../../engine/runtime/attempt/attempt.ts';
import { planWith, step } from '../core/plan-builder.ts';
import { Rehearsal } from '../core/rehearsal.ts';
import { type Bench, bench, engine, pidOf, privateFile, runs, watched } from '../helpers/attempts.ts';
import { postgres } from '../helpers/postgres.ts';
import { until } from '../helpers/wait.ts';
import { service, xml } from '../kernels/aws/run-service.ts';

const risks = ['low', 'medium', 'high'] as const;
const moments = ['before', 'during', 'after'] as const;
type Moment = (typeof moments)[number];

/** `its end`: how the step itself ended counts, as if nothing had died. Several words are for low, medium and high; one is for all. */
type Cell = 'its end' | 'failed' | 'UNKNOWN' | 'failed UNKNOWN UNKNOWN' | { readonly cannot: string };

/** The table. `before`: nothing of the block has run; `during`: a part of it; `after`: all of it, and that is not in the journal yet. */
const table = {
  'the engine': { before: 'failed', during: 'its end', after: 'its end' },
  "the step's launcher": { before: 'UNKNOWN', during: 'UNKNOWN', after: 'UNKNOWN' },
  "the step's shell": { before: 'failed UNKNOWN UNKNOWN', during: 'failed UNKNOWN UNKNOWN', after: 'failed UNKNOWN UNKNOWN' },
  'a command that it runs': { before: { cannot: 'no command runs yet' }, during: 'failed', after: 'its end' },
  'the SQL client': { before: 'failed UNKNOWN UNKNOWN', during: 'failed UNKNOWN UNKNOWN', after: 'failed UNKNOWN UNKNOWN' },
  'the answer of AWS': { before: 'failed', during: 'failed UNKNOWN UNKNOWN', after: { cannot: 'the answer is here' } },
  'its time limit': { before: 'failed UNKNOWN UNKNOWN', during: 'failed UNKNOWN UNKNOWN', after: 'its end' },
  'a stop by the operator': { before: 'failed', during: 'failed UNKNOWN UNKNOWN', after: 'its end' },
  'the whole machine': { before: 'UNKNOWN', during: 'UNKNOWN', after: 'its end' },
  'engine, launcher and shell; others have their process numbers now': {
    before: { cannot: 'they have no numbers yet' },
    during: 'UNKNOWN',
    after: 'its end',
  },
} as const satisfies Readonly<Record<string, Readonly<Record<Moment, Cell>>>>;

type Cause = keyof typeof table;
type Provocation = (at: Bench, risk: Risk) => Promise<AttemptEnd>;
/** Every cell that can be, and nothing for one that cannot. */
type Provocations = {
  readonly [C in Cause]: { readonly [M in Moment as (typeof table)[C][M] extends string ? M : never]: Provocation };
};

const place = { path: 'r.md', line: 1, column: 1 };
const commandOf = (language: string, flags: Block['flags'] = []) => kernelFor({ language, flags, source: '', place }, {})?.command ?? [];
const plain = { command: commandOf('bash') };

/** A block with an effect in two halves. Between them it says its number, and waits. */
function halves(at: Bench, { hold = true } = {}) {
  const [there, go] = [at.gate('there'), at.gate('go')];
  const wait = hold ? `echo $$ >${there.path}; read -r _ <${go.path}` : ':';
  return { there, go, block: `echo one >>effect\n${wait}\necho two >>effect` };
}

/** A block that ends well, in a shell that says its number and waits `before` or `after` it. */
function around(at: Bench, when: 'before' | 'after') {
  const { block } = halves(at, { hold: false });
  const [there, go] = [at.gate('shell-there'), at.gate('shell-go')];
  const wait = `echo $$ >${there.path}; read -r _ <${go.path}`;
  const run = 'bash "$RUNBOOK_BLOCK"';
  return { there, go, spec: at.spec(block, { command: ['bash', '-c', when === 'before' ? `${wait}; ${run}` : `${run}; ${wait}`] }) };
}

function effectOf(at: Bench): string {
  const path = join(at.folder, 'effect');
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

/** A PATH on which the launcher's bash says its number and waits, before anything of the launcher has run. */
function slowLauncher(at: Bench) {
  const [there, go] = [at.gate('launcher-there'), at.gate('launcher-go')];
  const bin = join(at.folder, 'bin');
  mkdirSync(bin);
  const real = ['/bin/bash', '/usr/bin/bash', '/usr/local/bin/bash'].find((path) => existsSync(path));
  writeFileSync(join(bin, 'bash'), `#!${real}\necho $$ >${there.path}; read -r _ <${go.path}; exec ${real} "$@"\n`, { mode: 0o755 });
  return { there, go, path: `${bin}:${process.env.PATH}` };
}

/** An engine that is killed in the middle of a step, which stays where it waits. */
async function orphaned(at: Bench, more: Partial<AttemptSpec> = plain) {
  const { there, go, block } = halves(at);
  const spec = at.spec(block, more);
  const first = engine(spec);
  await there.reached();
  first.process.kill('SIGKILL');
  await first.exited;
  return { spec, go };
}

/** A step that has ended well while no engine was there. */
async function endedAlone(at: Bench, more: Partial<AttemptSpec> = plain): Promise<AttemptSpec> {
  const { spec, go } = await orphaned(at, more);
  await go.open();
  await until('the end of the step', () => readFileSync(privateFile(spec, 'end'), 'utf8').startsWith('exited 0'));
  return spec;
}

/** A step that has ended well, and its launcher, which sleeps, does not know. */
async function endedUnseen(at: Bench, watch = watched()) {
  const { there, go, block } = halves(at);
  const spec = at.spec(block, plain);
  const ending = at.run('', spec, watch);
  await there.reached();
  const launcher = pidOf(spec, 'claim');
  process.kill(launcher, 'SIGSTOP');
  await go.open();
  await until('the end of the step', () => !runs(pidOf(spec, 'kernel')));
  return { ending, launcher };
}

async function killed(...pids: readonly number[]): Promise<void> {
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await until('their end', () => !pids.some(runs));
}

/** What a restart of the machine leaves: no process, and a record of another boot. */
async function restarted(spec: AttemptSpec, ...pids: readonly number[]): Promise<void> {
  await killed(...pids);
  const file = privateFile(spec, 'start');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/"boot":"[^"]+"/, '"boot":"before"'));
}

/** Gives the numbers of launcher and shell to a process that has nothing to do with them, and sees that nobody touches it. */
async function reused(at: Bench, spec: AttemptSpec): Promise<AttemptEnd> {
  const bystander = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
  onTestFinished(() => void bystander.kill('SIGKILL'));
  const other = bystander.pid ?? 0;
  for (const name of ['claim', 'kernel']) {
    const file = privateFile(spec, name);
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^\d+/, String(other)));
  }
  const end = await at.follow(spec);
  expect(runs(other)).toBe(true);
  return end;
}

/** Stops as soon as the block says that it is in its middle, or before it has begun. */
async function halted(at: Bench, when: 'before' | 'during'): Promise<AttemptEnd> {
  const watch = watched();
  if (when === 'before') {
    watch.halt();
    return at.run(halves(at).block, plain, watch);
  }
  const { there, block } = halves(at);
  const ending = at.run(block, plain, watch);
  await there.reached();
  watch.halt();
  return ending;
}

const database = postgres();

function sql(at: Bench, risk: Risk, text: string, env: Readonly<Record<string, string>> = {}) {
  const identity = { RUNBOOK_RUN: '01J', RUNBOOK_STEP: 'matrix', RUNBOOK_RISK: risk, PATH: process.env.PATH ?? '' };
  const spec = at.spec(text, { command: commandOf('sql'), env: { ...identity, ...database.environment(), ...env } });
  return { spec, ending: at.run('', spec) };
}

/** Resolves with the number of the backend when it is in that state. */
async function backend(condition: string): Promise<number> {
  const find = () => database.query(`SELECT pid FROM pg_stat_activity WHERE application_name = 'runbook 01J matrix' AND ${condition}`);
  await expect.poll(async () => (await find()).length, { timeout: 20_000 }).toBe(1);
  return Number((await find())[0]?.pid);
}

const snapshot = xml('CreateDBClusterSnapshot', '<DBClusterSnapshot><Status>creating</Status></DBClusterSnapshot>');
const change = 'aws rds create-db-cluster-snapshot --db-cluster-identifier lego --db-cluster-snapshot-identifier lego-1';

function aws(at: Bench, risk: Risk, url: string): Promise<AttemptEnd> {
  const credentials = { AWS_ACCESS_KEY_ID: 'AKIDTEST', AWS_SECRET_ACCESS_KEY: 'of-no-account', AWS_REGION: 'us-east-1' };
  const env = { PATH: process.env.PATH ?? '', HOME: at.folder, RUNBOOK_RISK: risk, RUNBOOK_RUN: '01J', AWS_ENDPOINT_URL: url, ...credentials };
  return at.run(risk === 'low' ? 'aws rds describe-db-clusters' : change, { command: commandOf('bash', ['aws']), env });
}

/** A server that takes connections and says nothing. */
async function silence() {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  // A server that listens on a port has an address of this kind.
  return { port: String((server.address() as AddressInfo).port), reached: once(server, 'connection') };
}

const provocations: Provocations = {
  'the engine': {
    async before(at) {
      const slow = slowLauncher(at);
      const spec = at.spec(halves(at, { hold: false }).block, plain);
      const first = engine(spec, { ...process.env, PATH: slow.path });
      const launcher = Number(await slow.there.reached());
      first.process.kill('SIGKILL');
      await first.exited;
      const end = await at.follow(spec);
      // A launcher that comes late finds that nobody wants the step any more.
      await slow.go.open();
      await until('the end of the launcher', () => !runs(launcher));
      expect(effectOf(at)).toBe('');
      return end;
    },
    async during(at) {
      const { spec, go } = await orphaned(at);
      const following = at.follow(spec);
      await go.open();
      const end = await following;
      expect(effectOf(at)).toBe('one\ntwo\n');
      return end;
    },
    after: async (at) => at.follow(await endedAlone(at)),
  },
  "the step's launcher": {
    async before(at) {
      const slow = slowLauncher(at);
      const path = process.env.PATH;
      process.env.PATH = slow.path;
      const ending = at.run(halves(at, { hold: false }).block, { ...plain, env: { PATH: path ?? '', HOME: at.folder } });
      const launcher = Number(await slow.there.reached());
      process.env.PATH = path;
      process.kill(launcher, 'SIGKILL');
      const end = await ending;
      expect(effectOf(at)).toBe('');
      expect(end.outcome).toMatchObject({ why: expect.stringContaining('nobody knows whether it had started the step') });
      return end;
    },
    async during(at) {
      const { there, go, block } = halves(at);
      const spec = at.spec(block, plain);
      const ending = at.run('', spec);
      await there.reached();
      process.kill(pidOf(spec, 'claim'), 'SIGKILL');
      await go.open();
      const end = await ending;
      expect(effectOf(at)).toBe('one\ntwo\n');
      return end;
    },
    async after(at) {
      const { ending, launcher } = await endedUnseen(at);
      process.kill(launcher, 'SIGKILL');
      return ending;
    },
  },
  "the step's shell": {
    async before(at) {
      const { spec, there } = around(at, 'before');
      const ending = at.run('', spec);
      process.kill(Number(await there.reached()), 'SIGKILL');
      const end = await ending;
      expect(effectOf(at)).toBe('');
      return end;
    },
    async during(at) {
      const { there, block } = halves(at);
      const ending = at.run(block, plain);
      process.kill(Number(await there.reached()), 'SIGKILL');
      const end = await ending;
      expect(effectOf(at)).toBe('one\n');
      return end;
    },
    async after(at) {
      const { spec, there } = around(at, 'after');
      const ending = at.run('', spec);
      process.kill(Number(await there.reached()), 'SIGKILL');
      const end = await ending;
      expect(effectOf(at)).toBe('one\ntwo\n');
      return end;
    },
  },
  'a command that it runs': {
    async during(at) {
      const [there, go] = [at.gate('there'), at.gate('go')];
      const ending = at.run(`echo one >>effect\nbash -c 'echo $$ >${there.path}; read -r _ <${go.path}'\necho two >>effect`, plain);
      process.kill(Number(await there.reached()), 'SIGKILL');
      const end = await ending;
      expect(end.outcome).toEqual({ kind: 'exited', code: 137 });
      expect(effectOf(at)).toBe('one\n');
      return end;
    },
    async after(at) {
      const { there, go, block } = halves(at);
      const spec = at.spec(`sleep 60 & echo $! >child\n${block}`, plain);
      const first = engine(spec);
      await there.reached();
      first.process.kill('SIGKILL');
      await first.exited;
      await go.open();
      await until('the end of the step', () => readFileSync(privateFile(spec, 'end'), 'utf8').startsWith('exited 0'));
      await killed(Number(readFileSync(join(at.folder, 'child'), 'utf8')));
      return at.follow(spec);
    },
  },
  'the SQL client': {
    async before(at, risk) {
      const server = await silence();
      const { spec, ending } = sql(at, risk, 'SELECT 1', { PGPORT: server.port });
      await server.reached;
      process.kill(pidOf(spec, 'kernel'), 'SIGKILL');
      return ending;
    },
    async during(at, risk) {
      const { spec, ending } = sql(at, risk, 'SELECT pg_sleep(600)');
      const pid = await backend("wait_event = 'PgSleep'");
      process.kill(pidOf(spec, 'kernel'), 'SIGKILL');
      const end = await ending;
      // The server does not look whether anybody still listens.
      expect(await backend("state = 'active'")).toBe(pid);
      await database.query(`SELECT pg_terminate_backend(${pid})`);
      return end;
    },
    async after(at, risk) {
      const holder = await database.client();
      await holder.query('SELECT pg_advisory_lock(7)');
      const { spec, ending } = sql(at, risk, "SELECT pg_advisory_xact_lock(7);\nSELECT repeat('x', 1000000)");
      const pid = await backend("wait_event = 'advisory'");
      // Nobody takes the output, so that the client is not done with it when all is answered.
      process.kill(-pidOf(spec, 'claim'), 'SIGSTOP');
      await holder.end();
      expect(await backend("query LIKE 'SELECT repeat%' AND state LIKE 'idle%'")).toBe(pid);
      await until('the word that all is answered', () => readFileSync(privateFile(spec, 'error'), 'utf8') === '');
      process.kill(pidOf(spec, 'kernel'), 'SIGKILL');
      process.kill(-pidOf(spec, 'claim'), 'SIGCONT');
      return ending;
    },
  },
  'the answer of AWS': {
    async before(at, risk) {
      const server = createServer();
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      // A server that listens on a port has an address of this kind.
      const { port } = server.address() as AddressInfo;
      server.close();
      await once(server, 'close');
      const end = await aws(at, risk, `http://127.0.0.1:${port}`);
      expect(end.error?.code).toBe('ECONNREFUSED');
      return end;
    },
    async during(at, risk) {
      const endpoint = await service(() => ({ body: snapshot, cut: true }));
      const end = await aws(at, risk, endpoint.url);
      // A question is asked again, a change is sent once.
      if (risk !== 'low') expect(endpoint.arrivals).toHaveLength(1);
      return end;
    },
  },
  'its time limit': {
    before: (at) => at.run('', { ...around(at, 'before').spec, timeoutMs: 400 }),
    async during(at) {
      // Nobody reads what it would say, so it waits in its middle.
      const end = await at.run(halves(at).block, { ...plain, timeoutMs: 2000 });
      expect(effectOf(at)).toBe('one\n');
      return end;
    },
    async after(at) {
      const spec = await endedAlone(at, { ...plain, timeoutMs: 1000 });
      const { at: began } = JSON.parse(readFileSync(privateFile(spec, 'start'), 'utf8'));
      await until('the time limit', () => Date.now() > began + 1000);
      return at.follow(spec);
    },
  },
  'a stop by the operator': {
    before: (at) => halted(at, 'before'),
    during: (at) => halted(at, 'during'),
    async after(at) {
      const watch = watched();
      const { ending, launcher } = await endedUnseen(at, watch);
      watch.halt();
      process.kill(launcher, 'SIGCONT');
      return ending;
    },
  },
  'the whole machine': {
    async before(at) {
      const slow = slowLauncher(at);
      const spec = at.spec(halves(at, { hold: false }).block, plain);
      const first = engine(spec, { ...process.env, PATH: slow.path });
      const launcher = Number(await slow.there.reached());
      first.process.kill('SIGKILL');
      await first.exited;
      await restarted(spec, launcher);
      return at.follow(spec);
    },
    async during(at) {
      const { spec } = await orphaned(at);
      await restarted(spec, pidOf(spec, 'claim'), pidOf(spec, 'kernel'));
      const end = await at.follow(spec);
      expect(end.outcome).toMatchObject({ why: expect.stringContaining('machine was restarted') });
      return end;
    },
    async after(at) {
      const spec = await endedAlone(at);
      await restarted(spec);
      return at.follow(spec);
    },
  },
  'engine, launcher and shell; others have their process numbers now': {
    async during(at) {
      const { spec } = await orphaned(at, { ...plain, timeoutMs: 300 });
      await killed(pidOf(spec, 'claim'), pidOf(spec, 'kernel'));
      return reused(at, spec);
    },
    after: async (at) => reused(at, await endedAlone(at)),
  },
};

/** What the fold makes of an end for a step of this risk. */
function stateOf({ outcome, error }: AttemptEnd, risk: Risk): string {
  const end = { outcome, ...(error !== undefined && { error }) };
  const state = new Rehearsal(planWith(step('apply', risk))).confirm().start().finish(end).state('apply').kind;
  return state === 'ok' ? 'its end' : state === 'unknown' ? 'UNKNOWN' : state;
}

/** What is expected for each risk. */
function expectedOf(cell: string): readonly string[] {
  return cell.startsWith('failed UNKNOWN') ? cell.split(' ') : risks.map(() => cell);
}

/** The two kernels that are told the risk of their step. */
const minding: readonly string[] = ['the SQL client', 'the answer of AWS'];

for (const [cause, row] of Object.entries(provocations))
  describe(cause, () => {
    test.each(Object.entries(row))('%s the step: its state is as in the table', async (moment, provoke: Provocation) => {
      const cell = (table as Readonly<Record<string, Readonly<Record<string, Cell>>>>)[cause]?.[moment];
      const ends: Partial<Record<Risk, AttemptEnd>> = {};
      for (const risk of minding.includes(cause) ? (['low', 'medium'] as const) : (['medium'] as const)) ends[risk] = await provoke(bench(), risk);
      const changing = ends.medium;
      if (changing === undefined || typeof cell !== 'string') throw new Error('Every provocation has a cell and an end.');
      expect(risks.map((risk) => stateOf(ends[risk] ?? changing, risk))).toEqual(expectedOf(cell));
    });
  });

/** A cell as it stands in the documentation. */
function words(cell: Cell): string {
  if (typeof cell === 'object') return `cannot be: ${cell.cannot}`;
  return cell === 'failed UNKNOWN UNKNOWN' ? 'UNKNOWN; `risk=low`: failed' : cell;
}

test('users read the same table', () => {
  const lines = Object.entries(table).map(([cause, row]) => `| ${cause} | ${moments.map((moment) => words(row[moment])).join(' | ')} |`);
  expect(readFileSync('docs/resume.md', 'utf8')).toContain(`\n${lines.join('\n')}\n`);
});
