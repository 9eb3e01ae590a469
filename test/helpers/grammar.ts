/** The grammar of the command line, with commands that do nothing: what can be typed, told apart from what cannot. */

import { Writable } from 'node:stream';
import type { Command } from 'commander';
import { grammar } from '../../engine/commands/grammar.ts';

/** The whole command line, whose commands only note that they were called. */
export function idleGrammar(called: (name: string) => void = () => {}): Command {
  const sink = new Writable({ write: (_chunk, _encoding, done) => done() }) as unknown as typeof process.stdout;
  const program = grammar({ cwd: '/', env: {}, stdin: process.stdin, stdout: sink, stderr: sink, version: '0' }, () => {});
  for (const command of [program, ...program.commands]) command.action(() => called(command.name()));
  return program;
}

/** What is wrong with a line of a shell in which `runbook` is called, or undefined. */
export function wrongLine(line: string): string | undefined {
  const call = /(?:^|[\s(|])runbook(?=\s|$)(.*)$/.exec(line.replace(/\s+#\s.*$/, ''))?.[1];
  if (call === undefined) return 'runbook is not called in it';
  const end = call.search(/\s(?:>|\||&&|\|\||2>)|\)"/);
  const words = (end < 0 ? call : call.slice(0, end)).match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [];
  const names: string[] = [];
  try {
    idleGrammar((name) => names.push(name)).parse(
      words.map((word) => word.replace(/["']/g, '')),
      { from: 'user' },
    );
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return names.length === 1 ? undefined : 'no command is called by it';
}
