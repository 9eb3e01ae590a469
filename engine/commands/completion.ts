/** `runbook complete`: what could stand at the end of a command line that is being typed. */

import type { Argument, Command, Option } from 'commander';
import type { Shell } from './completion-scripts.ts';
import type { Kind } from './completion-values.ts';
import type { Io } from './io.ts';

/** One answer, and what is said beside it. */
export type Candidate = { readonly value: string; readonly about: string };

/** What is known of the line: the folder, the words that are no options, and the values of options by their long names. */
export type Typed = { readonly cwd: string; readonly words: readonly string[]; readonly given: ReadonlyMap<string, readonly string[]> };

/** What the values of options are, by long name; choices stand in the grammar, and what is not here is free text. */
const optionKinds: Readonly<Record<string, Kind>> = {
  '--stage': 'stage',
  '--confirm': 'stage',
  '--procedure': 'procedure',
  '--from': 'step',
  '--to': 'step',
  '--only': 'step',
  '--allow': 'step',
  '--var': 'input',
  '--secret-file': 'secret',
  '--fault': 'fault',
  '--output': 'file',
  '--plan': 'file',
  '--allowed-signers': 'file',
  '-C': 'file',
};

/** What arguments are, by the names that they have in the grammar. */
const argumentKinds: Readonly<Record<string, Kind>> = {
  'name[#procedure]': 'document',
  'name[#heading]': 'document',
  run: 'run',
  'run|path': 'run',
  paths: 'document',
  kind: 'kind',
  action: 'action',
  fault: 'fault',
  state: 'state',
  what: 'schema',
  folder: 'file',
};

/** Writes the answers for the last of the words, each with a tab and what it is. Never fails: a line that cannot be completed has no answers. */
export async function complete(io: Io, program: Command, shell: Shell, words: readonly string[]): Promise<void> {
  const { values, files, nospace } = await answersFor(io, program, shell, words).catch(() => nothing);
  const lines = values.map(({ value, about }) => `${value}\t${about.replace(/\p{C}+/gu, ' ').slice(0, 80)}`);
  io.stdout.write([...lines, ...(files ? [':files'] : []), ...(nospace ? [':nospace'] : [])].map((line) => `${line}\n`).join(''));
}

type Answers = { readonly values: readonly Candidate[]; readonly files: boolean; readonly nospace: boolean };

const nothing: Answers = { values: [], files: false, nospace: false };

