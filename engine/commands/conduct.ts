/** What `run` and `resume` share: drive the run before whoever watches and answers, then seal and report it. */

import { writeFileSync } from 'node:fs';
import type { Event } from '../core/event.ts';
import type { Plan } from '../core/plan.ts';
import type { Run } from '../core/run.ts';
import { cleanError, cleanInPlace, exitCodes, Fault, messageOf } from '../fault.ts';
import { changesOnDisk, changesSince, filesMatching, keepCopies, snapshot } from '../runtime/approved.ts';
import { drive } from '../runtime/drive.ts';
import { sinceLastSuccess } from '../runtime/earlier.ts';
import { finalScan } from '../runtime/final-scan.ts';
import { type Flags, flaggedOperator } from '../runtime/flags.ts';
import { leaveHistory } from '../runtime/history.ts';
import type { Journal } from '../runtime/journal.ts';
import { removeInbox, waitingNotes } from '../runtime/notes.ts';
import { prepareFromDisk, type Request } from '../runtime/prepare.ts';
import { openProject, type Project } from '../runtime/project.ts';
import type { RunFolder } from '../runtime/run-store.ts';
import { addNote, type Driven, type Setup, Standing, StopButton, takeNotes } from '../runtime/setup.ts';
import type { Signer } from '../runtime/signature.ts';
import type { Ground } from './ground.ts';
import type { Hold } from './hold.ts';
import type { Io, Showing } from './io.ts';
import { reportText } from './report.ts';
import { Loan, lendOf, openScreen } from './screen.ts';

/** A run that is about to be driven. */
export type Conducted = {
  readonly project: Project;
  readonly request: Request;
  readonly ground: Ground;
  readonly folder: RunFolder;
  readonly journal: Journal;
  readonly hold: Hold;
  readonly flags: Flags;
  readonly showing: Showing;
  readonly strict: boolean;
  /** Signs the head of the journal when the run ends or stops. */
  readonly signer?: Signer;
  readonly given: Setup['given'];
  readonly started: Driven;
  /** The event that began or resumed the run. */
  readonly event: Event;
};

/** How often notes from other terminals are looked for. It costs one look into a folder. */
const inboxMs = 250;

/** Drives a run to its end or stop, and gives the exit code. */
export async function conduct(io: Io, conducted: Conducted): Promise<number> {
  const { project, folder, journal, flags, started, showing, hold } = conducted;
  const { identity, secrets, bash } = conducted.ground;
  const leaving = new AbortController();
  const stop = new StopButton();
  const loan = new Loan();
  const standing = new Standing(() => waitingNotes(folder));
  const note = (text: string): void => collect(() => addNote(setup, text));
  const screen = await openScreen(io, {
    project,
    folder,
    showing,
    locked: hold.stage,
    stop,
    leaving,
    loan,
    mistake: () => mistakeIn(conducted),
    note,
  });
  const signals = watchSignals(leaving, stop, loan);
  process.on('SIGCONT', screen.refresh);
  const clean = (text: string): string => secrets.clean(text);
  // Node itself prints what nobody caught, after the terminal was given back: it must not print what that holds.
  const crash = (error: unknown): void => cleanInPlace(error, clean);
  process.on('uncaughtExceptionMonitor', crash);
  const lent = { out: false };
  const lend = lendOf(io, screen, stop, lent);
  const setup: Setup = {
    workshop: {
      folder,
      identity,
      kernels: { ...project.config.kernels, bash: [bash] },
      secrets,
      view: screen.view,
      ...(lend !== undefined && { lend }),
      graceMs: 10_000,
    },
    journal,
    standing,
    operator: flaggedOperator(flags, screen.operator),
    given: conducted.given,
    changed: (plan, run) => changed(conducted, plan, run),
    since: sinceLastSuccess(project, { ...started, asIs: conducted.request.asIs }),
    declared: (globs) => filesMatching(project, globs, identity.cwd),
    stop,
    leaving: leaving.signal,
    scan: finalScan({ folder, secrets, journal }, conducted.event.type === 'run-resumed'),
  };
  standing.reached(started);
  const inbox = setInterval(() => lent.out || collect(() => takeNotes(setup)), inboxMs);
  try {
    screen.view.event(started.plan, started.run, conducted.event);
    const { plan, run } = await drive(setup, started.plan, started.run);
    const code = exitCode(run, { strict: conducted.strict, signal: signals.received() });
    seal(conducted, run);
    if (run.status.kind === 'ended') {
      removeInbox(folder);
      leaveHistory(project, folder.run);
    }
    await conducted.signer?.sign(folder.path, { run: run.id, events: journal.length(), head: journal.head() });
    screen.ended(plan, run);
    await screen.finish(plan, run, { code, report: folder.report, head: journal.head() });
    return code;
  } catch (error) {
    throw cleanError(error, clean);
  } finally {
    clearInterval(inbox);
    signals.forget();
    process.off('uncaughtExceptionMonitor', crash);
    process.off('SIGCONT', screen.refresh);
    await screen.close();
    journal.close();
  }
}

