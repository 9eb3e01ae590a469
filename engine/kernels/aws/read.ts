/** A block with the flag `aws`, read when its step runs: every value is known. */

import type { Environment } from '../../runtime/credentials.ts';
import type { Report } from './arguments.ts';
import { readBlock, type Values } from './block.ts';
import type { AwsCall, AwsProblem, AwsReading } from './call.ts';
import { readCommand } from './command.ts';
import { problemAt, type Span } from './problem.ts';

/** Reads the calls of a block whose values are filled in; `"$NAME"` comes from `env`. */
export function readCalls(text: string, { env }: { readonly env: Environment }): Promise<AwsReading> {
  return readWith(text, { kind: 'known', env });
}

/** A call, and where the whole of its command stands. */
type Placed = { readonly call: AwsCall; readonly span: Span };

/** Reads the calls of a block, and what is wrong with each command and with all of them together. */
export async function readWith(text: string, values: Values): Promise<AwsReading> {
  const { commands, unknowns, problems: found } = readBlock(text, values);
  const problems: AwsProblem[] = [...found];
  const placed: Placed[] = [];
  for (const command of commands) {
    const before = problems.length;
    const report: Report = ({ pos, end }, remark) => void problems.push(problemAt(text, { pos, end }, remark));
    const call = await readCommand(command, { unknowns, report });
    if (call === undefined || problems.length > before) continue;
    const line = text.slice(0, command.pos).split('\n').length;
    const [first = ''] = text.slice(command.pos, command.end).split('\n');
    placed.push({ call: { ...call, line, text: first }, span: command });
  }
  problems.push(...together(text, placed));
  problems.sort((a, b) => a.line - b.line || a.column - b.column);
  return { calls: placed.map(({ call }) => call), problems };
}

/** A step that changes something does that alone, so that trying it again never repeats a change that was made. */
function together(text: string, placed: readonly Placed[]): readonly AwsProblem[] {
  const [change, second] = placed.filter(({ call }) => call.changes);
  if (change === undefined) return [];
  const hint = 'Make it a step of its own.';
  const also =
    second === undefined
      ? []
      : [problemAt(text, second.span, { rule: 'aws-steps', message: 'A block makes at most one call that changes something.', hint })];
  const waits = placed.filter(({ call }) => call.waiter !== undefined);
  const message = 'A wait does not stand in the block of the call that it waits for.';
  return [
    ...also,
    ...waits.map(({ span }) => problemAt(text, span, { rule: 'aws-steps', message, hint: 'Make it a step of its own, with risk=low.' })),
  ];
}
