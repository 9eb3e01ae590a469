/** Every event in words: the same for lines that stay in the terminal and for lines of plain output. */

import type { Event } from '../core/event.ts';
import { frameOf } from '../core/frame.ts';
import type { Plan } from '../core/plan.ts';
import type { Run } from '../core/run.ts';
import { confirmedWords, durationWords, outcomeWords, purposeWord, resultWords, stateDetail, stateWord } from '../core/words.ts';
import { checkSaid } from './options.ts';
import { documentName, inline, type Placed, placed, targetTitle } from './place.ts';

/** An event in words. `at` is the step that it is about. */
export type EventWords = { readonly at?: Placed; readonly words: string };

/** What an event says, with `run` already holding it. */
export function eventWords(plan: Plan, run: Run, event: Event): EventWords {
  const at = 'step' in event ? placed(plan, run, event.frame, event.step) : undefined;
  const words = wordsOf(plan, run, event, at);
  return at === undefined ? { words } : { at, words };
}

function wordsOf(plan: Plan, run: Run, event: Event, at: Placed | undefined): string {
  switch (event.type) {
    case 'run-started':
      return `run ${inline(event.run)} started: ${documentName(event.document)} by ${inline(event.operator)} on ${inline(event.host)}`;
    case 'run-resumed':
      return `run ${inline(run.id)} resumed by ${inline(event.operator)} on ${inline(event.host)}`;
    case 'value-given':
      return `${inline(event.name)} = ${event.value === undefined ? '********' : inline(event.value)} (${inline(event.from)})`;
    case 'changes-accepted':
      return `changed files accepted: ${event.files.map(({ path }) => inline(path)).join(', ')}`;
    case 'step-confirmed':
      return `${of(event.purpose)}${confirmedWords(event.how)}`;
    case 'attempt-started':
      return `${of(event.purpose)}started, attempt ${event.attempt}`;
    case 'attempt-ended':
      return endedWords(event, at);
    case 'step-attested':
      return `${event.done ? 'done by hand' : 'FAILED by hand'}${event.note === '' ? '' : `: ${inline(event.note)}`}`;
    case 'step-skipped':
      return inline(stateDetail({ kind: 'skipped', by: event.by, reason: event.reason }));
    case 'step-settled':
      return `settled as ${{ happened: 'happened', 'did-not-happen': 'did not happen', 'run-again': 'to be run again' }[event.as]}: ${inline(event.reason)}`;
    case 'retry-chosen':
      return 'to be run again';
    case 'companion-chosen':
      return `${purposeWord(event.purpose)} chosen`;
    case 'companion-declined':
      return `${purposeWord(event.purpose ?? 'rollback')} not wanted after all`;
    case 'failure-overridden':
      return `went on although it failed: ${inline(event.reason)}`;
    case 'playbook-entered':
      return `playbook entered: ${targetTitle(plan, event.target)} (${event.by === 'rule' ? 'by rule, ' : ''}${inline(event.why.join(', '))})`;
    case 'playbook-left':
      return leftWords(plan, run, event);
    case 'note-added':
      return `note by ${inline(event.operator)}: ${inline(event.text)}`;
    case 'record-repaired':
      return repairedWords(event);
    case 'run-stopped':
      return `run ${inline(run.id)}: ${resultWords(run)}${event.reason === undefined ? '' : `: ${inline(event.reason)}`}`;
    case 'run-ended':
      return `run ${inline(run.id)}: ${resultWords(run)}`;
    default:
      return event satisfies never;
  }
}

function repairedWords({ logs, events, files = [], left = [] }: Extract<Event, { type: 'record-repaired' }>): string {
  const masked = [
    ...(logs.length === 0 ? [] : [`logs of attempts ${logs.map(({ attempt }) => attempt).join(', ')}`]),
    ...(events.length === 0 ? [] : [`events ${events.join(', ')}`]),
    ...files.map(inline),
  ];
  const stays = `A secret stands in ${left.map(inline).join(', ')}. Take it out there, put a new one in its place, and keep this run's folder to yourself`;
  return [
    ...(masked.length === 0 ? [] : [`a secret was found in what was already written, and was masked there: ${masked.join('; ')}`]),
    ...(left.length === 0 ? [] : [stays]),
  ].join('. ');
}

function of(purpose: 'run' | 'check' | 'rollback' | 'dry-run'): string {
  return purpose === 'run' ? '' : `${purposeWord(purpose)} `;
}

/** What the step became, how its process ended, and how long it took. A check is told by what it says. */
function endedWords(event: Extract<Event, { type: 'attempt-ended' }>, at: Placed | undefined): string {
  const own = at?.record.attempts.find(({ attempt }) => attempt === event.attempt);
  const took = own === undefined ? '' : `, ${durationWords(Date.parse(own.endedAt ?? event.at) - Date.parse(own.startedAt))}`;
  const end = `${inline(outcomeWords(event.outcome))}${event.error === undefined ? '' : `, error ${inline(event.error.code)}`}${took}`;
  const state = at === undefined ? '' : stateWord(at.record.state);
  if (event.purpose === 'run') return `${state}   ${end}${own?.how === 'onward' ? `, ${confirmedWords(own.how)}` : ''}`;
  if (event.purpose === 'check') return `${state}   check: ${checkSaid(event.outcome)}${took}`;
  return `${purposeWord(event.purpose)} ended   ${end}`;
}

function leftWords(plan: Plan, run: Run, event: Extract<Event, { type: 'playbook-left' }>): string {
  const opener = frameOf(run, event.frame).opener;
  if (opener === undefined) return 'playbook left';
  const { label, step } = placed(plan, run, opener.frame, opener.step);
  const as = { retry: 'to be run again', done: 'counts as done', back: 'playbook left unfinished' }[event.as];
  return `back from the playbook to step ${label} ${inline(step.id)}: ${as}${event.reason === undefined ? '' : `: ${inline(event.reason)}`}`;
}
