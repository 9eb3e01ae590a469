/** Many short lives of engines: each is killed, the next goes on where it was, and what really happened is counted outside of all of them. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readJournal } from '../../engine/runtime/journal.ts';
import { journalBreaches, journalsOf } from '../helpers/journals.ts';
import { cleanEnvironment, fence, makeProject, runbookOf } from '../helpers/project.ts';
import { draws } from './draws.ts';
import type { Order } from './engine.ts';

/** What is wanted of a torture. The same seed gives the same deaths; what the machine makes of them may differ. */
export type Torture = { readonly kills: number; readonly seed: number; readonly careless?: boolean };

/** What it came to. `breaches` says in words what must never be. */
export type Outcome = {
  readonly kills: number;
  readonly runs: number;
  readonly starts: number;
  /** How often a step ended UNKNOWN and an operator had to say what became of it. */
  readonly unknown: number;
  readonly breaches: readonly string[];
};

/** Steps that leave a mark where the engine does not look, and then take a while. */
const effect = (step: string, rest: string): string => `echo "$RUN ${step}" >> "$EFFECTS"\n${rest}`;
const runbook = runbookOf(`## Sort

### Look

${fence('bash step=look risk=low timeout=1m', 'sleep 0.02')}
### Fill

${fence('bash step=fill risk=medium timeout=1m', effect('fill', 'sleep 0.1'))}
**Check:** the mark is there.

${fence('bash check=fill', 'grep -qx "$RUN fill" "$EFFECTS"')}
### Stumble

Fails the first time.

${fence('bash step=stumble risk=medium timeout=1m', effect('stumble', 'sleep 0.03\n[ -e "$EFFECTS.$RUN" ] || { : > "$EFFECTS.$RUN"; exit 3; }'))}
### Seal

${fence('bash step=seal risk=high timeout=1m', effect('seal', 'seq 1 200\nsleep 0.08'))}`);

const program = fileURLToPath(new URL('engine.ts', import.meta.url));

/** How many writes a run without accidents has, and a few more. */
const writes = 16;

/** A project in which engines are started one after the other, and what stands outside of them all. */
export type World = {
  /** Starts an engine, and waits for its end. `killAfterMs`: kills it then, if it still lives. */
  engine(order: Partial<Order>, killAfterMs?: number): Promise<{ readonly said: string; readonly killed: boolean }>;
  /** The run that has begun and not ended. */
  unfinished(): string | undefined;
  journals(): readonly string[];
  /** What was done, `<run> <step>` a line. */
  effects(): string;
  /** What must not be: effects that nobody allowed, and journals against the rules of the machine. */
  breaches(): readonly string[];
  [Symbol.dispose](): void;
};

/** Makes one. */
export function makeWorld(): World {
  const project = makeProject({ 'runbooks/torture.md': runbook });
  const { root } = project;
  const [allowed, effects] = [join(root, 'allowed'), join(root, 'effects')];
  project.write({ 'runbook.yaml': `stages:\n  dev: { variables: { effects: ${effects} } }\n`, allowed: '', effects: '' });
  return {
    async engine(order, killAfterMs) {
      const whole: Order = { root, allowed, seed: 1, careless: false, ...order };
      const engine = spawn(process.execPath, [program, JSON.stringify(whole)], { env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] });
      const said = collect(engine);
      const timer = killAfterMs === undefined ? undefined : setTimeout(() => engine.kill('SIGKILL'), killAfterMs);
      const [, signal] = await once(engine, 'close');
      clearTimeout(timer);
      return { said: `${said.out}${said.err}`, killed: signal === 'SIGKILL' };
    },
    unfinished: () => unfinished(root),
    journals: () => journalsOf(root),
    effects: () => readFileSync(effects, 'utf8'),
    breaches: () => [...tooOften(readFileSync(effects, 'utf8'), readFileSync(allowed, 'utf8')), ...journalBreaches(root)],
    [Symbol.dispose]: project[Symbol.dispose],
  };
}

/** Kills engines until it was done often enough, half of them at a certain write of the journal, the others at any time. */
export async function torture({ kills, seed, careless = false }: Torture): Promise<Outcome> {
  const draw = draws(seed);
  using world = makeWorld();
  let [killed, starts] = [0, 0];
  let resume: string | undefined;
  while (killed < kills || resume !== undefined) {
    starts += 1;
    const more = killed < kills;
    const dies = more && draw(2) === 0 ? ({ at: 1 + draw(writes), when: draw(2) === 0 ? 'before' : 'after' } as const) : undefined;
    const order = { seed: draw(2 ** 31), careless, ...(resume !== undefined && { resume }), ...(dies !== undefined && { dies }) };
    // An engine that is to die at no certain write dies at any moment, also while it starts.
    const end = await world.engine(order, more && dies === undefined ? draw(900) : undefined);
    if (end.killed) killed += 1;
    else if (!/^ended /m.test(end.said)) throw new Error(`An engine ended by itself (seed ${seed}): ${end.said}`);
    resume = end.killed ? world.unfinished() : undefined;
  }
  const events = world.journals().flatMap((path) => readJournal(path).events);
  return {
    kills: killed,
    runs: world.journals().length,
    starts,
    unknown: events.filter(({ type }) => type === 'step-settled').length,
    breaches: world.breaches(),
  };
}

function collect(engine: ChildProcess): { out: string; err: string } {
  const said = { out: '', err: '' };
  engine.stdout?.setEncoding('utf8').on('data', (text: string) => (said.out += text));
  engine.stderr?.setEncoding('utf8').on('data', (text: string) => (said.err += text));
  return said;
}

/** The run that has begun and not ended. One whose first event was not written never was. */
function unfinished(root: string): string | undefined {
  const journal = journalsOf(root).find((path) => {
    const { events } = readJournal(path);
    return events.length > 0 && events.at(-1)?.type !== 'run-ended';
  });
  return journal === undefined ? undefined : basename(dirname(journal));
}

/** Effects that nobody allowed. */
function tooOften(effects: string, allowed: string): readonly string[] {
  const [done, may] = [tally(effects), tally(allowed)];
  return [...done].flatMap(([what, times]) => (times <= (may.get(what) ?? 0) ? [] : [`${what}: ran ${times} times, allowed ${may.get(what) ?? 0}`]));
}

function tally(text: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const line of text.split('\n').filter(Boolean)) counts.set(line, (counts.get(line) ?? 0) + 1);
  return counts;
}
