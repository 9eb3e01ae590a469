/** Text for the clipboard of the operator's terminal, which may be on another machine: the terminal itself is asked to take it (OSC 52). */

/** What every terminal that knows OSC 52 takes, in bytes of base64. */
export const clipboardLimit = 74_000;

/** True for a text that is not longer than that. */
export function fitsClipboard(text: string): boolean {
  return Math.ceil(Buffer.byteLength(text) / 3) * 4 <= clipboardLimit;
}

/** The sequence that puts a text into the clipboard. Inside tmux it is sent a second time, past tmux to the terminal around it. */
export function clipboardSequence(text: string, tmux: boolean): string {
  const sequence = `\u{1b}]52;c;${Buffer.from(text).toString('base64')}\u{7}`;
  return tmux ? `${sequence}\u{1b}Ptmux;\u{1b}${sequence}\u{1b}\\` : sequence;
}
