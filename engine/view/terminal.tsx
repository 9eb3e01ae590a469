/** The terminal view: an operator who answers by keys, and a view of what happens, on one screen. */

import { setImmediate as breathe } from 'node:timers/promises';
import { type Instance, render, type SuspendTerminal } from 'ink';
import type { Operator, View } from '../core/need.ts';
import type { Place, Plan } from '../core/plan.ts';
import type { Run } from '../core/run.ts';
import { clipboardSequence } from './clipboard.ts';
import { openHighlighter } from './highlight.ts';
import type { Press } from './keys.ts';
import { createLender } from './lender.ts';
import { lookOf } from './look.ts';
import { OutputFeed, withoutLongNames } from './output-feed.ts';
import { finishLines, lentLine } from './permanent.ts';
import { inline } from './place.ts';
import { Screen } from './screen.tsx';
import { type Asked, type Effect, initial, type Scene, type State } from './state.ts';
import { createStore } from './store.ts';
import { update } from './update.ts';
import { Waiting } from './waiting.ts';

/** The terminal, and what the view may do outside itself. */
export type TerminalOptions = {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly colour: boolean;
  readonly unicode: boolean;
  /** On the alternate screen; what stays is printed when it is left. */
  readonly fullscreen: boolean;
  /** Shows the log of an attempt; the terminal is given to it until it resolves, which it does soon when `over` is aborted. */
  readonly openInPager: (attempt: number, over: AbortSignal) => Promise<void>;
  /** Opens a file of the project in the operator's editor, in the same way; absent where none is set. Resolves with what went wrong. */
  readonly openInEditor?: (place: Place, over: AbortSignal) => Promise<string | undefined>;
  /** True inside tmux, which keeps the clipboard to itself unless it is asked to pass it on. */
  readonly tmux: boolean;
  /** Stops the engine as Ctrl+Z stops a program; resolves when it goes on. */
  readonly suspendSelf: () => Promise<void>;
  /** Records a note, whatever the run is doing. */
  readonly note: (text: string) => void;
  readonly stopAttempt: () => void;
  readonly killAttempt: () => void;
  /** Where the record of a run is kept. */
  readonly folder: (run: Run) => string;
  /** For whom the stage is held against other runs; undefined when it is not. */
  readonly lock: () => string | undefined;
};

/** An open terminal. */
export type Terminal = {
  readonly operator: Operator;
  readonly view: View;
  /** Gives the terminal to some work, clean; `over` is aborted when it has to give it back. */
  lend<T>(work: (over: AbortSignal) => Promise<T>): Promise<T>;
  /** Draws everything anew, on a terminal that another program may have changed. */
  refresh(): void;
  /** Shows the summary for good and gives the terminal back. */
  finish(plan: Plan, run: Run, exit: { readonly code: number; readonly report: string; readonly head: string }): Promise<void>;
  /** Gives the terminal back as it was. */
  close(): Promise<void>;
};

/** How often the screen is drawn at most. */
const framesPerSecond = 10;

/** For how long the keyboard must have been quiet before a question takes an answer. */
const quietMs = 300;

/** What to do where there is no editor: this program cannot be told of one any more. */
function noEditor({ path, line }: Place): string {
  return `No editor is set. Before the next run: export EDITOR=vi. The file is ${inline(path)}:${line}`;
}

