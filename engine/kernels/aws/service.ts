/** The services that a block can call, each known from its own client: operations, parameters, waiters and pages. */

import { membersOf, type Shape } from '../../runtime/aws-shape.ts';
import { loadClient } from './clients.ts';
import { customise, extraCommands, replacedCommands } from './customised.ts';
import { cliName } from './names.ts';
import { polledBy } from './waiters.ts';

/** A parameter of a command. */
export type Parameter = {
  readonly option: string;
  readonly member: string;
  readonly shape: Shape;
  readonly required: boolean;
  /** The list of structures whose first element it is a member of, where the CLI offers it beside that list. */
  readonly within?: string;
  /** True where `Name=Value` pairs are given for a list of names and values. */
  readonly pairs?: true;
};

/** An operation of a service, with the parameters of its command by the name of their option. */
export type Operation = {
  readonly name: string;
  readonly parameters: ReadonlyMap<string, Parameter>;
  /** True when its answer comes in pages. */
  readonly paged: boolean;
};

/** A service as its client knows it. */
export type Service = {
  /** API names by the name of the command. */
  readonly commands: ReadonlyMap<string, string>;
  /** Waiters by the name of the state that they wait for, and the operation that each polls. */
  readonly waiters: ReadonlyMap<string, { readonly waiter: string; readonly operation: string }>;
  /** The operation of a name, as the command gives its parameters. */
  readonly operation: (name: string, command?: string) => Operation;
};

/** The service of a name, undefined when a block cannot call it. */
export async function loadService(name: string): Promise<Service | undefined> {
  const client = await loadClient(name);
  if (client === undefined) return undefined;
  const { exports, operations } = client;
  const waiters = Object.keys(exports).flatMap((key) => (key.startsWith('waitUntil') ? [key.slice('waitUntil'.length)] : []));
  const own = Array.from(operations.keys(), (operation) => [cliName(operation), operation] as const);
  return {
    commands: new Map([...own.filter(([command]) => !replacedCommands.has(`${name} ${command}`)), ...extraCommands(name)]),
    waiters: new Map(waiters.flatMap(waiterEntry)),
    operation: (operation, command = cliName(operation)) => ({
      name: operation,
      parameters: customise(`${name} ${command}`, parametersOf(operations.get(operation)?.input())),
      paged: `paginate${operation}` in exports,
    }),
  };
}

function waiterEntry(waiter: string): [string, { readonly waiter: string; readonly operation: string }][] {
  const operation = polledBy(waiter);
  return operation === undefined ? [] : [[cliName(waiter), { waiter, operation }]];
}

function parametersOf(input: Shape | undefined): readonly Parameter[] {
  if (input === undefined) return [];
  return membersOf(input).map(({ name, shape, required }) => ({ option: cliName(name), member: name, shape, required }));
}
