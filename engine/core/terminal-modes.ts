/** What a program did to the terminal and did not undo, found in the bytes that it wrote: it may have been killed in the midst of it. */

/** Watches the output of a program that has the terminal. */
export type ModeWatch = {
  /** Takes what it wrote; a chunk may end anywhere. */
  readonly push: (bytes: Uint8Array) => void;
  /** What has to be written so that the terminal is as it was, with the cursor at the beginning of a line. */
  readonly undo: () => string;
};

/**
 * DEC private modes that are put back (`CSI ? n h` and `l`), in the order in which that is safe: drawing goes on, then the alternate screen is
 * left, then all else. They are off by default; the cursor (25) and wrapping (7) are on.
 */
const privateModes: readonly number[] = [
  2026, 1049, 1047, 47, 25, 7, 1, 5, 6, 69, 9, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1015, 1016, 2004, 2031, 2048,
];
const onByDefault: ReadonlySet<number> = new Set([25, 7]);

/** Everything that is neither a private mode nor text: how it is seen in the output, and how it is undone. The latter empty: it undoes itself. */
const others: readonly { readonly seen: RegExp; readonly key: string; readonly undo: string }[] = [
  { seen: /^\x1b\[4h$/, key: 'insert', undo: '\x1b[4l' },
  { seen: /^\x1b\[4l$/, key: 'insert', undo: '' },
  { seen: /^\x1b\[\d*;?\d+r$/, key: 'region', undo: '\x1b7\x1b[r\x1b8' },
  { seen: /^\x1b\[;?r$/, key: 'region', undo: '' },
  { seen: /^\x1b=$/, key: 'keypad', undo: '\x1b>' },
  { seen: /^\x1b>$/, key: 'keypad', undo: '' },
  { seen: /^\x1b\(0$/, key: 'charset', undo: '\x1b(B' },
  { seen: /^\x1b\(B$/, key: 'charset', undo: '' },
  { seen: /^\x0e$/, key: 'shift', undo: '\x0f' },
  { seen: /^\x0f$/, key: 'shift', undo: '' },
  { seen: /^\x1b\[[1-9] q$/, key: 'shape', undo: '\x1b[0 q' },
  { seen: /^\x1b\[0? q$/, key: 'shape', undo: '' },
  { seen: /^\x1b\[>4;[1-9]m$/, key: 'keys', undo: '\x1b[>4m' },
  { seen: /^\x1b\[>4(;0?)?m$/, key: 'keys', undo: '' },
  { seen: /^\x1b\[=[1-9]\d*(;\d*)?u$/, key: 'kitty', undo: '\x1b[=0u' },
  { seen: /^\x1b\[=0?(;\d*)?u$/, key: 'kitty', undo: '' },
];

/** A control sequence, or a shift, or text without either. Strings (a title, a link) count as sequences. */
const token = /\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]P^_X][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-OQ-WYZ`-~=>\\]|[\x0e\x0f]|[^\x1b\x0e\x0f]+/y;
/** A sequence that is not at its end yet; it is waited for, but not for ever. */
const unfinished = /\x1b(?:\[[0-?]*[ -/]*|[\]P^_X][^\x07\x1b]*\x1b?|[ -/]*)$/y;
const longest = 4096;
const lastTextLength = 256;

/** Watches from a terminal that is as it should be. */
export function modeWatch(): ModeWatch {
  let modes = new Map<number, boolean>();
  let undos = new Map<string, string>();
  let pushed = 0;
  let rest = '';
  let lastText = '';
  const reset = (): void => {
    modes = new Map();
    undos = new Map();
    pushed = 0;
  };
  const sequence = (text: string): void => {
    const mode = /^\x1b\[\?([\d;]+)([hl])$/.exec(text);
    if (mode !== null) for (const number of String(mode[1]).split(';')) modes.set(Number(number), mode[2] === 'h');
    // Text that was written on the alternate screen is not on the line that the cursor comes back to.
    if (mode !== null && /(^|;)(1049|1047|47)(;|$)/.test(String(mode[1]))) lastText = '';
    if (text === '\x1bc' || text === '\x1b[!p') reset();
    if (/^\x1b\[>\d*u$/.test(text)) pushed += 1;
    const popped = /^\x1b\[<(\d*)u$/.exec(text);
    if (popped !== null) pushed = Math.max(0, pushed - Number(popped[1] || 1));
    const found = others.find(({ seen }) => seen.test(text));
    if (found?.undo === '') undos.delete(found.key);
    else if (found !== undefined) undos.set(found.key, found.undo);
  };
  return {
    push(bytes) {
      const text = rest + latin1(bytes);
      let at = 0;
      while (at < text.length) {
        token.lastIndex = at;
        unfinished.lastIndex = at;
        const found = token.exec(text)?.[0];
        if (found === undefined && text.length - at < longest && unfinished.test(text)) break;
        at += found?.length ?? 1;
        if (found === undefined) continue;
        if (/^[\x1b\x0e\x0f]/.test(found)) sequence(found);
        else lastText = (lastText + found).slice(-lastTextLength);
      }
      rest = text.slice(at);
    },
    undo() {
      const left = privateModes.filter((number) => (modes.get(number) ?? onByDefault.has(number)) !== onByDefault.has(number));
      const inLine = lastText.slice(Math.max(lastText.lastIndexOf('\n'), lastText.lastIndexOf('\r')) + 1) !== '';
      return [
        // A sequence that was cut short would swallow what follows.
        rest === '' ? '' : '\x18',
        ...left.map((number) => `\x1b[?${number}${onByDefault.has(number) ? 'h' : 'l'}`),
        pushed === 0 ? '' : `\x1b[<${pushed}u`,
        ...undos.values(),
        '\x1b[0m',
        inLine ? '\r\n' : '',
      ].join('');
    },
  };
}

/** Every byte as one character: all that matters here is ASCII, and no byte may be lost. */
function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}
