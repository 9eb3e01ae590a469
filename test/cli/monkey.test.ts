import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause, setImmediate } from 'node:timers/promises';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { prepareGround, recordFirst } from '../../engine/commands/ground.ts';
import { begin } from '../../engine/core/apply.ts';
import type { Event } from '../../engine/core/event.ts';
import { frameOf, stepOf } from '../../engine/core/frame.ts';
import type { Operator, Question, View } from '../../engine/core/need.ts';
import type { Plan, Step } from '../../engine/core/plan.ts';
import type { Run } from '../../engine/core/run.ts';
import { hashes, keepCopies, snapshot } from '../../engine/runtime/approved.ts';
import { drive } from '../../engine/runtime/drive.ts';
import { sinceLastSuccess } from '../../engine/runtime/earlier.ts';
import { finalScan } from '../../engine/runtime/final-scan.ts';
import { createJournal } from '../../engine/runtime/journal.ts';
import { prepareFromDisk } from '../../engine/runtime/prepare.ts';
import { openProject } from '../../engine/runtime/project.ts';
import { createRunFolder } from '../../engine/runtime/run-store.ts';
import { type Driven, record, type Setup, Standing, StopButton } from '../../engine/runtime/setup.ts';
import type { Press } from '../../engine/view/keys.ts';
import { lookOf } from '../../engine/view/look.ts';
import { OutputFeed } from '../../engine/view/output-feed.ts';
import { drawFrame } from '../../engine/view/screens/frame.ts';
import { type Action, type Asked, type Effect, initial, type Scene, type State } from '../../engine/view/state.ts';
import { createStore } from '../../engine/view/store.ts';
import { update } from '../../engine/view/update.ts';
import { Waiting } from '../../engine/view/waiting.ts';
import { clusterName, makeDanger, randomFrom, stageName, type Whim, whims } from '../helpers/monkey.ts';
import { cleanEnvironment, cli } from '../helpers/project.ts';
import { openTerminal } from '../helpers/terminal.ts';

const seed = Number(process.env.MONKEY_SEED ?? Date.now() % 1e9);
const enough = Number(process.env.MONKEY_KEYS ?? 10_000);

/** The text that must be typed before this runs: decided here a second time, from the document alone. */
function mustType(step: Step): string | undefined {
  if (step.retype !== undefined) return clusterName;
  return step.risk === 'high' ? stageName : undefined;
}

/** What was allowed by the keys, kept without a look at what the view makes of them. */
class Witness {
  #asked: Question | undefined;
  #typed = '';
  #allowed: { readonly question: Question; readonly typed: string; readonly reading?: boolean } | undefined;
  readonly started: Record<string, number> = {};
  readonly #all: Record<string, number>;

  constructor(all: Record<string, number>) {
    this.#all = all;
  }

  /** A question was asked; nothing that came before it counts. */
  asked(question: Question | undefined): void {
    this.#asked = question;
    this.#typed = '';
  }

  /** The question takes keys from now on. */
  armed(): void {
    this.#typed = '';
  }

  saw(whim: Whim): void {
    if (whim.kind !== 'key') return;
    const { name, text } = whim;
    this.#allowed = undefined;
    if (name === 'y' || name === 'enter') this.#allowed = this.#asked && { question: this.#asked, typed: name === 'enter' ? this.#typed : '' };
    // Running on is for what only reads.
    if (name === 'a') this.#allowed = this.#asked && { question: this.#asked, typed: '', reading: true };
    if (name === 'enter' || name === 'esc' || name === 'ctrl+u' || name === 'ctrl+w') this.#typed = '';
    else this.#typed = name === 'backspace' || name === 'ctrl+h' ? this.#typed.slice(0, -1) : this.#typed + text;
  }

  /** Called when an answer runs something, while the key that gave it is the last one. Who runs on was asked before; that is for reading only. */
  answered(plan: Plan, run: Run, onward: boolean): void {
    const allowed = onward && this.#asked !== undefined ? { question: this.#asked, typed: '', reading: true } : this.#allowed;
    if (allowed?.question.kind !== 'confirm') throw new Error('Something was confirmed by neither y nor Enter.');
    const { question, typed } = allowed;
    const step = stepOf(plan, frameOf(run, question.frame), question.step);
    if (allowed.reading === true && step.risk !== 'low') throw new Error(`${question.step} was not asked about.`);
    const wanted = question.purpose === 'dry-run' ? undefined : mustType(step);
    if (wanted === undefined ? typed !== '' : !typed.endsWith(wanted)) throw new Error(`${question.step} was confirmed after "${typed}".`);
    this.#confirmed.add(`${question.frame} ${question.step} ${question.purpose}`);
  }

