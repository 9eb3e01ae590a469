/** The questions as lines of text with one prompt at their end: for `--plain`, dumb terminals and screen readers. */

import { frameOf } from '../core/frame.ts';
import type { Answer, Context, Operator, Question } from '../core/need.ts';
import { type Stretch, stretchOf, within } from '../core/onward.ts';
import type { Plan } from '../core/plan.ts';
import type { Run } from '../core/run.ts';
import { originWords, stateDetail } from '../core/words.ts';
import { cardOf, shownValue } from './card.ts';
import { endingOf } from './ending.ts';
import { escalationOf } from './escalation.ts';
import { type Choosing, optionsOf, reasonLength } from './options.ts';
import { inline, placedSteps, trail } from './place.ts';
import { proseText } from './prose.ts';
import { changeWords } from './screens/changes.ts';
import { factsOf } from './screens/input.ts';
import { renewalWords } from './screens/renewal.ts';

/** Where lines come from and text goes to. `read` gives undefined when there will be no more lines. */
type Lines = {
  readonly read: () => Promise<string | undefined>;
  /** Reads a line that the terminal does not show, where it can do that. */
  readonly readHidden?: () => Promise<string | undefined>;
  readonly write: (text: string) => void;
  /** Records a note; the question stays open. */
  readonly note: (text: string) => void;
};

/** What a line asks to be noted: `N they know`, or empty for an `N` alone; undefined for every other line. */
export function noteIn(line: string): string | undefined {
  return /^N(?:\s(.*))?$/s.exec(line.trim()) ? line.trim().slice(1).trim() : undefined;
}

/** What is left to do when nobody can answer any more: nothing runs. */
const silence: Answer = { kind: 'stop', because: 'unconfirmed' };

/** An operator who reads lines and types lines. An empty line never runs anything. */
export function linePrompts(io: Lines): Operator {
  let stretch: Stretch | undefined;
  return {
    async answer(plan, run, question, context) {
      if (stretch !== undefined && context.refused === undefined && within(stretch, plan, run, question)) return { kind: 'run', how: 'onward' };
      stretch = undefined;
      io.write(`\n[ ${inline(plan.stage.name).toUpperCase()} ] ${trail(plan, run, '>')}, run ${inline(run.id)}\n`);
      if (context.refused !== undefined) io.write(`! ${inline(context.refused)}\n`);
      const runOn = (): Answer => {
        stretch = stretchOf(plan, run, question);
        return { kind: 'run', how: 'key' };
      };
      return (await answerTo(io, { plan, run, context, runOn }, question)) ?? silence;
    },
    async accept(_plan, _run, changes) {
      stretch = undefined;
      say(io, ['', 'Files changed since this run accepted them:', ...changes.flatMap(changeWords), '']);
      return (await oneOf(io, 'Go on with the files as they are now? y, n, N note', ['y', 'n'])) === 'y';
    },
    async renew(_plan, _run, renewal) {
      stretch = undefined;
      const { why, hint, nothing } = renewalWords(renewal);
      say(io, ['', `AWS credentials have to be renewed. ${why}`, nothing, `  ${hint}`, '']);
      return (await oneOf(io, 'Renewed? y try again, n stop, N note', ['y', 'n'])) === 'y';
    },
  };
}

/** What a question is asked in. `runOn` answers it and those after it that are like it. */
type Scene = { readonly plan: Plan; readonly run: Run; readonly context: Context; readonly runOn: () => Answer };

function answerTo(io: Lines, scene: Scene, question: Question): Promise<Answer | undefined> {
  switch (question.kind) {
    case 'input':
      return value(io, question);
    case 'confirm':
      return confirmation(io, scene, question);
    case 'attest':
      return attestation(io, scene, question);
    default:
      return choice(io, scene, question);
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
    if (!(await noted(io, line))) return undefined;
  }
}

