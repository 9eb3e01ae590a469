/** What the control plane has of SNS. Nothing is sent anywhere: what would be, is kept. */

import { randomUUID } from 'node:crypto';
import * as client from '@aws-sdk/client-sns';
import { z } from 'zod';
import { type Action, action, type Call, type World } from './action.ts';
import { pageOf } from './offset-page.ts';
import { refuse } from './refusal.ts';
import { tag, tagsOf } from './tag.ts';

const topic = z.object({ arn: z.string(), displayName: z.string(), tags: z.array(tag) });
const subscription = z.object({
  arn: z.string(),
  topic: z.string(),
  protocol: z.string(),
  endpoint: z.string(),
  /** What the mail to confirm has in its link; there is none once it was confirmed. */
  token: z.string().optional(),
});
const message = z.object({
  id: z.string(),
  at: z.string(),
  topic: z.string(),
  /** Whom it would have reached. */
  endpoints: z.array(z.string()),
  subject: z.string().optional(),
  text: z.string(),
});

/** A message that was published, or that asks to confirm a subscription. */
type Message = z.infer<typeof message>;

/** The part of the state that belongs to SNS. */
export const snsState = {
  topics: z.array(topic).default([]),
  subscribers: z.array(subscription).default([]),
  messages: z.array(message).default([]),
};

/** More messages are not kept: they are there to be looked at, not to be archived. */
const keptMessages = 200;

/** Protocols whose subscribers have to confirm before anything is sent to them. */
const confirming = ['email', 'email-json', 'http', 'https'];

const protocols = [...confirming, 'sms', 'sqs', 'application', 'lambda', 'firehose'];

const createTopic = action<client.CreateTopicInput, client.CreateTopicResponse>(client.CreateTopic$, (call, input) => {
  const name = input.Name ?? '';
  if (!/^[A-Za-z0-9_-]{1,256}(\.fifo)?$/.test(name)) refuse('InvalidParameterException', 'Invalid parameter: Topic Name');
  const arn = `arn:aws:sns:${call.region}:${call.account}:${name}`;
  if (!call.state.topics.some((each) => each.arn === arn)) {
    call.state.topics.push({ arn, displayName: input.Attributes?.DisplayName ?? '', tags: tagsOf(input.Tags) });
  }
  return { TopicArn: arn };
});

const deleteTopic = action<client.DeleteTopicInput, object>(client.DeleteTopic$, (call, input) => {
  call.state.topics = call.state.topics.filter(({ arn }) => arn !== input.TopicArn);
  call.state.subscribers = call.state.subscribers.filter((each) => each.topic !== input.TopicArn);
  return {};
});

const listTopics = action<client.ListTopicsInput, client.ListTopicsResponse>(client.ListTopics$, (call, input) => {
  const { items, next } = paged(call.state.topics, input.NextToken);
  return { Topics: items.map(({ arn }) => ({ TopicArn: arn })), ...next };
});

const getTopicAttributes = action<client.GetTopicAttributesInput, client.GetTopicAttributesResponse>(client.GetTopicAttributes$, (call, input) => {
  const found = findTopic(call, input.TopicArn);
  const [pending, confirmed] = [true, false].map(
    (waits) => call.state.subscribers.filter((each) => each.topic === found.arn && (each.token !== undefined) === waits).length,
  );
  return {
    Attributes: {
      TopicArn: found.arn,
      DisplayName: found.displayName,
      Owner: call.account,
      SubscriptionsConfirmed: String(confirmed),
      SubscriptionsPending: String(pending),
      SubscriptionsDeleted: '0',
      Policy: JSON.stringify(policyOf(call, found.arn)),
      EffectiveDeliveryPolicy: JSON.stringify(deliveryPolicy),
    },
  };
});

const subscribe = action<client.SubscribeInput, client.SubscribeResponse>(client.Subscribe$, (call, input) => {
  const found = findTopic(call, input.TopicArn);
  const { Protocol: protocol = '', Endpoint: endpoint = '' } = input;
  if (!protocols.includes(protocol)) refuse('InvalidParameterException', `Invalid parameter: Does not support this protocol string: ${protocol}`);
  if (protocol.startsWith('email') && !/^[^@\s]+@[^@\s]+$/.test(endpoint)) refuse('InvalidParameterException', 'Invalid parameter: Email address');
  if (endpoint === '') refuse('InvalidParameterException', 'Invalid parameter: Endpoint');
  const there = call.state.subscribers.find((each) => each.topic === found.arn && each.protocol === protocol && each.endpoint === endpoint);
  const waits = confirming.includes(protocol);
  const subscriber = there ?? { arn: `${found.arn}:${randomUUID()}`, topic: found.arn, protocol, endpoint, ...(waits && { token: randomUUID() }) };
  if (there === undefined) call.state.subscribers.push(subscriber);
  if (subscriber.token !== undefined) {
    keep(call, {
      topic: found.arn,
      endpoints: [endpoint],
      subject: 'AWS Notification - Subscription Confirmation',
      text: `Token=${subscriber.token}`,
    });
  }
  return { SubscriptionArn: subscriber.token === undefined || input.ReturnSubscriptionArn === true ? subscriber.arn : 'pending confirmation' };
});

