/** The clients of the AWS SDK, found by the names that a call has. A client's module is large, so it is loaded only when a block needs it. */

import { NormalizedSchema } from '@smithy/core/schema';

/** What a client answers: the operation's output, and what the SDK adds to it. */
export type Answer = Readonly<Record<string, unknown>> & { readonly $metadata?: { readonly requestId?: string } };

/** What all clients have in common. */
export type Client = {
  readonly send: (command: object, options?: { readonly abortSignal?: AbortSignal }) => Promise<Answer>;
  readonly destroy: () => void;
};

/** How a paginator is called. */
type Paginate = (config: PageConfig, input: object, options: { readonly abortSignal?: AbortSignal }) => AsyncIterable<Answer>;
type PageConfig = { readonly client: Client; readonly pageSize?: number; readonly startingToken?: string };

/** How a waiter is called. `reason` is the last answer or error. */
type Wait = (config: WaitConfig, input: object) => Promise<{ readonly state: string; readonly reason?: unknown }>;
type WaitConfig = {
  readonly client: object;
  readonly minDelay: number;
  readonly maxDelay: number;
  readonly maxWaitTime: number;
  readonly abortSignal: AbortSignal;
};

/** One service's part of the SDK. */
export type Sdk = {
  readonly open: (config: object) => Client;
  readonly command: (operation: string, input: object) => object;
  readonly paginate: (operation: string) => Paginate | undefined;
  readonly wait: (waiter: string) => Wait;
  readonly input: (operation: string) => NormalizedSchema;
  readonly output: (operation: string) => NormalizedSchema;
  /** True where answers are XML: their times are texts with their own offset, and errors have a code of their own. */
  readonly speaksXml: boolean;
};

type Module = Readonly<Record<string, unknown>>;

const services: Readonly<Record<string, { readonly client: string; readonly xml: boolean; readonly load: () => Promise<Module> }>> = {
  rds: { client: 'RDSClient', xml: true, load: () => import('@aws-sdk/client-rds') },
  secretsmanager: { client: 'SecretsManagerClient', xml: false, load: () => import('@aws-sdk/client-secrets-manager') },
  cloudwatch: { client: 'CloudWatchClient', xml: false, load: () => import('@aws-sdk/client-cloudwatch') },
  sns: { client: 'SNSClient', xml: true, load: () => import('@aws-sdk/client-sns') },
  sts: { client: 'STSClient', xml: true, load: () => import('@aws-sdk/client-sts') },
};

/** Loads the SDK of a service that a call names. */
export async function loadSdk(service: string): Promise<Sdk> {
  const known = services[service];
  if (known === undefined) throw new Error(`There is no client for the service ${service}.`);
  const module = await known.load();
  const schemas = (operation: string) => module[`${operation}$`] as readonly SchemaRef[];
  // What a module exports under a name is known from how the SDK is generated, not from a type.
  return {
    open: (config) => new (module[known.client] as new (config: object) => Client)(config),
    command: (operation, input) => new (module[`${operation}Command`] as new (input: object) => object)(input),
    paginate: (operation) => module[`paginate${operation}`] as Paginate | undefined,
    wait: (waiter) => module[`waitFor${waiter}`] as Wait,
    input: (operation) => NormalizedSchema.of(schemas(operation)[4] ?? 'unit'),
    output: (operation) => NormalizedSchema.of(schemas(operation)[5] ?? 'unit'),
    speaksXml: known.xml,
  };
}

type SchemaRef = Parameters<typeof NormalizedSchema.of>[0];
