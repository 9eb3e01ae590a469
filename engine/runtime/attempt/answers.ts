/** What a block or its kernel wrote into the files that it was given: variables, the typed error, the line that failed. */

import { closeSync, fstatSync, lstatSync, readSync } from 'node:fs';
import type { ServiceRequest, TypedError } from '../../core/event.ts';
import { type AttemptPaths, readText } from './folder.ts';
import { openPlain, readPlain } from './plain-file.ts';

/** Larger answers are refused: they become variables and events. */
const largestAnswer = 1024 * 1024;

/** Values for variables, or why there are none. */
export type Outputs = { readonly values: Readonly<Record<string, string>>; readonly bad?: string };

/** Reads `$RUNBOOK_OUTPUT`: lines of `name=value`, or `name<<END`, more lines and `END`. One bad line spoils all: half an answer is none. */
export function readOutputs(path: string): Outputs {
  const text = answer(path, '$RUNBOOK_OUTPUT');
  if (typeof text !== 'string') return { values: {}, ...text };
  const values: Record<string, string> = {};
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (line === '') continue;
    const [, name, operator, rest = ''] = /^([a-z][a-z0-9_]*)(=|<<)(.*)$/s.exec(line) ?? [];
    // The line itself may hold a secret, so only its number is told.
    if (name === undefined || (operator === '<<' && rest === '')) {
      return { values: {}, bad: `Line ${at + 1} of $RUNBOOK_OUTPUT is neither name=value nor name<<END.` };
    }
    if (operator === '=') {
      values[name] = rest;
      continue;
    }
    const end = lines.indexOf(rest, at + 1);
    if (end === -1) return { values: {}, bad: `$RUNBOOK_OUTPUT ends before the ${JSON.stringify(rest)} that closes line ${at + 1}.` };
    values[name] = lines.slice(at + 1, end).join('\n');
    at = end;
  }
  return { values };
}

/** Reads `$RUNBOOK_ERROR`: `code message`. The last line counts, as a block may have written one for each of its tries. */
export function readTypedError(path: string): TypedError | undefined {
  const text = answer(path, '$RUNBOOK_ERROR');
  if (typeof text !== 'string') return undefined;
  const line = text.trimEnd().split('\n').at(-1) ?? '';
  const found = /^([A-Za-z0-9_.:-]{1,128})(?: +(.*))?$/s.exec(line.trim());
  return found === null ? undefined : { code: found[1] ?? '', message: found[2] ?? '' };
}

/** No step has more requests of its own than this; a block that forges some cannot make an event of any size. */
const mostRequests = 200;

/** Reads the private file `requests`: lines of `service:Operation id`. What is not such a line is left out. */
export function readRequests(path: string): readonly ServiceRequest[] {
  const found = readText(path).matchAll(/^([a-z0-9-]{1,40}:[A-Za-z0-9]{1,100}) ([\w-]{1,100})$/gm);
  return Array.from(found, ([, operation = '', id = '']) => ({ operation, id })).slice(-mostRequests);
}

/** The status with which a line failed, if the kernel knows it, and the line (0: not known) and its command. */
export type FailedCommand = { readonly status?: number; readonly line: number; readonly command: string };

/** Reads the private file `failed`: `status line command`, where a status of `-` fits every one. */
export function readFailedCommand(path: string): FailedCommand | undefined {
  const found = /^(-|\d{1,3}) (\d{1,9}) (.*)$/s.exec(readText(path).slice(0, 4096).trimEnd());
  if (found === null) return undefined;
  return { ...(found[1] !== '-' && { status: Number(found[1]) }), line: Number(found[2]), command: found[3] ?? '' };
}

/**
 * The line on which a failing command begins. Bash counts a command that goes on over more lines (a backslash at their ends) a line or two too
 * far, so its first word is looked for above.
 */
export function lineOfCommand(paths: AttemptPaths, line: number, command: string): number {
  const lines = readText(paths.block).split('\n');
  const word = command.split(/\s/, 1)[0] ?? '';
  let first = line;
  while (lines[first - 2]?.endsWith('\\') && !lines[first - 1]?.includes(word)) first--;
  return first;
}

/**
 * The line that bash itself names when it gives up on the whole block (a syntax error, an unset variable): no trap learns it, but its message,
 * which begins with the block's path, does. Its words depend on the language, so only the number is looked for.
 */
export function lineFromMessage(tail: string, paths: AttemptPaths): { readonly line: number; readonly command: string } | undefined {
  const at = tail.lastIndexOf(`${paths.block}: `);
  const line = Number(/^(?:eval: )?[^\d\n:]{0,20}(\d{1,9})/.exec(tail.slice(at + paths.block.length + 2))?.[1] ?? 0);
  if (at === -1 || line === 0) return undefined;
  return { line, command: (readText(paths.block).split('\n')[line - 1] ?? '').trim() };
}

/** The line that called `exit` with this code, if there is only one such line: bash forgets where it was. */
export function lineOfExit(paths: AttemptPaths, code: number): { readonly line: number; readonly command: string } | undefined {
  const lines = readText(paths.block).split('\n');
  const calls = lines.flatMap((text, at) => (new RegExp(`(^|[\\s;&|{(])exit ${code}($|[\\s;&|})])`).test(text) ? [at] : []));
  const [only = -1, more] = calls;
  return only === -1 || more !== undefined ? undefined : { line: only + 1, command: (lines[only] ?? '').trim() };
}

/** Captured standard output as text, or why it cannot be one. */
export function readCapture(path: string): { readonly text: string } | { readonly bad: string } {
  const text = answer(path, 'The captured output');
  return typeof text === 'string' ? { text } : text;
}

/** The last line of a progress file that a block appends to or writes anew: `percent message`, or a message alone. */
export function readProgress(path: string): { readonly percent: number | undefined; readonly message: string } | undefined {
  const line = lastLine(path);
  if (line === undefined) return undefined;
  const [, percent, message] = /^(\d{1,3}(?:\.\d+)?)%?(?: +(.*))?$/.exec(line) ?? [];
  if (percent === undefined || Number(percent) > 100) return { percent: undefined, message: line };
  return { percent: Number(percent), message: message ?? '' };
}

function lastLine(path: string): string | undefined {
  const file = openPlain(path);
  if (file === undefined) return undefined;
  try {
    const size = fstatSync(file).size;
    const buffer = Buffer.alloc(Math.min(size, 4096));
    readSync(file, buffer, 0, buffer.length, size - buffer.length);
    // A line that is still being written has no end yet.
    const lines = buffer.toString('utf8').split('\n').slice(0, -1);
    return lines.findLast((line) => line.trim() !== '')?.trim();
  } finally {
    closeSync(file);
  }
}

function answer(path: string, what: string): string | { readonly bad: string } {
  try {
    const { size, plain } = look(path);
    if (!plain) return { bad: `${what} is no plain file any more.` };
    if (size > largestAnswer) return { bad: `${what} is larger than 1 MB.` };
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readPlain(path, largestAnswer));
    return text.includes('\0') ? { bad: `${what} holds a NUL byte.` } : text;
  } catch (error) {
    return { bad: error instanceof TypeError ? `${what} is not UTF-8.` : `${what} cannot be read: ${String(error)}` };
  }
}

function look(path: string): { readonly size: number; readonly plain: boolean } {
  const found = lstatSync(path);
  return { size: found.size, plain: found.isFile() };
}
