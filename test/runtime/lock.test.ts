import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { takeStage } from '../../engine/runtime/lock.ts';
import { faultOf } from '../helpers/fault.ts';
import { temporaryFolder } from '../helpers/temporary.ts';

const program = fileURLToPath(new URL('../fixtures/runtime/take-stage.ts', import.meta.url));
const at = '2026-11-22T14:02:33.000Z';

let state: string;
let path: string;
let rivals: Rival[];

beforeEach(() => {
  state = temporaryFolder();
  path = join(state, 'locks', 'staging.json');
  rivals = [];
});

afterEach(async () => {
  await Promise.all(rivals.map((rival) => rival.kill()));
});

/** Another engine: a real process that takes the stage when it is told to. */
type Rival = { readonly pid: number; take(): Promise<string>; release(): Promise<string>; wake(): void; kill(): Promise<void> };

async function start(run: string, signal?: 'SIGKILL' | 'SIGSTOP', before?: number): Promise<Rival> {
  const child = spawn(process.execPath, [program, state, 'staging', run, ...(signal === undefined ? [] : [signal, String(before)])], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const tell = async (word: string): Promise<string> => {
    child.stdin.write(`${word}\n`);
    const { value, done } = await lines.next();
    return done ? 'killed' : value;
  };
  expect((await lines.next()).value).toBe('ready');
  const rival: Rival = {
    pid: child.pid ?? 0,
    take: () => tell('take'),
    release: () => tell('release'),
    wake: () => void child.kill('SIGCONT'),
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
  rivals.push(rival);
  return rival;
}

/** A process takes the stage and dies with it. */
async function dieHolding(run: string): Promise<void> {
  const holder = await start(run);
  expect(await holder.take()).toBe('held');
  await holder.kill();
}

/** Resolves when a process sleeps until it is woken, or has said what came of it. */
async function stoppedOrDone(pid: number, said: Promise<string>): Promise<void> {
  let done = false;
  void said.then(() => {
    done = true;
  });
  await expect.poll(() => done || spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.startsWith('T')).toBe(true);
}

const take = (run: string) => takeStage(state, 'staging', { run, operator: 'admin', at });

describe('a stage', () => {
  test('is held by one of twenty processes that race for it, and the others are told who, where and since when', async () => {
    const racers = await Promise.all(Array.from({ length: 20 }, (_, index) => start(`run-${index}`)));
    const said = await Promise.all(racers.map((racer) => racer.take()));
    const winners = said.flatMap((text, index) => (text === 'held' ? [index] : []));
    expect(winners).toHaveLength(1);
    const [winner = -1] = winners;
    const host = JSON.parse(readFileSync(path, 'utf8')).host;
    const told = `refused: Stage staging is held by run run-${winner} of operator-of-run-${winner} on ${host} since ${at} (process ${racers[winner]?.pid}).`;
    expect(said.filter((text) => text !== 'held')).toEqual(Array.from({ length: 19 }, () => told));
    expect(readdirSync(join(state, 'locks'))).toEqual(['staging.json']);
  });

  test('of a dead holder goes to one of the processes that race for it, also when all of them resume the same run', async () => {
    await dieHolding('run-0');
    const racers = await Promise.all(Array.from({ length: 8 }, () => start('run-0')));
    const said = await Promise.all(racers.map((racer) => racer.take()));
    expect(said.filter((text) => text === 'held')).toHaveLength(1);
    const [winner] = racers.filter((_, index) => said[index] === 'held');
    expect(JSON.parse(readFileSync(path, 'utf8')).process.pid).toBe(winner?.pid);
  });

  test('is not taken from a holder that lives, however old its claim is', async () => {
    const holder = await start('run-1');
    expect(await holder.take()).toBe('held');
    const fault = faultOf(() => take('run-2'));
    expect(fault.exit).toBe('preflight');
    expect(fault.hint).toContain('runbook runs');
    expect(await holder.release()).toBe('released');
    take('run-2').release();
    expect(readdirSync(join(state, 'locks'))).toEqual([]);
  });

  test('can be taken again and again as each holder dies, and nothing of the dead is left', async () => {
    for (const run of ['run-1', 'run-2', 'run-3']) await dieHolding(run);
    take('run-4').release();
    expect(readdirSync(join(state, 'locks'))).toEqual([]);
  });

  test('of a holder whose number now belongs to another process is free', async () => {
    await dieHolding('run-1');
    const claim = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify({ ...claim, process: { ...claim.process, pid: process.pid } }));
    take('run-2').release();
  });

  test('of a holder from before the last boot is free, although a process of that number and birth runs', async () => {
    take('run-1');
    const claim = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify({ ...claim, process: { ...claim.process, boot: 'a boot ago' } }));
    take('run-2').release();
  });

  test('of a holder on another host that shares the folder is not taken, since nobody can see from here whether it lives', async () => {
    take('run-1');
    const claim = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify({ ...claim, host: 'bastion', process: { ...claim.process, boot: 'of another machine' } }));
    const fault = faultOf(() => take('run-2'));
    expect(fault.message).toContain('run run-1 of admin on bastion');
    expect(fault.hint).toBe(`If it does not: rm '${path}'`);
  });

  test('is free for the next while another stage is held', () => {
    const staging = take('run-1');
    const dev = takeStage(state, 'dev', { run: 'run-2', operator: 'admin', at });
    expect(readdirSync(join(state, 'locks')).toSorted()).toEqual(['dev.json', 'staging.json']);
    staging.release();
    dev.release();
  });

  test('cannot be taken twice by one process', () => {
    const lock = take('run-1');
    expect(faultOf(() => take('run-1')).message).toContain('is held by run run-1');
    lock.release();
  });
});

