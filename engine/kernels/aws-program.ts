/** The aws kernel: runs the `aws …` commands of one block with the AWS SDK, and says how it went. */

import { appendFileSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { hasCode, messageOf } from '../fault.ts';
import type { Environment } from '../runtime/credentials.ts';
import { type Around, Stopped } from './aws/around.ts';
import { AwsFailure, denies } from './aws/failure.ts';
import { QueryError } from './aws/query-words.ts';
import { readCalls } from './aws/read.ts';
import { renewalOf } from './aws/renewal.ts';
import { type ReadyCall, ready, runCall, Unshown } from './aws/run.ts';
import { NotStarted, sessionOf } from './aws/session.ts';

async function main(env: Environment): Promise<void> {
  const session = sessionOf(env);
  const calls = await callsOf(readFileSync(env.RUNBOOK_BLOCK ?? '', 'utf8'), env);
  const stop = new AbortController();
  let underWay: string | undefined;
  process.on('SIGTERM', () => {
    if (underWay !== undefined) print(2, `Waiting for an answer before this step ends: ${underWay}.\n`);
    stop.abort();
  });
  const around: Around = {
    session,
    stop: stop.signal,
    underWay: (what) => {
      underWay = what;
      // If this program is killed the call may have been carried out, and nobody knows.
      write(env.RUNBOOK_ERROR, what === undefined ? '' : `lost The client ended when ${what}`);
    },
    answered: (operation, id) => {
      if (env.RUNBOOK_REQUESTS !== undefined && id !== undefined) appendFileSync(env.RUNBOOK_REQUESTS, `${operation} ${id}\n`);
    },
    print: (text) => print(1, text),
    say: (line) => print(2, `${line}\n`),
    progress: (percent, message) => {
      if (env.RUNBOOK_PROGRESS === undefined) return;
      appendFileSync(env.RUNBOOK_PROGRESS, `${percent === undefined ? '' : `${percent} `}${message.replace(/\s+/g, ' ')}\n`);
    },
    renewal: renewalOf(env, session, process.env),
  };
  for (const call of calls) {
    if (stop.signal.aborted) throw new Stopped(`The step was stopped before line ${call.line} was sent.`);
    await runCall(call, around);
  }
}

/** The calls of a block, all of them fit to be sent. @throws NotStarted */
async function callsOf(text: string, env: Environment): Promise<readonly ReadyCall[]> {
  const { calls, problems } = await readCalls(text, { env });
  for (const { line, column, message, hint } of problems) print(2, `${line}:${column}: ${message}${hint === undefined ? '' : `\n  ${hint}`}\n`);
  const [problem] = problems;
  if (problem !== undefined) throw new NotStarted(problem.message, problem.line);
  // What was planned is checked again where it counts.
  const change = calls.find(({ changes }) => changes);
  if (change !== undefined && env.RUNBOOK_RISK === 'low')
    throw new NotStarted(`${change.operation} does more than read, and the step is risk=low.`, change.line);
  return calls.map((call) => {
    try {
      return ready(call);
    } catch (error) {
      if (!(error instanceof QueryError)) throw error;
      throw new NotStarted(
        `--query cannot be read: ${error.message}${error.at === undefined ? '' : ` (at character ${error.at + 1} of it)`}.`,
        call.line,
      );
    }
  });
}

/** Written whole before the program ends, whatever reads it: `process.stdout` does not promise that for a pipe. */
function print(file: 1 | 2, text: string): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length; ) {
    try {
      done += writeSync(file, bytes, done);
    } catch (error) {
      // A pipe that is full and does not make its writer wait.
      if (!hasCode(error, 'EAGAIN')) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

function write(path: string | undefined, line: string): void {
  if (path !== undefined) writeFileSync(path, line === '' ? '' : `${line.replace(/\s+/g, ' ')}\n`);
}

function tell(error: unknown, env: Environment): void {
  if (error instanceof Stopped) {
    print(2, `${error.message}\n`);
    return;
  }
  const call = error instanceof AwsFailure || error instanceof Unshown ? error.call : undefined;
  const id = error instanceof AwsFailure && error.requestId !== undefined ? ` (request ${error.requestId})` : '';
  const message = messageOf(error);
  if (error instanceof NotStarted) write(env.RUNBOOK_ERROR, `not-started ${message}`);
  // Only a change that may have been made makes the outcome unknown; a lost answer to a question is a failure like another.
  else if (error instanceof AwsFailure && error.kind === 'lost' && error.call.changes) {
    write(env.RUNBOOK_ERROR, `lost ${message}. The call was sent once and may have been carried out.`);
  } else write(env.RUNBOOK_ERROR, `${error instanceof AwsFailure || error instanceof Unshown ? error.code : 'aws-kernel'} ${message}${id}`);
  const line = call?.line ?? (error instanceof NotStarted ? error.line : undefined);
  if (line !== undefined) write(env.RUNBOOK_FAILED, `- ${line} ${call?.text ?? lineOf(env, line)}`);
  print(2, `${message}${id}\n`);
}

function lineOf(env: Environment, line: number): string {
  return readFileSync(env.RUNBOOK_BLOCK ?? '', 'utf8').split('\n')[line - 1] ?? '';
}

let code = 0;
try {
  await main(process.env);
} catch (error) {
  // A check that could not look (throttled, not allowed, not reached) must not say that the effect is not in place.
  code = process.env.RUNBOOK_PURPOSE !== 'check' || denies(error) ? 1 : 2;
  tell(error, process.env);
}
// Not by running out of work: a waiter that was stopped still sleeps until its next poll.
process.exit(code);
