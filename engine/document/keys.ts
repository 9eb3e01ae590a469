/** The keys and flags of an info string: which fences may have them, and what their values look like. */

import { parseDuration } from './duration.ts';
import { type Form, forms } from './form.ts';

/** What a key may hold, and on which fences it may stand. */
export type Key = {
  readonly forms: readonly Form[];
  /** Completes "must be …". */
  readonly expected: string;
  readonly valid: (value: string) => boolean;
  readonly choices?: readonly string[];
};

const step: readonly Form[] = ['step'];
const runnable: readonly Form[] = ['step', 'check', 'rollback', 'dry-run'];

/** The values of `risk=`. */
export const risks = ['low', 'medium', 'high'] as const;

/** True for a name that a step can have. `any` means every step in a Symptoms table, and a file's name holds the id. */
export function isStepId(text: string): boolean {
  return /^[a-z0-9]+(-[a-z0-9]+)*$/.test(text) && text !== 'any' && text.length <= 64;
}

/** True for a name that a variable can have. */
export function isVariableName(text: string): boolean {
  return /^[a-z][a-z0-9_]*$/.test(text);
}

const isDuration = (value: string): boolean => parseDuration(value) !== undefined;
const anything = (): boolean => true;
const duration = 'a duration such as 90s, 20m or 2h, at most 168h';

/** Every key by name. */
export const keys: ReadonlyMap<string, Key> = new Map<string, Key>([
  ...forms.map((form): [string, Key] => [form, { forms: [form], expected: 'the kebab-case id of a step, such as take-snapshot', valid: isStepId }]),
  ['risk', { forms: step, expected: 'low, medium or high', valid: (value) => risks.some((risk) => risk === value), choices: risks }],
  ['timeout', { forms: runnable, expected: duration, valid: isDuration }],
  ['capture', { forms: step, expected: 'a name of lower-case letters, digits and _', valid: isVariableName }],
  [
    'stages',
    { forms: step, expected: 'names of stages with commas between them', valid: (value) => /^[A-Za-z0-9][\w-]*(,[A-Za-z0-9][\w-]*)*$/.test(value) },
  ],
  ['cwd', { forms: step, expected: 'a folder', valid: anything }],
  ['host', { forms: step, expected: 'a host', valid: anything }],
  ['files', { forms: step, expected: 'a glob', valid: anything }],
  ['retype', { forms: step, expected: 'a text', valid: anything }],
  ['retries', { forms: step, expected: 'a number from 1 to 99', valid: (value) => /^[1-9][0-9]?$/.test(value) }],
  ['every', { forms: step, expected: duration, valid: isDuration }],
]);

/** Every flag by name, and the fences on which it may stand. */
export const flags: ReadonlyMap<string, readonly Form[]> = new Map([
  ['aws', runnable],
  ['transaction', runnable],
  ['tty', step],
  ['manual', step],
]);
