/** What must hold for every journal, told from its events alone: the fold that led to them is not asked. */

import type { AttemptEnded, Event, Fact, Purpose } from '../../engine/core/event.ts';
import type { Plan, Step } from '../../engine/core/plan.ts';
import type { Run } from '../../engine/core/run.ts';
import { sections } from '../../engine/core/variables.ts';

/** What is known of a step from the events so far. */
type Trace = {
  step: Step;
  /** A confirmation that no attempt has used. */
  confirmed?: Extract<Fact, { type: 'step-confirmed' }> | undefined;
  /** True while a step that only reads may be repeated under its last confirmation. */
  repeatable: boolean;
  /** True when nobody knows how its last attempt ended. */
  unknown: boolean;
};

/** The rules that a journal breaks, in words, and the steps that failed at some time, as `frame/step`. */
export type Audit = { readonly breaches: readonly string[]; readonly failed: ReadonlySet<string> };

/** SHA-256 by path of what was accepted. */
type Files = Run['files'];

type OfStep = { readonly frame: number; readonly step: string };

const nameOf = ({ frame, step }: OfStep, purpose: Purpose): string => `${frame}/${step} ${purpose}`;

/** Reads a journal. `planOf` gives the plan for the files that were accepted by then; without it the plan did not change. */
export function audit(first: Plan, events: readonly Event[], planOf: (files: Files) => Plan = () => first): Audit {
  const breaches: string[] = [];
  let plan = first;
  let files: Files = {};
  const failed = new Set<string>();
  const traces = new Map<string, Trace>();
  const documents = [first.document];
  let open: string | undefined;
  let attempts = 0;
  const traceOf = (event: OfStep): Trace => {
    const key = `${event.frame}/${event.step}`;
    const known = traces.get(key) ?? { step: stepAt(plan, documents[event.frame], event.step), repeatable: false, unknown: false };
    traces.set(key, known);
    return known;
  };
  for (const [index, event] of events.entries()) {
    const breach = (what: string): number => breaches.push(`event ${index} (${event.type}): ${what}`);
    if (events[index - 1]?.type === 'run-ended') breach('after the end');
    switch (event.type) {
      case 'run-started':
        files = event.files;
        break;
      case 'run-resumed':
      case 'changes-accepted':
        for (const trace of traces.values()) {
          trace.confirmed = undefined;
          if (event.type === 'changes-accepted') trace.repeatable = false;
        }
        if (event.type === 'run-resumed') break;
        files = filesAfter(files, event);
        plan = planOf(files);
        // A step that the document has lost is judged by what it was.
        for (const [key, trace] of traces) trace.step = findStep(plan, documents[Number.parseInt(key, 10)], trace.step.id) ?? trace.step;
        break;
      case 'playbook-entered':
        documents[event.opened] = event.target.document;
        break;
      case 'step-confirmed': {
        const trace = traceOf(event);
        if (trace.unknown) breach('confirmed while unknown');
        if (event.how === 'onward' && !readsOnly(trace.step, event.purpose)) breach('confirmed without having been shown');
        trace.confirmed = event;
        trace.repeatable = false;
        break;
      }
      case 'attempt-started': {
        attempts += 1;
        if (open !== undefined) breach(`${open} runs already`);
        if (event.attempt !== attempts) breach(`attempt ${event.attempt} is not the ${attempts}th`);
        open = nameOf(event, event.purpose);
        if (event.purpose === 'check') break;
        const trace = traceOf(event);
        const own = trace.confirmed?.purpose === event.purpose && trace.confirmed.sha256 === event.sha256;
        if (!own && !(event.purpose === 'run' && trace.repeatable)) breach('started without a confirmation of its own');
        trace.confirmed = undefined;
        break;
      }
      case 'attempt-ended': {
        if (open !== nameOf(event, event.purpose)) breach('ended without a start');
        open = undefined;
        const trace = traceOf(event);
        if (event.purpose === 'run' || event.purpose === 'rollback') trace.unknown = unseen(trace.step, event);
        if (event.purpose !== 'run') break;
        trace.repeatable = mayRepeat(trace.step, event);
        if (trace.step.risk !== 'low' && !trace.unknown && !well(event)) failed.add(`${event.frame}/${event.step}`);
        break;
      }
      case 'step-attested':
        if (!event.done) failed.add(`${event.frame}/${event.step}`);
        break;
      case 'step-settled':
        traceOf(event).unknown = false;
        break;
      case 'run-ended':
        if (open !== undefined) breach(`${open} still runs`);
        for (const [key, { unknown }] of traces) if (unknown) breach(`${key} is unknown`);
        break;
      default:
    }
  }
  return { breaches, failed };
}

function stepAt(plan: Plan, path: string | undefined, id: string): Step {
  const step = findStep(plan, path, id);
  if (step === undefined) throw new Error(`No step ${id} in ${path}.`);
  return step;
}

function findStep(plan: Plan, path: string | undefined, id: string): Step | undefined {
  const document = plan.documents[path ?? ''];
  const steps = document === undefined ? [] : sections(document).flatMap((procedure) => procedure.steps);
  return steps.find((candidate) => candidate.id === id);
}

function filesAfter(files: Files, { files: changes }: Extract<Fact, { type: 'changes-accepted' }>): Files {
  const after: Record<string, string> = { ...files };
  for (const { path, sha256 } of changes) {
    if (sha256 === undefined) delete after[path];
    else after[path] = sha256;
  }
  return after;
}

function readsOnly({ risk, manual, tty, retype }: Step, purpose: Purpose): boolean {
  return purpose === 'run' && risk === 'low' && !manual && !tty && retype === undefined;
}

function well({ outcome, badValue, unmet }: AttemptEnded): boolean {
  return outcome.kind === 'exited' && outcome.code === 0 && badValue === undefined && unmet.length === 0;
}

function unseen({ risk }: Step, { outcome: { kind } }: AttemptEnded): boolean {
  return kind === 'lost' || (risk !== 'low' && ['timed-out', 'stopped', 'signalled'].includes(kind));
}

function mayRepeat(step: Step, end: AttemptEnded): boolean {
  if (step.risk !== 'low' || (step.retries === 0 && step.everyMs === undefined)) return false;
  return !well(end) && !['lost', 'stopped', 'not-started'].includes(end.outcome.kind);
}
