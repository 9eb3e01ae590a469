/** The author's words as lines of safe text: what GitHub shows by type and colour is said here by marks and words, and colour is added. */

import { escapeText } from '../core/escape.ts';
import type { AlertName, Prose, ProseBlock, ProseItem, ProseSpan } from '../core/prose.ts';
import { countOf } from '../core/words.ts';
import { codeLines } from './code.ts';
import { fill, wrap } from './layout.ts';
import { type Look, lookOf, narrowed, type Tone } from './look.ts';
import { inline } from './place.ts';
import { tableLines } from './table.ts';

/** With less room than this, what is nested stands no further to the right. */
const narrowest = 24;

/** Words on lines, and the alerts among them by the line on which each begins. */
export type DrawnProse = { readonly lines: readonly string[]; readonly alerts: ReadonlyMap<number, AlertName> };

/** The words for the width of a look. `spaced`: with an empty line between two blocks, as GitHub has it. */
export function drawProse(prose: Prose, look: Look, spaced: boolean): DrawnProse {
  const lines: string[] = [];
  const alerts = new Map<number, AlertName>();
  for (const block of prose) {
    if (spaced && lines.length > 0) lines.push('');
    if (block.kind === 'alert') alerts.set(lines.length, block.name);
    for (const line of blockLines(block, look)) lines.push(line);
  }
  return { lines, alerts };
}

/** The words as plain lines that are as long as they are: for line prompts. */
export function proseText(prose: Prose): readonly string[] {
  return drawProse(prose, lookOf({ columns: Number.POSITIVE_INFINITY, rows: 0 }, { colour: false, unicode: false }), false).lines;
}

/** As many lines as there is room for. The last one then says how much is left out, whether that is a warning, and the `key` that shows it. */
export function foldedProse({ lines, alerts }: DrawnProse, room: number, key: string, look: Look): readonly string[] {
  if (lines.length <= room) return lines;
  if (room < 1) return [];
  const shown = Math.max(1, room - 1);
  const hidden = [...alerts].find(([line, name]) => line >= shown && dangerous.has(name))?.[1];
  const danger = hidden === undefined ? '' : `, ${hidden === 'important' ? 'an' : 'a'} ${hidden.toUpperCase()} among them`;
  const words = `${countOf(lines.length - shown, 'more line')}${danger}${key === '' ? '' : ` (${key})`}`;
  const note = (text: string) => look.paint(hidden === undefined ? 'quiet' : 'warn', text);
  if (room > 1) return [...lines.slice(0, shown), note(`${look.glyphs.cut} ${words}`)];
  return [`${fill(`${lines[0] ?? ''} ${look.glyphs.cut}`, Math.max(1, look.columns - words.length - 1), look)} ${note(words)}`];
}

const dangerous: ReadonlySet<AlertName> = new Set(['important', 'warning', 'caution']);

function blocksLines(blocks: Prose, look: Look): readonly string[] {
  return drawProse(blocks, look, false).lines;
}

function blockLines(block: ProseBlock, look: Look): readonly string[] {
  switch (block.kind) {
    case 'heading':
      return wrap(look.paint('strong', `${'#'.repeat(block.depth)} `) + spanText(block.spans, look, ['strong']), look.columns);
    case 'paragraph':
      return wrap(spanText(block.spans, look), look.columns);
    case 'rule':
      return [look.paint('quiet', look.glyphs.rule.repeat(Math.min(look.columns, 20)))];
    case 'code':
      return [...noteLines(block.note, look), ...codeBlock(block.text, block.language, look)];
    case 'quote':
      return barred(block.blocks, 'quiet', look);
    case 'alert':
      return alertLines(block.name, block.blocks, look);
    case 'list':
      return block.items.flatMap((item) => itemLines(item, look));
    case 'table': {
      const cells = (row: readonly (readonly ProseSpan[])[]) => row.map((cell) => spanText(cell, look));
      return tableLines({ align: block.align, head: cells(block.head), rows: block.rows.map(cells) }, look);
    }
  }
}

