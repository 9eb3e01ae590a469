/** The questions as lines of text with one prompt at their end: for `--plain`, dumb terminals and screen readers. */

import { frameOf } from '../core/frame.ts';
import type { Answer, Context, Operator, Question } from '../core/need.ts';
import type { Plan } from '../core/plan.ts';
import type { Run } from '../core/run.ts';
import { originWords, stateDetail } from '../core/words.ts';
import { cardOf, shownValue } from './card.ts';
import { endingOf } from './ending.ts';
import { type Choosing, optionsOf, reasonLength } from './options.ts';
import { inline, placedSteps, trail } from './place.ts';
import { changeWords } from './screens/changes.ts';
import { factsOf } from './screens/input.ts';
import { renewalWords } from './screens/renewal.ts';

/** Where lines come from and text goes to. `read` gives undefined when there will be no more lines. */
type Lines = {
  readonly read: () => Promise<string | undefined>;
  /** Reads a line that the terminal does not show, where it can do that. */
  readonly readHidden?: () => Promise<string | undefined>;
  readonly write: (text: string) => void;
};

/** What is left to do when nobody can answer any more: nothing runs. */
const silence: Answer = { kind: 'stop', because: 'unconfirmed' };

/** An operator who reads lines and types lines. An empty line never runs anything. */
export function linePrompts(io: Lines): Operator {
  return {
    async answer(plan, run, question, context) {
      io.write(`\n[ ${inline(plan.stage.name).toUpperCase()} ] ${trail(plan, run, '>')}, run ${inline(run.id)}\n`);
      if (context.refused !== undefined) io.write(`! ${inline(context.refused)}\n`);
      return (await answerTo(io, plan, run, question, context)) ?? silence;
    },
    async accept(_plan, _run, changes) {
      say(io, ['', 'Files changed since this run accepted them:', ...changes.flatMap(changeWords), '']);
      return (await oneOf(io, 'Go on with the files as they are now? y, n', ['y', 'n'])) === 'y';
    },
    async renew(_plan, _run, renewal) {
      const { why, hint, nothing } = renewalWords(renewal);
      say(io, ['', `AWS credentials have to be renewed. ${why}`, nothing, `  ${hint}`, '']);
      return (await oneOf(io, 'Renewed? y try again, n stop', ['y', 'n'])) === 'y';
    },
  };
}

function answerTo(io: Lines, plan: Plan, run: Run, question: Question, context: Context): Promise<Answer | undefined> {
  switch (question.kind) {
    case 'input':
      return value(io, question);
    case 'confirm':
      return confirmation(io, plan, run, question, context);
    case 'attest':
      return attestation(io, plan, run, question, context);
    default:
      return choice(io, plan, run, question);
  }
}

function say(io: Lines, lines: readonly string[]): void {
  io.write(lines.map((line) => `${line}\n`).join(''));
}

async function ask(io: Lines, prompt: string): Promise<string | undefined> {
  io.write(`${prompt}: `);
  return (await io.read())?.trim();
}

/** Asks until one of the words is typed. */
async function oneOf<Word extends string>(io: Lines, prompt: string, words: readonly Word[]): Promise<Word | undefined> {
  for (;;) {
    const line = await ask(io, prompt);
    if (line === undefined) return undefined;
    const word = words.find((candidate) => candidate === line);
    if (word !== undefined) return word;
  }
}

async function longEnough(io: Lines, prompt: string): Promise<string | undefined> {
  for (;;) {
    const line = await ask(io, `${prompt} (at least ${reasonLength} characters; it goes into the record)`);
    if (line === undefined || [...line].length >= reasonLength) return line;
  }
}

async function value(io: Lines, { input, usedBy }: Extract<Question, { kind: 'input' }>): Promise<Answer | undefined> {
  const choices = input.allowed.kind === 'choices' ? input.allowed.choices : [];
  say(io, [
    `A value is needed: ${inline(input.name)}`,
    inline(input.meaning),
    ...factsOf(input, usedBy),
    ...choices.map((text, index) => `  ${index + 1}  ${inline(text)}`),
  ]);
  if (input.allowed.kind === 'secret') return secret(io, inline(input.name));
  for (;;) {
    const line = await ask(io, inline(input.name));
    if (line === undefined) return undefined;
    if (line === '' && input.default !== undefined) return { kind: 'value', text: input.default, from: 'default' };
    const numbered = choices.includes(line) ? undefined : choices[Number(line) - 1];
    if (line !== '') return { kind: 'value', text: numbered ?? line, from: numbered === undefined ? 'typed' : 'chosen' };
  }
}

/** A secret is taken as it is typed, spaces too. */
async function secret(io: Lines, name: string): Promise<Answer | undefined> {
  if (io.readHidden === undefined) say(io, ['! What you type now can be seen on the screen.']);
  for (;;) {
    io.write(`${name}: `);
    const text = await (io.readHidden ?? io.read)();
    if (text === undefined) return undefined;
    if (text !== '') return { kind: 'value', text, from: 'typed' };
  }
}