/** Records notes. When that fails the record takes nothing more: the run stops at the next thing to record, and no step is disturbed. */
function collect(notes: () => void): void {
  try {
    notes();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
  }
}

function watchSignals(leaving: AbortController, stop: StopButton, loan: Loan): { received(): NodeJS.Signals | undefined; forget(): void } {
  let received: NodeJS.Signals | undefined;
  const on = (signal: NodeJS.Signals): void => {
    if (signal === 'SIGINT' && loan.out) return;
    // Ctrl+C ends the step that runs; a second one, and every other signal, leaves it running and recorded.
    if (signal === 'SIGINT' && stop.busy && received === undefined) stop.press();
    else leaving.abort();
    received ??= signal;
  };
  const signals = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, on);
  return {
    received: () => received,
    forget: () => {
      for (const signal of signals) process.off(signal, on);
    },
  };
}

/** What is not as it was accepted. What is shown is kept, so that what is accepted can be told later, whatever happens to the files meanwhile. */
async function changed({ project, request, folder, hold, ground: { identity } }: Conducted, plan: Plan, run: Run): ReturnType<Setup['changed']> {
  if (changesOnDisk(project, plan, run.files, { copies: folder.copies, cwd: identity.cwd }).length === 0) return undefined;
  // The documents may lead elsewhere now, and runbook.yaml may say something else.
  const today = openProject(project.root);
  const prepared = await prepareFromDisk(today, request);
  const files = snapshot(today, prepared.plan, prepared.texts, identity.cwd);
  keepCopies(folder.copies, files);
  // A run that only read may come to change something.
  hold.forPlan(prepared.plan);
  return { changes: changesSince(run.files, files, folder.copies), plan: prepared.plan };
}

/** What is wrong with the documents after they were edited, in one line: better known before the question is answered than after. */
async function mistakeIn({ project, request }: Conducted): Promise<string | undefined> {
  try {
    await prepareFromDisk(openProject(project.root), request);
    return undefined;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return `${error.message.split('\n')[0]} Nothing can run until it is corrected (e).`;
  }
}

/** Writes the report. */
function seal({ project, folder, ground: { secrets } }: Conducted, run: Run): void {
  try {
    // The words of the documents are in it, and these may hold a secret.
    writeFileSync(folder.report, secrets.clean(reportText(project, folder)));
  } catch (cause) {
    throw new Fault('record', `The report cannot be written: ${messageOf(cause)}`, {
      hint: `Make room, then: runbook report ${run.id}`,
      cause,
    });
  }
}

const signalCodes: Readonly<Partial<Record<NodeJS.Signals, number>>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/** The exit code of a run. A step's own code is never passed through. */
function exitCode(run: Run, { strict, signal }: { strict: boolean; signal: NodeJS.Signals | undefined }): number {
  const { status } = run;
  if (status.kind !== 'ended' && signal !== undefined) return signalCodes[signal] ?? exitCodes.stopped;
  if (status.kind === 'ended') {
    const recovered = run.frames.some((frame) => Object.values(frame.steps).some((record) => record.state.kind === 'recovered'));
    return status.result === 'finished' && !(strict && recovered) ? exitCodes.finished : exitCodes.exceptions;
  }
  if (status.kind === 'open') return exitCodes.bug;
  switch (status.because) {
    case 'failure':
      return exitCodes.failed;
    case 'unconfirmed':
    case 'unknown':
    case 'changes':
      return exitCodes.unconfirmed;
    case 'preflight':
      return exitCodes.preflight;
    case 'operator':
    case 'signal':
      return exitCodes.stopped;
    default:
      return status.because satisfies never;
  }
}
