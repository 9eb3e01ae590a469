/** A log in the operator's pager. What is shown went through the escape first. */

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { escapeText } from '../core/escape.ts';
import { attemptFolders, type RunFolder } from '../runtime/run-store.ts';
import { hasColour, type Io } from './io.ts';

/** Shows the log of an attempt in `$PAGER`, else in `less -R`; resolves when it is closed, which it soon is when `over` is aborted. */
export async function openLog(io: Io, folder: RunFolder, attempt: number, over: AbortSignal): Promise<void> {
  const path = attemptFolders(folder).get(attempt);
  const log = path === undefined ? undefined : join(path, 'log');
  const text = log !== undefined && existsSync(log) ? readFileSync(log, 'utf8') : '';
  await page(io, escapeText(text, { colour: hasColour(io, io.stdout), newlines: true }), over);
}

/** Shows a text that is safe already in `$PAGER`, else in `less -R`. False where there is no such program. */
export async function page(io: Io, text: string, over?: AbortSignal): Promise<boolean> {
  const place = mkdtempSync(join(tmpdir(), 'runbook-'));
  const copy = join(place, 'text');
  writeFileSync(copy, text, { mode: 0o600 });
  const pager = io.env.PAGER || 'less -R';
  const code = await new Promise<number | null>((resolve) => {
    const child = spawn('sh', ['-c', `${pager} "$1"`, 'pager', copy], { stdio: 'inherit', ...(over !== undefined && { signal: over }) });
    child.once('error', () => resolve(null));
    child.once('close', resolve);
  });
  rmSync(place, { recursive: true, force: true });
  // How a shell tells that a program cannot be run, or is not there.
  return code !== 126 && code !== 127;
}
