/** How an operation is answered: its schema, and a function from typed input to typed output. */

import type { DescribeDBClusters$ } from '@aws-sdk/client-rds';
import type { Fleet } from '../fleet/fleet.ts';
import type { FaultName } from './faults/faults.ts';
import type { State } from './state.ts';

/** An operation's schema as the clients export it: kind, namespace, name, traits, input, output. */
export type OperationSchema = typeof DescribeDBClusters$;

/** What handlers and background work share. */
export type World = {
  readonly state: State;
  readonly fleet: Fleet;
  /** The account that ARNs name. */
  readonly account: string;
  clock(): Date;
  fault(name: FaultName): boolean;
  /** Begins a change of status by the name that it has in its table; it goes on after the answer, and after a restart of the process. */
  begin(kind: string, subject: string, details?: Readonly<Record<string, string>>): void;
  /** One line in the control plane's log. */
  log(message: string): void;
};

/** One request. */
export type Call = World & {
  readonly service: string;
  readonly operation: string;
  readonly region: string;
  readonly requestId: string;
};

/** An operation that the control plane has. */
export type Action = {
  readonly name: string;
  readonly schema: OperationSchema;
  readonly changes: boolean;
  handle(call: Call, input: unknown): Promise<object>;
};

/** Declares an operation. The handler's types are those of the client's command. */
export function action<Input, Output extends object>(
  schema: OperationSchema,
  handle: (call: Call, input: Input) => Output | Promise<Output>,
): Action {
  const name = schema[2];
  return {
    name,
    schema,
    changes: !/^(Describe|Get|List)/.test(name),
    // The reader of the protocol built the input from this very schema, which is what the client's input type is made from.
    handle: async (call, input) => handle(call, input as Input),
  };
}
