import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  type GetMetricStatisticsCommandInput,
  ListMetricsCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
} from '@aws-sdk/client-cloudwatch';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { alarmSchema, evaluated, unchecked } from '../../../engine/sandbox/control-plane/cloudwatch/alarms.ts';
import type { Sample } from '../../../engine/sandbox/control-plane/cloudwatch/metrics.ts';
import { clientOptions, type Rig, refusal, startRig } from './rig.ts';
import { seedStage } from './stage.ts';

let rig: Rig;
let now: Date;
let cloudwatch: CloudWatchClient;
beforeEach(async () => {
  now = new Date('2026-03-02T10:00:30Z');
  rig = await startRig({ clock: () => now });
  cloudwatch = new CloudWatchClient(clientOptions(rig.plane.endpoint));
  await seedStage(rig);
  load(3, 1);
});
afterEach(async () => {
  cloudwatch.destroy();
  await rig.close();
});

/** How many sessions the server of the stage's cluster has, and how many of them work. */
function load(connected: number, working: number): void {
  rig.fleet.query = async <T>() => [{ connected, working }] as T[];
}

const cluster = { Name: 'DBClusterIdentifier', Value: 'lego-api-local' };

function ask(more: Partial<GetMetricStatisticsCommandInput> = {}) {
  return cloudwatch.send(
    new GetMetricStatisticsCommand({
      Namespace: 'AWS/RDS',
      MetricName: 'ACUUtilization',
      Dimensions: [cluster],
      StartTime: new Date(now.getTime() - 600_000),
      EndTime: new Date(now.getTime() + 1000),
      Period: 60,
      Statistics: ['Average', 'Maximum'],
      ...more,
    }),
  );
}

test('the first question already has a datapoint, with the statistics that were asked for', async () => {
  const { Label, Datapoints } = await ask();
  expect({ Label, Datapoints }).toEqual({
    Label: 'ACUUtilization',
    Datapoints: [{ Timestamp: new Date('2026-03-02T10:00:00Z'), Average: 100, Maximum: 100, Unit: 'Percent' }],
  });
  // One session of three works: 0.5 + 0.5 + 0.03, up to the maximum of 1.
  const capacity = await ask({ MetricName: 'ServerlessDatabaseCapacity', Statistics: ['Average'] });
  expect(capacity.Datapoints?.map(({ Average }) => Average)).toEqual([1]);
});

test('samples of a period are one datapoint, of the cluster as of its instance', async () => {
  load(2, 0);
  await ask();
  now = new Date('2026-03-02T10:00:40Z');
  load(6, 0);
  const instance = { Name: 'DBInstanceIdentifier', Value: 'lego-api-local-1' };
  const { Datapoints } = await ask({ MetricName: 'DatabaseConnections', Dimensions: [instance], Statistics: ['Minimum', 'Maximum', 'SampleCount'] });
  expect(Datapoints).toEqual([{ Timestamp: new Date('2026-03-02T10:00:00Z'), SampleCount: 2, Minimum: 2, Maximum: 6, Unit: 'Count' }]);
});

test('a metric that nobody measures, or other dimensions, have no datapoints and no error', async () => {
  expect((await ask({ MetricName: 'CPUUtilization' })).Datapoints).toEqual([]);
  expect((await ask({ Dimensions: [] })).Datapoints).toEqual([]);
  expect((await ask({ Dimensions: [{ Name: 'DBClusterIdentifier', Value: 'other' }] })).Datapoints).toEqual([]);
});

test('a cluster whose server does not run has no datapoint', async () => {
  await rig.fleet.stop('local');
  expect((await ask()).Datapoints).toEqual([]);
});

test('samples older than three hours are forgotten', async () => {
  await ask();
  now = new Date('2026-03-02T13:10:00Z');
  const { Datapoints } = await ask({ StartTime: new Date('2026-03-02T09:00:00Z'), Period: 300 });
  expect(Datapoints?.map(({ Timestamp }) => Timestamp)).toEqual([new Date('2026-03-02T13:10:00Z')]);
});

test.each([
  ['no statistics', { Statistics: undefined }, 'InvalidParameterCombination', /At least one/],
  ['a period of 90 seconds', { Period: 90 }, 'InvalidParameterValue', /multiple of 60/],
  ['an end before the start', { EndTime: new Date('2026-01-01') }, 'InvalidParameterValue', /StartTime must be less than/],
  ['too many datapoints', { StartTime: new Date('2026-01-01') }, 'InvalidParameterCombination', /limit of 1440/],
] as const)('%s is refused as AWS refuses it', async (_, more, code, message) => {
  const refused = await refusal(ask(more));
  expect(refused.code).toBe(code);
  expect(refused.message).toMatch(message);
});

test('metrics are listed, and several are asked for at once', async () => {
  const { Metrics = [] } = await cloudwatch.send(new ListMetricsCommand({ Namespace: 'AWS/RDS', Dimensions: [cluster] }));
  expect(Metrics.map(({ MetricName }) => MetricName)).toEqual(['ServerlessDatabaseCapacity', 'ACUUtilization', 'DatabaseConnections']);
  const queries = Metrics.map((Metric, index) => ({ Id: `m${index}`, MetricStat: { Metric, Period: 60, Stat: 'Average' } }));
  const range = { StartTime: new Date(now.getTime() - 600_000), EndTime: new Date(now.getTime() + 1000) };
  const { MetricDataResults } = await cloudwatch.send(new GetMetricDataCommand({ MetricDataQueries: queries, ...range }));
  expect(MetricDataResults?.map(({ Id, Values }) => [Id, Values?.length])).toEqual([
    ['m0', 1],
    ['m1', 1],
    ['m2', 1],
  ]);
});

