/** Event subscriptions of RDS: which events are told to which topic. */

import * as client from '@aws-sdk/client-rds';
import { z } from 'zod';
import { type Action, action, type Call, type World } from '../action.ts';
import { refuse } from '../refusal.ts';
import { deliver } from '../sns.ts';
import { eventCategories } from './event-categories.ts';
import type { EventRecord } from './records.ts';

const subscription = z.object({
  name: z.string(),
  arn: z.string(),
  topic: z.string(),
  sourceType: z.string().optional(),
  sources: z.array(z.string()),
  categories: z.array(z.string()),
  enabled: z.boolean(),
  /** `creating` and `modifying` end at the next look; AWS takes seconds for it. */
  status: z.string(),
  created: z.string(),
});

/** An event subscription. */
type Subscription = z.infer<typeof subscription>;

/** The part of the state that belongs to event subscriptions. */
export const subscriptionsState = { eventSubscriptions: z.array(subscription).default([]) };

const create = action<client.CreateEventSubscriptionMessage, client.CreateEventSubscriptionResult>(client.CreateEventSubscription$, (call, input) => {
  const name = input.SubscriptionName ?? '';
  if (!/^[A-Za-z](?!.*--)[A-Za-z0-9-]{0,253}(?<!-)$/.test(name)) {
    refuse('InvalidParameterValue', `The parameter SubscriptionName is not a valid identifier: ${name}`);
  }
  if (call.state.eventSubscriptions.some((each) => each.name === name)) {
    refuse('SubscriptionAlreadyExistFault', `Subscription ${name} already exists.`);
  }
  const sources = input.SourceIds ?? [];
  if (sources.length > 0 && input.SourceType === undefined) {
    refuse('InvalidParameterCombination', 'If SourceIds are supplied, SourceType must also be provided.');
  }
  const made: Subscription = {
    name,
    arn: `arn:aws:rds:${call.region}:${call.account}:es:${name}`,
    topic: checkTopic(call, input.SnsTopicArn ?? ''),
    ...(input.SourceType !== undefined && { sourceType: checkType(input.SourceType) }),
    sources,
    categories: checkCategories(input.SourceType, input.EventCategories ?? []),
    enabled: input.Enabled ?? true,
    status: 'creating',
    created: call.clock().toISOString(),
  };
  for (const source of sources) checkSource(call, made.sourceType ?? '', source);
  call.state.eventSubscriptions.push(made);
  return { EventSubscription: shown(call, made) };
});

const modify = action<client.ModifyEventSubscriptionMessage, client.ModifyEventSubscriptionResult>(client.ModifyEventSubscription$, (call, input) => {
  const found = find(call, input.SubscriptionName ?? '');
  const sourceType = input.SourceType === undefined ? found.sourceType : checkType(input.SourceType);
  const changed: Subscription = {
    ...found,
    ...(input.SnsTopicArn !== undefined && { topic: checkTopic(call, input.SnsTopicArn) }),
    ...(sourceType !== undefined && { sourceType }),
    categories: checkCategories(sourceType, input.EventCategories ?? found.categories),
    enabled: input.Enabled ?? found.enabled,
    status: 'modifying',
  };
  Object.assign(found, changed);
  return { EventSubscription: shown(call, found) };
});

const remove = action<client.DeleteEventSubscriptionMessage, client.DeleteEventSubscriptionResult>(client.DeleteEventSubscription$, (call, input) => {
  const found = find(call, input.SubscriptionName ?? '');
  call.state.eventSubscriptions = call.state.eventSubscriptions.filter((each) => each !== found);
  return { EventSubscription: shown(call, { ...found, status: 'deleting' }) };
});

const describe = action<client.DescribeEventSubscriptionsMessage, client.EventSubscriptionsMessage>(
  client.DescribeEventSubscriptions$,
  (call, input) => {
    const all = input.SubscriptionName === undefined ? call.state.eventSubscriptions : [find(call, input.SubscriptionName)];
    // The first look after a change finds it done.
    for (const each of all) each.status = call.state.topics.some(({ arn }) => arn === each.topic) ? 'active' : 'topic-not-exist';
    return { EventSubscriptionsList: all.map((each) => shown(call, each)) };
  },
);

