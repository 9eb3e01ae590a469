/** An answer that says no: the error code that AWS gives, and a message. */

import type * as cloudwatch from '@aws-sdk/client-cloudwatch';
import type * as rds from '@aws-sdk/client-rds';
import type * as secrets from '@aws-sdk/client-secrets-manager';
import type * as sns from '@aws-sdk/client-sns';
import type * as sts from '@aws-sdk/client-sts';

type Errors<Client> = Extract<keyof Client, `${string}Fault` | `${string}Exception`>;

/** Errors that every service may give and that no schema lists, with the HTTP status of each. */
const common = {
  AccessDenied: 403,
  AccessDeniedException: 400,
  InternalFailure: 500,
  InvalidAction: 400,
  InvalidClientTokenId: 403,
  InvalidParameterCombination: 400,
  InvalidParameterValue: 400,
  InvalidQueryParameter: 400,
  MalformedQueryString: 400,
  MissingAction: 400,
  MissingAuthenticationToken: 403,
  MissingParameter: 400,
  RequestEntityTooLarge: 413,
  SerializationException: 400,
  ServiceUnavailable: 503,
  Throttling: 400,
  ThrottlingException: 400,
  UnknownOperationException: 400,
  UnrecognizedClientException: 400,
  ValidationError: 400,
  ValidationException: 400,
} as const;

/** An error by its name in the client's schema, or one of those that every service has. */
export type ErrorName =
  | 'InvalidNextToken'
  | 'ResourceNotFound'
  | keyof typeof common
  | Errors<typeof rds>
  | Errors<typeof secrets>
  | Errors<typeof cloudwatch>
  | Errors<typeof sns>
  | Errors<typeof sts>;

/** What a handler throws to refuse. */
export class Refusal extends Error {
  readonly code: ErrorName;

  constructor(code: ErrorName, message: string) {
    super(message);
    this.code = code;
  }
}

/** Ends the call with an error. The wire code and the status come from the error's schema. */
export function refuse(code: ErrorName, message: string): never {
  throw new Refusal(code, message);
}

/** An error as a service puts it on the wire. `name` is the shape, `code` what the Query protocol says. */
export type WireError = { readonly name: string; readonly code: string; readonly status: number; readonly inQueryTerms: boolean };

/** The errors that a client knows, by name. */
export function errorsOf(client: object): ReadonlyMap<string, WireError> {
  const errors = new Map<string, WireError>();
  for (const exported of Object.values(client)) {
    // An error's schema is a list that begins with -3: kind, namespace, name, traits, …
    if (!Array.isArray(exported) || exported[0] !== -3) continue;
    const [, , name, traits] = exported;
    const [code, status] = traits.awsQueryError ?? [];
    errors.set(name, { name, code: code ?? name, status: status ?? traits.httpError ?? 400, inQueryTerms: code !== undefined });
  }
  return errors;
}

/** How an error of this name goes over the wire of a service that has these errors. */
export function wireError(code: ErrorName, errors: ReadonlyMap<string, WireError>): WireError {
  const status = Object.entries(common).find(([name]) => name === code)?.[1] ?? 400;
  return errors.get(code) ?? { name: code, code, status, inQueryTerms: false };
}
