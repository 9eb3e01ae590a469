/** The options that every command of the CLI takes: which mean something here, which change nothing, and which a block may not give. */

/** How many words an option takes, and what becomes of it. */
export type CommonOption =
  | { readonly takes: 'nothing' | 'value'; readonly use: 'meant' | 'ignored' }
  | { readonly takes: 'nothing' | 'value'; readonly use: 'refused'; readonly reason: string };

const identity = 'the stage decides who acts, and where';
const connection = 'the engine decides how a service is reached';
const file = 'the parameters of a call stand in the block, where they are read and approved; write them as options';

const refused = (takes: 'nothing' | 'value', reason: string): CommonOption => ({ takes, use: 'refused', reason });

/** Common options by name. */
export const commonOptions: ReadonlyMap<string, CommonOption> = new Map<string, CommonOption>([
  ['query', { takes: 'value', use: 'meant' }],
  ['output', { takes: 'value', use: 'meant' }],
  ['no-paginate', { takes: 'nothing', use: 'meant' }],
  ['cli-binary-format', { takes: 'value', use: 'meant' }],
  ['no-cli-pager', { takes: 'nothing', use: 'ignored' }],
  ['no-cli-auto-prompt', { takes: 'nothing', use: 'ignored' }],
  ['color', { takes: 'value', use: 'ignored' }],
  ['region', refused('value', identity)],
  ['profile', refused('value', identity)],
  ['no-sign-request', refused('nothing', identity)],
  ['endpoint-url', refused('value', connection)],
  ['no-verify-ssl', refused('nothing', connection)],
  ['ca-bundle', refused('value', connection)],
  ['cli-connect-timeout', refused('value', connection)],
  ['cli-read-timeout', refused('value', connection)],
  ['debug', refused('nothing', 'what it prints can hold secrets')],
  ['v2-debug', refused('nothing', 'it is about the CLI itself')],
  ['cli-error-format', refused('value', 'a failure is told as the engine tells it')],
  ['cli-auto-prompt', refused('nothing', 'a step that runs asks nothing')],
  ['version', refused('nothing', 'it calls no service')],
  ['cli-input-json', refused('value', file)],
  ['cli-input-yaml', refused('value', file)],
  ['generate-cli-skeleton', refused('value', 'it calls no service')],
]);

/** Options for answers that come in pages. */
export const pagingOptions: readonly string[] = ['max-items', 'page-size', 'starting-token'];

/** Parameters by which an operation is paged by hand; one that is given turns the paging of the CLI off. */
export const pageMembers = {
  tokens: ['Marker', 'NextToken', 'nextToken'],
  limits: ['MaxRecords', 'MaxResults', 'MaxDatapoints', 'NumberOfLines'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** What an option may say that takes one of few words. */
export const choices: ReadonlyMap<string, readonly string[]> = new Map([
  ['output', ['json', 'text', 'table']],
  ['color', ['on', 'off', 'auto']],
  ['cli-binary-format', ['base64', 'raw-in-base64-out']],
]);
