/** How things look: marks and lines with and without Unicode, styles with and without colour. */

import type { Stage } from '../core/plan.ts';
import type { StepState } from '../core/run.ts';
import type { Highlight, Role } from './highlight.ts';

/** What a piece of text says by its colour; a word or mark always says it too. */
export type Tone = 'good' | 'bad' | 'warn' | 'note' | 'important' | 'quiet' | 'strong' | 'emphasis' | 'alarm' | 'code' | Role;

/** The characters that are not letters. */
type Glyphs = {
  readonly rule: string;
  readonly bar: string;
  readonly column: string;
  readonly cursor: string;
  readonly arrow: string;
  readonly block: string;
  readonly cut: string;
  readonly up: string;
  readonly down: string;
  readonly bullet: string;
  /** Everything is being recorded. */
  readonly record: string;
};

/** A size and the means to draw on it. */
export type Look = {
  readonly columns: number;
  readonly rows: number;
  readonly glyphs: Glyphs;
  readonly unicode: boolean;
  /** The text in a tone; without colour the text as it is. */
  readonly paint: (tone: Tone, text: string) => string;
  /** What escaped text may keep of its own colour. */
  readonly ownColour: true | 'drop';
  /** What code gets its colours from; absent without colour. */
  readonly highlight?: Highlight;
};

const drawn: Glyphs = {
  rule: '─',
  bar: '━',
  column: '│',
  cursor: '›',
  arrow: '→',
  block: '■',
  cut: '…',
  up: '↑',
  down: '↓',
  bullet: '•',
  record: 'recording ●',
};
const typed: Glyphs = {
  rule: '-',
  bar: '=',
  column: '|',
  cursor: '>',
  arrow: '->',
  block: '#',
  cut: '~',
  up: '^',
  down: 'v',
  bullet: '-',
  record: 'rec *',
};

const styles: Readonly<Record<Tone, readonly [string, string]>> = {
  good: ['32', '39'],
  bad: ['1;31', '22;39'],
  warn: ['33', '39'],
  note: ['36', '39'],
  important: ['35', '39'],
  quiet: ['2', '22'],
  strong: ['1', '22'],
  emphasis: ['3', '23'],
  alarm: ['1;7;31', '22;27;39'],
  code: ['36', '39'],
  comment: ['2', '22'],
  string: ['32', '39'],
  keyword: ['35', '39'],
  name: ['36', '39'],
  value: ['33', '39'],
};

/** The look of a screen of this size. */
export function lookOf(
  size: { readonly columns: number; readonly rows: number },
  options: { readonly colour: boolean; readonly unicode: boolean; readonly highlight?: Highlight },
): Look {
  return {
    ...size,
    unicode: options.unicode,
    glyphs: options.unicode ? drawn : typed,
    paint: painter(options.colour),
    ownColour: options.colour ? true : 'drop',
    ...(options.colour && options.highlight !== undefined && { highlight: options.highlight }),
  };
}

/** Puts text in a tone by SGR, or leaves it alone. */
export function painter(colour: boolean): Look['paint'] {
  return (tone, text) => (colour && text !== '' ? `\u{1b}[${styles[tone][0]}m${text}\u{1b}[${styles[tone][1]}m` : text);
}

/** The same place with another width. */
export function narrowed(look: Look, columns: number): Look {
  return { ...look, columns };
}

const marks: Readonly<Record<'pending' | 'running' | 'ok' | 'failed' | 'unknown' | 'skipped' | 'recovered', readonly [string, string, Tone]>> = {
  pending: ['○', '--', 'quiet'],
  running: ['▶', 'run', 'strong'],
  ok: ['✔', 'ok', 'good'],
  failed: ['✖', 'FAIL', 'bad'],
  unknown: ['?', '?', 'warn'],
  skipped: ['–', 'skip', 'quiet'],
  recovered: ['✔', 'ok', 'warn'],
};

/** The mark of a state, always of the same width. */
export function markOf(state: StepState, look: Look): string {
  const [glyph, word, tone] = marks[markKind(state)];
  return look.paint(tone, look.unicode ? glyph : word.padEnd(4));
}

function markKind(state: StepState): keyof typeof marks {
  switch (state.kind) {
    case 'confirmed':
    case 'running':
    case 'waiting':
    case 'verifying':
      return 'running';
    case 'asked':
      return markKind(state.before);
    case 'overridden':
      return 'failed';
    default:
      return state.kind;
  }
}

/** The stage in words, and in colour where there is colour: never the same for a sandbox and a stage that wants typing. */
export function stageBanner(stage: Stage, name: string, look: Look): string {
  const word = name.toUpperCase();
  if (stage.sandbox) return look.paint('good', `[ ${word}, a sandbox ]`);
  if (stage.confirm === 'ask') return look.paint('warn', `[ ${word} ]`);
  const blocks = look.glyphs.block.repeat(3);
  return look.paint('alarm', `${blocks} [ ${word} ] ${blocks}`);
}
