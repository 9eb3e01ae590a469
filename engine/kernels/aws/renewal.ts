/** New credentials for a wait that outlives those of its step: of the same profile, and of the same account. */

import { Fault } from '../../fault.ts';
import { type Access, askCaller } from '../../runtime/account.ts';
import { type Environment, resolveCredentials } from '../../runtime/credentials.ts';
import type { Around } from './around.ts';
import type { Session } from './session.ts';

/** How credentials that run out can be resolved again: as the operator's own environment has it, not from the keys of this step. `own` is that of the process. */
export function renewalOf(env: Environment, { region, run, endpoint }: Session, own: Record<string, string | undefined>): Around['renewal'] {
  const profile = env.RUNBOOK_AWS_PROFILE;
  if (!profile) return undefined;
  const { AWS_ACCESS_KEY_ID: _id, AWS_SECRET_ACCESS_KEY: _secret, AWS_SESSION_TOKEN: _token, AWS_ENDPOINT_URL: _endpoint, ...rest } = env;
  const environment = {
    ...rest,
    AWS_CONFIG_FILE: env.RUNBOOK_AWS_CONFIG_FILE,
    AWS_SHARED_CREDENTIALS_FILE: env.RUNBOOK_AWS_SHARED_CREDENTIALS_FILE,
  };
  return {
    profile,
    resolve: async () => {
      // A part of the SDK (that of sso logins) looks for these files in the process's own environment.
      for (const name of ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE'] as const) {
        if (environment[name] === undefined) delete own[name];
        else own[name] = environment[name];
      }
      const credentials = await resolveCredentials({ profile, region, run, environment });
      await refuseOther(env.RUNBOOK_AWS_ACCOUNT, profile, { credentials, region, endpoint });
      return credentials;
    },
  };
}

/** A profile can hold keys of another account after a renewal, and what is waited for would be looked for there. @throws Fault */
async function refuseOther(wanted: string | undefined, profile: string, access: Access): Promise<void> {
  if (wanted === undefined) return;
  const { account, arn } = await askCaller(access);
  if (account === wanted) return;
  const words = `The AWS profile "${profile}" now belongs to the account ${account} (${arn}), and this stage is ${wanted}.`;
  throw new Fault('preflight', words, { hint: `${words} Renew those of ${wanted}.` });
}
