/** How the answer of a call is fetched and shown: the options that all commands have. */

import type { GivenOption, Report } from './arguments.ts';
import type { AwsCall, AwsOutput, AwsPaging } from './call.ts';
import { choices, commonOptions, pageMembers, pagingOptions } from './options.ts';
import { parseQuery } from './query-syntax.ts';
import { QueryError } from './query-words.ts';
import type { BinaryFormat } from './scalar.ts';
import type { Operation } from './service.ts';
import { asWritten, isUnknown, type Unknowns } from './unknowns.ts';
import type { Word } from './word.ts';

/** What options are read with. */
export type ShowingReader = { readonly unknowns: Unknowns; readonly report: Report; readonly command: string; readonly waits: boolean };

/** What the common options of a command say. */
export type Showing = Pick<AwsCall, 'output' | 'paging' | 'query'> & { readonly binary: BinaryFormat | undefined };

/** True for an option by which the pages of this operation are fetched. */
export function isPaging(name: string, { paged, parameters }: Operation): boolean {
  return paged && pagingOptions.includes(name) && !parameters.has(name);
}

/** Reads the common options of a command. */
export function readShowing(options: readonly GivenOption[], operation: Operation, reader: ShowingReader): Showing {
  for (const option of options) checkCommon(option, reader);
  const word = (name: string): Word | undefined => options.find((option) => option.name === name)?.values[0];
  const choice = (name: string): string | undefined => choices.get(name)?.find((known) => known === word(name)?.text);
  const output = choice('output') as AwsOutput | undefined; // One of the table's words, which are those of the type.
  const query = word('query');
  if (query !== undefined) checkQuery(query, reader);
  return {
    output: output ?? 'json',
    paging: readPaging(options, operation, reader),
    ...(query !== undefined && { query: asWritten(query.text, reader.unknowns) }),
    binary: choice('cli-binary-format') as BinaryFormat | undefined, // As above.
  };
}

function checkCommon(option: GivenOption, { report, unknowns }: ShowingReader): void {
  const message = wrongCommon(option, unknowns);
  if (message !== undefined) report(option, { rule: 'aws-option', message });
}

function wrongCommon({ name, values: [value] }: GivenOption, unknowns: Unknowns): string | undefined {
  const common = commonOptions.get(name);
  if (common === undefined) return undefined;
  if (common.use === 'refused') return `--${name} is not for a block: ${common.reason}.`;
  if (common.takes === 'nothing') return value === undefined ? undefined : `--${name} takes no value.`;
  if (value === undefined) return `--${name} needs a value.`;
  const known = choices.get(name);
  if (known === undefined || known.includes(value.text)) return undefined;
  return `--${name} takes ${known.join(', ')}, and ${value.secretive ? 'a variable' : `"${asWritten(value.text, unknowns)}"`} is none.`;
}

/** Parses the query, with words and numbers in the place of values that are not known. */
function checkQuery(query: Word, { report, unknowns }: ShowingReader): void {
  if (isUnknown(query.text, unknowns) && query.text.length === 1) return;
  let wrong: QueryError | undefined;
  for (const stand of ['a', '1']) {
    try {
      parseQuery(Array.from(query.text, (character) => (unknowns.has(character) ? stand : character)).join(''));
      return;
    } catch (error) {
      if (!(error instanceof QueryError)) throw error;
      wrong ??= error;
    }
  }
  const message = query.secretive ? '--query is not a JMESPath expression.' : `--query is not a JMESPath expression: ${wrong?.message}.`;
  report(query, { rule: 'aws-query', message, hint: 'jmespath.org has the grammar. In a shell the expression stands in single quotes.' });
}

function readPaging(options: readonly GivenOption[], operation: Operation, reader: ShowingReader): AwsPaging {
  const of = (name: string): GivenOption | undefined => (isPaging(name, operation) ? options.find((option) => option.name === name) : undefined);
  const given = pagingOptions.flatMap((name) => of(name) ?? []);
  const { tokens, limits } = pageMembers;
  const byHand = options.some(({ name }) => [...tokens, ...limits].some((member) => operation.parameters.get(name)?.member === member));
  const paginate = operation.paged && !byHand && !reader.waits && !options.some(({ name }) => name === 'no-paginate');
  const problem = (at: GivenOption, message: string): void => reader.report(at, { rule: 'aws-option', message });
  for (const option of given) {
    if (option.values[0] === undefined) problem(option, `--${option.name} needs a value.`);
    if (option.values[1] !== undefined) problem(option, `--${option.name} takes one value.`);
    if (reader.waits) problem(option, `--${option.name} is not for a wait: it looks at all that it is asked for.`);
    else if (!paginate) problem(option, `--${option.name} has no meaning where the pages are not fetched by the CLI.`);
  }
  const limited = limits.some((member) => [...operation.parameters.values()].some((parameter) => parameter.member === member));
  const size = of('page-size');
  if (size !== undefined && !limited) problem(size, `The pages of "aws ${reader.command}" have a size of their own.`);
  const maxItems = count(of('max-items'), reader);
  const pageSize = count(size, reader);
  const token = of('starting-token')?.values[0]?.text;
  return {
    paginate,
    ...(maxItems !== undefined && { maxItems }),
    ...(pageSize !== undefined && { pageSize }),
    ...(token !== undefined && { startingToken: asWritten(token, reader.unknowns) }),
  };
}

function count(option: GivenOption | undefined, { report, unknowns }: ShowingReader): number | undefined {
  const value = option?.values[0];
  if (value === undefined || isUnknown(value.text, unknowns)) return undefined;
  if (/^[1-9]\d{0,8}$/.test(value.text)) return Number(value.text);
  const message = `--${option?.name} takes a whole number from 1${value.secretive ? '' : `, and "${value.text}" is none`}.`;
  report(value, { rule: 'aws-option', message });
  return undefined;
}