const confirmSubscription = action<client.ConfirmSubscriptionInput, client.ConfirmSubscriptionResponse>(
  client.ConfirmSubscription$,
  (call, input) => {
    const found = findTopic(call, input.TopicArn);
    const subscriber = call.state.subscribers.find((each) => each.topic === found.arn && each.token !== undefined && each.token === input.Token);
    if (subscriber === undefined) return refuse('InvalidParameterException', 'Invalid token');
    delete subscriber.token;
    return { SubscriptionArn: subscriber.arn };
  },
);

const unsubscribe = action<client.UnsubscribeInput, object>(client.Unsubscribe$, (call, input) => {
  if (!/^arn:aws:sns:[^:]+:\d{12}:[^:]+:[^:]+$/.test(input.SubscriptionArn ?? '')) {
    refuse('InvalidParameterException', 'Invalid parameter: SubscriptionArn Reason: An ARN must have at least 6 elements, not 1');
  }
  call.state.subscribers = call.state.subscribers.filter(({ arn }) => arn !== input.SubscriptionArn);
  return {};
});

const listByTopic = action<client.ListSubscriptionsByTopicInput, client.ListSubscriptionsByTopicResponse>(
  client.ListSubscriptionsByTopic$,
  (call, input) => {
    const found = findTopic(call, input.TopicArn);
    const { items, next } = paged(
      call.state.subscribers.filter((each) => each.topic === found.arn),
      input.NextToken,
    );
    return {
      Subscriptions: items.map((each) => ({
        SubscriptionArn: each.token === undefined ? each.arn : 'PendingConfirmation',
        Owner: call.account,
        Protocol: each.protocol,
        Endpoint: each.endpoint,
        TopicArn: each.topic,
      })),
      ...next,
    };
  },
);

const publish = action<client.PublishInput, client.PublishResponse>(client.Publish$, (call, input) => {
  const found = findTopic(call, input.TopicArn ?? input.TargetArn);
  const { Message: text = '', Subject: subject } = input;
  if (text === '') refuse('InvalidParameterException', 'Invalid parameter: Empty message');
  if (subject !== undefined && (subject.length === 0 || subject.length > 100)) refuse('InvalidParameterException', 'Invalid parameter: Subject');
  return { MessageId: deliver(call, { topic: found.arn, text, ...(subject !== undefined && { subject }) }) };
});

/** The operations. */
export const snsActions: readonly Action[] = [
  createTopic,
  deleteTopic,
  listTopics,
  getTopicAttributes,
  subscribe,
  confirmSubscription,
  unsubscribe,
  listByTopic,
  publish,
];

/** What a topic gets that says nothing of who may use it: everybody of its own account. */
function policyOf(call: Call, arn: string): object {
  const statement = { Sid: '__default_statement_ID', Effect: 'Allow', Principal: { AWS: '*' }, Action: ['SNS:Publish', 'SNS:Subscribe'] };
  const own = { Resource: arn, Condition: { StringEquals: { 'AWS:SourceOwner': call.account } } };
  return { Version: '2008-10-17', Id: '__default_policy_ID', Statement: [{ ...statement, ...own }] };
}

/** How AWS tries deliveries to HTTP endpoints again, where nobody says otherwise. */
const deliveryPolicy = {
  http: {
    defaultHealthyRetryPolicy: {
      minDelayTarget: 20,
      maxDelayTarget: 20,
      numRetries: 3,
      numMaxDelayRetries: 0,
      numNoDelayRetries: 0,
      numMinDelayRetries: 0,
      backoffFunction: 'linear',
    },
    disableSubscriptionOverrides: false,
  },
};

/** Gives a message to everybody who confirmed a subscription of a topic, and gives its id. A topic that is gone swallows it. */
export function deliver(world: World, sent: { readonly topic: string; readonly subject?: string; readonly text: string }): string {
  const endpoints = world.state.subscribers.filter((each) => each.topic === sent.topic && each.token === undefined).map(({ endpoint }) => endpoint);
  return keep(world, { ...sent, endpoints });
}

function keep(world: World, sent: Omit<Message, 'id' | 'at'>): string {
  const id = randomUUID();
  world.state.messages = [...world.state.messages, { id, at: world.clock().toISOString(), ...sent }].slice(-keptMessages);
  return id;
}

function findTopic(call: Call, arn: string | undefined): { readonly arn: string; readonly displayName: string } {
  if (arn === undefined || !/^arn:aws:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]+$/.test(arn)) {
    return refuse('InvalidParameterException', 'Invalid parameter: TopicArn');
  }
  return call.state.topics.find((each) => each.arn === arn) ?? refuse('NotFoundException', 'Topic does not exist');
}

/** AWS gives a hundred at a time. */
function paged<Item>(all: readonly Item[], token: string | undefined) {
  return pageOf(all, { NextToken: token, size: 100 }, () => refuse('InvalidParameterException', 'Invalid parameter: NextToken'));
}
