/** What the control plane has of Secrets Manager. */

import { randomBytes, randomUUID } from 'node:crypto';
import * as client from '@aws-sdk/client-secrets-manager';
import { z } from 'zod';
import { type Action, action } from '../action.ts';
import { refuse } from '../refusal.ts';
import { tagsOf } from '../tag.ts';
import { named, secretListings } from './listing.ts';
import { rotateSecret } from './rotation.ts';
import {
  findSecret,
  findUsable,
  findVersion,
  putSecret,
  type Secret,
  secretSchema,
  stages,
  type Value,
  withLabel,
  withoutLabel,
  withVersion,
} from './versions.ts';

/** The part of the state that belongs to Secrets Manager. */
export const secretsState = { secrets: z.array(secretSchema).default([]) };

/** How long a deleted secret can be brought back, unless the client says otherwise. */
const recoveryDays = 30;

const dayMs = 24 * 60 * 60_000;

const createSecret = action<client.CreateSecretRequest, client.CreateSecretResponse>(client.CreateSecret$, (call, input) => {
  const name = input.Name ?? '';
  if (!/^[A-Za-z0-9/_+=.@-]{1,512}$/.test(name)) {
    refuse('ValidationException', 'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!');
  }
  const there = call.state.secrets.find((each) => each.name === name);
  if (there?.deleteAt !== undefined) {
    refuse('InvalidRequestException', "You can't create this secret because a secret with this name is already scheduled for deletion.");
  }
  const id = tokenOf(input.ClientRequestToken);
  if (there?.versions.some((each) => each.id === id) !== true && there !== undefined) {
    refuse('ResourceExistsException', `The operation failed because the secret ${name} already exists.`);
  }
  const at = call.clock().toISOString();
  const begun: Secret = there ?? {
    name,
    arn: `arn:aws:secretsmanager:${call.region}:${call.account}:secret:${name}-${suffix()}`,
    ...(input.Description !== undefined && { description: input.Description }),
    ...(input.KmsKeyId !== undefined && { key: input.KmsKeyId }),
    created: at,
    changed: at,
    tags: tagsOf(input.Tags),
    versions: [],
  };
  const value = givenValue(input);
  const secret = value === undefined ? begun : withVersion(begun, { id, value, labels: [stages.current], at });
  putSecret(call.state, secret);
  return { ARN: secret.arn, Name: secret.name, ...(value !== undefined && { VersionId: id }) };
});

const putSecretValue = action<client.PutSecretValueRequest, client.PutSecretValueResponse>(client.PutSecretValue$, (call, input) => {
  const value = givenValue(input) ?? refuse('InvalidRequestException', 'You must provide either SecretString or SecretBinary.');
  const id = tokenOf(input.ClientRequestToken);
  const secret = withVersion(findUsable(call.state.secrets, input.SecretId ?? ''), {
    id,
    value,
    labels: input.VersionStages ?? [stages.current],
    at: call.clock().toISOString(),
  });
  putSecret(call.state, secret);
  return { ...named(secret), VersionId: id, VersionStages: findVersion(secret, { id }).stages };
});

const updateSecret = action<client.UpdateSecretRequest, client.UpdateSecretResponse>(client.UpdateSecret$, (call, input) => {
  const found = findUsable(call.state.secrets, input.SecretId ?? '');
  const at = call.clock().toISOString();
  const described = {
    ...found,
    changed: at,
    ...(input.Description !== undefined && { description: input.Description }),
    ...(input.KmsKeyId !== undefined && { key: input.KmsKeyId }),
  };
  const value = givenValue(input);
  const id = tokenOf(input.ClientRequestToken);
  const secret = value === undefined ? described : withVersion(described, { id, value, labels: [stages.current], at });
  putSecret(call.state, secret);
  return { ...named(secret), ...(value !== undefined && { VersionId: id }) };
});

const getSecretValue = action<client.GetSecretValueRequest, client.GetSecretValueResponse>(client.GetSecretValue$, (call, input) => {
  const secret = findUsable(call.state.secrets, input.SecretId ?? '');
  const version = findVersion(secret, { id: input.VersionId, stage: input.VersionStage });
  // AWS keeps the day, not the time.
  putSecret(call.state, { ...secret, accessed: `${call.clock().toISOString().slice(0, 10)}T00:00:00.000Z` });
  return {
    ...named(secret),
    VersionId: version.id,
    ...(version.text !== undefined && { SecretString: version.text }),
    ...(version.binary !== undefined && { SecretBinary: Buffer.from(version.binary, 'base64') }),
    VersionStages: version.stages,
    CreatedDate: new Date(version.created),
  };
});

