/** The operations of Secrets Manager that show secrets without their values. */

import * as client from '@aws-sdk/client-secrets-manager';
import { type Action, action } from '../action.ts';
import { pageOf } from '../offset-page.ts';
import { refuse } from '../refusal.ts';
import { findSecret, type Secret } from './versions.ts';

const describeSecret = action<client.DescribeSecretRequest, client.DescribeSecretResponse>(client.DescribeSecret$, (call, input) => {
  const secret = findSecret(call.state.secrets, input.SecretId ?? '');
  return { ...entry(secret), VersionIdsToStages: labelled(secret) };
});

const listSecrets = action<client.ListSecretsRequest, client.ListSecretsResponse>(client.ListSecrets$, (call, input) => {
  const all = call.state.secrets.filter(
    (secret) =>
      (secret.deleteAt === undefined || input.IncludePlannedDeletion === true) && (input.Filters ?? []).every((filter) => passes(secret, filter)),
  );
  const ordered = input.SortOrder === 'desc' ? all.toReversed() : all;
  const { items, next } = paged(ordered, input);
  return { SecretList: items.map((secret) => ({ ...entry(secret), SecretVersionsToStages: labelled(secret) })), ...next };
});

const listVersions = action<client.ListSecretVersionIdsRequest, client.ListSecretVersionIdsResponse>(client.ListSecretVersionIds$, (call, input) => {
  const secret = findSecret(call.state.secrets, input.SecretId ?? '');
  const all = secret.versions.filter(({ stages: labels }) => input.IncludeDeprecated === true || labels.length > 0);
  const { items, next } = paged(all, input);
  const versions = items.map((each) => ({
    VersionId: each.id,
    ...(each.stages.length > 0 && { VersionStages: each.stages }),
    CreatedDate: new Date(each.created),
    KmsKeyIds: [secret.key ?? 'DefaultEncryptionKey'],
  }));
  return { Versions: versions, ...next, ...named(secret) };
});

/** The operations. */
export const secretListings: readonly Action[] = [describeSecret, listSecrets, listVersions];

/** What every answer about one secret has. */
export function named(secret: Secret): { ARN: string; Name: string } {
  return { ARN: secret.arn, Name: secret.name };
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

function paged<Item>(all: readonly Item[], input: { readonly NextToken?: string | undefined; readonly MaxResults?: number | undefined }) {
  return pageOf(all, { NextToken: input.NextToken, size: input.MaxResults ?? 100 }, () =>
    refuse('InvalidNextTokenException', 'You provided an invalid value for the NextToken parameter.'),
  );
}
