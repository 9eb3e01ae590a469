/** What the control plane knows of the stage from the start: its cluster, and the secret with the credentials of its master user. */

import { randomUUID } from 'node:crypto';
import { isRecord } from '../core/is-record.ts';
import { sandboxRegion } from '../runtime/sandbox-account.ts';
import { clusterAt, readRecord } from './cluster.ts';
import type { Action, World } from './control-plane/action.ts';
import { seedCluster } from './control-plane/rds/seed.ts';
import { Refusal } from './control-plane/refusal.ts';
import { secretsActions } from './control-plane/secrets-manager/secrets-manager.ts';
import { seedServices } from './control-plane/seed-services.ts';
import type { ControlPlaneSettings } from './control-plane-file.ts';
import { packageFor } from './engine-of.ts';
import type { Home } from './home.ts';
import { clusterName, loopback } from './place.ts';
import { usualConnections } from './settings.ts';

/** What the project says of its cluster, and the identifier that it was given at the last start. */
export type StageSettings = ControlPlaneSettings & { readonly formerly?: string | undefined };

/** Makes both, or brings them up to date: the stage's server may have got another port. What a rehearsal changed stays changed. */
export async function seedStage(world: World, home: Home, settings: StageSettings): Promise<void> {
  const record = await readRecord(clusterAt(home, clusterName));
  if (record?.port === undefined) return;
  const { cluster: identifier, formerly, database } = settings;
  const { user, password } = record.owner;
  const address = { host: loopback, port: record.port };
  const engineVersion = /^\d+\.\d+/.exec((await packageFor(home)).version)?.[0] ?? '18.4';
  const maxConnections = record.maxConnections ?? usualConnections;
  seedCluster(world, { identifier, formerly, id: clusterName, database, user, address, maxConnections, engineVersion });
  const login = { engine: 'postgres', ...address, username: user, password, dbname: database, dbClusterIdentifier: identifier };
  await seedSecret(world, settings.secret, login);
  await seedServices(world, clusterName);
}

async function seedSecret(world: World, name: string, login: { readonly host: string; readonly port: number }): Promise<void> {
  try {
    await ask(world, 'CreateSecret', { Name: name, Description: 'Master user of the cluster', SecretString: JSON.stringify(login) });
    return;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
  // It is there. A rehearsal may have deleted it, or put something else into it.
  const found = await ask(world, 'GetSecretValue', { SecretId: name }).catch(() => undefined);
  const text = found !== undefined && 'SecretString' in found && typeof found.SecretString === 'string' ? found.SecretString : '';
  const value = parse(text);
  if (value?.host !== login.host || value.port === login.port) return;
  await ask(world, 'PutSecretValue', { SecretId: name, SecretString: JSON.stringify({ ...value, port: login.port }) });
}

/** Asks the control plane from inside, in the words of a client. */
function ask(world: World, operation: string, input: object): Promise<object> {
  const action: Action | undefined = secretsActions.find(({ name }) => name === operation);
  if (action === undefined) throw new Error(`The control plane has no ${operation}.`);
  return action.handle({ ...world, service: 'secretsmanager', operation, region: sandboxRegion, requestId: randomUUID() }, input);
}

function parse(text: string): { readonly [key: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
