/** Text in a shell script: whatever is in it, it stays text, and whoever looks at the script sees what it is. */

import { escapeText } from '../core/escape.ts';

/** Text as one word of bash. What could steer a terminal that shows the script is written by the numbers of its bytes. */
export function word(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  if (isPlain(text)) return `'${text.replaceAll("'", "'\\''")}'`;
  const bytes = Array.from(new TextEncoder().encode(text), (byte) =>
    byte >= 0x20 && byte < 0x7f && byte !== 0x27 && byte !== 0x5c ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`,
  );
  return `$'${bytes.join('')}'`;
}

/** Lines as comments. */
export function comment(text: string): readonly string[] {
  const lines = escapeText(text, { colour: 'drop', newlines: true }).trim().split('\n');
  return lines.map((line) => `# ${line}`.trimEnd());
}

/** The lines that put a text into `rb_block`, byte for byte, in a form that can be read. */
export function blockLines(text: string): readonly string[] {
  if (!isPlain(text) || !text.endsWith('\n')) return [`rb_block=${word(text)}`];
  const lines = text.split('\n').slice(0, -1);
  let end = 'END_OF_STEP';
  while (lines.includes(end)) end += '_';
  return [`IFS= read -r -d '' rb_block <<'${end}' || true`, ...lines, end];
}

function isPlain(text: string): boolean {
  return escapeText(text, { colour: false, newlines: true }) === text;
}
