/** An AWS call as a block states it, and what can be wrong with one: what reading a block and running it have in common. */

/** How the answer of a call is printed. */
export type AwsOutput = 'json' | 'text' | 'table';

/** How an answer that comes in pages is fetched, as the options of the CLI say it. */
export type AwsPaging = {
  readonly paginate: boolean;
  readonly maxItems?: number;
  readonly pageSize?: number;
  readonly startingToken?: string;
};

/** One `aws …` command, ready for the client of its service. */
export type AwsCall = {
  /** As the command names it: `rds`. */
  readonly service: string;
  /** As the command names it: `describe-db-clusters`; of a waiter, the state that is waited for: `db-cluster-available`. */
  readonly command: string;
  /** As the API names it: `DescribeDBClusters`; of a waiter, the operation that it polls. */
  readonly operation: string;
  /** Of a wait, as the client names it: `DBClusterAvailable`. */
  readonly waiter?: string;
  /** What the client sends. While values are not known, any value in it may be `Later`. */
  readonly input: Readonly<Record<string, unknown>>;
  /** True for an operation that does more than read. */
  readonly changes: boolean;
  /** The JMESPath expression of `--query`. */
  readonly query?: string;
  readonly output: AwsOutput;
  readonly paging: AwsPaging;
  /** Line of the block that the command starts on, from 1. */
  readonly line: number;
  /** First line of the command as it stands in the block. */
  readonly text: string;
};

/** Service and operation as IAM and CloudTrail write them: `rds:DescribeDBClusters`. */
export function nameOf({ service, operation }: Pick<AwsCall, 'service' | 'operation'>): string {
  return `${service}:${operation}`;
}

/** A value that is known only when the step runs: texts, and between them the variables that they stand around. */
export type Later = { readonly kind: 'later'; readonly parts: readonly LaterPart[] };

/** A piece of a value: text that stands in the block, or the name of a variable. */
export type LaterPart = string | { readonly name: string };

/** What is wrong with a block, at a place inside it (lines and columns from 1). */
export type AwsProblem = {
  readonly rule: string;
  readonly message: string;
  readonly hint?: string;
  readonly line: number;
  readonly column: number;
  readonly length: number;
};

/** What was read of a block. A command with a problem is not among the calls. */
export type AwsReading = { readonly calls: readonly AwsCall[]; readonly problems: readonly AwsProblem[] };

/** True for a value that is known only when the step runs. */
export function isLater(value: unknown): value is Later {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'later' && 'parts' in value && Array.isArray(value.parts);
}
