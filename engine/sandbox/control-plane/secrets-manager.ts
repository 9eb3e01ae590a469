/** What the control plane has of Secrets Manager. */

import { randomBytes, randomUUID } from 'node:crypto';
import * as client from '@aws-sdk/client-secrets-manager';
import { z } from 'zod';
import { type Action, action, type Call } from './action.ts';
import { refuse } from './refusal.ts';
import { rotateSecret } from './secrets-manager-rotation.ts';
import {
  findSecret,
  findUsable,
  findVersion,
  type Secret,
  secretSchema,
  stages,
  type Value,
  withLabel,
  withoutLabel,
  withVersion,
} from './secrets-manager-versions.ts';

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
  put(call, secret);
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
  put(call, secret);
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
  put(call, secret);
  return { ...named(secret), ...(value !== undefined && { VersionId: id }) };
});

const getSecretValue = action<client.GetSecretValueRequest, client.GetSecretValueResponse>(client.GetSecretValue$, (call, input) => {
  const secret = findUsable(call.state.secrets, input.SecretId ?? '');
  const version = findVersion(secret, { id: input.VersionId, stage: input.VersionStage });
  // AWS keeps the day, not the time.
  put(call, { ...secret, accessed: `${call.clock().toISOString().slice(0, 10)}T00:00:00.000Z` });
  return {
    ...named(secret),
    VersionId: version.id,
    ...(version.text !== undefined && { SecretString: version.text }),
    ...(version.binary !== undefined && { SecretBinary: Buffer.from(version.binary, 'base64') }),
    VersionStages: version.stages,
    CreatedDate: new Date(version.created),
  };
});

const describeSecret = action<client.DescribeSecretRequest, client.DescribeSecretResponse>(client.DescribeSecret$, (call, input) => {
  const secret = findSecret(call.state.secrets, input.SecretId ?? '');
  return { ...entry(secret), VersionIdsToStages: labelled(secret) };
});

const listSecrets = action<client.ListSecretsRequest, client.ListSecretsResponse>(client.ListSecrets$, (call, input) => {
  const { from, size } = pageOf(input);
  const all = call.state.secrets.filter(
    (secret) =>
      (secret.deleteAt === undefined || input.IncludePlannedDeletion === true) && (input.Filters ?? []).every((filter) => passes(secret, filter)),
  );
  const ordered = input.SortOrder === 'desc' ? all.toReversed() : all;
  const entries = ordered.slice(from, from + size).map((secret) => ({ ...entry(secret), SecretVersionsToStages: labelled(secret) }));
  return { SecretList: entries, ...(all.length > from + size && { NextToken: String(from + size) }) };
});

const listVersions = action<client.ListSecretVersionIdsRequest, client.ListSecretVersionIdsResponse>(client.ListSecretVersionIds$, (call, input) => {
  const secret = findSecret(call.state.secrets, input.SecretId ?? '');
  const { from, size } = pageOf(input);
  const all = secret.versions.filter(({ stages: labels }) => input.IncludeDeprecated === true || labels.length > 0);
  const versions = all.slice(from, from + size).map((each) => ({
    VersionId: each.id,
    ...(each.stages.length > 0 && { VersionStages: each.stages }),
    CreatedDate: new Date(each.created),
    KmsKeyIds: [secret.key ?? 'DefaultEncryptionKey'],
  }));
  return { Versions: versions, ...(all.length > from + size && { NextToken: String(from + size) }), ...named(secret) };
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
    put(call, { ...(to === undefined ? withoutLabel(found, label) : withLabel(found, label, to)), changed: call.clock().toISOString() });
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
  else put(call, { ...secret, deleteAt: at.toISOString() });
  return { ...named(secret), DeletionDate: at };
});

const restoreSecret = action<client.RestoreSecretRequest, client.RestoreSecretResponse>(client.RestoreSecret$, (call, input) => {
  const { deleteAt, ...secret } = findSecret(call.state.secrets, input.SecretId ?? '');
  put(call, secret);
  return named(secret);
});

