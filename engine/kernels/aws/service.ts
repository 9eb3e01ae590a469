/** The services that a block can call, each known from its own client: operations, parameters, waiters and pages. */

import { NormalizedSchema } from '@smithy/core/schema';
import { customise, extraCommands, replacedCommands } from './customised.ts';
import { cliName } from './names.ts';
import { requiredMembers } from './parameter-value.ts';
import { polledBy } from './waiters.ts';

/** A parameter of a command. */
export type Parameter = {
  readonly option: string;
  readonly member: string;
  readonly schema: NormalizedSchema;
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

type Client = Readonly<Record<string, unknown>>;

/** Each client is a large module, and most blocks need one. */
const clients: ReadonlyMap<string, () => Promise<Client>> = new Map<string, () => Promise<Client>>([
  ['rds', () => import('@aws-sdk/client-rds')],
  ['secretsmanager', () => import('@aws-sdk/client-secrets-manager')],
  ['cloudwatch', () => import('@aws-sdk/client-cloudwatch')],
  ['sns', () => import('@aws-sdk/client-sns')],
  ['sts', () => import('@aws-sdk/client-sts')],
]);

/** The services that a block can name. */
export const serviceNames: readonly string[] = [...clients.keys()];

/** The service of a name, undefined when a block cannot call it. */
export async function loadService(name: string): Promise<Service | undefined> {
  const client = await clients.get(name)?.();
  if (client === undefined) return undefined;
  const inputs = new Map(Object.values(client).flatMap(operationSchema));
  const waiters = Object.keys(client).flatMap((key) => (key.startsWith('waitUntil') ? [key.slice('waitUntil'.length)] : []));
  const own = Array.from(inputs.keys(), (operation) => [cliName(operation), operation] as const);
  return {
    commands: new Map([...own.filter(([command]) => !replacedCommands.has(`${name} ${command}`)), ...extraCommands(name)]),
    waiters: new Map(waiters.flatMap(waiterEntry)),
    operation: (operation, command = cliName(operation)) => ({
      name: operation,
      parameters: customise(`${name} ${command}`, parametersOf(inputs.get(operation)?.())),
      paged: `paginate${operation}` in client,
    }),
  };
}

function waiterEntry(waiter: string): [string, { readonly waiter: string; readonly operation: string }][] {
  const operation = polledBy(waiter);
  return operation === undefined ? [] : [[cliName(waiter), { waiter, operation }]];
}

/** Name and input of an operation's schema: `[9, namespace, name, traits, input, output]`. */
function operationSchema(exported: unknown): [string, () => unknown][] {
  if (!Array.isArray(exported) || exported[0] !== 9) return [];
  const [, , name, , input]: readonly unknown[] = exported;
  return [[String(name), () => (typeof input === 'function' ? input() : input)]];
}

function parametersOf(input: unknown): readonly Parameter[] {
  // A schema is a nested tuple that only the library's own function tells apart.
  const schema = NormalizedSchema.of(input as Parameters<typeof NormalizedSchema.of>[0]);
  if (!schema.isStructSchema()) return [];
  const required = requiredMembers(schema);
  return Array.from(schema.structIterator(), ([member, memberSchema]) => ({
    option: cliName(member),
    member,
    schema: memberSchema,
    required: required.includes(member),
  }));
}
