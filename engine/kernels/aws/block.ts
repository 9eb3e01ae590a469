/** A block as plain commands: the tree of a shell parser, and of it only what can be run without a shell. */

import { parse, type Word as ShellWord, type Statement } from 'unbash';
import { placeholders } from '../../core/variables.ts';
import type { Environment } from '../../runtime/credentials.ts';
import type { AwsProblem } from './call.ts';
import { problemAt, type Remark, type Span } from './problem.ts';
import { Stands, type Unknowns } from './unknowns.ts';
import { readWord, type Word, type WordSource } from './word.ts';

/** Where the values of a block come from: a step that runs has them all, a plan knows only which names there will be. */
export type Values = { readonly kind: 'known'; readonly env: Environment } | { readonly kind: 'later'; readonly declared: ReadonlySet<string> };

/** The words of one command. */
export type PlainCommand = Span & { readonly words: readonly Word[] };

/** The commands of a block; one with a problem is not among them. */
export type PlainBlock = { readonly commands: readonly PlainCommand[]; readonly unknowns: Unknowns; readonly problems: readonly AwsProblem[] };

/** Reads a block of plain commands. */
export function readBlock(source: string, values: Values): PlainBlock {
  const stands = new Stands(source);
  const from: WordSource = {
    source,
    pasted: values.kind === 'later' ? placeholders(source).filter(({ name }) => values.declared.has(name)) : [],
    paste: (name) => stands.standFor({ name, pasted: true }),
    variable: (name) => (values.kind === 'later' ? stands.standFor({ name, pasted: false }) : values.env[name]),
  };
  const problems: AwsProblem[] = [];
  const report: ReportAt = ({ at, ...remark }) => void problems.push(problemAt(source, at, remark));

  const strange = /[\p{Cc}\u2028\u2029]/u.exec(source.replace(/[\n\t]/g, ' '));
  if (strange !== null) report({ ...controlCharacter(strange[0]), at: { pos: strange.index, end: strange.index + 1 } });
  const script = parse(source);
  for (const { message, pos } of script.errors ?? [])
    report({ rule: 'aws-shell', message: `A shell cannot read this: ${message}.`, at: { pos, end: pos } });
  if (problems.length > 0) return { commands: [], unknowns: stands.unknowns, problems };

  const commands: PlainCommand[] = [];
  let last = 0;
  for (const statement of script.commands) {
    const found = problems.length;
    const shellWords = wordsOf(statement, report);
    const words = shellWords.map((word) => readWord(word, from));
    if (problems.length === found) {
      between({ source, allowed: last === 0 ? blank : endOfCommand, report }, { pos: last, end: statement.pos });
      for (const [index, word] of shellWords.entries())
        between({ source, allowed: gap, report }, { pos: shellWords[index - 1]?.end ?? word.pos, end: word.pos });
    }
    last = statement.end;
    const read: Word[] = [];
    for (const word of words) 'at' in word ? report(word) : read.push(word);
    if (problems.length === found) commands.push({ words: read, pos: statement.pos, end: statement.end });
  }
  if (problems.length === 0) between({ source, allowed: last === 0 ? blank : endOfCommand, report }, { pos: last, end: source.length });
  if (commands.length === 0 && problems.length === 0) {
    const hint = 'Write one, such as: aws sts get-caller-identity';
    report({ rule: 'aws-shell', message: 'This block holds no aws command.', hint, at: { pos: 0, end: 1 } });
  }
  return { commands, unknowns: stands.unknowns, problems };
}

const gap = /^[ \t]*$/;
const blank = /^[ \t\n]*$/;
const endOfCommand = /^[ \t]*[;\n]?[ \t\n]*$/;

type ReportAt = (remark: Remark & { readonly at: Span }) => void;
type Between = { readonly source: string; readonly allowed: RegExp; readonly report: ReportAt };

/** The parser forgives much; what stands between words and commands is looked at once more, so that nothing of the block goes unread. */
function between({ source, allowed, report }: Between, { pos, end }: Span): void {
  const text = source
    .slice(pos, end)
    .replaceAll('\\\n', '')
    .replace(/(?<![^ \t\n;])#[^\n]*/g, '');
  if (!allowed.test(text))
    report({
      rule: 'aws-shell',
      message: 'A shell cannot read this.',
      hint: plain,
      at: { pos: pos + (/[^\s]/.exec(source.slice(pos, end))?.index ?? 0), end },
    });
}

/** The words of a statement that is one plain command; none when it is more than that. */
function wordsOf(statement: Statement, report: ReportAt): readonly ShellWord[] {
  const { command } = statement;
  const refuse = (at: Span, message: string, hint = plain): readonly ShellWord[] => {
    report({ rule: 'aws-shell', message, hint, at });
    return [];
  };
  if (command.type !== 'Command') return refuse(command, `${shapes[command.type] ?? 'This'} is more than a plain aws command.`);
  if (statement.background === true) return refuse({ pos: statement.end - 1, end: statement.end }, '"&" would leave the command behind.');
  const [redirect] = command.redirects;
  if (redirect !== undefined)
    return refuse(redirect, 'A redirection is more than a plain aws command.', 'To keep what it prints, give the step capture=<name>.');
  const [assignment] = command.prefix;
  if (assignment !== undefined || command.name === undefined)
    return refuse(assignment ?? command, 'An assignment is more than a plain aws command.', 'Use an input or a variable of the stage.');
  const words: ShellWord[] = [command.name];
  for (const word of command.args) {
    if (word.type !== 'Word') return refuse(word, 'This is read as an assignment by a shell.', 'Put the word in single quotes.');
    words.push(word);
  }
  return words;
}

const plain =
  'A block with the flag `aws` holds only commands such as `aws rds describe-db-clusters`, one a line. For anything else leave out the flag: a plain shell block uses the AWS CLI.';

const shapes: Readonly<Record<string, string>> = {
  Pipeline: 'A pipeline',
  AndOr: 'A list with && or ||',
  If: 'An if',
  For: 'A loop',
  ArithmeticFor: 'A loop',
  While: 'A loop',
  Select: 'A select',
  Case: 'A case',
  Function: 'A function',
  Subshell: 'A subshell',
  BraceGroup: 'A group in braces',
  TestCommand: 'A test',
  ArithmeticCommand: 'Arithmetic',
  Coproc: 'A coprocess',
  Redirected: 'A redirection',
};

function controlCharacter(character: string): Remark {
  const code = `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
  const hint = character === '\r' ? 'Save the file with line ends of Unix.' : 'Delete it.';
  return { rule: 'aws-shell', message: `The block holds the control character ${code}.`, hint };
}
