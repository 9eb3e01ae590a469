/** The environment of every step of a stage: what is left of the operator's own, and what the stage puts in. */

import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import type { Credentials, Environment } from './credentials.ts';
import type { Project } from './project.ts';

/** Variables that decide who somebody is, what a shell does before it starts, or that belong to the package manager that started the engine. */
const notInherited =
  /^(AWS_|PG|DATABASE_URL$|RUNBOOK_|NODE_OPTIONS$|BASH_|SHELLOPTS$|BASHOPTS$|ENV$|INIT_CWD$|npm_(lifecycle|package|command|execpath|node_execpath|config_user_agent))/;

/** What steps may see of the operator's environment. Where a stage takes its database from a variable, no step of another stage sees it. */
export function inheritable(project: Project, inherited: Environment): Readonly<Record<string, string>> {
  const urls = new Set(Object.values(project.config.stages).map((stage) => stage.database?.env));
  return Object.fromEntries(
    Object.entries(inherited).flatMap(([key, value]) => (value === undefined || notInherited.test(key) || urls.has(key) ? [] : [[key, value]])),
  );
}

/** Where AWS programs and SDKs look for the region. */
export function regionEnvironment(region: string): Readonly<Record<string, string>> {
  return { AWS_REGION: region, AWS_DEFAULT_REGION: region };
}

/** Resolved credentials and not the profile that they come from: a program that resolved it itself could act as somebody else. */
export function credentialsEnvironment({ accessKeyId, secretAccessKey, sessionToken }: Credentials): Readonly<Record<string, string>> {
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(sessionToken !== undefined && { AWS_SESSION_TOKEN: sessionToken }),
  };
}

/**
 * Where calls go: to the endpoint that the stage's profile names, else to AWS. A program that has only keys looks for an endpoint in the
 * operator's default profile, and that is another one than the stage's.
 */
export function endpointEnvironment(endpoint: string | undefined): Readonly<Record<string, string>> {
  return endpoint === undefined ? { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' } : { AWS_ENDPOINT_URL: endpoint };
}

/** Where the aws kernel can resolve credentials anew while it waits for something that takes longer than they last. */
export function renewalEnvironment(profile: string | undefined, account: string, inherited: Environment): Readonly<Record<string, string>> {
  if (profile === undefined) return {};
  const { AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE } = inherited;
  return {
    RUNBOOK_AWS_PROFILE: profile,
    RUNBOOK_AWS_ACCOUNT: account,
    ...(AWS_CONFIG_FILE && { RUNBOOK_AWS_CONFIG_FILE: AWS_CONFIG_FILE }),
    ...(AWS_SHARED_CREDENTIALS_FILE && { RUNBOOK_AWS_SHARED_CREDENTIALS_FILE: AWS_SHARED_CREDENTIALS_FILE }),
  };
}

/** Nothing listens there. Programs differ in which spelling they read first, so both say the same. */
const nowhere = Object.fromEntries(['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].flatMap((name) => both(name, 'http://127.0.0.1:9')));

/** On a sandbox no AWS call of a plain shell block can reach an account: dummies for credentials, a proxy where nobody listens. */
export const closedNetwork: Readonly<Record<string, string>> = {
  RUNBOOK_SANDBOX: '1',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
  ...nowhere,
  ...Object.fromEntries(both('NO_PROXY', '127.0.0.1,localhost,::1')),
};

function both(name: string, value: string): readonly (readonly [string, string])[] {
  return [
    [name, value],
    [name.toLowerCase(), value],
  ];
}

/** PATH with the `node_modules/.bin` of a folder and of those above it in front, nearest first, as package managers set it. */
export function pathFor(cwd: string, path: string): string {
  const bins: string[] = [];
  for (let at = cwd; ; at = dirname(at)) {
    const bin = join(at, 'node_modules', '.bin');
    if (existsSync(bin)) bins.push(bin);
    if (dirname(at) === at) break;
  }
  // An empty entry stands for whatever folder a block happens to be in.
  return [...bins, ...path.split(delimiter).filter((entry) => entry !== '' && !bins.includes(entry))].join(delimiter);
}
