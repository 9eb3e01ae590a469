/** A word of a command as bash would make it: quotes and backslashes taken away, `"$NAME"` filled in; what bash would do more than that is refused. */

import type { Word as ShellWord, WordPart } from 'unbash';
import type { Remark, Span } from './problem.ts';

/** A word, and where it stands in the block. */
export type Word = Span & {
  readonly text: string;
  /** How many characters stand before the first value of a variable; with none the word is never an option. */
  readonly certain: number;
  /** True when the value of a variable is anywhere in it: it may be a secret. */
  readonly secretive: boolean;
};

/** What the words of a block are made with. */
export type WordSource = {
  readonly source: string;
  /** Every `{name}` whose value is not known yet, in the order of the block. */
  readonly pasted: readonly { readonly name: string; readonly start: number; readonly end: number }[];
  /** The character that stands for such a value. */
  readonly paste: (name: string) => string;
  /** The value of `"$NAME"`, or the character that stands for it; undefined when there is none. */
  readonly variable: (name: string) => string | undefined;
};

type Piece = { readonly text: string } | { readonly refused: Remark & { readonly at: Span } };

/** Variables that bash sets itself, so that it would not print what the environment has. */
const setByBash = new Set(
  (
    '_ BASH BASHOPTS BASHPID COLUMNS COMP_WORDBREAKS DIRSTACK EPOCHREALTIME EPOCHSECONDS EUID FUNCNAME GROUPS HISTCMD ' +
    'HOSTNAME HOSTTYPE IFS LINENO LINES MACHTYPE OLDPWD OPTARG OPTERR OPTIND OSTYPE PIPESTATUS PPID PS1 PS2 PS4 PWD RANDOM ' +
    'SECONDS SHELLOPTS SHLVL SRANDOM UID'
  ).split(' '),
);

/** Reads a word. */
export function readWord(word: ShellWord, from: WordSource): Word | (Remark & { readonly at: Span }) {
  const parts: readonly WordPart[] = word.parts ?? [{ type: 'Literal', pos: word.pos, end: word.end, text: word.text, value: word.value }];
  let text = '';
  let certain: number | undefined;
  for (const part of parts) {
    const piece = readPart(part, from);
    if ('refused' in piece) return piece.refused;
    certain ??= beforeVariable(part, text, from);
    text += piece.text;
  }
  if (expandsBraces(parts, from)) return { ...braces, at: word };
  return { text, certain: certain ?? text.length, secretive: certain !== undefined, pos: word.pos, end: word.end };
}

/** How long the word is where the first variable of a part stands; undefined when it has none. */
function beforeVariable(part: WordPart, before: string, from: WordSource): number | undefined {
  const first = part.type === 'DoubleQuoted' ? part.parts.findIndex(({ type }) => type !== 'Literal') : -1;
  if (part.type !== 'DoubleQuoted' || first === -1) return undefined;
  const piece = readDouble(part.parts.slice(0, first), from);
  return before.length + ('text' in piece ? piece.text.length : 0);
}

const braces = {
  rule: 'aws-shell',
  message: 'A shell makes several words of these braces.',
  hint: 'Put the word in single quotes.',
};

function readPart(part: WordPart, from: WordSource): Piece {
  switch (part.type) {
    case 'Literal':
      return readBare(part, from);
    case 'SingleQuoted':
      return { text: fill({ pos: part.pos + 1, end: part.end - 1 }, from) };
    case 'DoubleQuoted':
      return readDouble(part.parts, from);
    case 'SimpleExpansion':
    case 'ParameterExpansion':
      return refuse(part, `${part.text} outside double quotes is split and matched against file names by a shell.`, `Write "${part.text}".`);
    case 'Glob':
    case 'ExtendedGlob':
      return refuse(part, `"${part.text}" outside quotes is matched against file names by a shell.`, 'Put the word in single quotes.');
    case 'BraceExpansion':
      return refuse(part, braces.message, braces.hint);
    case 'CommandExpansion':
    case 'ProcessSubstitution':
    case 'ArithmeticExpansion':
      return refuse(part, `${part.text} runs in a shell, and there is none in a block of aws commands.`, substitution);
    case 'AnsiCQuoted':
    case 'LocaleString':
      return refuse(part, `${part.text} is a form of quoting that a block of aws commands does not know.`, 'Use single or double quotes.');
    default:
      return part satisfies never;
  }
}

const substitution = 'Let an earlier step capture the value, and write "$NAME" here; or leave out the flag `aws` for a plain shell block.';

