/** What happened in a run, as every report tells it: one model, so that no two formats can disagree. Nothing in it is escaped yet. */

import type { Event, LogSeal, Outcome, Purpose, ServiceRequest, TypedError } from '../core/event.ts';
import { documentOf, proceduresOf, stepRun } from '../core/frame.ts';
import type { Block, Plan, Procedure, Risk, Step } from '../core/plan.ts';
import type { Reading } from '../core/prose.ts';
import { type Counts, countsOf, type Result, resultOf } from '../core/result.ts';
import type { Attempt, Frame, Run, StepRun } from '../core/run.ts';
import { durationWords, outcomeWords, resultWords, stateDetail } from '../core/words.ts';
import { type Chronicle, type Confirmed, chronicleOf, type Decision } from './chronicle.ts';

/** What a report is made from; `head` is the hash of the journal's last line. */
export type Told = { readonly plan: Plan; readonly run: Run; readonly events: readonly Event[]; readonly head: string };

/** One process of a step. */
export type AttemptFacts = {
  readonly kind: 'attempt';
  /** Counts over the whole run. */
  readonly number: number;
  readonly purpose: Purpose;
  readonly language: string;
  readonly folder: string;
  /** Of the block's bytes. */
  readonly sha256: string;
  readonly confirmed?: Confirmed;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly tookMs?: number;
  readonly outcome?: Outcome;
  /** How it ended, as a predicate. */
  readonly words: string;
  readonly error?: TypedError;
  /** The line that failed: `path:line`. */
  readonly failedAt?: string;
  readonly unmet: readonly string[];
  readonly remarks: readonly string[];
  readonly requests: readonly ServiceRequest[];
  readonly values: Readonly<Record<string, string>>;
  readonly log?: LogSeal;
};

/** A visit to a playbook entry, for the step that failed. */
export type PlaybookFacts = {
  readonly kind: 'playbook';
  readonly frame: number;
  readonly document: string;
  readonly title: string;
  /** Why it was suggested. */
  readonly why: readonly string[];
  readonly by: string;
  readonly enteredAt: string;
  readonly left: string;
  readonly leftAt?: string;
  readonly procedures: readonly ProcedureFacts[];
};

/** What happened to a step. */
export type Item = AttemptFacts | PlaybookFacts | ({ readonly kind: 'decision' } & Decision);

/** One word for what became of a step. */
type StepKind = 'ok' | 'recovered' | 'failed' | 'unknown' | 'skipped' | 'open';

/** A step and all that happened to it. */
export type StepFacts = {
  /** Unique in the report: the frame and the step. */
  readonly key: string;
  readonly id: string;
  readonly title: string;
  readonly risk?: Risk;
  readonly kind: StepKind;
  readonly mark: string;
  /** What became of it: `recovered by its playbook`. */
  readonly words: string;
  readonly failure?: string;
  /** Of its own attempts, without checks, undos and dry runs. */
  readonly startedAt?: string;
  readonly tookMs?: number;
  readonly attempts: number;
  /** What the document says around its block; absent where the document has lost the step. */
  readonly reading?: Reading;
  /** What a person was to do, of a manual step. */
  readonly instructions?: string;
  /** `path:line`. */
  readonly place?: string;
  readonly items: readonly Item[];
};

/** A procedure or playbook entry that was run. */
export type ProcedureFacts = { readonly title: string; readonly steps: readonly StepFacts[] };

/** A line of the summary. */
export type SummaryRow = { readonly name: string; readonly value: string; readonly as: 'text' | 'code' | 'strong' };

/** The whole run. */
export type Facts = {
  readonly run: Run;
  readonly title: string;
  readonly result: Result;
  /** The result, in capitals where somebody has to look. */
  readonly resultWords: string;
  readonly counts: Counts;
  readonly head: string;
  readonly summary: readonly SummaryRow[];
  readonly inputs: Chronicle['inputs'];
  readonly decisions: readonly Decision[];
  readonly notes: Run['notes'];
  readonly procedures: readonly ProcedureFacts[];
};

/** The model of a run. */
export function factsOf({ plan, run, events, head }: Told): Facts {
  const chronicle = chronicleOf(events);
  const title = documentOf(plan, run.document).title;
  return {
    run,
    title,
    result: resultOf(run),
    resultWords: resultWords(run),
    counts: countsOf(run),
    head,
    summary: summaryOf(run, head, chronicle),
    inputs: chronicle.inputs,
    decisions: chronicle.ofRun,
    notes: run.notes,
    procedures: run.frames.filter((frame) => frame.opener === undefined).flatMap((frame) => proceduresIn({ plan, run, chronicle }, frame)),
  };
}

