/** What may differ between a block that the AWS CLI ran and the same block run by the kernel: nothing but what stands here, with its reason. */

import type { Block } from './blocks.ts';
import type { Ran } from './cli.ts';
import type { Asked } from './recorder.ts';

/** One side of a comparison. */
export type Side = { readonly ran: Ran; readonly asked: readonly Asked[] };

/** A block that both sides ran. */
export type Pair = { readonly block: Block; readonly cli: Side; readonly kernel: Side };

/** A difference that is meant. */
export type Exception = {
  readonly reason: string;
  concerns(pair: Pair): boolean;
  /** What the kernel prints in the place of what the CLI printed. */
  expected(stdout: string): string;
};

/** All of them. Each has to be needed by at least one block. */
export const exceptions: readonly Exception[] = [
  {
    reason: 'What AWS marks as sensitive is shown as (sensitive): the output of a step is recorded, and a secret must not be.',
    concerns: ({ cli }) => secret.test(cli.ran.stdout),
    expected: (stdout) => stdout.replace(new RegExp(secret, 'g'), '(sensitive)'),
  },
  {
    reason: 'An answer that breaks off in its second page is not printed: the CLI has printed the first page before it asks for the second.',
    concerns: ({ block }) => block.name === 'a failure on the second page as text',
    expected: () => '',
  },
];

const secret = /secret-[0-9a-f]{4}(?![0-9a-f])/;

/** What differs, in words; nothing for a pair that is equal. */
export function differences(pair: Pair, allowed: readonly Exception[] = exceptions): readonly string[] {
  const { cli, kernel } = pair;
  const stdout = allowed.reduce((text, exception) => (exception.concerns(pair) ? exception.expected(text) : text), cli.ran.stdout);
  const found: string[] = [];
  if (JSON.stringify(cli.asked) !== JSON.stringify(kernel.asked)) found.push(`asked ${show(kernel.asked)}, and the CLI ${show(cli.asked)}`);
  if ((cli.ran.code === 0) !== (kernel.ran.code === 0)) found.push(`ended with ${kernel.ran.code}, and the CLI with ${cli.ran.code}`);
  if (!sameOutput(stdout, kernel.ran.stdout)) found.push(`printed ${show(kernel.ran.stdout)}, and the CLI ${show(stdout)}`);
  const wanted = errorIn(cli.ran.stderr);
  const error = errorIn(kernel.ran.stderr);
  if (wanted !== undefined && (error?.code !== wanted.code || error.message !== wanted.message || !kernel.ran.stderr.startsWith(`${wanted.code} `)))
    found.push(`said ${show(kernel.ran.stderr)}, and the CLI ${show(cli.ran.stderr)}`);
  if (wanted?.operation !== undefined && error?.operation !== wanted.operation)
    found.push(`named the operation ${error?.operation}, not ${wanted.operation}`);
  if (found.length > 0) found.push(`stderr of the CLI: ${show(cli.ran.stderr)}; of the kernel: ${show(kernel.ran.stderr)}`);
  return found;
}

/** The same to the letter, or JSON of which only members stand in another order: the CLI has that of its own service models. */
function sameOutput(expected: string, found: string): boolean {
  if (expected === found) return true;
  try {
    return sortedJson(JSON.parse(expected)) === sortedJson(JSON.parse(found)) && lines(expected) === lines(found);
  } catch {
    return false;
  }
}

/** Escapes, numbers and indents are in the lines, and their order is not. */
function lines(json: string): string {
  return json
    .split('\n')
    .map((line) => line.replace(/,$/, ''))
    .sort()
    .join('\n');
}

/** JSON in which members stand in order, so that equal values have equal texts. */
export function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => {
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

type CliError = { readonly code: string; readonly operation: string | undefined; readonly message: string };

/** The error that AWS gave, as the CLI and the kernel tell it. The kernel adds the id of the request. */
function errorIn(stderr: string): CliError | undefined {
  const found = /An error occurred \(([^)]+)\)(?: when calling the (\w+) operation)?: (.*?)(?: \(request [0-9a-f-]+\))?$/m.exec(stderr);
  if (found === null) return undefined;
  const [, code = '', operation, message = ''] = found;
  return { code, operation, message };
}

function show(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 2000 ? `${text.slice(0, 2000)}…` : text;
}
