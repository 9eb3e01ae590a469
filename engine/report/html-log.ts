/** Output on the page: its colours as the page's own, everything else of it as text. Nothing in it can be hidden from the reader. */

import Anser from 'anser';
import { escapeText } from '../core/escape.ts';
import { sizeWords } from '../core/words.ts';
import { type Log, linesOf } from './output.ts';

/** No browser likes a page that is larger than all logs together may be; one log takes its share of that, within these limits. */
const allLogs = 32 * 1024 * 1024;
const mostOfOne = 4 * 1024 * 1024;
const leastOfOne = 16 * 1024;

/** How many bytes of each log a page shows that has so many attempts. */
export function shareOf(attempts: number): number {
  return Math.max(leastOfOne, Math.min(mostOfOne, Math.floor(allLogs / Math.max(1, attempts))));
}

/** A log as HTML in pieces. Of one that is longer than `most` bytes: its beginning and its end, and between them where the rest is. */
export function* logHtml(log: Log, most: number, file: string): Iterable<string> {
  if (log.bytes <= most) {
    yield* linesHtml(log, 0, log.bytes);
    return;
  }
  const first = Math.floor(most / 4);
  const last = log.bytes - (most - first);
  yield* linesHtml(log, 0, first);
  yield `<span class="cut">About ${sizeWords(last - first)} are not shown here. All of it is in ${text(file)} of the run's folder.</span>`;
  yield* linesHtml(log, last, log.bytes);
}

function* linesHtml(log: Log, from: number, to: number): Iterable<string> {
  let part = '';
  for (const line of linesOf(log, { from, to }, true)) {
    part += `${lineHtml(line)}\n`;
    if (part.length < 64 * 1024) continue;
    yield part;
    part = '';
  }
  yield part;
}

/** A line whose only sequences are colours. */
function lineHtml(line: string): string {
  if (!line.includes('\u{1b}')) return text(line);
  const pieces = Anser.ansiToJson(line.replace(/\u{1b}\[([\d;:]*)m/gu, plainParameters), { json: true, use_classes: true, remove_empty: true });
  return pieces.map(pieceHtml).join('');
}

/** Colons part what belongs to one parameter: of colours the library wants semicolons, of anything else the first part says it. */
function plainParameters(_sequence: string, parameters: string): string {
  const plain = parameters
    .split(';')
    .map((one) => (/^[34]8:/.test(one) ? one.replace(/^([34]8:2:)\d*:(?=\d+:\d+:\d+)/, '$1').replaceAll(':', ';') : one.split(':')[0]));
  return `\u{1b}[${plain.join(';')}m`;
}

type Piece = ReturnType<typeof Anser.ansiToJson>[number];

/** Text that wants to be hidden is shown, and a colour on the same colour can be read: all backgrounds are pale ones of the page. */
function pieceHtml({ content, fg, bg, fg_truecolor: fgTrue, bg_truecolor: bgTrue, decorations }: Piece): string {
  const front = colourOf(fg, fgTrue);
  const back = colourOf(bg, bgTrue);
  const names = [
    ...(front === undefined || front === 'plain' ? [] : [front]),
    ...(back === undefined ? [] : [back === 'grey' ? 'on-plain' : `on-${back}`]),
    ...decorations.filter((name) => name !== 'hidden' && name !== 'blink' && name !== 'reverse'),
  ];
  const safe = text(escapeText(content, { colour: 'drop' }));
  return names.length === 0 ? safe : `<span class="${[...new Set(names)].join(' ')}">${safe}</span>`;
}

const named = ['red', 'green', 'yellow', 'blue', 'magenta', 'cyan'] as const;

/** One of the page's colours; `plain` is black or white, which of them can be read depends on the page. */
function colourOf(name: string | null, rgb: string | null): (typeof named)[number] | 'plain' | 'grey' | undefined {
  if (!name) return undefined;
  if (name === 'ansi-truecolor') return nearestTo((rgb ?? '').split(',').map(Number));
  const palette = /^ansi-palette-(\d+)$/.exec(name)?.[1];
  if (palette !== undefined) return nearestTo(paletteColour(Number(palette)));
  if (name === 'ansi-bright-black') return 'grey';
  return named.find((one) => name.endsWith(one)) ?? 'plain';
}

/** The colour cube and the greys of the 256 colours. */
function paletteColour(index: number): readonly number[] {
  if (index >= 232) return Array.from({ length: 3 }, () => 8 + (index - 232) * 10);
  const level = (part: number) => (part === 0 ? 0 : 55 + part * 40);
  return [level(Math.floor((index - 16) / 36)), level(Math.floor((index - 16) / 6) % 6), level((index - 16) % 6)];
}

/** By its hue; what has hardly any is grey, and almost black or white is plain. */
function nearestTo([red = 0, green = 0, blue = 0]: readonly number[]): (typeof named)[number] | 'plain' | 'grey' {
  const most = Math.max(red, green, blue);
  const spread = most - Math.min(red, green, blue);
  if (spread < 40) return most < 80 || most > 200 ? 'plain' : 'grey';
  const sector = most === red ? ((green - blue) / spread + 6) % 6 : most === green ? (blue - red) / spread + 2 : (red - green) / spread + 4;
  const hues = ['red', 'yellow', 'green', 'cyan', 'blue', 'magenta'] as const;
  return hues[Math.round(sector) % 6] ?? 'plain';
}

function text(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