/** Every step with its depth on the stack of playbooks, in the order in which they ran. */
export function stepsIn(procedures: readonly ProcedureFacts[], depth = 0): readonly { readonly step: StepFacts; readonly depth: number }[] {
  return procedures.flatMap(({ steps }) =>
    steps.flatMap((step) => [{ step, depth }, ...playbooksOf(step).flatMap((playbook) => stepsIn(playbook.procedures, depth + 1))]),
  );
}

/** The playbook entries that were opened for a step. */
export function playbooksOf(step: StepFacts): readonly PlaybookFacts[] {
  return step.items.filter((item) => item.kind === 'playbook');
}

/** The attempts of a step, its checks, undos and dry runs among them. */
export function attemptsOf(step: StepFacts): readonly AttemptFacts[] {
  return step.items.filter((item) => item.kind === 'attempt');
}

function summaryOf(run: Run, head: string, { inputs }: Chronicle): readonly SummaryRow[] {
  const counts = countsOf(run);
  const [first] = run.people;
  const recovered = counts.recovered === 0 ? '' : `, after ${counts.recovered} of its steps had failed and recovered`;
  const later = run.people
    .slice(1)
    .map(({ operator, host, arn }) => `${operator} on ${host}${arn === undefined || arn === first?.arn ? '' : ` as ${arn}`}`);
  const { status, git } = run;
  const row = (name: string, value: string | undefined, as: SummaryRow['as'] = 'text') => (value === undefined ? [] : [{ name, value, as }]);
  return [
    ...row('Result', `${resultOf(run)}${recovered}`, 'strong'),
    ...row('Stage', run.stage),
    ...row('Run', run.id, 'code'),
    ...row('Document', run.document, 'code'),
    ...row('Operator', first === undefined ? undefined : `${first.operator} on ${first.host}`),
    ...row('Account', first?.account),
    ...row('Acting as', first?.arn, 'code'),
    ...row('Resumed by', later.length === 0 ? undefined : later.join(', ')),
    ...row('Ticket', run.ticket),
    ...row('Reason', run.reason),
    ...row('Inputs', inputs.length === 0 ? undefined : inputs.map(({ name, value }) => `${name} = ${value ?? '(secret)'}`).join(', ')),
    ...row('Faults rehearsed', run.faults?.join(', ')),
    ...row('Started', run.startedAt),
    ...row('Last event', `${run.lastAt} (${durationWords(Date.parse(run.lastAt) - Date.parse(run.startedAt))})`),
    ...row('Commit', git === undefined ? undefined : `${git.commit}${git.dirty ? ', with uncommitted changes' : ''}`),
    ...row('Steps', countsLine(counts)),
    ...row('Stopped because', status.kind === 'stopped' ? `${status.because}${status.reason === undefined ? '' : `: ${status.reason}`}` : undefined),
    ...row('Engine', first?.engine),
    ...row('Journal head', head, 'code'),
  ];
}

function countsLine({ ok, recovered, skipped, failed, unknown }: Counts): string {
  return `${ok} ok, ${recovered} recovered, ${skipped} skipped, ${failed} failed, ${unknown} unknown`;
}

type Sources = { readonly plan: Plan; readonly run: Run; readonly chronicle: Chronicle };

function proceduresIn(sources: Sources, frame: Frame): readonly ProcedureFacts[] {
  const procedures = proceduresOf(sources.plan, frame);
  const known = new Set(procedures.flatMap(({ steps }) => steps.map(({ id }) => id)));
  // A document may have lost a step since it ran, and with it the place of the step.
  const lost = Object.keys(frame.steps).filter((id) => !known.has(id));
  const steps = ({ steps }: Procedure) => steps.map((step) => stepFacts(sources, frame, step.id, step));
  return [
    ...procedures.map((procedure) => ({ title: procedure.title, steps: steps(procedure) })),
    ...(lost.length === 0 ? [] : [{ title: 'No longer in the document', steps: lost.map((id) => stepFacts(sources, frame, id)) }]),
  ];
}

