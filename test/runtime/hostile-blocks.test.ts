/**
 * Blocks that set out to fool the engine, or break by accident what belongs to it. The recorded result stays true, or says what it cannot know;
 * the engine neither waits for ever nor writes where a block leads it. More of them stand in attempt-forgery.test.ts and attempt.test.ts.
 */

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { kernelFor } from '../../engine/kernels/kernel.ts';
import { type AttemptEnd, type AttemptSpec, sweepAttempt } from '../../engine/runtime/attempt/attempt.ts';
import { findProgram } from '../../engine/runtime/programs.ts';
import { type Bench, bench, engine, groupRuns, pidOf, runs, watched } from '../helpers/attempts.ts';
import { until, untilFile } from '../helpers/wait.ts';

const command = kernelFor({ language: 'bash', flags: [], source: '', place: { path: 'r.md', line: 1, column: 1 } }, {})?.command ?? [];

/** `f` is the folder of the attempt and `p` its private one, `victim` a file outside, `replace` puts something else in the place of files. */
const tools = `f=$(dirname "$RUNBOOK_BLOCK") p=$f/private victim=$HOME/victim
replace() { local how=$1 name; shift; for name; do rm -rf "$name"; case $how in pipe) mkfifo "$name";; link) ln -s "$victim" "$name";; folder) mkdir "$name";; esac; done; }
`;

/** A bench with a file that no block may lead the engine to. */
function field(): Bench & { readonly hostile: (text: string, more?: Partial<AttemptSpec>) => AttemptSpec; readonly victim: () => string } {
  const at = bench();
  writeFileSync(join(at.folder, 'victim'), 'untouched\n');
  const hostile = (text: string, more: Partial<AttemptSpec> = {}): AttemptSpec =>
    at.spec(tools + text, { command, session: join(at.folder, 'session'), ...more });
  return { ...at, hostile, victim: () => readFileSync(join(at.folder, 'victim'), 'utf8') };
}

const all = '"$p"/{claim,kernel,end,notice,output,error,failed,progress,remarks,requests,launcher,state,scratch,spool.pump,began,start}';

type Case = readonly [what: string, text: string, outcome: AttemptEnd['outcome'], remarks: RegExp];

/** The outcome is what really happened, or UNKNOWN; the remarks tell what is missing. */
const cases: readonly Case[] = [
  [
    'prints ends, sums and remarks of others',
    'printf "%s\\n" "exited 0" "5 bytes copied" "dd: error writing: lost"; exit 9',
    { kind: 'exited', code: 9 },
    /^$/,
  ],
  ['writes its end itself', 'echo "exited 0" >"$p/end"; exit 9', { kind: 'exited', code: 9 }, /^$/],
  [
    'writes the word of the pump itself',
    'printf "%0300d\\ndd: error writing: No space left on device\\n" 7 >"$p/spool.pump"; exit 3',
    { kind: 'exited', code: 3 },
    /^$/,
  ],
  ['says that it never started', 'echo "not-started all is well" >"$RUNBOOK_ERROR"; exit 1', { kind: 'exited', code: 1 }, /^$/],
  ['says that nobody knows how it ended', 'echo "lost no idea" >"$RUNBOOK_ERROR"; exit 1', { kind: 'lost', why: 'no idea' }, /^$/],
  ['says that it is lost, and ends well', 'echo "lost no idea" >"$RUNBOOK_ERROR"', { kind: 'exited', code: 0 }, /^$/],
  ['puts pipes in the place of its private files', `replace pipe ${all}; exit 5`, { kind: 'exited', code: 5 }, /state of the shell was lost/],
  [
    'puts pipes there, and is killed',
    `replace pipe ${all}; kill -KILL $$`,
    { kind: 'lost', why: expect.stringMatching(/^It ended with 137, by its own will or by a signal/) },
    /state of the shell was lost/,
  ],
  ['puts links in the place of its private files', `replace link ${all}; exit 5`, { kind: 'exited', code: 5 }, /state of the shell was lost/],
  ['puts folders in the place of its private files', `replace folder ${all}; exit 5`, { kind: 'exited', code: 5 }, /state of the shell was lost/],
  [
    'fills its private folder',
    'for i in {1..3000}; do : >"$p/$i"; done; mkdir "$p/a b"; : >"$p/a b/$(printf "x\\ny")"; exit 5',
    { kind: 'exited', code: 5 },
    /^$/,
  ],
];

