import { request } from 'node:http';
import { connect } from 'node:net';
import { CloudWatchClient, DescribeAlarmsCommand, ListDashboardsCommand, PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeDBClusters$, DescribeDBClustersCommand, DescribeEventsCommand } from '@aws-sdk/client-rds';
import { PublishBatch$, SetTopicAttributes$ } from '@aws-sdk/client-sns';
import { SmithyRpcV2CborProtocol } from '@smithy/core/cbor';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { shapeOf } from '../../../engine/runtime/aws-shape.ts';
import { readForm, readQuery } from '../../../engine/sandbox/control-plane/query.ts';
import { writeResult } from '../../../engine/sandbox/control-plane/xml.ts';
import { clientOptions, keyId, type Rig, refusal, startRig } from './rig.ts';
import { seedStage } from './stage.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
  await seedStage(rig);
});
afterAll(() => rig.close());

type Reply = { status: number; requestId: unknown; text: string };

/** A call in the Query protocol with a body by hand. */
function query(body: string | Buffer, service = 'rds'): Promise<Reply> {
  const headers = {
    authorization: `AWS4-HMAC-SHA256 Credential=${keyId}/20261122/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
  };
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port: rig.plane.port, method: 'POST', path: '/', headers }, (incoming) => {
      const parts: Buffer[] = [];
      incoming.on('data', (part: Buffer) => parts.push(part));
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode ?? 0, requestId: incoming.headers['x-amzn-requestid'], text: Buffer.concat(parts).toString() }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

const codeIn = ({ text }: Reply): string | undefined => /<Code>(.*?)<\/Code>/.exec(text)?.[1];

test('an answer has the same request id in its header and its text', async () => {
  const { status, requestId, text } = await query('Action=DescribeDBClusters&Version=2014-10-31');
  expect(status).toBe(200);
  expect(text).toContain(`<RequestId>${requestId}</RequestId>`);
  expect(text).toContain('<DescribeDBClustersResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><DescribeDBClustersResult>');
});

test.each([
  ['without an action', 'Version=2014-10-31', 'MissingAction'],
  ['with an unknown action', 'Action=DescribeTheWeather', 'InvalidAction'],
  ['without a required parameter', 'Action=CreateDBClusterSnapshot&DBClusterIdentifier=x', 'MissingParameter'],
  ['with an unknown parameter', 'Action=DescribeDBClusters&Colour=red', 'InvalidQueryParameter'],
  ['with parts of what has none', 'Action=DescribeDBClusters&DBClusterIdentifier.Name=x', 'InvalidQueryParameter'],
  ['with a list without its name', 'Action=DescribeDBClusters&Filters.1.Name=x', 'InvalidQueryParameter'],
  ['with an item that is not numbered', 'Action=DescribeDBClusters&Filters.Filter.x.Name=x', 'InvalidQueryParameter'],
  ['with a parameter twice', 'Action=DescribeDBClusters&MaxRecords=20&MaxRecords=30', 'InvalidQueryParameter'],
  ['with text for a number', 'Action=DescribeDBClusters&MaxRecords=many', 'InvalidParameterValue'],
  ['with text for a boolean', 'Action=DescribeDBClusters&IncludeShared=maybe', 'InvalidParameterValue'],
  ['with text for a time', 'Action=DescribeEvents&StartTime=yesterday', 'InvalidParameterValue'],
  ['with too many parts', `Action=DescribeDBClusters&${'a.'.repeat(5000)}=x`, 'MalformedQueryString'],
  ['with too many parameters', `Action=DescribeDBClusters${'&a=1'.repeat(3000)}`, 'MalformedQueryString'],
  ['of noise', '\u0000\ufffd%%%&&&===', 'MissingAction'],
])('a request %s is refused', async (_, body, code) => {
  const reply = await query(body);
  expect([reply.status, codeIn(reply)]).toEqual([400, code]);
});

test('parameters are read as the schema says: lists by their names, flat or not, maps, and members in any order', () => {
  const read = (schema: typeof DescribeDBClusters$, body: string) => readQuery(shapeOf(schema[4]), readForm(body).parameters);
  const filters = 'Filters.Filter.2.Name=b&Filters.Filter.2.Values.Value.1=x&Filters.Filter.1.Name=a&Filters.member.1.Values.member.1=y';
  expect(() => read(DescribeDBClusters$, filters)).toThrow('Filters is a list: Filters.Filter.1');
  expect(
    read(DescribeDBClusters$, 'Filters.Filter.10.Name=b&Filters.Filter.10.Values.Value.1=x&Filters.Filter.9.Name=a&Filters.Filter.9.Values='),
  ).toEqual({
    Filters: [
      { Name: 'a', Values: [] },
      { Name: 'b', Values: ['x'] },
    ],
  });
  const entry = 'PublishBatchRequestEntries.member.1.';
  const attribute = `${entry}MessageAttributes.entry.1.`;
  const batch = `TopicArn=t&${entry}Id=1&${entry}Message=%3C%26%3E+%2B&${attribute}Name=n&${attribute}Value.DataType=Binary&${attribute}Value.BinaryValue=aGk%3D`;
  expect(read(PublishBatch$, batch)).toEqual({
    TopicArn: 't',
    PublishBatchRequestEntries: [{ Id: '1', Message: '<&> +', MessageAttributes: { n: { DataType: 'Binary', BinaryValue: Buffer.from('hi') } } }],
  });
  expect(read(SetTopicAttributes$, 'TopicArn=t&AttributeName=a')).toEqual({ TopicArn: 't', AttributeName: 'a' });
});

test('what newer clients speak to CloudWatch is understood too, with its errors', async () => {
  const protocol = new SmithyRpcV2CborProtocol({ defaultNamespace: 'com.amazonaws.cloudwatch' });
  const client = new CloudWatchClient({ ...clientOptions(rig.plane.endpoint), protocol });
  await client.send(
    new PutMetricAlarmCommand({
      AlarmName: 'lego-api-local-acu-high',
      Namespace: 'AWS/RDS',
      MetricName: 'ACUUtilization',
      Dimensions: [{ Name: 'DBClusterIdentifier', Value: 'lego-api-local' }],
      Statistic: 'Average',
      Period: 300,
      EvaluationPeriods: 3,
      Threshold: 90.5,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    }),
  );
  const { MetricAlarms: [alarm] = [] } = await client.send(new DescribeAlarmsCommand({ AlarmNames: ['lego-api-local-acu-high'] }));
  expect([alarm?.Threshold, alarm?.AlarmConfigurationUpdatedTimestamp]).toEqual([90.5, expect.any(Date)]);
  const { message, status } = await refusal(client.send(new ListDashboardsCommand({})));
  expect([message, status]).toEqual(['The sandbox does not have the action ListDashboards of cloudwatch.', 400]);
});

test('text comes back as it was, whatever stands in it', async () => {
  const { message } = await refusal(rig.rds.send(new DescribeEventsCommand({ SourceType: '<b>"a" & \'c\' &lt;</b>\r\n]]>' as 'db-cluster' })));
  expect(message).toContain('<b>"a" & \'c\' &lt;</b>\r\n]]>');
});

test('a handler that gives what the schema does not have is a bug, not an answer', () => {
  const write = (output: unknown) =>
    writeResult({ operation: 'DescribeDBClusters', namespace: 'n', shape: shapeOf(DescribeDBClusters$[5]), output, requestId: 'r' });
  expect(() => write({ Clusters: [] })).toThrow('has no member Clusters');
  expect(() => write({ Marker: 5 })).toThrow('Marker is a string; the handler gave number');
  expect(write({ DBClusters: [] })).toContain('<DBClusters></DBClusters>');
});

test('a bug in a handler is an InternalFailure that the log explains, and the next call is answered', async () => {
  const { restorable } = rig.fleet;
  rig.fleet.restorable = () => Promise.reject(new Error('a bug, on purpose'));
  const failure = await refusal(rig.rds.send(new DescribeDBClustersCommand({})));
  rig.fleet.restorable = restorable;
  expect(failure).toMatchObject({ code: 'InternalFailure', status: 500 });
  const id = /at ([0-9a-f-]{36})\.$/.exec(failure.message)?.[1];
  expect(rig.log.some((line) => line.startsWith(`${id}: Error: a bug, on purpose`))).toBe(true);
  expect((await rig.rds.send(new DescribeDBClustersCommand({}))).DBClusters).toHaveLength(1);
});

test('a request that is too long is refused, and what is no HTTP does no harm', async () => {
  expect((await query(Buffer.alloc(2 * 1024 * 1024, 'a'))).status).toBe(413);
  const said = await new Promise<string>((resolve, reject) => {
    let text = '';
    const socket = connect(rig.plane.port, '127.0.0.1', () => socket.end('no http at all\r\n\r\n'));
    socket.on('data', (part) => {
      text += part.toString();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
  });
  expect(said).toContain('400 Bad Request');
  expect((await query('Action=DescribeDBClusters')).status).toBe(200);
});
