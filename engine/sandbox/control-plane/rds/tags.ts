/** Tags of clusters, instances and snapshots. */

import {
  AddTagsToResource$,
  type AddTagsToResourceMessage,
  ListTagsForResource$,
  type ListTagsForResourceMessage,
  RemoveTagsFromResource$,
  type RemoveTagsFromResourceMessage,
  type TagListMessage,
  type Tag as WireTag,
} from '@aws-sdk/client-rds';
import { type Action, action, type Call } from '../action.ts';
import { refuse } from '../refusal.ts';
import { type Tag, tagsOf } from '../tag.ts';
import { findCluster, findInstance, findSnapshot } from './identifiers.ts';

/** Tags as they came in, checked; a later one of the same key wins. */
export function checkTags(tags: readonly WireTag[] | undefined): Tag[] {
  const checked = new Map<string, Tag>();
  for (const { Key, Value } of tagsOf(tags)) {
    if (Key === '' || Key.length > 128 || Value.length > 256)
      refuse('InvalidParameterValue', `Invalid tag "${Key}": a key has 1 to 128 characters, a value up to 256.`);
    if (/^(aws|rds):/i.test(Key)) refuse('InvalidParameterValue', `Invalid tag "${Key}": keys that begin with aws: or rds: are kept for AWS.`);
    if (!/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(Key + Value))
      refuse('InvalidParameterValue', `Invalid tag "${Key}": it has characters that tags cannot have.`);
    checked.set(Key, { Key, Value });
  }
  if (checked.size > 50) refuse('InvalidParameterValue', `A resource may have 50 tags; ${checked.size} are given.`);
  return [...checked.values()];
}

function taggedBy(call: Call, arn: string): { tags: Tag[] } {
  const type = /^arn:aws:rds:[^:]*:[^:]*:([^:]+):./.exec(arn)?.[1];
  if (type === 'cluster') return findCluster(call, arn);
  if (type === 'db') return findInstance(call, arn);
  if (type === 'cluster-snapshot') return findSnapshot(call, arn);
  return refuse(
    'InvalidParameterValue',
    `${arn} is no ARN of a cluster (…:cluster:name), an instance (…:db:name) or a snapshot (…:cluster-snapshot:name).`,
  );
}

function add(call: Call, input: AddTagsToResourceMessage): object {
  const resource = taggedBy(call, input.ResourceName ?? '');
  resource.tags = checkTags([...resource.tags, ...(input.Tags ?? [])]);
  return {};
}

function remove(call: Call, input: RemoveTagsFromResourceMessage): object {
  const resource = taggedBy(call, input.ResourceName ?? '');
  resource.tags = resource.tags.filter((tag) => !input.TagKeys?.includes(tag.Key));
  return {};
}

function list(call: Call, input: ListTagsForResourceMessage): TagListMessage {
  if (input.Filters !== undefined && input.Filters.length > 0) refuse('InvalidParameterValue', 'ListTagsForResource supports no filters.');
  return { TagList: taggedBy(call, input.ResourceName ?? '').tags };
}

export const tagActions: readonly Action[] = [
  action(AddTagsToResource$, add),
  action(RemoveTagsFromResource$, remove),
  action(ListTagsForResource$, list),
];
