/** The input of a call: the values of its options, each fitted to its parameter. */

import { nearest } from '../../document/nearest.ts';
import type { GivenOption, Report } from './arguments.ts';
import { refusedOptions } from './customised.ts';
import { readValue } from './parameter-value.ts';
import { type BinaryFormat, kindOf } from './scalar.ts';
import type { Operation, Parameter } from './service.ts';
import { parseShorthand, ShorthandError } from './shorthand.ts';
import { asWritten, isUnknown, settle, type Unknowns } from './unknowns.ts';
import type { Word } from './word.ts';

/** What an input is read with. */
export type InputReader = {
  /** The command, for messages: `rds describe-db-clusters`. */
  readonly command: string;
  readonly unknowns: Unknowns;
  readonly binary: BinaryFormat | undefined;
  readonly report: Report;
};

/** Reads the options of an operation. */
export function readInput(operation: Operation, options: readonly GivenOption[], reader: InputReader): Readonly<Record<string, unknown>> {
  const input: Record<string, unknown> = {};
  const first: Record<string, Record<string, unknown>> = {};
  for (const option of options) {
    const parameter = parameterOf(operation, option, reader);
    if (parameter === undefined) continue;
    const value = givenValue(parameter, option, reader);
    if (parameter.within === undefined) input[parameter.member] = value;
    else first[parameter.within] = { ...first[parameter.within], [parameter.member]: value };
  }
  for (const [list, members] of Object.entries(first)) {
    const clash = options.find(({ name }) => operation.parameters.get(name)?.member === list && operation.parameters.get(name)?.within === undefined);
    if (clash !== undefined) say(reader, clash, { message: `--${clash.name} and the options of a single metric exclude each other.` });
    input[list] = [members];
  }
  return input;
}

/** The parameters that are needed and not given. */
export function missingOptions(operation: Operation, options: readonly GivenOption[]): readonly Parameter[] {
  return [...operation.parameters.values()].filter(
    ({ required, option }) => required && !options.some(({ name }) => name === option || name === `no-${option}`),
  );
}

function parameterOf({ parameters }: Operation, option: GivenOption, reader: InputReader): Parameter | undefined {
  const parameter = parameters.get(option.name);
  if (parameter !== undefined) return parameter;
  const negated = option.name.startsWith('no-') ? parameters.get(option.name.slice('no-'.length)) : undefined;
  if (negated !== undefined && kindOf(negated.shape) === 'boolean') return negated;
  const refused = refusedOptions.get(option.name);
  const near = nearest(option.name, optionNames(parameters));
  const known = parameters.size === 0 ? 'It takes no parameters.' : `It takes: ${[...parameters.keys()].map((name) => `--${name}`).join(' ')}.`;
  const hint = refused ?? (near === undefined ? known : `Did you mean --${near}?`);
  say(reader, option, { message: `"aws ${reader.command}" has no option --${asWritten(option.name, reader.unknowns)}.`, hint });
  return undefined;
}

function* optionNames(parameters: ReadonlyMap<string, Parameter>): Iterable<string> {
  for (const [name, { shape }] of parameters) {
    yield name;
    if (kindOf(shape) === 'boolean') yield `no-${name}`;
  }
}

function givenValue(parameter: Parameter, option: GivenOption, reader: InputReader): unknown {
  const { shape, member } = parameter;
  const kind = kindOf(shape);
  const [word, extra] = option.values;
  if (kind === 'boolean') {
    if (word !== undefined)
      say(reader, word, { message: `--${option.name} takes no value.`, hint: `Write --${parameter.option} or --no-${parameter.option}.` });
    return option.name === parameter.option;
  }
  if (word === undefined) return say(reader, option, { message: `--${option.name} needs a value.` });
  if (extra !== undefined && (kind !== 'list' || parameter.pairs === true)) {
    const what = extra.secretive ? 'A second value' : `"${asWritten(extra.text, reader.unknowns)}"`;
    return say(reader, extra, {
      message: `--${option.name} takes one value, and ${what} follows it.`,
      hint: 'A value with spaces stands in quotes.',
    });
  }
  if (option.values.some((value) => readsFile(value, option, reader))) return undefined;
  if (parameter.pairs === true) return readPairs(word, option, reader);
  return readValue(
    shape,
    option.values.map(({ text }) => text),
    {
      unknowns: reader.unknowns,
      binary: reader.binary,
      name: member,
      secretive: option.values.some(({ secretive }) => secretive),
      report: (message, hint) => void say(reader, word, { message, hint }),
    },
  );
}

/** `Name=Value,Name2=Value2` for a list of names and values. */
function readPairs(word: Word, option: GivenOption, reader: InputReader): unknown {
  if (isUnknown(word.text, reader.unknowns) && !word.text.includes('=')) return settle(word.text, reader.unknowns);
  try {
    return Array.from(parseShorthand(word.text), ([Name, Value]) => {
      if (typeof Value !== 'string') throw new ShorthandError(`${Name} takes one value.`);
      return { Name: settle(Name, reader.unknowns), Value: settle(Value, reader.unknowns) };
    });
  } catch (error) {
    if (!(error instanceof ShorthandError)) throw error;
    return say(reader, word, { message: `--${option.name} takes pairs such as Name=Value,Other=Value.` });
  }
}

/** Options whose value is an address, and that the CLI does not fetch. */
const addresses = new Set(['notification-endpoint', 'pre-signed-url']);

/** True for a value that the CLI, in one of its versions, would replace by what a file or an address holds. */
function readsFile(value: Word, option: GivenOption, reader: InputReader): boolean {
  const scheme = /^(?:fileb?|https?):\/\//.exec(value.text)?.[0];
  if (scheme === undefined || (scheme.startsWith('http') && addresses.has(option.name))) return false;
  say(reader, value, {
    message: `The CLI would send what it finds at ${scheme}… in place of this value.`,
    hint: 'Use a variable or a secret input: "$NAME".',
  });
  return true;
}

type Wrong = { readonly message: string; readonly hint?: string | undefined };

function say({ report }: InputReader, at: Word | GivenOption, { message, hint }: Wrong): undefined {
  report(at, { rule: 'aws-parameter', message, ...(hint !== undefined && { hint }) });
  return undefined;
}
