/** Frames of a terminal as one animated SVG: each line of the screen is drawn once for each stretch of time in which it stays the same. */

import type { Stretch } from '../helpers/grid.ts';

/** A screen, and the words below it, from a time on (in seconds). */
export type Frame = { readonly at: number; readonly rows: readonly (readonly Stretch[])[]; readonly caption: string };

type Size = { readonly columns: number; readonly rows: number };

const cell = { width: 8.4, height: 17 };
const margin = 12;

const palette: Readonly<Record<string, string>> = {
  black: '#6e7681',
  red: '#ff7b72',
  green: '#3fb950',
  yellow: '#d29922',
  blue: '#79c0ff',
  magenta: '#d2a8ff',
  cyan: '#76e3ea',
  white: '#f0f6fc',
};
const paper = '#0d1117';
const ink = '#c9d1d9';

/** The film of these frames; it lasts `seconds` and begins anew. */
export function animatedSvg(frames: readonly Frame[], seconds: number, { columns, rows }: Size, title: string): string {
  const width = Math.ceil(columns * cell.width + 2 * margin);
  const height = Math.ceil((rows + 2) * cell.height + 2 * margin);
  const shown = settled(frames, seconds);
  // The same line is often somewhere else a moment later: each is written down once.
  const known = new Map<string, number>();
  const lines = Array.from({ length: rows }, (_, row) => track(shown, seconds, row, ({ rows: all }) => numberOf(known, drawn(all[row] ?? []))));
  const captions = track(shown, seconds, rows + 1, ({ caption }) =>
    numberOf(known, caption === '' ? '' : `<text class="c" x="${margin}" y="13">${escaped(caption)}</text>`),
  );
  const parts = [...known].map(([drawing, number]) => `<g id="l${number}">${drawing}</g>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" xml:space="preserve">
<title>${escaped(title)}</title>
<style>text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:${ink};white-space:pre}.bold{font-weight:bold}.dim{opacity:.6}.italic{font-style:italic}.underline{text-decoration:underline}.inverse{fill:${paper}}.c{fill:#79c0ff;font-style:italic}${Object.entries(
    palette,
  )
    .map(([name, colour]) => `.${name}{fill:${colour}}`)
    .join('')}.inverse{fill:${paper}}</style>
<rect width="${width}" height="${height}" rx="8" fill="${paper}"/>
<rect width="0" height="0"><animate id="film" attributeName="x" begin="0s;film.end" dur="${seconds.toFixed(1)}s" from="0" to="0"/></rect>
<defs>
${parts.join('\n')}
</defs>
${[...lines, captions].flat().join('\n')}
</svg>
`;
}

/** Without the frames that nobody could have seen. */
function settled(frames: readonly Frame[], seconds: number): readonly Frame[] {
  return frames.filter(({ at }, index) => (frames[index + 1]?.at ?? seconds) - at >= 0.2);
}

function numberOf(known: Map<string, number>, drawing: string): number | undefined {
  if (drawing === '') return undefined;
  if (!known.has(drawing)) known.set(drawing, known.size);
  return known.get(drawing);
}

/** One line of the screen through time. */
function track(frames: readonly Frame[], seconds: number, line: number, draw: (frame: Frame) => number | undefined): readonly string[] {
  const stretches: { from: number; to: number; drawing: number | undefined }[] = [];
  for (const [index, frame] of frames.entries()) {
    const to = frames[index + 1]?.at ?? seconds;
    const drawing = draw(frame);
    const last = stretches.at(-1);
    if (last !== undefined && last.drawing === drawing) last.to = to;
    else stretches.push({ from: frame.at, to, drawing });
  }
  return stretches
    .filter(({ drawing }) => drawing !== undefined)
    .map(({ from, to, drawing }) => {
      const show = `<set attributeName="visibility" to="visible" begin="film.begin+${from.toFixed(1)}s" dur="${(to - from).toFixed(1)}s"/>`;
      return `<use href="#l${drawing}" y="${margin + line * cell.height}" visibility="hidden">${show}</use>`;
    });
}

function drawn(row: readonly Stretch[]): string {
  return row
    .filter(({ text, role }) => text.trim() !== '' || role.includes('inverse'))
    .map((stretch) => (stretch.role.includes('inverse') ? stretch : trimmed(stretch)))
    .map(({ text, role, from, to }) => {
      const x = (margin + from * cell.width).toFixed(1);
      const width = ((to - from) * cell.width).toFixed(1);
      const classes = role === '' ? '' : ` class="${role}"`;
      const colour = role.split(' ').find((name) => palette[name] !== undefined);
      const back = role.includes('inverse')
        ? `<rect x="${x}" y="0" width="${width}" height="${cell.height}" fill="${palette[colour ?? ''] ?? ink}"/>`
        : '';
      return `${back}<text${classes} x="${x}" y="13" textLength="${width}">${escaped(text)}</text>`;
    })
    .join('');
}

/** Without the blanks at its ends: not every reader keeps them. */
function trimmed({ text, role, from, to }: Stretch): Stretch {
  return { text: text.trim(), role, from: from + text.length - text.trimStart().length, to: to - (text.length - text.trimEnd().length) };
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