const describeCategories = action<client.DescribeEventCategoriesMessage, client.EventCategoriesMessage>(
  client.DescribeEventCategories$,
  (_, input) => {
    const types = input.SourceType === undefined ? Object.keys(eventCategories) : [checkType(input.SourceType)];
    return { EventCategoriesMapList: types.map((type) => ({ SourceType: type, EventCategories: [...(eventCategories[type] ?? [])] })) };
  },
);

/** The operations. */
export const subscriptionActions: readonly Action[] = [create, modify, remove, describe, describeCategories];

/** Tells an event to the topics of the subscriptions that want it, in the form that RDS gives such a message. */
export function tell(world: World, event: EventRecord): void {
  for (const each of world.state.eventSubscriptions) {
    if (!wants(each, event)) continue;
    const text = JSON.stringify({
      'Event Source': event.sourceType,
      'Event Time': event.at,
      'Source ID': event.source,
      'Event ID': `http://docs.amazonwebservices.com/AmazonRDS/latest/UserGuide/USER_Events.html#RDS-EVENT-${event.code}`,
      'Event Message': event.message,
    });
    deliver(world, { topic: each.topic, subject: 'RDS Notification Message', text });
  }
}

function wants(each: Subscription, event: EventRecord): boolean {
  if (!each.enabled || (each.sourceType !== undefined && each.sourceType !== event.sourceType)) return false;
  if (each.sources.length > 0 && !each.sources.includes(event.source)) return false;
  return each.categories.length === 0 || event.categories.some((category) => each.categories.includes(category));
}

function find(call: Call, name: string): Subscription {
  return call.state.eventSubscriptions.find((each) => each.name === name) ?? refuse('SubscriptionNotFoundFault', `Subscription ${name} not found.`);
}

function checkTopic(call: Call, arn: string): string {
  if (!arn.startsWith('arn:aws:sns:') || arn.endsWith('.fifo')) refuse('SNSInvalidTopicFault', `The SNS topic ${arn} is not valid.`);
  if (!call.state.topics.some((topic) => topic.arn === arn)) refuse('SNSTopicArnNotFoundFault', `SNS topic ${arn} does not exist.`);
  return arn;
}

function checkType(type: string): string {
  if (Object.hasOwn(eventCategories, type)) return type;
  return refuse('InvalidParameterValue', `The source type ${type} is not valid. Valid types: ${Object.keys(eventCategories).join(', ')}`);
}

/** AWS compares them without regard to case. */
function checkCategories(type: string | undefined, categories: readonly string[]): string[] {
  const known = type === undefined ? Object.values(eventCategories).flat() : (eventCategories[type] ?? []);
  return categories.map((category) => {
    const found = known.find((each) => each === category.toLowerCase());
    return (
      found ??
      refuse('SubscriptionCategoryNotFoundFault', `The event category ${category} does not exist for the source type ${type ?? 'of any kind'}.`)
    );
  });
}

function checkSource(call: Call, type: string, id: string): void {
  const known: Readonly<Record<string, readonly { readonly identifier: string }[]>> = {
    'db-cluster': call.state.clusters,
    'db-instance': call.state.instances,
    'db-cluster-snapshot': call.state.snapshots,
  };
  const all = known[type];
  if (all !== undefined && !all.some(({ identifier }) => identifier === id.toLowerCase())) {
    refuse('SourceNotFoundFault', `Source ${id} of type ${type} was not found.`);
  }
}

function shown(call: Call, each: Subscription): client.EventSubscription {
  return {
    CustomerAwsId: call.account,
    CustSubscriptionId: each.name,
    SnsTopicArn: each.topic,
    Status: each.status,
    SubscriptionCreationTime: each.created,
    ...(each.sourceType !== undefined && { SourceType: each.sourceType }),
    SourceIdsList: each.sources,
    EventCategoriesList: each.categories,
    Enabled: each.enabled,
    EventSubscriptionArn: each.arn,
  };
}
