/** What people decided in a run, when and who: read from its events, because the fold keeps only what came of it. */

import type { Confirmation, Event } from '../core/event.ts';

/** Something that a person, or a rule in his place, decided. */
export type Decision = { readonly at: string; readonly by: string; readonly words: string };

/** How, when and by whom a block was confirmed. */
export type Confirmed = { readonly at: string; readonly by: string; readonly how: Confirmation };

/** What happened to a step, in its order: an attempt or an opened playbook by its number, or a decision. */
type Happened =
  | { readonly kind: 'attempt'; readonly attempt: number; readonly confirmed?: Confirmed }
  | { readonly kind: 'playbook'; readonly frame: number }
  | ({ readonly kind: 'decision' } & Decision);

/** How a playbook frame was entered and left. */
type Visit = {
  readonly enteredAt: string;
  readonly by: string;
  readonly left?: { readonly at: string; readonly by: string; readonly reason?: string };
};

/** The events of a run, sorted by what they are about. */
export type Chronicle = {
  /** Of a step of a frame, in its order. */
  readonly ofStep: (frame: number, step: string) => readonly Happened[];
  readonly visits: ReadonlyMap<number, Visit>;
  /** What concerns the whole run: who resumed it, which changes were accepted, why it stopped. */
  readonly ofRun: readonly Decision[];
  /** Inputs as they were given; of a secret no value is kept. */
  readonly inputs: readonly { readonly name: string; readonly value?: string; readonly from: string }[];
};

type OfStep = Extract<Event, { readonly step: string }>;

/** Reads the events of a run. */
export function chronicleOf(events: readonly Event[]): Chronicle {
  const steps = new Map<string, Happened[]>();
  const asked = new Map<string, Confirmed>();
  const visits = new Map<number, Visit>();
  const ofRun: Decision[] = [];
  const inputs: Chronicle['inputs'][number][] = [];
  let by = '';
  for (const event of events) {
    if (event.type === 'run-started' || event.type === 'run-resumed') by = event.operator;
    if (event.type === 'value-given') inputs.push({ name: event.name, from: event.from, ...(event.value !== undefined && { value: event.value }) });
    if (event.type === 'playbook-entered') visits.set(event.opened, { enteredAt: event.at, by });
    if (event.type === 'playbook-left') {
      const left = { at: event.at, by, ...(event.reason !== undefined && { reason: event.reason }) };
      visits.set(event.frame, { enteredAt: '', by, ...visits.get(event.frame), left });
    }
    const words = runWords(event);
    if (words !== undefined) ofRun.push({ at: event.at, by, words });
    if ('step' in event) {
      const key = `${event.frame}/${event.step}`;
      const happened = happenedIn(event, by, asked);
      if (happened !== undefined) steps.set(key, [...(steps.get(key) ?? []), happened]);
    }
  }
  return { ofStep: (frame, step) => steps.get(`${frame}/${step}`) ?? [], visits, ofRun, inputs };
}

/** `asked` holds the confirmations whose attempt has not started yet. */
function happenedIn(event: OfStep, by: string, asked: Map<string, Confirmed>): Happened | undefined {
  const key = `${event.frame}/${event.step}`;
  switch (event.type) {
    case 'step-confirmed':
      asked.set(key, { at: event.at, by, how: event.how });
      return undefined;
    case 'attempt-started': {
      const confirmed = asked.get(key);
      asked.delete(key);
      return { kind: 'attempt', attempt: event.attempt, ...(confirmed !== undefined && { confirmed }) };
    }
    case 'playbook-entered':
      return { kind: 'playbook', frame: event.opened };
    default: {
      const words = stepWords(event);
      return words === undefined ? undefined : { kind: 'decision', at: event.at, by, words };
    }
  }
}

/** A decision about a step. What the stage or the selection left out nobody decided then. */
function stepWords(event: OfStep): string | undefined {
  switch (event.type) {
    case 'step-attested':
      return `${event.done ? 'done by hand' : 'FAILED by hand'}${event.note === '' ? '' : `: ${event.note}`}`;
    case 'step-skipped':
      return event.by === 'operator' ? `skipped: ${event.reason}` : undefined;
    case 'step-settled':
      return `settled as ${{ happened: 'happened', 'did-not-happen': 'did not happen', 'run-again': 'to be run again' }[event.as]}: ${event.reason}`;
    case 'retry-chosen':
      return 'to be run again';
    case 'companion-chosen':
      return `${{ rollback: 'undo', check: 'check', 'dry-run': 'dry run' }[event.purpose]} chosen`;
    case 'companion-declined':
      return `${event.purpose === 'dry-run' ? 'dry run' : 'undo'} not wanted after all`;
    case 'failure-overridden':
      return `went on although it failed: ${event.reason}`;
    default:
      return undefined;
  }
}

function runWords(event: Event): string | undefined {
  switch (event.type) {
    case 'run-resumed':
      return `resumed on ${event.host}${event.arn === undefined ? '' : ` as ${event.arn}`}`;
    case 'changes-accepted':
      return `accepted changed files: ${event.files.map(({ path, sha256 }) => `${path} (${sha256 === undefined ? 'gone' : `SHA-256 ${sha256}`})`).join(', ')}`;
    case 'record-repaired':
      return repairedWords(event);
    case 'run-stopped':
      return `stopped (${event.because})${event.reason === undefined ? '' : `: ${event.reason}`}`;
    default:
      return undefined;
  }
}

function repairedWords({ logs, events, files = [], left = [] }: Extract<Event, { type: 'record-repaired' }>): string {
  const masked = [...logs.map(({ attempt }) => `the log of attempt ${attempt}`), ...events.map((event) => `event ${event}`), ...files];
  const parts = [
    ...(masked.length === 0 ? [] : [`a secret was found in what was already written, and was masked there: ${masked.join(', ')}`]),
    ...(left.length === 0 ? [] : [`a secret stands in ${left.join(', ')}`]),
  ];
  return parts.join('; ');
}