function stepFacts(sources: Sources, frame: Frame, id: string, step?: Step): StepFacts {
  const record = stepRun(frame, id);
  const own = record.attempts.filter(({ purpose }) => purpose === 'run');
  return {
    key: `${frame.id}-${id}`,
    id,
    title: step?.title ?? id,
    ...(step !== undefined && { risk: step.risk, reading: step.reading, place: `${step.place.path}:${step.place.line}` }),
    ...(step?.manual === true && { instructions: step.block.source }),
    ...became(record),
    words: stateDetail(record.state),
    ...(record.failure !== undefined && { failure: record.failure.message }),
    ...(own[0] !== undefined && { startedAt: own[0].startedAt, tookMs: own.reduce((sum, attempt) => sum + (lasted(attempt) ?? 0), 0) }),
    attempts: own.length,
    items: itemsOf(sources, frame, id, step),
  };
}

function became({ state }: StepRun): { readonly kind: StepKind; readonly mark: string } {
  switch (state.kind) {
    case 'ok':
      return { kind: 'ok', mark: '✔' };
    case 'recovered':
      return { kind: 'recovered', mark: '↻' };
    case 'failed':
    case 'overridden':
      return { kind: 'failed', mark: '✖' };
    case 'unknown':
      return { kind: 'unknown', mark: '?' };
    case 'skipped':
      return { kind: 'skipped', mark: '→' };
    default:
      return { kind: 'open', mark: '○' };
  }
}

function itemsOf(sources: Sources, frame: Frame, id: string, step: Step | undefined): readonly Item[] {
  const attempts = new Map(stepRun(frame, id).attempts.map((attempt) => [attempt.attempt, attempt]));
  return sources.chronicle.ofStep(frame.id, id).flatMap((happened): readonly Item[] => {
    if (happened.kind === 'decision') return [happened];
    if (happened.kind === 'playbook') return playbookFacts(sources, happened.frame);
    const attempt = attempts.get(happened.attempt);
    return attempt === undefined ? [] : [attemptFacts(attempt, step, happened.confirmed)];
  });
}

function attemptFacts(attempt: Attempt, step: Step | undefined, confirmed: Confirmed | undefined): AttemptFacts {
  const { end } = attempt;
  const tookMs = lasted(attempt);
  return {
    kind: 'attempt',
    number: attempt.attempt,
    purpose: attempt.purpose,
    language: blockFor(step, attempt.purpose)?.language ?? '',
    folder: attempt.folder,
    sha256: attempt.sha256,
    ...(confirmed !== undefined && { confirmed }),
    startedAt: attempt.startedAt,
    ...(attempt.endedAt !== undefined && { endedAt: attempt.endedAt }),
    ...(tookMs !== undefined && { tookMs }),
    words: end === undefined ? 'its end is not on record' : outcomeWords(end.outcome),
    ...(end !== undefined && { outcome: end.outcome, log: end.log }),
    ...(end?.error !== undefined && { error: end.error }),
    ...(end?.failedAt !== undefined && { failedAt: `${step?.place.path ?? 'line '}:${end.failedAt.line}` }),
    unmet: end?.unmet ?? [],
    remarks: [...(end?.badValue === undefined ? [] : [end.badValue]), ...(end?.remarks ?? [])],
    requests: end?.requests ?? [],
    values: end?.values ?? {},
  };
}

function blockFor(step: Step | undefined, purpose: Purpose): Block | undefined {
  return { run: step?.block, check: step?.check?.block, rollback: step?.rollback?.block, 'dry-run': step?.dryRun?.block }[purpose];
}

/** How long an attempt took, in milliseconds; undefined while it runs or where its end was never recorded. */
function lasted({ startedAt, endedAt }: Attempt): number | undefined {
  return endedAt === undefined ? undefined : Date.parse(endedAt) - Date.parse(startedAt);
}

function playbookFacts(sources: Sources, id: number): readonly PlaybookFacts[] {
  const frame = sources.run.frames[id];
  if (frame === undefined) return [];
  const visit = sources.chronicle.visits.get(id);
  const reason = visit?.left?.reason === undefined ? '' : `: ${visit.left.reason}`;
  const titles = proceduresOf(sources.plan, frame).map(({ title }) => title);
  return [
    {
      kind: 'playbook',
      frame: id,
      document: frame.document,
      title: titles.length === 0 ? frame.procedures.join(', ') : titles.join(', '),
      why: frame.opener?.why ?? [],
      by: frame.opener?.by === 'rule' ? 'a rule' : (visit?.by ?? ''),
      enteredAt: visit?.enteredAt ?? '',
      left: `${leftWords(frame)}${reason}`,
      ...(visit?.left !== undefined && { leftAt: visit.left.at }),
      procedures: proceduresIn(sources, frame),
    },
  ];
}

function leftWords({ left }: Frame): string {
  if (left === undefined) return 'not left yet';
  return { retry: 'back to run the step again', done: 'counted the step as done', back: 'left unfinished' }[left];
}
