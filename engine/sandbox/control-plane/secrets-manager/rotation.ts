/** Rotation of a database secret, in the steps of AWS's own function for one PostgreSQL user: make, set, test, finish. */

import * as client from '@aws-sdk/client-secrets-manager';
import { newPassword } from '../../cluster.ts';
import { action, type World } from '../action.ts';
import { refuse } from '../refusal.ts';
import type { Job } from '../state.ts';
import type { Transition } from '../transitions.ts';
import { type Login, letsIn, loginOf } from './database-secrets.ts';
import { findUsable, findVersion, putSecret, type Secret, stages, withLabel, withVersion } from './versions.ts';

/** The RotateSecret operation. The rotation itself goes on after the answer. */
export const rotateSecret = action<client.RotateSecretRequest, client.RotateSecretResponse>(client.RotateSecret$, (call, input) => {
  const found = findUsable(call.state.secrets, input.SecretId ?? '');
  const wanted = input.RotationLambdaARN ?? found.rotation?.function;
  if (wanted === undefined) {
    refuse(
      'InvalidRequestException',
      "You tried to enable rotation on a secret that doesn't already have a Lambda function ARN configured and you didn't include such an ARN as a parameter in this call.",
    );
  }
  const days = input.RotationRules?.AutomaticallyAfterDays;
  if (days !== undefined && (days < 1 || days > 1000))
    refuse('InvalidParameterException', 'RotationRules.AutomaticallyAfterDays must be within 1-1000.');
  const pending = found.versions.find(({ stages: labels }) => labels.includes(stages.pending) && !labels.includes(stages.current));
  if (pending !== undefined && call.state.jobs.some((job) => job.kind === rotationKind && job.details.version === pending.id)) {
    refuse('InvalidRequestException', "A previous rotation isn't complete. That rotation will be reattempted.");
  }
  const login =
    loginOf(findVersion(found, {})) ?? refuse('InvalidRequestException', 'The secret is no JSON with the keys engine, host, username and password.');
  const id = input.ClientRequestToken ?? crypto.randomUUID();
  const rules = input.RotationRules;
  const secret: Secret = {
    ...found,
    rotation: {
      function: wanted,
      rules:
        rules === undefined
          ? (found.rotation?.rules ?? {})
          : {
              ...(rules.AutomaticallyAfterDays !== undefined && { days: rules.AutomaticallyAfterDays }),
              ...(rules.Duration !== undefined && { duration: rules.Duration }),
              ...(rules.ScheduleExpression !== undefined && { schedule: rules.ScheduleExpression }),
            },
    },
  };
  const value = { text: JSON.stringify({ ...login, password: newPassword() }) };
  const made =
    input.RotateImmediately === false ? secret : withVersion(secret, { id, value, labels: [stages.pending], at: call.clock().toISOString() });
  putSecret(call.state, made);
  if (made !== secret) call.begin(rotationKind, made.arn, { version: id });
  return { ARN: made.arn, Name: made.name, ...(made !== secret && { VersionId: id }) };
});

const rotationKind = 'rotate-secret';

/** Configures the rotation of a secret as it usually is, unless it has one. */
export function seedRotation(world: World, arn: string): void {
  const found = world.state.secrets.find((secret) => secret.arn === arn);
  if (found === undefined || found.rotation !== undefined) return;
  const [, , , region] = arn.split(':');
  const lambda = `arn:aws:lambda:${region}:${world.account}:function:SecretsManagerPostgreSQLRotationSingleUser`;
  putSecret(world.state, { ...found, rotation: { function: lambda, rules: { days: 30 } } });
}

/** The rotation that goes on after the answer. */
export const secretsTransitions: Readonly<Record<string, Transition>> = {
  [rotationKind]: {
    seconds: 5,
    work: setPassword,
    done: (world, job) => {
      const secret = findUsable(world.state.secrets, job.subject);
      const version = job.details.version ?? '';
      const at = world.clock().toISOString();
      putSecret(world.state, { ...withLabel(secret, stages.current, version), rotated: at, changed: at });
    },
  },
};

/** Sets the new password in the database that the secret is for, and tries it. It has to be let in with a password that it knows, as AWS's function has. */
async function setPassword(world: World, job: Job): Promise<void> {
  const secret = findUsable(world.state.secrets, job.subject);
  const pending = loginOf(findVersion(secret, { id: job.details.version ?? '' }));
  if (pending === undefined) throw new Error(`The pending version of ${secret.name} is no database secret.`);
  if (await letsIn(pending)) return;
  const known = secret.versions
    .filter(({ stages: labels }) => labels.includes(stages.current) || labels.includes(stages.previous))
    .map(loginOf)
    .filter((login) => login !== undefined);
  const tried = await Promise.all(known.map(letsIn));
  if (!tried.includes(true))
    throw new Error(`setSecret: Unable to log into database with previous, current, or pending secret of secret arn ${secret.arn}`);
  const cluster = await clusterOf(world, pending);
  if (cluster === undefined) throw new Error(`No cluster of the sandbox listens at ${pending.host}:${pending.port ?? 5432}.`);
  await world.fleet.setPassword(cluster, pending.username, pending.password);
  if (!(await letsIn(pending))) throw new Error(`testSecret: Unable to log into database with pending secret of secret ARN ${secret.arn}`);
}

/** The folder of the cluster that a login is for: by its name, or else by where it listens. */
async function clusterOf(world: World, login: Login): Promise<string | undefined> {
  const byName = world.state.clusters.find(({ identifier }) => identifier === login.dbClusterIdentifier);
  if (byName !== undefined) return byName.id;
  for (const id of await world.fleet.clusters()) {
    const address = await world.fleet.running(id);
    if (address?.host === login.host && address.port === (login.port ?? 5432)) return id;
  }
  return undefined;
}