/** The operations. */
export const secretsActions: readonly Action[] = [
  createSecret,
  putSecretValue,
  updateSecret,
  getSecretValue,
  describeSecret,
  listSecrets,
  listVersions,
  updateStage,
  deleteSecret,
  restoreSecret,
  rotateSecret,
];

function put(call: Pick<Call, 'state'>, secret: Secret): void {
  const others = call.state.secrets.filter(({ arn }) => arn !== secret.arn);
  const place = call.state.secrets.findIndex(({ arn }) => arn === secret.arn);
  call.state.secrets = place < 0 ? [...others, secret] : call.state.secrets.with(place, secret);
}

function named(secret: Secret): { ARN: string; Name: string } {
  return { ARN: secret.arn, Name: secret.name };
}

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

function tagsOf(tags: readonly client.Tag[] | undefined): Secret['tags'] {
  return (tags ?? []).map(({ Key = '', Value: value = '' }) => ({ Key, Value: value }));
}

function labelled(secret: Secret): Record<string, string[]> {
  return Object.fromEntries(secret.versions.filter((each) => each.stages.length > 0).map((each) => [each.id, each.stages]));
}

/** What DescribeSecret and ListSecrets have in common. What has no value is left out, as AWS does. */
function entry(secret: Secret): client.SecretListEntry {
  const { rotation } = secret;
  return {
    ...named(secret),
    ...(secret.description !== undefined && { Description: secret.description }),
    ...(secret.key !== undefined && { KmsKeyId: secret.key }),
    ...(rotation !== undefined && {
      RotationEnabled: true,
      ...(rotation.function !== undefined && { RotationLambdaARN: rotation.function }),
      RotationRules: {
        ...(rotation.rules.days !== undefined && { AutomaticallyAfterDays: rotation.rules.days }),
        ...(rotation.rules.duration !== undefined && { Duration: rotation.rules.duration }),
        ...(rotation.rules.schedule !== undefined && { ScheduleExpression: rotation.rules.schedule }),
      },
    }),
    ...(secret.rotated !== undefined && { LastRotatedDate: new Date(secret.rotated) }),
    LastChangedDate: new Date(secret.changed),
    ...(secret.accessed !== undefined && { LastAccessedDate: new Date(secret.accessed) }),
    ...(secret.deleteAt !== undefined && { DeletedDate: new Date(secret.deleteAt) }),
    ...(secret.tags.length > 0 && { Tags: secret.tags }),
    CreatedDate: new Date(secret.created),
  };
}

/** Values of a filter are prefixes; one that begins with `!` excludes. */
function passes(secret: Secret, filter: client.Filter): boolean {
  const texts = filterTexts(secret, filter.Key ?? 'all');
  return (filter.Values ?? []).some((value) =>
    value.startsWith('!') ? !texts.some((text) => text.startsWith(value.slice(1))) : texts.some((text) => text.startsWith(value)),
  );
}

function filterTexts(secret: Secret, key: string): string[] {
  const tagKeys = secret.tags.map((tag) => tag.Key);
  const tagValues = secret.tags.map((tag) => tag.Value);
  if (key === 'name') return [secret.name];
  if (key === 'description') return [secret.description ?? ''];
  if (key === 'tag-key') return tagKeys;
  if (key === 'tag-value') return tagValues;
  if (key === 'all') return [secret.name, secret.description ?? '', ...tagKeys, ...tagValues];
  return refuse('InvalidParameterException', `The sandbox does not filter secrets by ${key}: it has name, description, tag-key, tag-value and all.`);
}

function pageOf(input: { readonly NextToken?: string | undefined; readonly MaxResults?: number | undefined }): { from: number; size: number } {
  const { NextToken: token, MaxResults: most } = input;
  if (token !== undefined && !/^\d{1,6}$/.test(token))
    refuse('InvalidNextTokenException', 'You provided an invalid value for the NextToken parameter.');
  return { from: Number(token ?? 0), size: most ?? 100 };
}

/** The six characters that AWS puts at the end of an ARN, so that a secret made anew under an old name is another one. */
function suffix(): string {
  return randomBytes(6).toString('base64url').replaceAll(/[-_]/g, 'x').slice(0, 6);
}