/** Draws on the terminal until it is closed. */
export function openTerminal(options: TerminalOptions): Terminal {
  const { stdin, stdout, openInPager } = options;
  const highlight = openHighlighter(() => resized());
  const look = () => lookOf({ columns: stdout.columns, rows: stdout.rows }, { ...options, highlight });
  const waiting = new Waiting();
  const lender = createLender();
  const ready = Promise.withResolvers<SuspendTerminal>();
  // What ink is shown while somebody else has the terminal: lines that stay are drawn once, and would be drawn where nobody sees them.
  let held: State | undefined;
  const lend = <T,>(work: (over: AbortSignal) => Promise<T>): Promise<T> =>
    lender.lend(async (over) => {
      const suspend = await ready.promise;
      const done = Promise.withResolvers<T>();
      // Looked at below, when ink has the terminal back, which it takes whatever came of the work.
      done.promise.catch(() => undefined);
      // Before, too: ink reads what was typed meanwhile before it is done with taking the terminal back.
      store.dispatch({ kind: 'disarmed' });
      held = store.get();
      await suspend(() => work(over).then(done.resolve, done.reject));
      held = undefined;
      store.dispatch({ kind: 'disarmed' });
      arm();
      return done.promise;
    });
  const lendFor = (work: (over: AbortSignal) => Promise<void>): void => void lend(work).catch((error: unknown) => waiting.fail(error));
  const perform = (effect: Effect) => {
    switch (effect.kind) {
      case 'answer':
        return waiting.give({ answer: effect.answer });
      case 'accept':
        return waiting.give({ accepted: effect.accepted });
      case 'note':
        return options.note(effect.text);
      case 'stop-attempt':
        return options.stopAttempt();
      case 'kill-attempt':
        return options.killAttempt();
      case 'pager':
        return lendFor((over) => toProgram(() => openInPager(effect.attempt, over)));
      case 'copy':
        stdout.write(clipboardSequence(effect.text, options.tmux));
        return;
      case 'edit':
        return edit(effect.place);
      case 'suspend':
        return lendFor(options.suspendSelf);
      default:
        return effect satisfies never;
    }
  };
  // Ink stops listening, but Node goes on reading: the first keys would be lost to the other program.
  const toProgram = async <T,>(work: () => Promise<T>): Promise<T> => {
    await breathe();
    stdin.pause();
    return work();
  };
  const edit = (place: Place) => {
    const { openInEditor } = options;
    const edited = (problem: string | undefined) => store.dispatch({ kind: 'edited', ...(problem !== undefined && { problem }) });
    if (openInEditor === undefined) return edited(noEditor(place));
    lend((over) => toProgram(() => openInEditor(place, over))).then(edited, (error: unknown) => waiting.fail(error));
  };
  const store = createStore(initial(look(), Date.now()), update, perform);
  const output = new OutputFeed(1000 / framesPerSecond, (attempt, tail) => {
    const { total, bytes } = tail;
    const { scene } = store.get();
    const lines = tail.lines(options.colour ? true : 'drop');
    store.dispatch({
      kind: 'output',
      attempt,
      lines: scene === undefined ? lines : withoutLongNames(lines, scene.folder),
      total,
      bytes,
      at: Date.now(),
    });
  });

  let arming: NodeJS.Timeout | undefined;
  const arm = () => {
    clearTimeout(arming);
    arming = setTimeout(() => {
      if (!lender.busy) store.dispatch({ kind: 'armed' });
    }, quietMs);
  };
  const press = (key: Press) => {
    if (store.get().asking?.armed === false) arm();
    store.dispatch({ kind: 'key', press: key });
  };
  // Only while something runs: a screen that is drawn again and again cannot be copied from.
  const clock = setInterval(() => {
    if (store.get().live !== undefined) store.dispatch({ kind: 'tick', at: Date.now() });
  }, 1000);
  const resized = () => store.dispatch({ kind: 'resize', look: look() });
  // Before ink's own listener, so that ink never draws lines of the old width on the new screen.
  stdout.on('resize', resized);
  const exit = Promise.withResolvers<unknown>();
  const exited = exit.promise;
  let app: Instance | undefined;
  const draw = (): Instance => {
    clearTimeout(drawing);
    if (app !== undefined) return app;
    app = render(
      <Screen store={{ ...store, get: () => held ?? store.get() }} fullscreen={options.fullscreen} onPress={press} onReady={ready.resolve} />,
      {
        stdin,
        stdout,
        exitOnCtrlC: false,
        patchConsole: false,
        interactive: true,
        maxFps: framesPerSecond,
        incrementalRendering: true,
        alternateScreen: options.fullscreen,
      },
    );
    app.waitUntilExit().then(exit.resolve, exit.reject);
    return app;
  };
  // An empty frame would keep the first question waiting for the time of the second.
  const drawing = setTimeout(draw, 1000 / framesPerSecond);
  exited.then(
    () => waiting.fail(new Error('The terminal was closed.')),
    (error: unknown) => waiting.fail(error),
  );

  const ask = (plan: Plan, run: Run, asked: Asked) => {
    const given = waiting.next();
    store.dispatch({ kind: 'ask', scene: sceneOf(plan, run), asked, at: Date.now() });
    draw();
    arm();
    return given;
  };
  const sceneOf = (plan: Plan, run: Run): Scene => {
    const lock = options.lock();
    return { plan, run, folder: options.folder(run), ...(lock !== undefined && { lock }) };
  };
  const giveBack = async () => {
    await Promise.race([lender.end(), exited.catch(() => undefined)]);
    clearTimeout(arming);
    clearInterval(clock);
    output.close();
    stdout.off('resize', resized);
    const last = draw();
    await last.waitUntilRenderFlush();
    last.unmount();
    await exited;
    if (options.fullscreen)
      stdout.write(
        store
          .get()
          .permanent.map((line) => `${line}\n`)
          .join(''),
      );
  };
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= giveBack();
    return closing;
  };
  return {
    operator: {
      async answer(plan, run, question, context) {
        const { answer } = await ask(plan, run, { kind: 'question', question, context });
        return answer ?? { kind: 'stop', because: 'operator' };
      },
      async accept(plan, run, changes) {
        return (await ask(plan, run, { kind: 'changes', changes })).accepted === true;
      },
      async renew(plan, run, renewal) {
        return (await ask(plan, run, { kind: 'renewal', renewal })).accepted === true;
      },
    },
    view: {
      event(plan, run, event) {
        output.flush();
        store.dispatch({ kind: 'event', scene: sceneOf(plan, run), event, at: Date.now() });
      },
      output: (attempt, chunk) => output.push(attempt, chunk),
      progress: (attempt, percent, message) => output.later(() => store.dispatch({ kind: 'progress', attempt, percent, message })),
    },
    lend: (work) =>
      lend((over) => {
        const { scene, look: now } = store.get();
        if (scene !== undefined) stdout.write(`${lentLine(scene, now)}\n`);
        return work(over);
      }),
    refresh() {
      if (!lender.busy) lendFor(async () => {});
    },
    async finish(plan, run, exit) {
      store.dispatch({ kind: 'close', lines: finishLines(sceneOf(plan, run), exit, store.get().look) });
      await close();
    },
    close,
  };
}
