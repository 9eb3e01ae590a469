/** Which account some credentials belong to, asked of AWS itself. */

import { Fault } from '../fault.ts';
import type { Credentials } from './credentials.ts';

/** What the engine's own calls to AWS are made with. `endpoint` stands in the place of AWS's own. */
export type Access = { readonly credentials: Credentials; readonly region: string; readonly endpoint?: string | undefined };

/** Whom AWS takes somebody for. */
export type Caller = { readonly account: string; readonly arn: string };

/** Under what name the engine's own calls come, in CloudTrail too. Those of a step come under the run's. */
export const engineName = 'runbook-engine';

/** How long an answer is waited for, with all the tries of the SDK. */
const patienceMs = 20_000;

/** The options of a client. What the operator's shell says of endpoints is not for it: it would not be for the steps either. */
export function clientOptions({ credentials, region, endpoint }: Access) {
  return { credentials, region, userAgentAppId: engineName, ignoreConfiguredEndpointUrls: true, ...(endpoint !== undefined && { endpoint }) };
}

/** What a call is sent with. */
export function sendOptions(): { readonly abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(patienceMs) };
}

/**
 * Asks STS who these credentials are.
 * @throws Fault `preflight` when it does not say.
 */
export async function askCaller(access: Access): Promise<Caller> {
  const { STSClient, GetCallerIdentityCommand } = await import('@aws-sdk/client-sts');
  const client = new STSClient(clientOptions(access));
  try {
    const { Account = '', Arn = '' } = await client.send(new GetCallerIdentityCommand({}), sendOptions());
    return { account: Account, arn: Arn };
  } catch (cause) {
    throw new Fault('preflight', `AWS does not say which account these credentials belong to: ${refusalWords(cause)}`, {
      hint: 'See what the AWS CLI says: aws sts get-caller-identity',
      cause,
    });
  } finally {
    client.destroy();
  }
}

/** What AWS said in refusing, with its code; or that it did not answer. */
export function refusalWords(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  if (cause.name === 'AbortError' || cause.name === 'TimeoutError') return `no answer within ${patienceMs / 1000} seconds`;
  // Where no connection was possible to any of several addresses, only the code says something.
  const code = cause.message === '' && 'code' in cause ? String(cause.code) : cause.message;
  return cause.name === 'Error' || cause.name === 'AggregateError' ? code : `${cause.name}: ${code}`;
}
