/** AWS credentials, found where a profile or the operator's own environment says; nothing of them is ever in a message. */

import { Fault } from '../fault.ts';

/** Credentials as AWS takes them. */
export type Credentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
};

/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where credentials come from. Without a profile it is the operator's environment, then the standard chain. For single sign-on the SDK reads
 * AWS_CONFIG_FILE from the environment of the process itself, so where `environment` is another one, that has to say the same.
 */
export type CredentialsSource = {
  readonly profile?: string | undefined;
  readonly region: string;
  /** A role that is assumed gets a session of this run's name, by which CloudTrail knows it. */
  readonly run: string;
  readonly environment: Environment;
};

/**
 * Resolves credentials anew, whatever is cached: also those that were renewed a moment ago.
 * @throws Fault `preflight` with what to type when there are none.
 */
export async function resolveCredentials(source: CredentialsSource): Promise<Credentials> {
  const profile = profileOf(source);
  const settings = await profileSettings(source);
  if (source.profile !== undefined && settings === undefined)
    throw new Fault('preflight', `The AWS profile "${source.profile}" is not in your AWS configuration.`, {
      hint: `aws configure list-profiles shows what is there; aws configure --profile ${source.profile} makes it.`,
    });
  try {
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = await found(source, profile);
    return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }), ...(expiration !== undefined && { expiration }) };
  } catch (cause) {
    const from = profile === undefined ? 'Your environment gives no AWS credentials' : `The AWS profile "${profile}" gives no credentials`;
    throw new Fault('preflight', `${from}: ${reasonOf(cause)}`, { hint: hintFor(profile, settings) });
  }
}

/** The profile that credentials can be resolved from again; undefined where they are keys of the environment, or come from the machine. */
export function profileOf({ profile, environment }: Pick<CredentialsSource, 'profile' | 'environment'>): string | undefined {
  // Keys before AWS_PROFILE, as the AWS CLI has it.
  return profile ?? (keysIn(environment) === undefined ? environment.AWS_PROFILE || undefined : undefined);
}

/** The endpoint that the profile names in the place of AWS's own (`endpoint_url`), such as one inside a private network. */
export async function endpointOf(source: CredentialsSource): Promise<string | undefined> {
  return (await profileSettings(source))?.endpoint_url;
}

async function found(source: CredentialsSource, profile: string | undefined): Promise<Credentials> {
  const keys = profile === undefined ? keysIn(source.environment) : undefined;
  if (keys !== undefined) return keys;
  const { getDefaultRoleAssumer, getDefaultRoleAssumerWithWebIdentity } = await import('@aws-sdk/client-sts');
  const endpoint = await endpointOf(source);
  const sts = { region: source.region, ignoreConfiguredEndpointUrls: true, ...(endpoint !== undefined && { endpoint }) };
  const assume = getDefaultRoleAssumer(sts);
  const assumeByToken = getDefaultRoleAssumerWithWebIdentity(sts);
  const init = {
    ...files(source.environment),
    ignoreCache: true,
    clientConfig: { region: source.region },
    roleAssumer: ((keys, params) => assume(keys, { ...params, RoleSessionName: sessionName(source, params) })) satisfies typeof assume,
    roleAssumerWithWebIdentity: ((params) =>
      assumeByToken({ ...params, RoleSessionName: sessionName(source, params) })) satisfies typeof assumeByToken,
  };
  if (profile !== undefined) {
    // Not the whole chain: from a named profile nothing leads on to the role of the machine.
    const { fromIni } = await import('@aws-sdk/credential-provider-ini');
    return fromIni({ ...init, profile })();
  }
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
  return defaultProvider(init)();
}

function keysIn(environment: Environment): Credentials | undefined {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_CREDENTIAL_EXPIRATION } = environment;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) return undefined;
  const expiration = new Date(AWS_CREDENTIAL_EXPIRATION ?? '');
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
    ...(!Number.isNaN(expiration.getTime()) && { expiration }),
  };
}

/** A name that the profile itself demands stays: the role may admit no other. The SDK's own, which says nothing, gives way. */
function sessionName({ run }: CredentialsSource, { RoleSessionName: name }: { readonly RoleSessionName: string | undefined }): string {
  return name === undefined || name.startsWith('aws-sdk-js-') ? `runbook-${run}` : name;
}

async function profileSettings(source: CredentialsSource): Promise<Readonly<Record<string, string | undefined>> | undefined> {
  const { parseKnownFiles } = await import('@smithy/core/config');
  const profiles = await parseKnownFiles({ ...files(source.environment), ignoreCache: true });
  return profiles[profileOf(source) ?? 'default'];
}

function files({ AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE }: Environment): { readonly configFilepath?: string; readonly filepath?: string } {
  return {
    ...(AWS_CONFIG_FILE && { configFilepath: AWS_CONFIG_FILE }),
    ...(AWS_SHARED_CREDENTIALS_FILE && { filepath: AWS_SHARED_CREDENTIALS_FILE }),
  };
}

/** The words of what went wrong. A command that failed is quoted whole by Node, and what was on its line or in its output may be secret. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'it cannot be told why.';
  if (cause.message.startsWith('Command failed')) return 'its credential_process failed.';
  return `${cause.name.endsWith('Error') ? '' : `${cause.name}: `}${cause.message}`;
}

function hintFor(profile: string | undefined, settings: Readonly<Record<string, string | undefined>> | undefined): string {
  const option = profile === undefined ? '' : ` --profile ${profile}`;
  if (settings?.sso_session !== undefined || settings?.sso_start_url !== undefined) return `aws sso login${option}`;
  if (settings?.login_session !== undefined) return `aws login${option}`;
  if (profile === undefined) return 'Set AWS_PROFILE, or name a profile in runbook.yaml; aws configure list-profiles shows what is there.';
  return `See what the AWS CLI says: aws sts get-caller-identity${option}`;
}
