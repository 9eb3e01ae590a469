/** A file in the operator's editor, at a line. */

import { spawn } from 'node:child_process';
import { basename } from 'node:path';
import type { Io } from './io.ts';

/** What the operator edits with: `$VISUAL`, else `$EDITOR`; a program and perhaps options. */
export function editorOf({ env }: Pick<Io, 'env'>): string | undefined {
  return env.VISUAL || env.EDITOR || undefined;
}

const plusLine: ReadonlySet<string> = new Set(['vi', 'vim', 'nvim', 'nano', 'emacs', 'emacsclient', 'micro', 'hx']);
const gotoLine: ReadonlySet<string> = new Set(['code', 'codium']);

/** What an editor is given to open a file at a line. One that is not known opens the file. */
export function editorArguments(editor: string, file: string, line: number): readonly string[] {
  const program = basename(editor.trim().split(/\s+/)[0] ?? '');
  if (plusLine.has(program)) return [`+${line}`, file];
  // Without --wait it would be back before anything was edited.
  return gotoLine.has(program) ? ['--goto', `${file}:${line}`, '--wait'] : [file];
}

/** Opens a file; resolves when the editor is closed, which it soon is when `over` is aborted, with what went wrong. */
export async function openEditor(editor: string, file: string, line: number, over: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    // A Ctrl+C is the editor's; the shell around it would die of it afterwards.
    const words = ['-c', `trap : INT; ${editor} "$@"`, 'editor', ...editorArguments(editor, file, line)];
    const child = spawn('sh', words, { stdio: 'inherit', signal: over });
    child.once('error', (error) => resolve(`The editor did not start: ${error.message}`));
    child.once('close', (code, signal) => resolve(code === 0 ? undefined : `The editor ended with ${signal ?? `exit code ${code}`}: ${editor}`));
  });
}