/** Text outside quotes. */
function readBare(part: Span, from: WordSource): Piece {
  const raw = from.source.slice(part.pos, part.end);
  const unescaped = withoutEscapes(raw);
  if (/[()<>&|;]/.test(unescaped)) return refuse(part, 'A shell cannot read this, or reads more than a word.', 'Put the word in single quotes.');
  if (unescaped.includes('~')) return refuse(part, '"~" outside quotes can become the path of a home folder.', 'Put the word in single quotes.');
  if (unescaped.endsWith('\\')) return refuse(part, 'The backslash goes on to a line that is not there.', 'Delete it.');
  return atTerminal(unescaped, part) ?? { text: fill(part, from, (text) => text.replace(/\\([\s\S])/g, (_, escaped: string) => bare(escaped))) };
}

function bare(escaped: string): string {
  return escaped === '\n' ? '' : escaped;
}

/** The text with `x` for what is escaped, and NUL, which no block holds, where a line goes on. */
function withoutEscapes(raw: string): string {
  return raw.replace(/\\([\s\S])/g, (_, escaped: string) => (escaped === '\n' ? '\0\0' : 'xx'));
}

/** Text and variables within double quotes. */
function readDouble(parts: readonly WordPart[], from: WordSource): Piece {
  let text = '';
  for (const [index, part] of parts.entries()) {
    if (part.type === 'Literal') {
      const refused = atTerminal(withoutEscapes(from.source.slice(part.pos, part.end)), part);
      if (refused !== undefined) return refused;
      text += fill(part, from, (raw) => raw.replace(/\\([$`"\\\n])/g, (_, escaped: string) => bare(escaped)));
      continue;
    }
    if (part.type !== 'SimpleExpansion' && part.type !== 'ParameterExpansion') return readPart(part, from);
    const next = parts[index + 1];
    const glued = part.type === 'SimpleExpansion' && next?.type === 'Literal' && from.pasted.some(({ start }) => start === next.pos);
    const value = readVariable(part, from, glued);
    if ('refused' in value) return value;
    text += value.text;
  }
  return { text };
}

function readVariable(part: Span & { readonly text: string }, from: WordSource, glued: boolean): Piece {
  const name = /^\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))$/.exec(part.text)?.slice(1).find(Boolean);
  if (name === undefined) return refuse(part, `${part.text} is more than the value of a variable.`, 'Only "$NAME" and "$\u007bNAME}" are read here.');
  if (glued) return refuse(part, `What is filled in behind ${part.text} would become a part of its name.`, `Write "\${${name}}".`);
  if (setByBash.has(name)) return refuse(part, `$${name} is a variable that bash sets itself.`, 'Use a variable of the runbook.');
  const value = from.variable(name);
  if (value !== undefined) return { text: value };
  const message = `$${name} is not set in the environment of this step.`;
  return { refused: { rule: 'aws-variable', message, hint: `A variable or capture named ${name.toLowerCase()} would set it.`, at: part } };
}

/** What shells read outside single quotes beyond the parser: an old form of arithmetic, and at a terminal, where a block is pasted, `!word`. */
function atTerminal(unescaped: string, at: Span): Piece | undefined {
  if (unescaped.includes('$\0')) return refuse(at, 'A shell takes "$" together with what stands on the next line.', 'Put the word in single quotes.');
  if (unescaped.includes('$[')) return refuse(at, 'A shell takes "$[" for arithmetic.', 'Put the word in single quotes.');
  if (!/!(?![\s=]|$)/.test(unescaped)) return undefined;
  return refuse(at, 'A shell at a terminal takes "!" here for a command of its history.', 'Put the word in single quotes.');
}

function refuse(at: Span, message: string, hint: string): Piece {
  return { refused: { rule: 'aws-shell', message, hint, at } };
}

/** The source between two places, unescaped, with what stands for `{name}` in place. */
function fill({ pos, end }: Span, { source, pasted, paste }: WordSource, strip: (text: string) => string = (text) => text): string {
  let text = '';
  let last = pos;
  for (const { name, start, end: after } of pasted) {
    if (start < pos || after > end) continue;
    text += strip(source.slice(last, start)) + paste(name);
    last = after;
  }
  return text + strip(source.slice(last, end));
}

/** True when unquoted braces of the word enclose a comma, two dots, or a value that might hold them. */
function expandsBraces(parts: readonly WordPart[], from: WordSource): boolean {
  let bare = '';
  for (const part of parts) bare += part.type === 'Literal' ? fill(part, { ...from, paste: () => ',' }, (raw) => raw.replace(/\\[\s\S]/g, 'x')) : 'x';
  // A value that stands alone, not in braces, may hold commas.
  for (let inner = /\{[^{}]*\}/.exec(bare); inner !== null; inner = /\{[^{}]*\}/.exec(bare)) {
    if (/,|\.\./.test(inner[0])) return true;
    bare = bare.replace(inner[0], 'x');
  }
  // A brace without its other half can still be taken for a pair with one further away.
  return /[{}]/.test(bare) && /,|\.\./.test(bare);
}
