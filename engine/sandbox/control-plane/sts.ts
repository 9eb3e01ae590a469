/** What the control plane has of STS. */

import * as client from '@aws-sdk/client-sts';
import { type Action, action, type Call } from './action.ts';

/** Who calls, as far as the sandbox knows: everybody who has its key. */
export function callerArn(world: Pick<Call, 'account'>): string {
  return `arn:aws:sts::${world.account}:assumed-role/sandbox/runbook`;
}

const getCallerIdentity = action<client.GetCallerIdentityRequest, client.GetCallerIdentityResponse>(client.GetCallerIdentity$, (call) => ({
  // A role's unique id begins with AROA; the session's name follows it.
  UserId: 'AROASANDBOXRUNBOOK000:runbook',
  Account: call.account,
  Arn: callerArn(call),
}));

/** The operations. */
export const stsActions: readonly Action[] = [getCallerIdentity];
