/** In whose name, where and how patiently calls are made. */

import type { Credentials, Environment } from '../../runtime/credentials.ts';
import { newConnection } from './connection.ts';
import type { Client, Sdk } from './sdk.ts';

/** What all calls of a block share. */
export type Session = {
  readonly region: string;
  /** Undefined: the endpoint of AWS for the service and region. */
  readonly endpoint: string | undefined;
  readonly credentials: Credentials;
  /** The run's id: CloudTrail shows it with each call. */
  readonly run: string;
  /** How long a server may take to accept a connection, and how long an answer may be silent. */
  readonly connectMs: number;
  readonly answerMs: number;
};

/** Why nothing can be sent at all. */
export class NotStarted extends Error {
  override readonly name = 'NotStarted';
  readonly line: number | undefined;

  constructor(message: string, line?: number) {
    super(message);
    this.line = line;
  }
}

/** The session that the environment describes. @throws NotStarted for one in which nothing may be sent. */
export function sessionOf(env: Environment): Session {
  const endpoint = env.AWS_ENDPOINT_URL || undefined;
  if (env.RUNBOOK_SANDBOX === '1' && !isLoopback(endpoint)) {
    const found = endpoint === undefined ? 'it has none' : `it is ${endpoint}`;
    throw new NotStarted(`This stage is a sandbox: its AWS endpoint must be on this machine, and ${found}. Start it with: runbook sandbox start`);
  }
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken } = env;
  if (!accessKeyId || !secretAccessKey) throw new NotStarted('There are no AWS credentials for this step. See: runbook doctor');
  if (!env.AWS_REGION) throw new NotStarted('There is no AWS region for this step. Name it in runbook.yaml, under aws of the stage.');
  const credentials = { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
  return { region: env.AWS_REGION, endpoint, credentials, run: env.RUNBOOK_RUN ?? '', connectMs: 10_000, answerMs: 60_000 };
}

/** True for an endpoint on this machine. */
export function isLoopback(endpoint: string | undefined): boolean {
  if (endpoint === undefined || !URL.canParse(endpoint)) return false;
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(new URL(endpoint).hostname);
}

/** Opens a client of its own, with connections of its own. `attempts`: how often a call is sent before it counts as failed. */
export function openClient(sdk: Sdk, session: Session, attempts: number): { readonly client: Client; readonly reached: () => boolean } {
  const { made, ...agents } = newConnection();
  const client = sdk.open({
    region: session.region,
    ...(session.endpoint !== undefined && { endpoint: session.endpoint }),
    credentials: session.credentials,
    userAgentAppId: `runbook-${session.run}`,
    maxAttempts: attempts,
    retryMode: 'standard',
    requestHandler: { ...agents, connectionTimeout: session.connectMs, socketTimeout: session.answerMs },
    // Nothing of the operator's own configuration decides where a call goes.
    ignoreConfiguredEndpointUrls: true,
    defaultsMode: 'standard',
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
  });
  return { client, reached: made };
}