const high: PutMetricAlarmCommandInput = {
  AlarmName: 'lego-api-local-acu-high',
  Namespace: 'AWS/RDS',
  MetricName: 'ACUUtilization',
  Dimensions: [cluster],
  Statistic: 'Average',
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 90,
  ComparisonOperator: 'GreaterThanOrEqualToThreshold',
  AlarmActions: ['arn:aws:sns:us-east-1:000000000000:lego-api-local-db-alerts'],
};

async function stateOf(): Promise<string | undefined> {
  const { MetricAlarms = [] } = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNamePrefix: 'lego-api-local' }));
  return MetricAlarms[0]?.StateValue;
}

test('an alarm follows its metric and tells its topic when it fires', async () => {
  await cloudwatch.send(new PutMetricAlarmCommand(high));
  await rig.plane.settled();
  expect(await stateOf()).toBe('ALARM');
  const { MetricAlarms: [fired] = [] } = await cloudwatch.send(new DescribeAlarmsCommand({ StateValue: 'ALARM' }));
  expect(fired?.StateReason).toMatch(
    /^Threshold Crossed: 1 out of the last 1 datapoint \[100 \(02\/03\/26 10:00:00\)\] was greater than or equal to/,
  );
  expect(rig.plane.world.state.messages.map(({ subject }) => subject)).toEqual(['ALARM: "lego-api-local-acu-high"']);
  now = new Date('2026-03-02T10:02:00Z');
  load(0, 0);
  expect(await stateOf()).toBe('OK');
});

test('an alarm has too little data before it is evaluated for the first time', async () => {
  const slow = await startRig({ clock: () => now, delays: 1000 });
  const client = new CloudWatchClient(clientOptions(slow.plane.endpoint));
  await client.send(new PutMetricAlarmCommand(high));
  const { MetricAlarms } = await client.send(new DescribeAlarmsCommand({ AlarmNames: [high.AlarmName!] }));
  expect(MetricAlarms).toMatchObject([{ StateValue: 'INSUFFICIENT_DATA', StateReason: unchecked, ActionsEnabled: true }]);
  client.destroy();
  await slow.close();
});

test('an alarm is replaced by its name, deleted, and refused without a threshold', async () => {
  await cloudwatch.send(new PutMetricAlarmCommand(high));
  await cloudwatch.send(new PutMetricAlarmCommand({ ...high, Threshold: 95 }));
  const { MetricAlarms } = await cloudwatch.send(new DescribeAlarmsCommand({}));
  expect(MetricAlarms?.map(({ Threshold }) => Threshold)).toEqual([95]);
  await cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: [high.AlarmName!] }));
  expect(await stateOf()).toBeUndefined();
  expect((await refusal(cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: [high.AlarmName!] })))).code).toBe('ResourceNotFound');
  expect(await refusal(cloudwatch.send(new PutMetricAlarmCommand({ ...high, Threshold: undefined })))).toMatchObject({
    code: 'ValidationError',
    message: 'Threshold is a required parameter.',
  });
});

const at = '2026-03-02T09:00:00.000Z';
const alarm = alarmSchema.parse({
  name: 'high',
  arn: 'arn',
  namespace: 'AWS/RDS',
  metric: 'ACUUtilization',
  statistic: 'Average',
  dimensions: [{ Name: 'DBClusterIdentifier', Value: 'c' }],
  periodSeconds: 60,
  periods: 3,
  threshold: 90,
  comparison: 'GreaterThanThreshold',
  actionsEnabled: true,
  actions: { ok: [], alarm: [], insufficient: [] },
  put: at,
  watched: true,
  state: 'OK',
  reason: 'was fine',
  updated: at,
  transitioned: at,
});

test.each([
  ['all over the threshold', [95, 95, 95], {}, 'ALARM'],
  ['one of three under it', [95, 10, 95], {}, 'OK'],
  ['two of three, where two are enough', [95, 10, 95], { toAlarm: 2 }, 'ALARM'],
  ['nothing seen', [undefined, undefined, undefined], {}, 'INSUFFICIENT_DATA'],
  ['nothing seen, and that counts as bad', [undefined, undefined, undefined], { missing: 'breaching' }, 'ALARM'],
  ['nothing seen, and that counts as good', [undefined, undefined, undefined], { missing: 'notBreaching' }, 'OK'],
  ['nothing seen, and that says nothing', [undefined, undefined, undefined], { missing: 'ignore' }, 'OK'],
  ['only the last period seen, over the threshold', [undefined, undefined, 95], {}, 'ALARM'],
  ['only the last period seen, and the others count as good', [undefined, undefined, 95], { missing: 'notBreaching' }, 'OK'],
] as const)('three periods with %s', (_, values, more, state) => {
  const samples = values.flatMap((value, index): Sample[] =>
    value === undefined
      ? []
      : [
          {
            at: `2026-03-02T10:0${index}:10.000Z`,
            dimension: 'DBClusterIdentifier',
            id: 'c',
            ServerlessDatabaseCapacity: 1,
            ACUUtilization: value,
            DatabaseConnections: 1,
          },
        ],
  );
  expect(evaluated({ ...alarm, ...more }, samples, new Date('2026-03-02T10:02:30Z')).state).toBe(state);
});
