/** A service's part of the AWS SDK, by the names that a call has. */

import type { Shape } from '../../runtime/aws-shape.ts';
import { loadClient, type OperationShapes } from './clients.ts';

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
  readonly input: (operation: string) => Shape;
  readonly output: (operation: string) => Shape;
  /** As its client has it. */
  readonly speaksXml: boolean;
};

/** Loads the SDK of a service that a call names. */
export async function loadSdk(service: string): Promise<Sdk> {
  const loaded = await loadClient(service);
  if (loaded === undefined) throw new Error(`There is no client for the service ${service}.`);
  const { exports, className, operations, speaksXml } = loaded;
  const shapes = (operation: string): OperationShapes => {
    const found = operations.get(operation);
    if (found === undefined) throw new Error(`The client of ${service} has no operation ${operation}.`);
    return found;
  };
  // What a module exports under a name is known from how the SDK is generated, not from a type.
  return {
    open: (config) => new (exports[className] as new (config: object) => Client)(config),
    command: (operation, input) => new (exports[`${operation}Command`] as new (input: object) => object)(input),
    paginate: (operation) => exports[`paginate${operation}`] as Paginate | undefined,
    wait: (waiter) => exports[`waitFor${waiter}`] as Wait,
    input: (operation) => shapes(operation).input(),
    output: (operation) => shapes(operation).output(),
    speaksXml,
  };
}
