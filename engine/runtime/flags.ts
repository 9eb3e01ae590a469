/** An operator who is not there: the flags of the command line answer what they were given to answer, and nothing else. */

import { frameOf, stepOf } from '../core/frame.ts';
import type { Answer, Operator, Question } from '../core/need.ts';
import type { Input, Plan } from '../core/plan.ts';
import type { Run } from '../core/run.ts';
import { purposeWord } from '../core/words.ts';

/** The flags that answer questions. */
export type Flags = {
  /** Risk low and medium on stages that ask, every risk on a sandbox; never on a stage with typed confirmation. */
  readonly yes: boolean;
  /** The stage's name, given to answer in the place of a person: risk low and medium on every stage. */
  readonly confirm?: string;
  /** Steps of risk high that may run with `confirm`. */
  readonly allow: readonly string[];
  readonly onFailure: 'ask' | 'stop' | 'playbook';
};

/** Answers from flags; a question that they do not answer goes to `person`, or stops the run where nobody is there. */
export function flaggedOperator(flags: Flags, person: Operator | undefined): Operator {
  return {
    unshown: (plan, run, question) => person === undefined || answerOf(flags, plan, run, question) !== undefined,
    async answer(plan, run, question, context) {
      const answer = context.refused === undefined ? answerOf(flags, plan, run, question) : undefined;
      return answer ?? (await person?.answer(plan, run, question, context)) ?? nobody(plan, run, question);
    },
    async accept(plan, run, changes) {
      return (await person?.accept(plan, run, changes)) ?? false;
    },
    async renew(plan, run, renewal) {
      return (await person?.renew(plan, run, renewal)) ?? false;
    },
  };
}

function answerOf(flags: Flags, plan: Plan, run: Run, question: Question): Answer | undefined {
  switch (question.kind) {
    case 'confirm':
      return allowed(flags, plan, run, question)
        ? { kind: 'run', how: 'flag', ...(question.typed !== undefined && { typed: question.typed }) }
        : undefined;
    case 'failure':
      return byRule(flags, plan, run, question);
    case 'return':
      return backByRule(flags, plan, run, question);
    default:
      return undefined;
  }
}

function allowed({ yes, confirm, allow }: Flags, plan: Plan, run: Run, question: Extract<Question, { kind: 'confirm' }>): boolean {
  const { stage } = plan;
  // A value to retype names what cannot be undone: only a person types it, on every stage but a sandbox.
  if (question.block.retype !== undefined && !stage.sandbox) return false;
  const { risk } = stepOf(plan, frameOf(run, question.frame), question.step);
  if (confirm === stage.name && (risk !== 'high' || allow.includes(question.step))) return true;
  return yes && stage.confirm !== 'typed' && (stage.sandbox || risk !== 'high');
}

/** True where a playbook may be entered and left without a person. */
function byRuleHere({ onFailure }: Flags, { stage }: Plan): boolean {
  return onFailure === 'playbook' && (stage.sandbox || stage.onFailure === 'playbook');
}

/** The best entry, if an exit code or a typed error leads there, the stage allows it, and it was not tried for this step before. */
function byRule(flags: Flags, plan: Plan, run: Run, question: Extract<Question, { kind: 'failure' }>): Answer | undefined {
  if (flags.onFailure === 'stop') return { kind: 'stop', because: 'failure' };
  if (!byRuleHere(flags, plan)) return undefined;
  const tried = run.frames.filter((frame) => frame.opener?.frame === question.frame && frame.opener.step === question.step);
  const choice = question.choices.find(
    (offered) =>
      offered.kind === 'playbook' &&
      offered.suggestion.byRule &&
      !tried.some((frame) => frame.document === offered.suggestion.target.document && frame.procedures.includes(offered.suggestion.target.anchor)),
  );
  return choice === undefined ? undefined : { kind: 'chosen', choice, by: 'rule' };
}

/** What the playbook says, where a rule led into it; from one that a person chose, a person goes back. */
function backByRule(flags: Flags, plan: Plan, run: Run, question: Extract<Question, { kind: 'return' }>): Answer | undefined {
  const opener = frameOf(run, question.frame).opener;
  const [choice] = question.choices;
  if (!byRuleHere(flags, plan) || opener?.by !== 'rule' || opener.then === 'ask' || choice === undefined) return undefined;
  return { kind: 'chosen', choice, by: 'rule' };
}

/** What happens to a question when nobody is there: the run stops where it can be resumed. */
function nobody(plan: Plan, run: Run, question: Question): Answer {
  const stop = (because: Extract<Answer, { kind: 'stop' }>['because'], reason: string): Answer => ({ kind: 'stop', because, reason });
  switch (question.kind) {
    case 'input':
      if (question.input.default !== undefined) return { kind: 'value', text: question.input.default, from: 'its default' };
      return stop('unconfirmed', `the input ${question.input.name} has no value: give it with ${wayTo(question.input)}`);
    case 'confirm': {
      const { risk } = stepOf(plan, frameOf(run, question.frame), question.step);
      const what = question.purpose === 'run' ? 'step' : `the ${purposeWord(question.purpose)} of step`;
      return stop('unconfirmed', `${what} ${question.step} (risk ${risk}) was not confirmed, and there is no terminal to ask`);
    }
    case 'attest':
      return stop('unconfirmed', `step ${question.step} has to be done by a person, and there is no terminal to ask`);
    case 'failure':
    case 'return':
      return stop('failure', 'there is no terminal to ask what next');
    case 'unknown':
      return stop('unknown', `the end of step ${question.step} is unknown, and a person has to say what became of it`);
    default:
      return question satisfies never;
  }
}

function wayTo({ name, allowed: { kind } }: Input): string {
  return kind === 'secret' ? `$${name.toUpperCase()} or --secret-file ${name}=path` : `--var ${name}=…`;
}