async function answersFor(io: Io, program: Command, shell: Shell, raw: readonly string[]): Promise<Answers> {
  const last = raw.at(-1) ?? '';
  const { words, inline } = joined(raw.map(unquoted), shell);
  const now = words.at(-1) ?? '';
  const line = readLine(program, words.slice(0, -1), io.cwd);
  const [flag, equals, value] = split(now);
  const option = line.awaiting ?? (equals ? optionOf(line.command, flag) : undefined);
  const prefix = line.awaiting === undefined && equals && !inline ? `${flag}=` : '';
  const found = await (option !== undefined
    ? forOption(option, line.typed, line.awaiting === undefined ? value : now)
    : now.startsWith('-')
      ? { ...nothing, values: optionsOf(line.command, now) }
      : forWord(program, line, now));
  // In an open quote nothing more is quoted by the shell, so only what needs no quotes is offered there.
  const safe = /^["']/.test(last) ? /^[\w./#@:=,+-]+$/ : /^\P{C}+$/u;
  const fits = found.values.filter(
    (candidate) => safe.test(candidate.value) && (option !== undefined || !isOption(candidate.value) || isOption(now)),
  );
  return { ...found, values: fits.map((candidate) => ({ ...candidate, value: `${prefix}${candidate.value}` })) };
}

const isOption = (word: string): boolean => word.startsWith('-');

/** A word as the shell would read it, without its quotes. Nothing in it is expanded. */
function unquoted(word: string): string {
  return word.replace(/\\(.)|["']/g, (_, escaped: string | undefined) => escaped ?? '');
}

/** Bash takes `--stage=dev` for three words, and replaces only the last of them. */
function joined(words: readonly string[], shell: Shell): { readonly words: readonly string[]; readonly inline: boolean } {
  if (shell !== 'bash') return { words, inline: false };
  const whole: string[] = [];
  let inline = false;
  for (const word of words) {
    const before = whole.at(-1) ?? '';
    inline = before.startsWith('--') && (word === '=' || (inline && before.endsWith('=')));
    if (inline) whole.splice(-1, 1, before + word);
    else whole.push(word);
  }
  return { words: whole, inline };
}

type Line = { readonly command: Command; readonly typed: Typed; readonly awaiting?: Option };

/** The words before the one that is completed, as the grammar reads them. */
function readLine(program: Command, words: readonly string[], cwd: string): Line {
  let command = program;
  let awaiting: Option | undefined;
  const plain: string[] = [];
  const given = new Map<string, readonly string[]>();
  const put = (option: Option, value: string): void => void given.set(nameOf(option), [...(given.get(nameOf(option)) ?? []), value]);
  for (const word of words) {
    if (awaiting !== undefined) {
      put(awaiting, word);
      awaiting = undefined;
    } else if (isOption(word)) {
      const [flag, equals, value] = split(word);
      const option = optionOf(command, flag);
      if (option?.required && !equals) awaiting = option;
      else if (option?.required) put(option, value);
    } else {
      const next = command === program && plain.length === 0 ? program.commands.find((candidate) => candidate.name() === word) : undefined;
      if (next === undefined) plain.push(word);
      else command = next;
    }
  }
  const folder = given.get('-C')?.at(-1);
  const typed = { cwd: folder === undefined ? cwd : folder.startsWith('/') ? folder : `${cwd}/${folder}`, words: plain, given };
  return { command, typed, ...(awaiting !== undefined && { awaiting }) };
}

function split(word: string): [flag: string, equals: boolean, value: string] {
  const at = word.startsWith('--') ? word.indexOf('=') : -1;
  return at < 0 ? [word, false, ''] : [word.slice(0, at), true, word.slice(at + 1)];
}

function nameOf(option: Option): string {
  return option.long ?? option.short ?? '';
}

/** An option of the command, or one that stands before all commands. */
function optionOf(command: Command, flag: string): Option | undefined {
  return [...command.options, ...(command.parent?.options ?? [])].find((option) => option.long === flag || option.short === flag);
}

function optionsOf(command: Command, now: string): readonly Candidate[] {
  const options = command.createHelp().visibleOptions(command);
  const shown = options.map((option) => ({ value: now.startsWith('--') ? (option.long ?? '') : nameOf(option), about: option.description }));
  return shown.filter(({ value }) => value !== '' && value.startsWith(now));
}

async function forOption(option: Option, typed: Typed, now: string): Promise<Answers> {
  if (option.argChoices !== undefined) return plainly(option.argChoices, now);
  if (nameOf(option) === '--format') return plainly((await import('./report.ts')).formats, now);
  return ofKind(optionKinds[nameOf(option)], typed, now);
}

async function forWord(program: Command, { command, typed }: Line, now: string): Promise<Answers> {
  if (command === program) {
    const commands = typed.words.length > 0 ? [] : program.createHelp().visibleCommands(program);
    return {
      ...nothing,
      values: starting(
        commands.map((known) => ({ value: known.name(), about: known.description() })),
        now,
      ),
    };
  }
  const wanted = argumentAt(command, typed.words.length);
  if (wanted === undefined) return nothing;
  if (wanted.argChoices !== undefined) return plainly(wanted.argChoices, now);
  const kind = command.name() === 'resume' && wanted.name() === 'run' ? 'unfinished' : argumentKinds[wanted.name()];
  const found = await ofKind(kind, typed, now);
  return { ...found, files: found.files || wanted.name().includes('path') };
}

function argumentAt(command: Command, index: number): Argument | undefined {
  const known = command.registeredArguments;
  const last = known.at(-1);
  return known[index] ?? (last?.variadic ? last : undefined);
}

async function ofKind(kind: Kind | undefined, typed: Typed, now: string): Promise<Answers> {
  if (kind === undefined) return nothing;
  if (kind === 'file') return { ...nothing, files: true };
  const { valuesOf } = await import('./completion-values.ts');
  const values = starting(await valuesOf(kind, typed, now), now);
  // What follows `name=` or a path is typed on in the same word.
  const value = kind === 'secret' && now.includes('=');
  return { values: value ? [] : values, files: value || kind === 'document', nospace: !value && (kind === 'input' || kind === 'secret') };
}

function plainly(values: readonly string[], now: string): Answers {
  return {
    ...nothing,
    values: starting(
      values.map((value) => ({ value, about: '' })),
      now,
    ),
  };
}

function starting(candidates: readonly Candidate[], now: string): readonly Candidate[] {
  return candidates.filter(({ value }) => value.startsWith(now));
}