describe('releasing', () => {
  test('a second time leaves the claim of whoever holds the stage now, even for the same run', async () => {
    const lock = take('run-1');
    lock.release();
    const holder = await start('run-1');
    expect(await holder.take()).toBe('held');
    lock.release();
    expect(existsSync(path)).toBe(true);
    expect(faultOf(() => take('run-2')).message).toContain(`process ${holder.pid}`);
  });
});

/** What a process changes while it succeeds a dead holder: folder, draft, link, rename, and what it removes; 8 is one more than there are. */
const changes = [1, 2, 3, 4, 5, 6, 7, 8];

describe('a process that is killed while it succeeds a dead holder', () => {
  test.for(changes)('before change %i leaves the stage to exactly one of the next', async (n) => {
    await dieHolding('run-0');
    const victim = await start('run-0', 'SIGKILL', n);
    const said = await victim.take();
    await victim.kill();
    if (n < 6) expect(said).toBe('killed');
    const next = await Promise.all([start('run-0'), start('run-0')]);
    const answers = await Promise.all(next.map((racer) => racer.take()));
    expect(answers.toSorted()).toEqual(['held', expect.stringMatching(/^refused: Stage staging is held by run run-0 /)]);
  });
});

describe('a process that is stopped while it succeeds a dead holder, and wakes', () => {
  test.for(changes)('before change %i does not hold the stage together with one that came in between', async (n) => {
    await dieHolding('run-0');
    const sleeper = await start('run-0', 'SIGSTOP', n);
    const [second, third] = await Promise.all([start('run-0'), start('run-0')]);
    const said = sleeper.take();
    await stoppedOrDone(sleeper.pid, said);
    const holders = [await second.take()];
    // The one in between may also be gone again, and a third one hold the stage.
    if (holders[0] === 'held') {
      await second.release();
      holders[0] = await third.take();
    }
    sleeper.wake();
    expect([...holders, await said].toSorted()).toEqual(['held', expect.stringMatching(/^refused: Stage staging is held by run run-0 /)]);
  });
});

describe('a lock that cannot be read or written', () => {
  test('is a refusal with the command that removes it, and is left as it is', () => {
    mkdirSync(join(state, 'locks'));
    writeFileSync(path, '{"run":');
    const fault = faultOf(() => take('run-1'));
    expect(fault.exit).toBe('preflight');
    expect(fault.hint).toContain(`rm '${path}'`);
    expect(readFileSync(path, 'utf8')).toBe('{"run":');
  });

  test('because its folder cannot be made is a refusal that names the folder', () => {
    writeFileSync(join(state, 'locks'), 'a file');
    const fault = faultOf(() => take('run-1'));
    expect(fault.exit).toBe('preflight');
    expect(fault.message).toContain('Stage staging cannot be locked');
    expect(fault.hint).toContain(join(state, 'locks'));
  });
});