function noteLines(note: string | undefined, look: Look): readonly string[] {
  return note === undefined
    ? []
    : wrap(look.paint(/, risk HIGH\b/.test(note) ? 'bad' : 'important', `${look.glyphs.arrow} ${inline(note)}`), look.columns);
}

/** Never cut: each line is broken at the width. */
function codeBlock(text: string, language: string, look: Look): readonly string[] {
  const lines = escapeText(text, { colour: false, newlines: true }).split('\n');
  const indent = look.columns < narrowest ? '' : '    ';
  return codeLines(lines, language, narrowed(look, look.columns - indent.length))
    .flat()
    .map((line) => indent + line);
}

function barred(blocks: Prose, tone: Tone, look: Look): readonly string[] {
  if (look.columns < narrowest) return blocksLines(blocks, look);
  const bar = look.paint(tone, look.glyphs.column);
  return blocksLines(blocks, narrowed(look, look.columns - 2)).map((line) => `${bar} ${line}`);
}

const alertTones: Readonly<Record<AlertName, Tone>> = { note: 'note', tip: 'good', important: 'important', warning: 'warn', caution: 'bad' };

/** The name of the alert stands before its first words, so that it cannot be folded away from them. */
function alertLines(name: AlertName, blocks: Prose, look: Look): readonly string[] {
  const tone = alertTones[name];
  const bar = look.paint(tone, look.glyphs.column);
  const inner = narrowed(look, look.columns - 2);
  const word = look.paint(tone, name.toUpperCase());
  const [first, ...rest] = blocks;
  const [start, others] = first?.kind === 'paragraph' ? [`${word}  ${spanText(first.spans, look)}`, rest] : [word, blocks];
  return [...wrap(start, inner.columns), ...blocksLines(others, inner)].map((line) => `${bar} ${line}`);
}

function itemLines({ number, done, blocks }: ProseItem, look: Look): readonly string[] {
  const box = done === undefined ? [] : [done ? '[x]' : '[ ]'];
  const mark = [...(number === undefined ? [] : [`${number}.`]), ...box].join(' ') || look.glyphs.bullet;
  const room = look.columns - mark.length - 1;
  if (room < narrowest) return [mark, ...blocksLines(blocks, look)];
  return blocksLines(blocks, narrowed(look, room)).map((line, index) => `${index === 0 ? mark : ' '.repeat(mark.length)} ${line}`);
}

/** Spans as one text with line feeds for breaks. Each piece has its own styles, because a style that ends inside another would end both. */
function spanText(spans: readonly ProseSpan[], look: Look, tones: readonly Tone[] = []): string {
  return spans.map((span) => oneSpan(span, look, tones)).join('');
}

function oneSpan(span: ProseSpan, look: Look, tones: readonly Tone[]): string {
  const painted = (text: string, more: readonly Tone[] = []) => [...tones, ...more].reduce((shown, tone) => look.paint(tone, shown), text);
  switch (span.kind) {
    case 'text':
      return painted(inline(span.text));
    case 'code':
      return painted(`\`${inline(span.text)}\``, ['code']);
    case 'strong':
    case 'emphasis':
      return spanText(span.spans, look, tones.includes(span.kind) ? tones : [...tones, span.kind]);
    case 'struck':
      return `${painted('~~')}${spanText(span.spans, look, tones)}${painted('~~')}`;
    case 'break':
      return '\n';
    case 'link': {
      const text = spanText(span.spans, look, tones);
      const said = plainText(span.spans);
      return said === span.address || `mailto:${said}` === span.address || `http://${said}` === span.address
        ? text
        : `${text}${text === '' ? '' : ' '}${look.paint('quiet', `(${inline(span.address)})`)}`;
    }
  }
}

function plainText(spans: readonly ProseSpan[]): string {
  return spans.map((span) => ('spans' in span ? plainText(span.spans) : 'text' in span ? span.text : ' ')).join('');
}