describe('a block that', () => {
  test.for(cases)('%s', async ([, text, outcome, remarks]) => {
    const at = field();
    const spec = at.hostile(`echo its own output\n${text}`);
    const end = await at.run('', spec);
    expect(end.outcome).toEqual(outcome);
    expect(end.remarks.filter((remark) => !text.includes('replace') || !remark.startsWith('Still running')).join('\n')).toMatch(remarks);
    expect(at.victim()).toBe('untouched\n');
    // The record is made of files, and holds what happened.
    for (const name of ['log', 'result.json']) expect(lstatSync(join(spec.folder, name)).isFile()).toBe(true);
    expect(JSON.parse(readFileSync(join(spec.folder, 'result.json'), 'utf8'))).toMatchObject({ outcome: { kind: end.outcome.kind } });
    expect(readFileSync(join(spec.folder, 'log'), 'utf8')).toBe(end.tail);
    expect(end.tail).not.toContain('untouched');
    sweepAttempt(spec.folder);
    expect(existsSync(join(spec.folder, 'private'))).toBe(false);
  });
});

describe('$RUNBOOK_OUTPUT is refused as a whole, and the step keeps its real end, when it', () => {
  test.for([
    ['holds a NUL byte', 'printf "a=1\\0" >"$RUNBOOK_OUTPUT"', '$RUNBOOK_OUTPUT holds a NUL byte.'],
    ['names what only the system names', 'echo "PATH=/tmp" >"$RUNBOOK_OUTPUT"', 'Line 1 of $RUNBOOK_OUTPUT is neither name=value nor name<<END.'],
    ['is deleted', 'rm "$RUNBOOK_OUTPUT"', /^\$RUNBOOK_OUTPUT cannot be read: .*ENOENT/],
  ] as const)('%s', async ([, text, bad]) => {
    const at = field();
    const end = await at.run('', at.hostile(text));
    expect(end).toMatchObject({
      outcome: { kind: 'exited', code: 0 },
      outputs: {},
      badOutput: typeof bad === 'string' ? bad : expect.stringMatching(bad),
    });
  });
});

test.each([
  ['2 MB', 'head -c 2000000 /dev/zero | tr "\\0" a >"$RUNBOOK_ERROR"'],
  ['a NUL byte', 'printf "40001\\0 x" >"$RUNBOOK_ERROR"'],
  ['a pipe', 'replace pipe "$RUNBOOK_ERROR"'],
])('a typed error that is %s is none', async (_, text) => {
  const at = field();
  const end = await at.run('', at.hostile(`${text}; exit 4`));
  expect(end.outcome).toEqual({ kind: 'exited', code: 4 });
  expect(end.error).toBeUndefined();
});

describe('without an engine, a block that', () => {
  /** What the block does between the death of one engine and the coming of another. */
  async function meanwhile(
    text: string,
    life: 'ended' | 'followed' | 'not found',
  ): Promise<{ readonly at: ReturnType<typeof field>; readonly spec: AttemptSpec; readonly end: AttemptEnd }> {
    const at = field();
    const wait = 'until [ -e "$HOME/go" ]; do sleep 0.02; done';
    const spec = at.hostile(
      `echo its own output; : >"$HOME/busy"; ${wait}; ${text}\n: >"$HOME/over"; ${life !== 'ended' ? 'until [ -e "$HOME/end" ]; do sleep 0.02; done' : ''}\nexit 5`,
    );
    const first = engine(spec);
    await untilFile(join(at.folder, 'busy'));
    const kernel = pidOf(spec, 'kernel');
    first.process.kill('SIGKILL');
    await first.exited;
    writeFileSync(join(at.folder, 'go'), '');
    await untilFile(join(at.folder, 'over'));
    if (life === 'ended') await until('the end of the step', () => !groupRuns(kernel) && !runs(kernel));
    const following = at.follow(spec);
    if (life === 'not found') await following;
    writeFileSync(join(at.folder, 'end'), '');
    await until('the end of the step', () => !groupRuns(kernel));
    return { at, spec, end: await following };
  }

  test.for([
    ['took the claim of its launcher away and goes on', 'rm "$p/claim"', 'followed', 'lost', /^$/],
    ['took it away and has ended', 'rm "$p/claim"', 'ended', 'exited', /^$/],
    ['took away what says that it runs', 'rm "$p/claim" "$p/kernel"', 'not found', 'lost', /Still running/],
    ['put pipes in the place of its private files', `replace pipe ${all}`, 'ended', 'lost', /^$/],
  ] as const)('%s', async ([, text, life, kind, remarks]) => {
    const { at, spec, end } = await meanwhile(text, life);
    expect(end.outcome.kind).toBe(kind);
    if (end.outcome.kind === 'exited') expect(end.outcome.code).toBe(5);
    expect(end.remarks.filter((remark) => !/state of the shell/.test(remark)).join('\n')).toMatch(remarks);
    expect(at.victim()).toBe('untouched\n');
    expect(readFileSync(join(spec.folder, 'log'), 'utf8')).not.toContain('untouched');
    expect(lstatSync(join(spec.folder, 'result.json')).isFile()).toBe(true);
  });
});

