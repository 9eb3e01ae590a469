/** The services that a block can call, each known from its own client: operations, parameters, waiters and pages. */

import { NormalizedSchema } from '@smithy/core/schema';
import { cliName } from './names.ts';
import { requiredMembers } from './parameter-value.ts';
import { polledBy } from './waiters.ts';

/** A parameter of a command. */
export type Parameter = { readonly option: string; readonly member: string; readonly schema: NormalizedSchema; readonly required: boolean };

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
  readonly operation: (name: string) => Operation;
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
  const schemas = new Map(Object.values(client).flatMap((exported) => operationSchema(exported) ?? []));
  const waiters = Object.keys(client).flatMap((key) => (key.startsWith('waitUntil') ? [key.slice('waitUntil'.length)] : []));
  return {
    commands: new Map(Array.from(schemas.keys(), (operation) => [cliName(operation), operation])),
    waiters: new Map(waiters.flatMap((waiter) => waiterEntry(waiter))),
    operation: (operation) => ({
      name: operation,
      parameters: parametersOf(`${name}.${operation}`, schemas.get(operation)),
      paged: `paginate${operation}` in client,
    }),
  };
}

function waiterEntry(waiter: string): [string, { readonly waiter: string; readonly operation: string }][] {
  const operation = polledBy(waiter);
  return operation === undefined ? [] : [[cliName(waiter), { waiter, operation }]];
}

/** Name and input of an operation's schema: `[9, namespace, name, traits, input, output]`. */
function operationSchema(exported: unknown): [[string, unknown]] | undefined {
  if (!Array.isArray(exported) || exported[0] !== 9) return undefined;
  const [, , name, , input]: readonly unknown[] = exported;
  return [[String(name), typeof input === 'function' ? input() : input]];
}

/** Options that the CLI does not name after the API's parameter, because an option of its own has that name. */
const renamed: ReadonlyMap<string, string> = new Map([['sns.Subscribe.Endpoint', 'notification-endpoint']]);

function parametersOf(operation: string, input: unknown): ReadonlyMap<string, Parameter> {
  // A schema is a nested tuple that only the library's own function tells apart.
  const schema = NormalizedSchema.of(input as Parameters<typeof NormalizedSchema.of>[0]);
  if (!schema.isStructSchema()) return new Map();
  const required = requiredMembers(schema);
  return new Map(
    Array.from(schema.structIterator(), ([member, memberSchema]) => {
      const option = renamed.get(`${operation}.${member}`) ?? cliName(member);
      return [option, { option, member, schema: memberSchema, required: required.includes(member) }];
    }),
  );
}