/** Takes a line that asks for a note, with or without its words. False when there will be no more lines. */
async function noted(io: Lines, line: string): Promise<boolean> {
  const said = noteIn(line);
  if (said === undefined) return true;
  const text = said === '' ? await ask(io, 'What is to be noted? (it goes into the record; nothing is noted if it is empty)') : said;
  if (text !== undefined && text !== '') io.note(text);
  return text !== undefined;
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
    if (choices.length > 0 && noteIn(line) !== undefined && !choices.includes(line)) {
      if (!(await noted(io, line))) return undefined;
      continue;
    }
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

function showCard(io: Lines, { plan, run, context }: Scene, question: Confirming) {
  const card = cardOf(plan, run, question, context);
  const lines = (text: readonly string[]) => text.map((line, index) => `${String(index + 1).padStart(4)} ${line}`);
  say(io, [
    `Step ${card.title}, ${card.risk}: ${card.heading}`,
    ...proseText(card.prose),
    '',
    `${question.kind === 'attest' ? 'To do' : 'Will run'}: ${[...card.header, ...(card.cwd === undefined ? [] : [card.cwd])].join(', ')}`,
    ...lines(card.command),
    '',
  ]);
  const { tried, since } = card;
  say(io, [...(tried === undefined ? [] : [tried]), ...(since === undefined ? [] : [since.words, ...since.diff]), ...card.values, ...card.facts]);
  const { above, below } = card.at.step.reading;
  return {
    card,
    raw: () => say(io, ['Raw, values not filled in:', ...lines(card.raw)]),
    hasProse: above.length + below.length > 0,
    prose: () => say(io, [...proseText(above), '', 'Below the block:', ...(below.length === 0 ? ['nothing'] : proseText(below)), '']),
  };
}

async function confirmation(io: Lines, scene: Scene, question: Extract<Question, { kind: 'confirm' }>): Promise<Answer | undefined> {
  const { plan, run } = scene;
  const { card, raw, hasProse, prose } = showCard(io, scene, question);
  const own = question.purpose === 'run';
  const { typed } = question;
  const verb = { run: 'run it', check: 'run it', rollback: 'undo it', 'dry-run': 'run the dry run' }[question.purpose];
  const back = { run: 'list of steps', check: '', rollback: 'back to the choices', 'dry-run': 'back to the step' }[question.purpose];
  const offers: readonly (readonly [string, string])[] = [
    typed === undefined ? ['y', `y ${verb}`] : [typed, `type ${inline(typed)} to ${verb}`],
    ...(stretchOf(plan, run, question) === undefined ? [] : [['a', 'a run on through steps that only read'] as const]),
    ['n', `n ${back}`],
    ...(own ? [['s', 's skip'] as const] : []),
    ...(own && card.at.step.dryRun !== undefined ? [['d', 'd dry run'] as const] : []),
    ['x', 'x raw'],
    ['v', 'v values'],
    ...(hasProse ? [['p', 'p prose'] as const] : []),
    ['q', 'N note, q stop'],
  ];
  const words = offers.map(([word]) => word);
  const prompt = offers.map(([, offer]) => offer).join(', ');
  for (;;) {
    const line = await oneOf(io, `${card.question} ${prompt}`, words);
    if (line === undefined) return undefined;
    if (line === typed) return { kind: 'run', how: 'typed', typed: line };
    switch (line) {
      case 'a':
        return scene.runOn();
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
      case 'p':
        prose();
        break;
      case 'v':
        say(
          io,
          Object.entries(run.values).map(
            ([name, given]) => `{${inline(name)}} = ${shownValue(given)} (${originWords(given.origin, inline(given.from))})`,
          ),
        );
        say(
          io,
          (scene.context.files ?? []).map((file) => `file ${inline(file)}`),
        );
        break;
      default:
        if (!own) return { kind: 'skip', reason: 'not wanted after all' };
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

async function attestation(io: Lines, scene: Scene, question: Extract<Question, { kind: 'attest' }>): Promise<Answer | undefined> {
  const { card, hasProse, prose } = showCard(io, scene, question);
  const prompt = `${card.question} d done, f it failed, s skip, ${hasProse ? 'p prose, ' : ''}N note, q stop`;
  const words = ['d', 'f', 's', ...(hasProse ? ['p'] : []), 'q'];
  let word = await oneOf(io, prompt, words);
  for (; word === 'p'; word = await oneOf(io, prompt, words)) prose();
  if (word === undefined) return undefined;
  if (word === 'q') return { kind: 'stop', because: 'operator' };
  if (word === 's') return skip(io);
  const text = word === 'd' ? await ask(io, 'Anything to note? (may be empty)') : await longEnough(io, 'How did it fail?');
  return text === undefined ? undefined : { kind: 'attested', done: word === 'd', note: text };
}

async function choice(io: Lines, { plan, run }: Scene, question: Choosing): Promise<Answer | undefined> {
  const ending = endingOf(plan, run, question);
  const options = optionsOf(plan, run, question);
  const numbers = options.map((_, index) => String(index + 1));
  say(io, [ending.title, ...ending.what, ...ending.now, '', ending.question]);
  say(
    io,
    options.map(({ label, hint }, index) => `  ${index + 1}  ${label} (${hint}${index === 0 ? '; suggested' : ''})`),
  );
  const prompt = `1-${options.length}, E whom to call, N note, q stop`;
  let number = await oneOf(io, prompt, [...numbers, 'E', 'q']);
  for (; number === 'E'; number = await oneOf(io, prompt, [...numbers, 'E', 'q'])) {
    const { said, summary } = escalationOf(plan, run, question, []);
    const lines = said.flatMap(({ title, words }) => [title, ...proseText(words).map((line) => `  ${line}`), '']);
    say(io, ['Escalation', ...lines, 'To hand over:', summary]);
  }
  if (number === 'q') return { kind: 'stop', because: 'operator' };
  const option = number === undefined ? undefined : options[Number(number) - 1];
  if (option === undefined) return undefined;
  if (!option.needsReason) return { kind: 'chosen', choice: option.choice, by: 'operator' };
  const reason = await longEnough(io, 'For what reason?');
  return reason === undefined ? undefined : { kind: 'chosen', choice: option.choice, reason, by: 'operator' };
}