type Confirming = Extract<Question, { kind: 'confirm' | 'attest' }>;

function showCard(io: Lines, plan: Plan, run: Run, question: Confirming, context: Context) {
  const card = cardOf(plan, run, question, context);
  const lines = (text: readonly string[]) => text.map((line, index) => `${String(index + 1).padStart(4)} ${line}`);
  say(io, [
    `Step ${card.title}, ${card.risk}: ${card.heading}`,
    ...card.prose,
    '',
    `${question.kind === 'attest' ? 'To do' : 'Will run'}: ${[...card.header, ...(card.cwd === undefined ? [] : [card.cwd])].join(', ')}`,
    ...lines(card.command),
    '',
  ]);
  say(io, [...card.values, ...card.facts]);
  return { card, raw: () => say(io, ['Raw, values not filled in:', ...lines(card.raw)]) };
}

async function confirmation(
  io: Lines,
  plan: Plan,
  run: Run,
  question: Extract<Question, { kind: 'confirm' }>,
  context: Context,
): Promise<Answer | undefined> {
  const { card, raw } = showCard(io, plan, run, question, context);
  const undo = question.purpose === 'rollback';
  const dryRun = !undo && card.at.step.dryRun !== undefined;
  const { typed } = question;
  const words = [...(typed === undefined ? ['y'] : [typed]), 'n', ...(undo ? [] : ['s']), ...(dryRun ? ['d'] : []), 'x', 'v', 'q'];
  const yes = typed === undefined ? `y ${undo ? 'undo' : 'run'} it` : `type ${inline(typed)} to ${undo ? 'undo' : 'run'} it`;
  const prompt = [
    yes,
    undo ? 'n back to the choices' : 'n list of steps',
    ...(undo ? [] : ['s skip']),
    ...(dryRun ? ['d dry run'] : []),
    'x raw',
    'v values',
    'q stop',
  ].join(', ');
  for (;;) {
    const line = await oneOf(io, `${card.question} ${prompt}`, words);
    if (line === undefined) return undefined;
    if (line === typed) return { kind: 'run', how: 'typed', typed: line };
    switch (line) {
      case 'y':
        return { kind: 'run', how: 'key' };
      case 'd':
        return { kind: 'dry-run' };
      case 's':
        return skip(io);
      case 'q':
        return { kind: 'stop', because: 'operator' };
      case 'x':
        raw();
        break;
      case 'v':
        say(
          io,
          Object.entries(run.values).map(
            ([name, given]) => `{${inline(name)}} = ${shownValue(given)} (${originWords(given.origin, inline(given.from))})`,
          ),
        );
        break;
      default:
        if (undo) return { kind: 'skip', reason: 'not wanted after all' };
        say(io, ['Not run. The steps:', ...stepLines(plan, run)]);
    }
  }
}

function stepLines(plan: Plan, run: Run): readonly string[] {
  return run.stack.flatMap((id) =>
    placedSteps(plan, run, frameOf(run, id)).map(({ label, step, record }) => `  ${label} ${inline(step.id)}: ${inline(stateDetail(record.state))}`),
  );
}

async function skip(io: Lines): Promise<Answer | undefined> {
  const reason = await longEnough(io, 'Why is it skipped?');
  return reason === undefined ? undefined : { kind: 'skip', reason };
}

async function attestation(
  io: Lines,
  plan: Plan,
  run: Run,
  question: Extract<Question, { kind: 'attest' }>,
  context: Context,
): Promise<Answer | undefined> {
  const { card } = showCard(io, plan, run, question, context);
  const word = await oneOf(io, `${card.question} d done, f it failed, s skip, q stop`, ['d', 'f', 's', 'q']);
  if (word === undefined) return undefined;
  if (word === 'q') return { kind: 'stop', because: 'operator' };
  if (word === 's') return skip(io);
  const note = word === 'd' ? await ask(io, 'Anything to note? (may be empty)') : await longEnough(io, 'How did it fail?');
  return note === undefined ? undefined : { kind: 'attested', done: word === 'd', note };
}

async function choice(io: Lines, plan: Plan, run: Run, question: Choosing): Promise<Answer | undefined> {
  const ending = endingOf(plan, run, question);
  const options = optionsOf(plan, run, question);
  const numbers = options.map((_, index) => String(index + 1));
  say(io, [ending.title, ...ending.what, ...ending.now, '', ending.question]);
  say(
    io,
    options.map(({ label, hint }, index) => `  ${index + 1}  ${label} (${hint}${index === 0 ? '; suggested' : ''})`),
  );
  const number = await oneOf(io, `1-${options.length}, q stop`, [...numbers, 'q']);
  if (number === 'q') return { kind: 'stop', because: 'operator' };
  const option = number === undefined ? undefined : options[Number(number) - 1];
  if (option === undefined) return undefined;
  if (!option.needsReason) return { kind: 'chosen', choice: option.choice, by: 'operator' };
  const reason = await longEnough(io, 'For what reason?');
  return reason === undefined ? undefined : { kind: 'chosen', choice: option.choice, reason, by: 'operator' };
}