  readonly #confirmed = new Set<string>();

  /** Each confirmation is good for one start. */
  event(plan: Plan, run: Run, event: Event): void {
    if (event.type !== 'attempt-started' || event.purpose === 'check' || event.purpose === 'dry-run') return;
    const { risk, id } = stepOf(plan, frameOf(run, event.frame), event.step);
    for (const counts of [this.started, this.#all]) counts[`${event.purpose} ${id}`] = (counts[`${event.purpose} ${id}`] ?? 0) + 1;
    const confirmed = this.#confirmed.delete(`${event.frame} ${event.step} ${event.purpose}`);
    if (risk !== 'low' && !confirmed) throw new Error(`${event.step} started without a confirmation.`);
  }
}

/** The frame fits, and says where one is. */
function look(state: State): void {
  const { columns, rows } = state.look;
  const { lines } = drawFrame(state);
  if (lines.length === 0) return;
  if (lines.length > Math.max(1, rows - 2)) throw new Error(`${lines.length} lines on ${columns}x${rows}:\n${lines.join('\n')}`);
  const wide = lines.find((line) => stringWidth(line) > columns || /[\n\t]/u.test(line));
  if (wide !== undefined) throw new Error(`Wider than ${columns}x${rows}: ${wide}`);
  if (!lines[0]?.includes(stageName.toUpperCase())) throw new Error(`The stage is not on ${columns}x${rows}:\n${lines.join('\n')}`);
}

test(`10,000 random keys start nothing that was not confirmed as its risk demands (MONKEY_SEED=${seed})`, { timeout: 600_000 }, async () => {
  process.stdout.write(`MONKEY_SEED=${seed}\n`);
  const random = randomFrom(seed);
  const next = whims(random, true);
  const ends: Record<string, number> = {};
  const starts: Record<string, number> = {};
  let keys = 0;
  // A monkey that gets nowhere proves nothing: it goes on until what is dangerous was reached, too.
  const reached = () => ['run prepare', 'run cut-over', 'run drop-old'].every((what) => starts[what] !== undefined);
  const last = () => keys >= enough && (reached() || keys >= 5 * enough);
  while (!last()) {
    using danger = makeDanger();
    const wired = await wire(danger.root, starts);
    const { store, witness } = wired;
    let over = false;
    const run = wired.drive().finally(() => (over = true));
    // Whatever it ends with is looked at when the keys are done.
    run.catch(() => undefined);
    while (!over && !last()) {
      for (const whim of next()) {
        keys += 1;
        wired.act(whim);
        look(store.get());
      }
      if (random() < 0.2) store.dispatch({ kind: 'tick', at: Date.now() });
      const { asking } = store.get();
      if (asking?.armed === false && random() < 0.7) wired.arm();
      // What runs takes its time; the keys meanwhile are those of an impatient person.
      await (asking === undefined ? pause(10) : setImmediate());
    }
    if (!over) wired.leave();
    const { status } = (await run).run;
    const end = status.kind === 'stopped' ? `stopped: ${status.because}` : status.kind === 'ended' ? status.result : 'open';
    ends[end] = (ends[end] ?? 0) + 1;
    const changed = existsSync(join(danger.root, 'changed')) ? readFileSync(join(danger.root, 'changed'), 'utf8').trim().split('\n') : [];
    // What the steps left behind is the work of those that were seen to start.
    for (const step of ['cut-over', 'drop-old', 'make-box']) {
      expect(changed.filter((line) => line === step).length).toBeLessThanOrEqual(witness.started[`run ${step}`] ?? 0);
    }
  }
  process.stdout.write(`${keys} keys; runs: ${JSON.stringify(ends)}; started: ${JSON.stringify(starts)}\n`);
  expect(reached()).toBe(true);
});

test('keys in a real terminal, the right names only pasted, start nothing that has to be typed', { timeout: 600_000 }, async () => {
  process.stdout.write(`MONKEY_SEED=${seed}\n`);
  const random = randomFrom(seed);
  const next = whims(random, false);
  using danger = makeDanger();
  let sent = 0;
  const started = (): readonly string[] => {
    const journals = globSync('.runbook/runs/*/journal.jsonl', { cwd: danger.root }).map((path) => readFileSync(join(danger.root, path), 'utf8'));
    const lines = journals.flatMap((text) => text.split('\n').slice(0, -1));
    return lines.flatMap((line) => {
      const event: Event = JSON.parse(line);
      return event.type === 'attempt-started' ? [`${event.purpose} ${event.step}`] : [];
    });
  };
  // Some keys start nothing for a long time; a test in which nothing can start would prove nothing.
  const last = (): boolean => sent >= enough / 25 && (sent >= enough / 2 || started().includes('run look-around'));
  const fresh = ['run', 'turn-over', '--stage', stageName];
  let args = fresh;
  while (!last()) {
    using terminal = openTerminal(['node', cli, ...args], { cwd: danger.root });
    let over = false;
    const ended = terminal.ended.finally(() => (over = true));
    await terminal.shows(/PRODUCTION|Next:/);
    while (!over && !last()) {
      for (const whim of next()) {
        sent += 1;
        if (whim.kind === 'resize') terminal.resize(whim.columns, whim.rows);
        else terminal.press(bytesOf(whim));
        await pause(whim.kind === 'key' ? 5 : 30);
      }
      // A question takes no key before the keyboard was quiet for a while.
      if (random() < 0.25) await pause(350);
    }
    if (!over) break;
    // 0 and 5: it came to its end; 4 and 8: it was stopped, at a failure or before one, and can be resumed; 130: so
    // it was by a Ctrl+C in the moment after Ctrl+Z, when the terminal is the shell's. Keys bring no other code about.
    const code = await ended;
    expect([0, 4, 5, 8, 130], terminal.history()).toContain(code);
    args = code === 0 || code === 5 ? fresh : ['resume'];
  }
  expect(started()).toContain('run look-around');
  expect(started().filter((what) => /^(run|rollback) (cut-over|drop-old|make-box)$/u.test(what))).toEqual([]);
});

/** What a terminal sends for it. */
function bytesOf(whim: Exclude<Whim, { kind: 'resize' }>): string {
  if (whim.kind !== 'key') return whim.kind === 'paste' ? `\u{1b}[200~${whim.text}\u{1b}[201~` : whim.text;
  const { name, text } = whim;
  if (name.startsWith('ctrl+')) return String.fromCharCode(name.charCodeAt(5) & 0x1f);
  return sequences[name] ?? text;
}

const sequences: Readonly<Record<string, string>> = {
  enter: '\r',
  esc: '\u{1b}',
  up: '\u{1b}[A',
  down: '\u{1b}[B',
  pgup: '\u{1b}[5~',
  pgdn: '\u{1b}[6~',
  home: '\u{1b}[H',
  end: '\u{1b}[F',
  tab: '\t',
  backspace: '\u{7f}',
  space: ' ',
};

/** A run that is driven as the engine drives it, with the reducer, the questions and the record of the terminal view, and no terminal. */
async function wire(root: string, starts: Record<string, number>) {
  const project = openProject(root);
  const request = { document: 'runbooks/turn-over.md', procedures: undefined, stage: stageName, selection: { readOnly: false }, asIs: false };
  const { plan, texts } = await prepareFromDisk(project, request);
  const folder = createRunFolder(project, new Date());
  const { stdin, stdout, stderr } = process;
  const io = { cwd: root, env: cleanEnvironment(), stdin, stdout, stderr, version: '0' };
  const { identity, secrets, bash } = await prepareGround(io, project, { stage: stageName, plan, run: folder.run });
  const files = snapshot(project, plan, texts, identity.cwd);
  keepCopies(folder.copies, files);
  const journal = createJournal(folder.journal, () => new Date());
  const started = recordFirst(journal, secrets, {
    type: 'run-started',
    run: folder.run,
    document: plan.document,
    asIs: false,
    procedures: plan.procedures,
    stage: stageName,
    selection: plan.selection,
    variables: plan.stage.variables,
    files: hashes(files),
    operator: 'monkey',
    host: 'zoo',
    engine: '0',
  });
  const witness = new Witness(starts);
  const waiting = new Waiting();
  const stop = new StopButton();
  const leaving = new AbortController();
  const perform = (effect: Effect): void => {
    if (effect.kind === 'answer') {
      const { scene } = store.get();
      if (effect.answer.kind === 'run' && scene !== undefined) witness.answered(scene.plan, scene.run, effect.answer.how === 'onward');
      waiting.give({ answer: effect.answer });
    } else if (effect.kind === 'accept') waiting.give({ accepted: effect.accepted });
    else if (effect.kind === 'stop-attempt' || effect.kind === 'kill-attempt') stop.press();
  };
  const style = { colour: false, unicode: true };
  const store = createStore<State, Action, Effect>(initial(lookOf({ columns: 80, rows: 24 }, style), Date.now()), update, perform);
  const sceneOf = (now: Plan, run: Run): Scene => ({ plan: now, run, folder: folder.path });
  const output = new OutputFeed(100, (attempt, tail) => {
    store.dispatch({ kind: 'output', attempt, lines: tail.lines('drop'), total: tail.total, bytes: tail.bytes, at: Date.now() });
  });
  const ask = (now: Plan, run: Run, asked: Asked) => {
    const given = waiting.next();
    witness.asked(asked.kind === 'question' ? asked.question : undefined);
    store.dispatch({ kind: 'ask', scene: sceneOf(now, run), asked, at: Date.now() });
    look(store.get());
    return given;
  };
  const operator: Operator = {
    answer: async (now, run, question, context) =>
      (await ask(now, run, { kind: 'question', question, context })).answer ?? { kind: 'stop', because: 'operator' },
    accept: async (now, run, changes) => (await ask(now, run, { kind: 'changes', changes })).accepted === true,
    renew: async (now, run, renewal) => (await ask(now, run, { kind: 'renewal', renewal })).accepted === true,
  };
  const view: View = {
    event(now, run, event) {
      witness.event(now, run, event);
      output.flush();
      store.dispatch({ kind: 'event', scene: sceneOf(now, run), event, at: Date.now() });
    },
    output: (attempt, chunk) => output.push(attempt, chunk),
    progress: (attempt, percent, message) => output.later(() => store.dispatch({ kind: 'progress', attempt, percent, message })),
  };
  const setup: Setup = {
    workshop: { folder, identity, kernels: { ...project.config.kernels, bash: [bash] }, secrets, view, graceMs: 500 },
    journal,
    standing: new Standing(),
    operator,
    given: new Map(),
    changed: async () => undefined,
    since: sinceLastSuccess(project, { plan, run: begin(plan, started), asIs: false }),
    declared: () => [],
    stop,
    leaving: leaving.signal,
    scan: finalScan({ folder, secrets, journal }, false),
  };
  const driveOn = async (): Promise<Driven> => {
    let now: Driven = { plan, run: begin(plan, started) };
    view.event(plan, now.run, started);
    try {
      // A run that the monkey stopped is resumed, for what only a resumed run is asked.
      for (let times = 0; times < 9; times += 1) {
        now = await drive(setup, now.plan, now.run);
        if (now.run.status.kind !== 'stopped' || leaving.signal.aborted) break;
        if (times < 8) now = record(setup, now, [{ type: 'run-resumed', operator: 'monkey', host: 'zoo', engine: '0' }], true);
      }
      return now;
    } finally {
      output.close();
      journal.close();
    }
  };
  return {
    store,
    witness,
    drive: driveOn,
    leave: () => leaving.abort(),
    arm() {
      witness.armed();
      store.dispatch({ kind: 'armed' });
    },
    act(whim: Whim) {
      witness.saw(whim);
      if (whim.kind === 'resize') store.dispatch({ kind: 'resize', look: lookOf(whim, style) });
      else if (whim.kind === 'paste') store.dispatch({ kind: 'paste', text: whim.text });
      else store.dispatch({ kind: 'key', press: pressFrom(whim) });
    },
  };
}

/** As the keys table makes a press of what ink reports: text in one go is no key, and no Enter. */
function pressFrom(whim: Exclude<Whim, { kind: 'resize' }>): Press {
  if (whim.kind === 'key') return { name: whim.name, text: whim.text };
  const text = whim.text.replace(/\p{Control}/gu, '');
  return { name: [...whim.text].length === 1 ? text : '', text };
}
