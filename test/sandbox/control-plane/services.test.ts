/** Topics, event subscriptions, pending maintenance and proxies, as the SDK's clients see them. */

import {
  AddTagsToResourceCommand,
  ApplyPendingMaintenanceActionCommand,
  CreateDBProxyCommand,
  CreateEventSubscriptionCommand,
  type CreateEventSubscriptionCommandInput,
  DeleteDBProxyCommand,
  DeleteEventSubscriptionCommand,
  DescribeDBProxiesCommand,
  DescribeDBProxyTargetGroupsCommand,
  DescribeDBProxyTargetsCommand,
  DescribeEventCategoriesCommand,
  DescribeEventSubscriptionsCommand,
  DescribePendingMaintenanceActionsCommand,
  ModifyDBProxyTargetGroupCommand,
  ModifyEventSubscriptionCommand,
  RebootDBInstanceCommand,
  RegisterDBProxyTargetsCommand,
} from '@aws-sdk/client-rds';
import {
  ConfirmSubscriptionCommand,
  CreateTopicCommand,
  DeleteTopicCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListTopicsCommand,
  PublishCommand,
  SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { seedServices } from '../../../engine/sandbox/control-plane/seed-services.ts';
import { clientOptions, type Rig, refusal, startRig } from './rig.ts';
import { seedStage } from './stage.ts';

const topic = 'arn:aws:sns:us-east-1:000000000000:lego-api-local-db-alerts';
const arn = 'arn:aws:rds:us-east-1:000000000000:cluster:lego-api-local';

let rig: Rig;
let sns: SNSClient;
let now: Date;
beforeEach(async () => {
  now = new Date('2026-03-02T10:00:00Z');
  rig = await startRig({ clock: () => now });
  sns = new SNSClient(clientOptions(rig.plane.endpoint));
  await seedStage(rig);
  await rig.plane.change((world) => seedServices(world, 'local'));
  await sns.send(new CreateTopicCommand({ Name: 'lego-api-local-db-alerts' }));
});
afterEach(async () => {
  sns.destroy();
  await rig.close();
});

async function subscriptions(): Promise<(string | undefined)[]> {
  const { Subscriptions = [] } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: topic }));
  return Subscriptions.map(({ SubscriptionArn }) => SubscriptionArn);
}

test('a topic is made once, and subscribers by e-mail wait until they confirm', async () => {
  expect(await sns.send(new CreateTopicCommand({ Name: 'lego-api-local-db-alerts' }))).toMatchObject({ TopicArn: topic });
  expect((await sns.send(new ListTopicsCommand({}))).Topics).toEqual([{ TopicArn: topic }]);
  const asked = await sns.send(new SubscribeCommand({ TopicArn: topic, Protocol: 'email', Endpoint: 'dba@example.com' }));
  expect(asked.SubscriptionArn).toBe('pending confirmation');
  expect(await subscriptions()).toEqual(['PendingConfirmation']);
  await sns.send(new PublishCommand({ TopicArn: topic, Subject: 'Early', Message: 'nobody hears this' }));
  const Token = rig.plane.world.state.subscribers[0]?.token;
  const { SubscriptionArn } = await sns.send(new ConfirmSubscriptionCommand({ TopicArn: topic, Token }));
  expect(await subscriptions()).toEqual([SubscriptionArn]);
  await sns.send(new PublishCommand({ TopicArn: topic, Subject: 'Late', Message: 'hello' }));
  const heard = rig.plane.world.state.messages.filter(({ subject }) => subject === 'Early' || subject === 'Late').map(({ endpoints }) => endpoints);
  expect(heard).toEqual([[], ['dba@example.com']]);
  const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn: topic }));
  expect(Attributes).toMatchObject({ SubscriptionsConfirmed: '1', SubscriptionsPending: '0', Owner: '000000000000' });
  await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
  expect(await subscriptions()).toEqual([]);
});

test.each([
  ['a topic that is gone', () => sns.send(new PublishCommand({ TopicArn: `${topic}-gone`, Message: 'x' })), 'NotFound'],
  ['a name with a blank', () => sns.send(new CreateTopicCommand({ Name: 'db alerts' })), 'InvalidParameter'],
  ['no e-mail address', () => sns.send(new SubscribeCommand({ TopicArn: topic, Protocol: 'email', Endpoint: 'dba' })), 'InvalidParameter'],
  ['an empty message', () => sns.send(new PublishCommand({ TopicArn: topic, Message: '' })), 'InvalidParameter'],
])('%s is refused as SNS refuses it', async (_, call, code) => {
  expect((await refusal(call())).code).toBe(code);
});

