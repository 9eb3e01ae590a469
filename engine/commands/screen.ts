/** What a run is shown on, and who answers there: the terminal UI, line prompts, plain lines or JSON. */

import { join } from 'node:path';
import { escapeText } from '../core/escape.ts';
import type { Operator, View } from '../core/need.ts';
import type { Plan } from '../core/plan.ts';
import { resultOf } from '../core/result.ts';
import type { Run } from '../core/run.ts';
import type { Lend } from '../runtime/execute.ts';
import { lockScope } from '../runtime/lock.ts';
import type { Project } from '../runtime/project.ts';
import type { RunFolder } from '../runtime/run-store.ts';
import type { StopButton } from '../runtime/setup.ts';
import { wayOut } from '../view/keys.ts';
import { editorOf, openEditor } from './editor.ts';
import { handOver } from './hand-over.ts';
import { hasColour, hasUnicode, type Io, modeOf, type Showing } from './io.ts';
import { openLines } from './lines.ts';
import { openLog } from './pager.ts';
import { printer } from './printer.ts';
import { suspendSelf } from './suspend.ts';

/** Where a run is shown and answered. */
export type Screen = {
  readonly operator: Operator | undefined;
  readonly view: View;
  /** Gives the terminal to some work; undefined where there is none to give. */
  readonly lend?: <T>(work: (over: AbortSignal) => Promise<T>) => Promise<T>;
  /** After another program had the terminal. */
  readonly refresh: () => void;
  /** Calls the operator, if that was long. */
  readonly ended: (plan: Plan, run: Run) => void;
  finish(plan: Plan, run: Run, exit: { code: number; report: string; head: string }): Promise<void>;
  close(): Promise<void>;
};

/** The run that a screen is for, and what its keys act on. */
type Controls = {
  readonly project: Project;
  readonly folder: RunFolder;
  readonly showing: Showing;
  /** True when the run holds its stage by now. */
  readonly locked: () => boolean;
  readonly stop: StopButton;
  readonly leaving: AbortController;
  readonly loan: Loan;
  /** What is wrong with the documents as they are now, in one line. */
  readonly mistake: () => Promise<string | undefined>;
  /** Records a note, whatever the run is doing. */
  readonly note: (text: string) => void;
};

/** The terminal while it belongs to another program, such as a pager: a Ctrl+C in it is not meant for the run. */
export class Loan {
  #out = false;

  /** True while another program has the terminal. */
  get out(): boolean {
    return this.#out;
  }

  /** Does something with the terminal given away. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#out = true;
    try {
      return await work();
    } finally {
      this.#out = false;
    }
  }
}

/** Opens the screen that fits the terminal and the flags. */
export async function openScreen(io: Io, { project, folder, showing, locked, stop, leaving, loan, mistake, note }: Controls): Promise<Screen> {
  const { stdin, stdout, stderr } = io;
  const mode = modeOf(io, showing);
  if (mode === 'terminal') {
    const editor = editorOf(io);
    const { openTerminal } = await import('../view/terminal.tsx');
    const terminal = openTerminal({
      stdin,
      stdout,
      colour: hasColour(io, stdout),
      unicode: hasUnicode(io),
      fullscreen: project.config.ui.fullscreen || showing.fullscreen === true,
      openInPager: (attempt, over) => loan.during(() => openLog(io, folder, attempt, over)),
      ...(editor !== undefined && {
        openInEditor: async ({ path, line }, over) =>
          (await loan.during(() => openEditor(editor, join(project.root, path), line, over))) ?? (await mistake()),
      }),
      tmux: (io.env.TMUX ?? '') !== '',
      suspendSelf,
      note,
      // While a poll waits for its next try nothing runs that could be stopped: then the run is left.
      stopAttempt: () => (stop.busy ? stop.press() : leaving.abort()),
      killAttempt: () => (stop.busy ? stop.press() : leaving.abort()),
      folder: () => folder.path,
      lock: () => (locked() ? lockScope : undefined),
    });
    return { ...terminal, ...(await called(io, showing, terminal.operator, stdout)) };
  }
  const prompts = stdin.isTTY ? await import('../view/line-prompts.ts') : undefined;
  const lines =
    prompts &&
    openLines(stdin, stderr, (line) => {
      const text = prompts.noteIn(line);
      if (text === '') stderr.write('Write the note on the same line, such as: N they know\n');
      else if (text !== undefined) note(text);
    });
  const print = printer(stdout);
  const out = (text: string) => (lines === undefined ? print(text) : lines.above(() => print(text)));
  const person = lines && (await called(io, showing, prompts.linePrompts({ ...lines, note }), stderr));
  const shared = { operator: person?.operator, refresh: () => {}, ended: person?.ended ?? (() => {}), close: async () => lines?.close() };
  if (mode === 'json') {
    const { jsonView } = await import('../view/json.ts');
    return { ...shared, view: jsonView(out, io.version), finish: async () => {} };
  }
  const { plainView } = await import('../view/plain.ts');
  const view = plainView(out, { colour: hasColour(io, stdout), ...(locked() && { lock: lockScope }) });
  const finish: Screen['finish'] = async (_plan, run, { report }) => {
    await lines?.close();
    void out(closingLines(run, report));
  };
  if (lines === undefined || !stdout.isTTY) return { ...shared, view, finish };
  const lend: Screen['lend'] = (work) =>
    lines.lend((over) => {
      lines.write(`The step has the terminal. ${wayOut} ends it.\n`);
      return work(over);
    });
  return { ...shared, view, lend, finish };
}

/** The operator, called to the terminal unless that is not wanted. */
async function called(
  io: Io,
  { notify }: Showing,
  operator: Operator,
  stream: Io['stderr'],
): Promise<Pick<Screen, 'ended'> & { operator: Operator }> {
  if (notify === false || !stream.isTTY) return { operator, ended: () => {} };
  const { notified } = await import('../view/notify.ts');
  return notified(operator, { write: (text) => void stream.write(text), desktop: io.env.TERM !== 'dumb', now: () => Date.now() });
}

/** Gives the terminal to a step; `lent` says while it is out, when nothing else may write there. */
export function lendOf(io: Io, { lend }: Screen, stop: StopButton, lent: { out: boolean }): Lend | undefined {
  return (
    lend &&
    (async (work) => {
      lent.out = true;
      try {
        return await lend((over) => handOver(io, { over, stop: () => stop.press() }, work));
      } finally {
        lent.out = false;
      }
    })
  );
}

/** The last line on the screen is the next command to type. */
function closingLines(run: Run, report: string): string {
  const result = resultOf(run);
  const next = run.status.kind === 'ended' ? `runbook report ${run.id}` : `runbook resume ${run.id}`;
  return `Run ${run.id} ${result === 'open' ? 'left' : result}. Report: ${escapeText(report, { colour: false })}\nNext: ${next}\n`;
}
