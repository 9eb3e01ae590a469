/** What an operator's answer makes of a run: facts, or a refusal in words. */

import { offered } from './block.ts';
import type { Fact, StopCause } from './event.ts';
import { frameOf, openerOf, stepOf } from './frame.ts';
import type { Answer, Choice, Question } from './need.ts';
import { runsOnward } from './onward.ts';
import type { Plan } from './plan.ts';
import type { Run } from './run.ts';

/** The facts that an answer makes, or why it is no answer to this question. */
export type Decision = { readonly facts: readonly Fact[] } | { readonly refused: string };

/** `hash` gives the SHA-256 of a text as hex. Secret values do not come through here: the caller records their salted hash itself. */
export function decide(run: Run, plan: Plan, question: Question, answer: Answer, hash: (text: string) => string): Decision {
  if (answer.kind === 'stop') return stopped(answer.because, answer.reason);
  if (answer.kind === 'again') return facts();
  switch (question.kind) {
    case 'input':
      return answer.kind === 'value'
        ? facts({ type: 'value-given', name: question.input.name, from: answer.from, value: answer.text })
        : mismatch(question, answer);
    case 'confirm':
      return answer.kind === 'dry-run' ? dryRun(plan, run, question) : confirmed(plan, run, question, answer, hash);
    case 'attest':
      return attested(question, answer);
    case 'failure':
    case 'unknown':
    case 'return':
      return answer.kind === 'chosen' ? chosen(run, question, answer) : mismatch(question, answer);
  }
}

function stopped(because: StopCause, reason?: string): Decision {
  return facts({ type: 'run-stopped', because, ...(reason !== undefined && { reason }) });
}

function facts(...list: readonly Fact[]): Decision {
  return { facts: list };
}

function mismatch(question: Question, answer: Answer): Decision {
  return { refused: `The answer "${answer.kind}" does not fit the question "${question.kind}".` };
}

type Confirming = Extract<Question, { kind: 'confirm' }>;

function confirmed(plan: Plan, run: Run, question: Confirming, answer: Answer, hash: (text: string) => string): Decision {
  const { frame, step, purpose } = question;
  switch (answer.kind) {
    case 'run':
      if (question.typed !== undefined && answer.typed !== question.typed)
        return { refused: `Expected "${question.typed}" to be typed, found "${answer.typed ?? ''}".` };
      if (answer.how === 'onward' && !runsOnward(plan, run, question)) return { refused: `Step ${step} has to be confirmed by itself.` };
      return facts({ type: 'step-confirmed', frame, step, purpose, how: answer.how, sha256: hash(question.block.text) });
    case 'skip':
      if (purpose === 'rollback' || purpose === 'dry-run') return facts({ type: 'companion-declined', frame, step, purpose });
      return reasoned(answer.reason, { type: 'step-skipped', frame, step, by: 'operator', reason: answer.reason });
    default:
      return mismatch(question, answer);
  }
}

function dryRun(plan: Plan, run: Run, { frame: id, step: stepId, purpose }: Confirming): Decision {
  const frame = frameOf(run, id);
  const step = stepOf(plan, frame, stepId);
  if (purpose !== 'run' || !offered({ plan, run, frame, step }, 'dry-run')) return { refused: `Step ${stepId} has no dry run that could run now.` };
  return facts({ type: 'companion-chosen', frame: id, step: stepId, purpose: 'dry-run' });
}

function attested(question: Extract<Question, { kind: 'attest' }>, answer: Answer): Decision {
  const { frame, step } = question;
  switch (answer.kind) {
    case 'attested': {
      const fact: Fact = { type: 'step-attested', frame, step, done: answer.done, note: answer.note };
      return answer.done ? facts(fact) : reasoned(answer.note, fact);
    }
    case 'skip':
      return reasoned(answer.reason, { type: 'step-skipped', frame, step, by: 'operator', reason: answer.reason });
    default:
      return mismatch(question, answer);
  }
}

function reasoned(reason: string, fact: Fact): Decision {
  return reason.trim() === '' ? { refused: 'A reason is needed: it goes into the record.' } : facts(fact);
}

type Choosing = Extract<Question, { kind: 'failure' | 'unknown' | 'return' }>;

/** What was offered counts, not what the answer makes of it. */
function chosen(run: Run, question: Choosing, answer: Extract<Answer, { kind: 'chosen' }>): Decision {
  const choice = question.choices.find((candidate) => sameChoice(candidate, answer.choice));
  if (choice === undefined) return { refused: `"${answer.choice.kind}" is not among the choices.` };
  const returning = question.kind === 'return';
  const { frame, step } = returning ? openerOf(frameOf(run, question.frame)) : question;
  const { reason = '', by } = answer;
  switch (choice.kind) {
    case 'playbook': {
      const { target, then, why } = choice.suggestion;
      const back: readonly Fact[] = returning ? [{ type: 'playbook-left', frame: question.frame, as: 'back' }] : [];
      return facts(...back, { type: 'playbook-entered', frame, step, opened: run.frames.length, target, then, why, by });
    }
    case 'retry':
      return facts(returning ? { type: 'playbook-left', frame: question.frame, as: 'retry' } : { type: 'retry-chosen', frame, step });
    case 'rollback':
    case 'check':
      return facts({ type: 'companion-chosen', frame, step, purpose: choice.kind });
    case 'override':
      return reasoned(reason, { type: 'failure-overridden', frame, step, reason });
    case 'settle':
      return reasoned(reason, { type: 'step-settled', frame, step, as: choice.as, reason });
    case 'done': {
      const fact: Fact = { type: 'playbook-left', frame: question.frame, as: 'done', ...(reason !== '' && { reason }) };
      return choice === question.choices[0] ? facts(fact) : reasoned(reason, fact);
    }
    case 'back':
      return facts({ type: 'playbook-left', frame: question.frame, as: 'back' });
    case 'stop':
      return stopped(question.kind === 'unknown' ? 'unknown' : 'failure', answer.reason);
  }
}

function sameChoice(a: Choice, b: Choice): boolean {
  if (a.kind === 'playbook' && b.kind === 'playbook')
    return a.suggestion.target.document === b.suggestion.target.document && a.suggestion.target.anchor === b.suggestion.target.anchor;
  if (a.kind === 'settle' && b.kind === 'settle') return a.as === b.as;
  return a.kind === b.kind;
}
