/**
 * What an operation does, by its name: the API's of these services begin with Describe, Get or List where they only read. The exceptions are named
 * here; an operation that is not named and begins otherwise counts as one that changes something.
 */

import { nameOf } from './call.ts';

/** An operation reads, changes something, or hands out credentials. */
export type Effect = 'reads' | 'changes' | 'gives-credentials';

/** They read, though their names begin otherwise. */
const readers = new Set([
  'secretsmanager:BatchGetSecretValue',
  'secretsmanager:ValidateResourcePolicy',
  'rds:DownloadDBLogFilePortion',
  'sns:CheckIfPhoneNumberIsOptedOut',
  'sts:DecodeAuthorizationMessage',
]);

/** They answer with credentials or with a token that stands for an identity, though some begin with Get. */
const credentials =
  /^sts:(AssumeRole|AssumeRoleWithSAML|AssumeRoleWithWebIdentity|AssumeRoot|GetSessionToken|GetFederationToken|GetDelegatedAccessToken|GetWebIdentityToken)$/;

/** What an operation of a service does. */
export function effectOf(service: string, operation: string): Effect {
  const name = nameOf({ service, operation });
  if (credentials.test(name)) return 'gives-credentials';
  return readers.has(name) || /^(Describe|Get|List)[A-Z]/.test(operation) ? 'reads' : 'changes';
}
