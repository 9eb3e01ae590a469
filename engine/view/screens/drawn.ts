/** What a screen gives back: lines, and how much of what can be scrolled is to be seen. */

import type { Plan } from '../../core/plan.ts';
import type { Run } from '../../core/run.ts';
import { codeLines } from '../code.ts';
import { type Look, narrowed } from '../look.ts';
import type { Asking, State } from '../state.ts';

/** A screen. */
export type Drawn = {
  readonly lines: readonly string[];
  /** Lines in all and lines that are visible; absent where nothing scrolls. */
  readonly scroll?: Scroll;
};

/** The extent of what scrolls. */
export type Scroll = { readonly total: number; readonly visible: number };

/** What the screen of a question is drawn from. */
export type Asked = { readonly state: State; readonly plan: Plan; readonly run: Run; readonly asking: Asking };

/** The lines from `scroll` on, as many as there is room for. */
export function windowed(lines: readonly string[], scroll: number, visible: number): readonly string[] {
  const first = Math.max(0, Math.min(scroll, lines.length - visible));
  return lines.slice(first, first + visible);
}

/** `lines 1-8 of 40`, or nothing when all can be seen. */
export function extent(total: number, scroll: number, visible: number): string {
  if (total <= visible) return '';
  const first = Math.max(0, Math.min(scroll, total - visible));
  return `lines ${first + 1}-${first + visible} of ${total}`;
}

/** Lines of code with numbers before them, broken at the width so that none is cut. */
export function numbered(lines: readonly string[], language: string, look: Look): readonly string[] {
  const gutter = Math.max(3, String(lines.length).length + 1);
  return codeLines(lines, language, narrowed(look, look.columns - gutter - 1)).flatMap((pieces, index) =>
    pieces.map((part, piece) => {
      const number = (piece === 0 ? String(index + 1) : '').padStart(gutter);
      return `${look.paint('quiet', number)} ${part}`;
    }),
  );
}