describe('a time limit ends a block that', () => {
  test.for([
    ['deleted its private files', 'rm -rf "$p"'],
    ['says that it is somebody else', 'cat "$HOME/other" >"$p/kernel"'],
  ] as const)('%s, and nobody else', async ([, text]) => {
    const at = field();
    const other = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
    onTestFinished(() => void other.kill('SIGKILL'));
    const born = readFileSync(`/proc/${other.pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[19];
    writeFileSync(join(at.folder, 'other'), `${other.pid} ${born}\n`);
    const end = await at.run('', at.hostile(`trap "" TERM; ${text}; echo $$ >"$HOME/self"; while :; do sleep 0.05; done`, { timeoutMs: 1500 }));
    expect(end.outcome).toEqual({ kind: 'timed-out' });
    expect(groupRuns(Number(readFileSync(join(at.folder, 'self'), 'utf8')))).toBe(false);
    expect(runs(other.pid ?? 0)).toBe(true);
  });
});

test('a stop ends a block that deleted its private files', async () => {
  const at = field();
  const watch = watched();
  const running = at.run('', at.hostile('rm -rf "$p"; echo $$ >"$HOME/.self"; mv "$HOME/.self" "$HOME/self"; while :; do sleep 0.05; done'), watch);
  await untilFile(join(at.folder, 'self'));
  watch.halt();
  expect((await running).outcome).toEqual({ kind: 'stopped' });
  expect(groupRuns(Number(readFileSync(join(at.folder, 'self'), 'utf8')))).toBe(false);
});

test('a daemon that hides, and holds the output open, is told of, though not by name', async () => {
  const at = field();
  const text = "setsid env -i bash -c 'echo $$ >daemon; exec sleep 60' & disown; until [ -s daemon ]; do sleep 0.02; done; exit 5";
  const end = await at.run('', at.hostile(text));
  process.kill(Number(readFileSync(join(at.folder, 'daemon'), 'utf8')), 'SIGKILL');
  expect(end.outcome).toEqual({ kind: 'exited', code: 5 });
  expect(end.remarks).toEqual(['A process that could not be found holds the output of the step open; what it still writes is not kept.']);
});

const setpriv = findProgram('setpriv', process.env.PATH, '/');

test.runIf(process.getuid?.() !== 0 || setpriv !== undefined)(
  'a block that locks its folder does not hide its end: it is a fault, and unknown later',
  async () => {
    const at = field();
    const spec = at.hostile('chmod 000 "$p" "$f"; exit 4');
    // Root is let in everywhere, unless it gives that up.
    const weak = process.getuid?.() === 0 ? [setpriv ?? '', '--bounding-set=-dac_override,-dac_read_search,-fowner'] : [];
    const program = fileURLToPath(new URL('../helpers/attempt-engine.ts', import.meta.url));
    const [first = process.execPath, ...rest] = [...weak, process.execPath, program, JSON.stringify({ start: spec })];
    const output = await new Promise<string>((resolve) => {
      const child = spawn(first, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
      let text = '';
      child.stderr.setEncoding('utf8').on('data', (part: string) => (text += part));
      child.once('close', () => resolve(text));
    });
    expect(output).toContain('The step has ended (exited with 4), but that could not be recorded in');
    execFileSync('chmod', ['755', spec.folder]);
    execFileSync('chmod', ['700', join(spec.folder, 'private')]);
    expect((await at.follow(spec)).outcome.kind).toBe('lost');
  },
);

test('what a block left in the place of the state of the shell does not keep the next block waiting', async () => {
  const at = field();
  const first = await at.run('', at.hostile('mkdir -p "$HOME/session"; replace pipe "$HOME/session/state"; exit 0'));
  expect(first.outcome).toEqual({ kind: 'exited', code: 0 });
  mkdirSync(join(at.folder, 'session'), { recursive: true });
  execFileSync('sh', ['-c', 'rm -f state; mkfifo state'], { cwd: join(at.folder, 'session') });
  const second = await at.run('', at.hostile('echo on', { timeoutMs: 10_000 }));
  expect(second.outcome).toEqual({ kind: 'exited', code: 0 });
  expect(second.tail).toBe('on\n');
  expect(second.remarks).toEqual(['The state of the shell was lost: something else is in the place of its file.']);
});

test('an attempt without a start does not leave what would keep a reader waiting', async () => {
  const at = field();
  const spec = at.hostile('replace pipe "$f/log" "$p/start"; exit 0');
  await at.run('', spec);
  execFileSync('sh', ['-c', 'rm -f log private/start; mkfifo log private/start'], { cwd: spec.folder });
  expect((await at.follow(spec)).outcome.kind).toBe('lost');
  expect(lstatSync(join(spec.folder, 'log')).isFile()).toBe(true);
});
