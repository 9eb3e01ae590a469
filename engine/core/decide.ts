/** What an operator's answer makes of a run: facts, or a refusal in words. */

import type { Fact } from './event.ts';
import { frameOf, stepOf } from './frame.ts';
import type { Answer, Choice, Question } from './need.ts';
import type { Plan } from './plan.ts';
import type { Run } from './run.ts';

/** The facts that an answer makes, or why it is no answer to this question. */
export type Decision = { readonly facts: readonly Fact[] } | { readonly refused: string };

/** `hash` gives the SHA-256 of a text as hex. Secret values do not come through here: the caller records their salted hash itself. */
export function decide(run: Run, plan: Plan, question: Question, answer: Answer, hash: (text: string) => string): Decision {
  if (answer.kind === 'stop') return stopped(answer.because, answer.reason);
  switch (question.kind) {
    case 'input':
      return answer.kind === 'value'
        ? facts({ type: 'value-given', name: question.input.name, from: answer.from, value: answer.text })
        : mismatch(question, answer);
    case 'confirm':
      return confirmed(plan, run, question, answer, hash);
    case 'attest':
      return attested(question, answer);
    case 'failure':
    case 'unknown':
    case 'return':
      return answer.kind === 'chosen' ? chosen(run, question, answer) : mismatch(question, answer);
  }
}

type Stopped = Extract<Fact, { type: 'run-stopped' }>;

function stopped(because: Stopped['because'], reason?: string): Decision {
  return facts({ type: 'run-stopped', because, ...(reason !== undefined && { reason }) });
}

function facts(...list: readonly Fact[]): Decision {
  return { facts: list };
}

function mismatch(question: Question, answer: Answer): Decision {
  return { refused: `The answer "${answer.kind}" does not fit the question "${question.kind}".` };
}

function confirmed(plan: Plan, run: Run, question: Extract<Question, { kind: 'confirm' }>, answer: Answer, hash: (text: string) => string): Decision {
  const { frame, step, purpose } = question;
  switch (answer.kind) {
    case 'run':
      if (question.typed !== undefined && answer.typed !== question.typed)
        return { refused: `Expected "${question.typed}" to be typed, found "${answer.typed ?? ''}".` };
      return facts({ type: 'step-confirmed', frame, step, purpose, how: answer.how, sha256: hash(question.block.text) });
    case 'skip':
      if (purpose !== 'run') return facts({ type: 'companion-declined', frame, step });
      return reasoned(answer.reason, { type: 'step-skipped', frame, step, by: 'operator', reason: answer.reason });
    case 'dry-run': {
      const has = stepOf(plan, frameOf(run, frame), step).dryRun !== undefined;
      return has && purpose === 'run'
        ? facts({ type: 'companion-chosen', frame, step, purpose: 'dry-run' })
        : { refused: `Step ${step} has no dry run.` };
    }
    default:
      return mismatch(question, answer);
  }
}

function attested(question: Extract<Question, { kind: 'attest' }>, answer: Answer): Decision {
  const { frame, step } = question;
  if (answer.kind === 'attested') return facts({ type: 'step-attested', frame, step, done: answer.done, note: answer.note });
  if (answer.kind === 'skip') return reasoned(answer.reason, { type: 'step-skipped', frame, step, by: 'operator', reason: answer.reason });
  return mismatch(question, answer);
}

function reasoned(reason: string | undefined, fact: Fact): Decision {
  return (reason ?? '').trim() === '' ? { refused: 'A reason is needed: it goes into the record.' } : facts(fact);
}

type Chosen = Extract<Answer, { kind: 'chosen' }>;
type Choosing = Extract<Question, { kind: 'failure' | 'unknown' | 'return' }>;

function chosen(run: Run, question: Choosing, answer: Chosen): Decision {
  const offered = question.choices.some((choice) => sameChoice(choice, answer.choice));
  if (!offered) return { refused: `"${answer.choice.kind}" is not among the choices.` };
  return question.kind === 'return' ? afterPlaybook(run, question, answer) : afterStep(run, question, answer);
}

function sameChoice(a: Choice, b: Choice): boolean {
  if (a.kind === 'playbook' && b.kind === 'playbook')
    return a.suggestion.target.document === b.suggestion.target.document && a.suggestion.target.anchor === b.suggestion.target.anchor;
  if (a.kind === 'settle' && b.kind === 'settle') return a.as === b.as;
  return a.kind === b.kind;
}

function afterStep(run: Run, question: Extract<Choosing, { step: string }>, { choice, reason, by }: Chosen): Decision {
  const { frame, step } = question;
  switch (choice.kind) {
    case 'playbook': {
      const { target, then, why } = choice.suggestion;
      return facts({ type: 'playbook-entered', frame, step, opened: run.frames.length, target, then, why, by });
    }
    case 'retry':
      return facts({ type: 'retry-chosen', frame, step });
    case 'rollback':
    case 'check':
      return facts({ type: 'companion-chosen', frame, step, purpose: choice.kind });
    case 'override':
      return reasoned(reason, { type: 'failure-overridden', frame, step, reason: reason ?? '' });
    case 'settle':
      return reasoned(reason, { type: 'step-settled', frame, step, as: choice.as, reason: reason ?? '' });
    case 'back':
      return facts({ type: 'playbook-left', frame, as: 'back' });
    case 'stop':
      return stopped(question.kind === 'failure' ? 'failure' : 'unknown', reason);
    case 'done':
      return { refused: 'Only a playbook can count a step as done.' };
  }
}

function afterPlaybook(run: Run, { frame, choices }: Extract<Choosing, { kind: 'return' }>, { choice, reason, by }: Chosen): Decision {
  const opener = frameOf(run, frame).opener;
  if (opener === undefined) throw new Error(`Frame ${frame} is not a playbook.`);
  switch (choice.kind) {
    case 'retry':
      return facts({ type: 'playbook-left', frame, as: 'retry' });
    case 'done': {
      const fact: Fact = { type: 'playbook-left', frame, as: 'done', ...(reason !== undefined && { reason }) };
      return choices[0]?.kind === 'done' ? facts(fact) : reasoned(reason, fact);
    }
    case 'playbook': {
      const { target, then, why } = choice.suggestion;
      const opened: Fact = { type: 'playbook-entered', frame: opener.frame, step: opener.step, opened: run.frames.length, target, then, why, by };
      return facts({ type: 'playbook-left', frame, as: 'back' }, opened);
    }
    case 'back':
      return facts({ type: 'playbook-left', frame, as: 'back' });
    case 'stop':
      return stopped('failure', reason);
    default:
      return { refused: `"${choice.kind}" does not lead out of a playbook.` };
  }
}
