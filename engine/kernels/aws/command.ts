/** One command of a block as a call: what it calls, with which input, and how its answer is fetched and shown. */

import { nearest } from '../../document/nearest.ts';
import { type Arguments, type GivenOption, type Report, splitArguments } from './arguments.ts';
import type { PlainCommand } from './block.ts';
import type { AwsCall } from './call.ts';
import { serviceNames } from './clients.ts';
import { refusedCommands, replacedCommands } from './customised.ts';
import { effectOf } from './effect.ts';
import { missingOptions, readInput } from './input.ts';
import { commonOptions } from './options.ts';
import type { Span } from './problem.ts';
import { loadService, type Operation } from './service.ts';
import { isPaging, readShowing } from './showing.ts';
import { asWritten, type Unknowns } from './unknowns.ts';
import type { Word } from './word.ts';

/** What a command is read with. */
export type CommandReader = { readonly unknowns: Unknowns; readonly report: Report };

/** What a command calls. */
type Called = { readonly service: string; readonly command: string; readonly operation: Operation; readonly waiter?: string };

/** The call that a command makes, but for its place in the block; after a problem what was returned is of no use. */
export async function readCommand({ words, ...at }: PlainCommand, reader: CommandReader): Promise<Omit<AwsCall, 'line' | 'text'> | undefined> {
  const [program, ...rest] = words;
  if (program?.text !== 'aws') {
    const hint = 'For anything else leave out the flag `aws`: a plain shell block can run it.';
    const found = program?.secretive === true ? 'a variable' : `"${asWritten(program?.text ?? '', reader.unknowns)}"`;
    reader.report(program ?? at, {
      rule: 'aws-command',
      message: `A block with the flag \`aws\` holds only aws commands, and this is ${found}.`,
      hint,
    });
    return undefined;
  }
  const given = splitArguments(rest, reader.report);
  refuseTwice(given.options, reader);
  const called = await whatIsCalled(given, { program, ...reader });
  if (called === undefined) return undefined;
  const { service, command, operation, waiter } = called;
  const name = waiter === undefined ? `${service} ${command}` : `${service} wait ${command}`;
  const showing = readShowing(given.options, operation, { ...reader, command: name, waits: waiter !== undefined });
  const own = given.options.filter((option) => !commonOptions.has(option.name) && !isPaging(option.name, operation));
  const input = readInput(operation, own, { ...reader, command: name, binary: showing.binary });
  const missing = missingOptions(operation, own);
  if (missing.length > 0) {
    const names = missing.map(({ option }) => `--${option}`).join(', ');
    reader.report(wholeOf(program, given), { rule: 'aws-parameter', message: `"aws ${name}" needs ${names}.` });
  }
  const effect = effectOf(service, operation.name);
  if (effect === 'gives-credentials') {
    const message = `"aws ${name}" hands out credentials, and the stage decides who acts.`;
    reader.report(wholeOf(program, given), { rule: 'aws-command', message, hint: 'Set `aws.profile` of the stage in runbook.yaml.' });
  }
  return {
    service,
    command,
    operation: operation.name,
    ...(waiter !== undefined && { waiter }),
    input,
    changes: effect === 'changes',
    ...(showing.query !== undefined && { query: showing.query }),
    output: showing.output,
    paging: showing.paging,
  };
}

/** From `aws` to the last word of what is called. */
function wholeOf(program: Word, { called }: Arguments): Span {
  return { pos: program.pos, end: called.at(-1)?.end ?? program.end };
}

function refuseTwice(options: readonly GivenOption[], { report, unknowns }: CommandReader): void {
  const seen = new Set<string>();
  for (const option of options) {
    const name = option.name.replace(/^no-/, '');
    if (seen.has(name)) report(option, { rule: 'aws-option', message: `--${asWritten(option.name, unknowns)} is given twice.` });
    seen.add(name);
  }
}

type CalledReader = CommandReader & { readonly program: Word };

async function whatIsCalled({ called, options }: Arguments, reader: CalledReader): Promise<Called | undefined> {
  const [serviceWord, commandWord, stateWord] = called;
  const service = await wordAmong(serviceWord, serviceNames, { ...reader, what: 'service', parent: 'aws' });
  const loaded = service === undefined ? undefined : await loadService(service);
  if (service === undefined || loaded === undefined) return undefined;
  const waits = commandWord?.text === 'wait' && loaded.waiters.size > 0;
  const refused = refusedCommands.get(`${service} ${commandWord?.text}`) ?? replacedCommands.get(`${service} ${commandWord?.text}`);
  if (commandWord !== undefined && refused !== undefined) {
    reader.report(commandWord, { rule: 'aws-command', message: `"aws ${service} ${commandWord.text}" cannot be used here. ${refused}` });
    return undefined;
  }
  const names = waits ? loaded.waiters.keys() : [...loaded.commands.keys(), ...(loaded.waiters.size > 0 ? ['wait'] : [])];
  const parent = waits ? `aws ${service} wait` : `aws ${service}`;
  const word = waits ? stateWord : commandWord;
  const command = await wordAmong(word, [...names], { ...reader, what: waits ? 'state to wait for' : 'command', parent });
  if (command === undefined || word === undefined) return undefined;
  const more = called[waits ? 3 : 2];
  if (more !== undefined) {
    const shown = more.secretive ? 'a further word' : `"${asWritten(more.text, reader.unknowns)}"`;
    reader.report(more, {
      rule: 'aws-command',
      message: `An option is expected here, and ${shown} found.`,
      hint: 'A value stands behind its option.',
    });
  }
  const early = options.find((option) => option.pos < word.pos && !commonOptions.has(option.name));
  if (early !== undefined) {
    const message = `--${asWritten(early.name, reader.unknowns)} stands before the command that it belongs to.`;
    reader.report(early, { rule: 'aws-option', message, hint: `Options stand after "${parent} ${command}".` });
  }
  if (!waits) return { service, command, operation: loaded.operation(loaded.commands.get(command) ?? '', command) };
  const wait = loaded.waiters.get(command);
  return wait === undefined ? undefined : { service, command, operation: loaded.operation(wait.operation), waiter: wait.waiter };
}

type NameReader = CalledReader & { readonly what: string; readonly parent: string };

/** The word, when it is one of the names; a problem otherwise. */
async function wordAmong(
  word: Word | undefined,
  names: readonly string[],
  { what, parent, program, report, unknowns }: NameReader,
): Promise<string | undefined> {
  if (word === undefined) {
    report(program, { rule: 'aws-command', message: `A ${what} is expected after "${parent}".`, hint: listing(names) });
    return undefined;
  }
  if (names.includes(word.text)) return word.text;
  const near = word.secretive ? undefined : nearest(word.text, names);
  const shown = word.secretive ? 'the value of a variable' : `"${asWritten(word.text, unknowns)}"`;
  const other = what === 'service' ? ' For another service leave out the flag `aws`: a plain shell block uses the AWS CLI.' : '';
  const hint = near === undefined ? `${listing(names)}${other}` : `Did you mean "${near}"?`;
  report(word, { rule: 'aws-command', message: `${shown} is not a ${what} of "${parent}" that a block can use.`, hint });
  return undefined;
}

function listing(names: readonly string[]): string {
  return names.length > 12 ? `There are ${names.length}, such as ${names.slice(0, 4).join(', ')}.` : `There are: ${names.join(', ')}.`;
}