const updateStage = action<client.UpdateSecretVersionStageRequest, client.UpdateSecretVersionStageResponse>(
  client.UpdateSecretVersionStage$,
  (call, input) => {
    const found = findUsable(call.state.secrets, input.SecretId ?? '');
    const label = input.VersionStage ?? '';
    const holder = found.versions.find(({ stages: labels }) => labels.includes(label))?.id;
    const { MoveToVersionId: to, RemoveFromVersionId: from } = input;
    if (to === undefined && label === stages.current) {
      refuse(
        'InvalidParameterException',
        "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.",
      );
    }
    if (from !== undefined && holder !== from) {
      refuse(
        'InvalidParameterException',
        `The parameter RemoveFromVersionId can't be ${from}. Staging label ${label} isn't currently attached to version ${from}.`,
      );
    }
    if (to !== undefined && holder !== undefined && holder !== to && from === undefined) {
      refuse(
        'InvalidParameterException',
        `The parameter RemoveFromVersionId can't be empty. Staging label ${label} is currently attached to version ${holder}, so you must explicitly reference that version in RemoveFromVersionId.`,
      );
    }
    if (to !== undefined) findVersion(found, { id: to });
    putSecret(call.state, { ...(to === undefined ? withoutLabel(found, label) : withLabel(found, label, to)), changed: call.clock().toISOString() });
    return named(found);
  },
);

const deleteSecret = action<client.DeleteSecretRequest, client.DeleteSecretResponse>(client.DeleteSecret$, (call, input) => {
  const { RecoveryWindowInDays: days, ForceDeleteWithoutRecovery: force } = input;
  if (days !== undefined && force === true) {
    refuse('InvalidParameterException', "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.");
  }
  if (days !== undefined && (days < 7 || days > 30)) {
    refuse('InvalidParameterException', 'The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).');
  }
  const secret = findUsable(call.state.secrets, input.SecretId ?? '');
  const at = new Date(call.clock().getTime() + (force === true ? 0 : (days ?? recoveryDays) * dayMs));
  if (force === true) call.state.secrets = call.state.secrets.filter(({ arn }) => arn !== secret.arn);
  else putSecret(call.state, { ...secret, deleteAt: at.toISOString() });
  return { ...named(secret), DeletionDate: at };
});

const restoreSecret = action<client.RestoreSecretRequest, client.RestoreSecretResponse>(client.RestoreSecret$, (call, input) => {
  const { deleteAt, ...secret } = findSecret(call.state.secrets, input.SecretId ?? '');
  putSecret(call.state, secret);
  return named(secret);
});

/** The operations. */
export const secretsActions: readonly Action[] = [
  createSecret,
  putSecretValue,
  updateSecret,
  getSecretValue,
  ...secretListings,
  updateStage,
  deleteSecret,
  restoreSecret,
  rotateSecret,
];

/** A token names the version that the call makes, so that a call that is sent twice makes one. */
function tokenOf(token: string | undefined): string {
  if (token !== undefined && (token.length < 32 || token.length > 64)) {
    refuse('InvalidParameterException', 'ClientRequestToken must be 32-64 characters long.');
  }
  return token ?? randomUUID();
}

function givenValue(input: { readonly SecretString?: string | undefined; readonly SecretBinary?: Uint8Array | undefined }): Value | undefined {
  const { SecretString: text, SecretBinary: binary } = input;
  if (text !== undefined && binary !== undefined) {
    refuse('InvalidParameterException', "You can't specify both SecretString and SecretBinary in the same request.");
  }
  if (binary !== undefined) return { binary: Buffer.from(binary).toString('base64') };
  return text === undefined ? undefined : { text };
}

/** The six characters that AWS puts at the end of an ARN, so that a secret made anew under an old name is another one. */
function suffix(): string {
  return randomBytes(6).toString('base64url').replaceAll(/[-_]/g, 'x').slice(0, 6);
}
