#!/usr/bin/env node
/** argv → command → exit code. Commands are loaded when they are called. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { keepCompiled } from './cache.ts';
import type { Io } from './commands/io.ts';
import { escapeText } from './core/escape.ts';
import { cleanError, exitCodes, Fault, stackOf } from './fault.ts';
import { packageFolder } from './place.ts';

/** The first thing that runs: what comes after it may need a Node that is new enough. */
function refusePlatform(): string | undefined {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (process.platform === 'win32')
    return 'runbook runs on macOS and Linux. On Windows, use it inside WSL: https://learn.microsoft.com/windows/wsl/install';
  if (major < 22 || (major === 22 && minor < 12)) return `runbook needs Node 22.12 or newer; this is ${process.versions.node}.`;
  return undefined;
}

async function main(): Promise<number> {
  const refused = refusePlatform();
  if (refused !== undefined) throw new Fault('preflight', refused);
  keepCompiled(process.env);
  // A write beyond the limit on file sizes is an error like a full disk, not the end of the engine.
  process.on('SIGXFSZ', () => {});
  // A reader that goes away, as in `runbook runs | head`, is no reason to fail.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const io = surroundings();
  const line = process.argv.slice(2);
  if (await answeredAtOnce(line, io)) return 0;
  heedClosing(io.stdin);
  const { parseCommand } = await import('./commands/grammar.ts');
  return parseCommand(line, io);
}

function surroundings(): Io {
  const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
  return {
    version,
    cwd: process.cwd(),
    env: process.env,
    // Made when it is asked for, and what only prints does not ask.
    get stdin() {
      return process.stdin;
    },
    stdout: process.stdout,
    stderr: process.stderr,
  };
}

/** The lines that are typed most, and need no grammar to be understood; with any option they go the long way. */
async function answeredAtOnce(line: readonly string[], io: Io): Promise<boolean> {
  switch (line.length === 1 ? line[0] : undefined) {
    case '--version':
      io.stdout.write(`${io.version}\n`);
      return true;
    case 'list':
      await (await import('./commands/list.ts')).list(io, { json: false });
      return true;
    case 'runs':
      await (await import('./commands/runs.ts')).runs(io, { unfinished: false, limit: '20', all: false, json: false });
      return true;
    default:
      return false;
  }
}

/** Of a terminal that is closed only the first of its programs is told by a signal, and need not pass it on; whoever reads finds its end. */
function heedClosing(stdin: Io['stdin']): void {
  if (!stdin.isTTY) return;
  stdin.on('error', () => {});
  // Not by a signal to oneself, for which a process with nothing else to do does not wait. 129 is how a shell tells SIGHUP.
  stdin.once('close', () => process.emit('SIGHUP', 'SIGHUP') || process.exit(129));
}

/** Faults say what is wrong and what to type next; anything else is a bug of ours and shows its stack. What looks like a secret is masked in both. */
async function explain(thrown: unknown): Promise<number> {
  const { withoutRecognised } = await import('./core/redact.ts');
  const error = cleanError(thrown, withoutRecognised);
  if (error instanceof Fault) {
    say(`${error.message}\n${error.hint === undefined ? '' : `${error.hint}\n`}`);
    if (process.env.RUNBOOK_DEBUG && error.cause !== undefined) say(`${String(error.cause)}\n`);
    return exitCodes[error.exit];
  }
  say(`This is a fault in runbook itself. Please report it with the lines below.\n${stackOf(error)}\n`);
  return exitCodes.bug;
}

/** Messages name files and quote servers: nothing in them may steer the terminal. */
function say(text: string): void {
  process.stderr.write(escapeText(text, { colour: false, newlines: true }));
}

process.exitCode = await main().catch(explain);
// What a command left open (a terminal, a stopped attempt's files) must not keep the process; its output must still get out.
process.stdout.write('', () => process.exit());
// But who was told to leave by a signal does not wait for a reader that stands still.
if (process.exitCode > 128) setTimeout(() => process.exit(), 1000);
