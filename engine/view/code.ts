/** Code on a screen: broken at the width so that nothing is cut, and in colours that are put on last and change no character. */

import type { Token } from './highlight.ts';
import { breakLine } from './layout.ts';
import type { Look } from './look.ts';

/** The pieces of each line, for lines that are escaped already. Without colour, or while there are no tokens yet, they are as they are. */
export function codeLines(lines: readonly string[], language: string, look: Look): readonly (readonly string[])[] {
  const broken = lines.map((line) => breakLine(line, look.columns));
  // The tokens are those of what is shown, not of what was broken: so no piece can be taken for another.
  const shown = broken.map((pieces) => pieces.join(''));
  const tokens = look.highlight?.(shown.join('\n'), language);
  return broken.map((pieces, index) => painted(pieces, tokens?.[index] ?? [], look));
}

// A colour that begins between the parts of one character would take it apart.
const compound = /[\p{Mark}\p{Format}\u{10000}-\u{10ffff}]/u;

/** The pieces in the colours of the tokens; unless the tokens say exactly what the pieces say, the pieces as they are. */
function painted(pieces: readonly string[], tokens: readonly Token[], look: Look): readonly string[] {
  const line = pieces.join('');
  if (compound.test(line) || tokens.map(({ text }) => text).join('') !== line) return pieces;
  let [token, used] = [0, 0];
  return pieces.map((piece) => {
    let shown = '';
    for (let at = 0; at < piece.length; ) {
      const { text, role } = tokens[token] ?? { text: piece };
      const part = text.slice(used, used + piece.length - at);
      shown += role === undefined ? part : look.paint(role, part);
      at += part.length;
      used += part.length;
      if (used < text.length) continue;
      token += 1;
      used = 0;
    }
    return shown;
  });
}