function subscription(more: Partial<CreateEventSubscriptionCommandInput> = {}) {
  const usual = { SubscriptionName: 'lego-api-local-instance', SnsTopicArn: topic, SourceType: 'db-instance', SourceIds: ['lego-api-local-1'] };
  return rig.rds.send(new CreateEventSubscriptionCommand({ ...usual, EventCategories: ['availability'], Enabled: true, ...more }));
}

test('an event subscription tells its topic the events that it is for', async () => {
  await subscription();
  const { EventSubscriptionsList } = await rig.rds.send(new DescribeEventSubscriptionsCommand({}));
  expect(EventSubscriptionsList).toMatchObject([{ CustSubscriptionId: 'lego-api-local-instance', Status: 'active', Enabled: true }]);
  await rig.rds.send(new RebootDBInstanceCommand({ DBInstanceIdentifier: 'lego-api-local-1' }));
  await rig.plane.settled();
  const told = rig.plane.world.state.messages.map(({ text }) => JSON.parse(text));
  expect(told).toMatchObject([{ 'Source ID': 'lego-api-local-1' }, { 'Event ID': expect.stringMatching(/#RDS-EVENT-0006$/) }]);
  await rig.rds.send(new ModifyEventSubscriptionCommand({ SubscriptionName: 'lego-api-local-instance', Enabled: false }));
  await rig.rds.send(new RebootDBInstanceCommand({ DBInstanceIdentifier: 'lego-api-local-1' }));
  await rig.plane.settled();
  expect(rig.plane.world.state.messages).toHaveLength(2);
  await sns.send(new DeleteTopicCommand({ TopicArn: topic }));
  const after = await rig.rds.send(new DescribeEventSubscriptionsCommand({}));
  expect(after.EventSubscriptionsList?.map(({ Status }) => Status)).toEqual(['topic-not-exist']);
  await rig.rds.send(new DeleteEventSubscriptionCommand({ SubscriptionName: 'lego-api-local-instance' }));
});

const badSubscriptions: [string, Partial<CreateEventSubscriptionCommandInput>, string][] = [
  ['a topic that is not there', { SnsTopicArn: `${topic}-gone` }, 'SNSTopicArnNotFound'],
  ['a topic with an order', { SnsTopicArn: `${topic}.fifo` }, 'SNSInvalidTopic'],
  ['a category of another source', { EventCategories: ['read replica', 'failing'] }, 'SubscriptionCategoryNotFound'],
  ['sources without a type', { SourceType: undefined }, 'InvalidParameterCombination'],
  ['a source that is not there', { SourceIds: ['lego-api-local-9'] }, 'SourceNotFound'],
  ['a type that is none', { SourceType: 'db-table' }, 'InvalidParameterValue'],
];

test.each(badSubscriptions)('an event subscription with %s is refused as AWS refuses it', async (_, more, code) => {
  expect((await refusal(subscription(more))).code).toBe(code);
});

test('the name of an event subscription is taken once, and categories are listed by source', async () => {
  await subscription();
  expect((await refusal(subscription())).code).toBe('SubscriptionAlreadyExist');
  const { EventCategoriesMapList: [only] = [] } = await rig.rds.send(new DescribeEventCategoriesCommand({ SourceType: 'db-cluster-snapshot' }));
  expect(only?.EventCategories).toContain('backup');
  expect((await refusal(rig.rds.send(new DeleteEventSubscriptionCommand({ SubscriptionName: 'gone' })))).code).toBe('SubscriptionNotFound');
});

function apply(OptInType: string, ApplyAction = 'system-update') {
  return rig.rds.send(new ApplyPendingMaintenanceActionCommand({ ResourceIdentifier: arn, ApplyAction, OptInType }));
}

async function pending(cluster = 'lego-api-local') {
  const Filters = [{ Name: 'db-cluster-id', Values: [cluster] }];
  const { PendingMaintenanceActions = [] } = await rig.rds.send(new DescribePendingMaintenanceActionsCommand({ Filters }));
  return PendingMaintenanceActions.flatMap(({ PendingMaintenanceActionDetails = [] }) => PendingMaintenanceActionDetails);
}

test('a patch waits for the next window where it is opted in, and not where that is undone', async () => {
  expect(await pending()).toEqual([{ Action: 'system-update', Description: expect.stringMatching(/^New Aurora PostgreSQL patch release/) }]);
  expect(await pending('other')).toEqual([]);
  await apply('next-maintenance');
  // The window is sun:05:00-sun:05:30, and today is a Monday.
  expect(await pending()).toMatchObject([{ OptInStatus: 'next-maintenance', CurrentApplyDate: new Date('2026-03-08T05:00:00Z') }]);
  await apply('undo-opt-in');
  expect((await pending())[0]?.OptInStatus).toBeUndefined();
});

test('a patch that is applied immediately restarts the server, cannot be undone, and makes way for the next one', async () => {
  const { ResourcePendingMaintenanceActions } = await apply('immediate');
  expect(ResourcePendingMaintenanceActions?.PendingMaintenanceActionDetails).toMatchObject([{ OptInStatus: 'immediate' }]);
  await rig.plane.settled();
  expect(rig.fleet.asked).toEqual(expect.arrayContaining(['stop local', 'start local 189']));
  expect(await pending()).toEqual([]);
  expect((await refusal(apply('undo-opt-in'))).code).toBe('ResourceNotFoundFault');
  await rig.plane.change((world) => seedServices(world, 'local'));
  expect(await pending()).toEqual([]);
  now = new Date('2026-03-02T10:01:00Z');
  expect(await pending()).toEqual([{ Action: 'system-update', Description: 'New Aurora PostgreSQL patch release 18.4.2' }]);
  await apply('immediate');
  await rig.plane.settled();
  expect(await pending()).toEqual([]);
});

test.each([
  ['an opt-in that is none', () => apply('later'), 'InvalidParameterValue'],
  ['an action that is none', () => apply('immediate', 'paint-it'), 'InvalidParameterValue'],
  ['an action that does not wait', () => apply('immediate', 'os-upgrade'), 'ResourceNotFoundFault'],
])('maintenance with %s is refused as AWS refuses it', async (_, call, code) => {
  expect((await refusal(call())).code).toBe(code);
});

test('a proxy has one target group and shows why the database behind it cannot be used', async () => {
  const proxy = { DBProxyName: 'lego-api-local-proxy' };
  const made = await rig.rds.send(
    new CreateDBProxyCommand({
      ...proxy,
      EngineFamily: 'POSTGRESQL',
      Auth: [{ AuthScheme: 'SECRETS', SecretArn: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:none-abcdef', IAMAuth: 'DISABLED' }],
      RoleArn: 'arn:aws:iam::000000000000:role/proxy',
      VpcSubnetIds: ['subnet-1', 'subnet-2'],
    }),
  );
  expect(made.DBProxy?.Status).toBe('creating');
  await rig.plane.settled();
  expect((await rig.rds.send(new DescribeDBProxiesCommand(proxy))).DBProxies).toMatchObject([{ Status: 'available', RequireTLS: false }]);
  const group = { ...proxy, TargetGroupName: 'default' };
  await rig.rds.send(new ModifyDBProxyTargetGroupCommand({ ...group, ConnectionPoolConfig: { MaxConnectionsPercent: 60 } }));
  const { TargetGroups } = await rig.rds.send(new DescribeDBProxyTargetGroupsCommand(proxy));
  expect(TargetGroups).toMatchObject([
    { TargetGroupName: 'default', ConnectionPoolConfig: { MaxConnectionsPercent: 60, MaxIdleConnectionsPercent: 50 } },
  ]);
  const registered = await rig.rds.send(new RegisterDBProxyTargetsCommand({ ...proxy, DBClusterIdentifiers: ['lego-api-local'] }));
  expect(registered.DBProxyTargets?.map(({ TargetHealth }) => TargetHealth?.State)).toEqual([undefined, 'REGISTERING']);
  await rig.plane.settled();
  const { Targets = [] } = await rig.rds.send(new DescribeDBProxyTargetsCommand(proxy));
  expect(Targets.map(({ Type, TargetHealth }) => [Type, TargetHealth?.Reason])).toEqual([
    ['TRACKED_CLUSTER', undefined],
    ['RDS_INSTANCE', 'AUTH_FAILURE'],
  ]);
  const again = rig.rds.send(new RegisterDBProxyTargetsCommand({ ...proxy, DBClusterIdentifiers: ['lego-api-local'] }));
  expect((await refusal(again)).code).toBe('DBProxyTargetAlreadyRegisteredFault');
  await rig.rds.send(new DeleteDBProxyCommand(proxy));
  await rig.plane.settled();
  expect((await refusal(rig.rds.send(new DescribeDBProxyTargetsCommand(proxy)))).code).toBe('DBProxyNotFoundFault');
});

test('a state that was written is the same after it was read again', async () => {
  await subscription();
  await rig.rds.send(new AddTagsToResourceCommand({ ResourceName: arn, Tags: [{ Key: 'owner', Value: 'dba' }] }));
  const again = await startRig({ statePath: rig.statePath });
  expect(again.plane.world.state).toEqual(JSON.parse(JSON.stringify(rig.plane.world.state)));
  await again.close();
});
