import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { loadSdk } from '../../../engine/kernels/aws/sdk.ts';
import { sendChange, sendRead } from '../../../engine/kernels/aws/send.ts';
import { until } from '../../helpers/wait.ts';
import { listening, rdsCall } from './run-around.ts';
import { run, service, start, xml, xmlError } from './run-service.ts';

const change = 'aws rds create-db-cluster-snapshot --db-cluster-identifier lego \\\n  --db-cluster-snapshot-identifier lego-1';
const read = 'aws rds describe-db-clusters';
const snapshot = xml('CreateDBClusterSnapshot', '<DBClusterSnapshot><Status>creating</Status></DBClusterSnapshot>');

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('an answer is printed, its request is noted, and nothing is left to be lost', async () => {
  const endpoint = await service(() => ({ body: snapshot }));
  const end = await run(`${change} --query DBClusterSnapshot.Status --output text`, endpoint);
  expect(end).toEqual({
    code: 0,
    stdout: 'creating\n',
    stderr: '',
    error: '',
    failed: '',
    requests: 'rds:CreateDBClusterSnapshot request-1\n',
    progress: '',
  });
  expect(endpoint.arrivals[0]?.agent).toContain('app/runbook-01JRUN');
});

test('a port that refuses is a failure with the system’s code: nothing was sent', async () => {
  const end = await run(change, { url: `http://127.0.0.1:${await freePort()}` });
  expect(end).toMatchObject({
    code: 1,
    error: expect.stringMatching(/^ECONNREFUSED rds:CreateDBClusterSnapshot was not sent/),
    failed: `- 1 ${change.split('\n')[0]}\n`,
  });
});

test('a name that is not found is a failure with the system’s code', async () => {
  const end = await run(change, { url: 'http://aws.invalid:1' });
  expect(end).toMatchObject({ code: 1, error: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN) /) });
});

test('a server without TLS behind an https endpoint never got a word of the call', async () => {
  const endpoint = await service(() => 'drop');
  const end = await run(change, { url: endpoint.url.replace('http:', 'https:') });
  expect(end).toMatchObject({ code: 1, error: expect.stringContaining('was not sent') });
  expect(endpoint.arrivals).toEqual([]);
});

const input = { DBClusterIdentifier: 'lego', DBClusterSnapshotIdentifier: 'lego-1' };
const changeCall = rdsCall('CreateDBClusterSnapshot', { input, changes: true });
const sdk = await loadSdk('rds');

test('a change whose answer is cut off is lost to the engine, and was sent once', async () => {
  const endpoint = await service(() => ({ body: snapshot, cut: true }));
  const end = await run(change, endpoint);
  expect(end).toMatchObject({ code: 1, stdout: '', failed: expect.stringMatching(/^- 1 aws rds create/) });
  expect(end.error).toMatch(/^lost The answer to rds:CreateDBClusterSnapshot broke off: .* may have been carried out\.\n$/);
  expect(endpoint.arrivals).toHaveLength(1);
});

test.each([
  ['cut in mid-answer', { body: snapshot, cut: true }, /^ECONNRESET$/],
  ['dropped before an answer', 'drop', /^ECONNRESET$/],
  ['answered with 500', xmlError('InternalFailure', 'It broke', 500), /^InternalFailure$/],
  ['answered with 503 that is no throttling', xmlError('ServiceUnavailable', 'Later', 503), /^ServiceUnavailable$/],
  ['answered with a page of a proxy', { status: 502, body: '<html><body>Bad gateway</body></html>', bare: true }, /^http-502$/],
  ['answered with a refusal that is not of AWS', { status: 403, body: '<html><body>No</body></html>', bare: true }, /^http-403$/],
  ['answered with broken XML', { body: snapshot.slice(0, -20) }, /^unreadable-answer$/],
  ['answered with XML of somebody else', { body: '<html><body>Log in</body></html>', bare: true }, /^unreadable-answer$/],
  ['not answered', 'silence', /^ETIMEDOUT$/],
] as const)('a change whose call is %s is lost, and was sent once', async (_, reply, code) => {
  const endpoint = await service(() => reply);
  const { around, underWay } = listening(endpoint);
  await expect(sendChange(changeCall, sdk, around)).rejects.toMatchObject({ kind: 'lost', code: expect.stringMatching(code) });
  // What was said before it was sent still stands.
  expect(underWay).toEqual(['rds:CreateDBClusterSnapshot (line 1) had been sent and not answered']);
  expect(endpoint.arrivals).toHaveLength(1);
});

test('a change that AWS refuses has the words of the CLI and the code as its typed error', async () => {
  const endpoint = await service(() => xmlError('SnapshotQuotaExceeded', 'No more of them.'));
  const words =
    'An error occurred (SnapshotQuotaExceeded) when calling the CreateDBClusterSnapshot operation: No more of them. (request request-1)\n';
  const end = await run(change, endpoint);
  expect(end).toMatchObject({ code: 1, error: `SnapshotQuotaExceeded ${words}`, stderr: words, requests: 'rds:CreateDBClusterSnapshot request-1\n' });
});

test.each([
  ['SnapshotQuotaExceeded', 400],
  ['Throttling', 400],
  ['ThrottlingException', 503],
  ['DBClusterNotFoundFault', 404],
  ['AccessDenied', 403],
  ['ExpiredToken', 403],
  ['SomethingNew', 400],
] as const)('a change that AWS refuses with %s is failed with that code, and was sent once', async (code, status) => {
  const endpoint = await service(() => xmlError(code, 'No.', status));
  const { around, underWay, requests } = listening(endpoint);
  await expect(sendChange(changeCall, sdk, around)).rejects.toMatchObject({ kind: 'refused', code, requestId: 'request-1' });
  expect(underWay.at(-1)).toBe(undefined);
  expect(requests).toEqual(['rds:CreateDBClusterSnapshot request-1']);
  expect(endpoint.arrivals).toHaveLength(1);
});

test('the code of an error in JSON is that of the wire', async () => {
  const endpoint = await service(() => ({ status: 400, body: { __type: 'ResourceNotFoundException', message: 'No such secret' } }));
  const end = await run('aws secretsmanager put-secret-value --secret-id s --secret-string "$NEW"', endpoint, { NEW: 'not to be seen' });
  expect(end.error).toBe(
    'ResourceNotFoundException An error occurred (ResourceNotFoundException) when calling the PutSecretValue operation: No such secret (request request-1)\n',
  );
});

test('a call that only reads is tried again, and a cut answer is then a failure, not an unknown', async () => {
  const endpoint = await service(({ nth }) =>
    nth === 0 ? 'drop' : nth === 1 ? xmlError('Throttling', 'Slow down') : { body: xml('DescribeDBClusters', '<DBClusters/>') },
  );
  expect(await run(read, endpoint)).toMatchObject({ code: 0, stdout: '{\n    "DBClusters": []\n}\n', error: '' });
  expect(endpoint.arrivals).toHaveLength(3);
  const broken = await service(() => 'drop');
  expect(await run(read, broken)).toMatchObject({
    code: 1,
    error: expect.stringMatching(/^ECONNRESET The answer to rds:DescribeDBClusters broke off/),
  });
  expect(broken.arrivals).toHaveLength(3);
});

const wait = 'aws rds wait db-cluster-available --db-cluster-identifier lego';
const broken = xml('DescribeDBClusters', '<DBClusters><DBCluster><Status>failed</Status></DBCluster></DBClusters>');

test.each([
  ['is not there', 1, read, xmlError('DBClusterNotFoundFault', 'None', 404)],
  ['is not as it should be', 1, wait, { body: broken }],
  ['could not be looked at for throttling', 2, read, xmlError('Throttling', 'Slow down')],
  ['may not be looked at', 2, read, xmlError('AccessDenied', 'No', 403)],
  ['was not answered for', 2, read, 'drop'],
] as const)('a check of a thing that %s ends with %i, as another step ends with 1', async (_, code, block, reply) => {
  const endpoint = await service(() => reply);
  const low = { RUNBOOK_RISK: 'low' };
  expect(await run(block, endpoint, { ...low, RUNBOOK_PURPOSE: 'check' })).toMatchObject({ code });
  expect(await run(block, endpoint, { ...low, RUNBOOK_PURPOSE: 'run' })).toMatchObject({ code: 1 });
});

test('while a change has no answer the engine is told so, and a stop waits for it', async () => {
  const endpoint = await service(() => 'silence');
  const running = start(change, { AWS_ENDPOINT_URL: endpoint.url });
  await until('the call arrives', () => endpoint.arrivals.length === 1);
  expect(running.seen('error')).toBe('lost The client ended when rds:CreateDBClusterSnapshot (line 1) had been sent and not answered\n');
  running.kill();
  await until('the stop is seen', () => running.output().stderr.includes('Waiting for an answer'));
  endpoint.release({ body: snapshot });
  expect(await running.ended).toMatchObject({ code: 0, error: '', stdout: expect.stringContaining('creating') });
});

test('a call that only reads ends at once when it is stopped', async () => {
  const endpoint = await service(() => 'silence');
  const running = start(read, { AWS_ENDPOINT_URL: endpoint.url });
  await until('the call arrives', () => endpoint.arrivals.length === 1);
  running.kill();
  expect(await running.ended).toMatchObject({ code: 1, error: '', stderr: 'The step was stopped before the answer came.\n' });
});

test('the first command that fails ends the block, and the line is told', async () => {
  const endpoint = await service(({ operation }) =>
    operation === 'DescribeDBInstances' ? xmlError('DBInstanceNotFound', 'None', 404) : { body: xml(operation, '<DBClusters/>') },
  );
  const end = await run(`${read}\n\naws rds describe-db-instances --db-instance-identifier x\n${read}`, endpoint);
  expect(end).toMatchObject({
    code: 1,
    failed: '- 3 aws rds describe-db-instances --db-instance-identifier x\n',
    error: expect.stringMatching(/^DBInstanceNotFound /),
  });
  expect(endpoint.arrivals.map(({ operation }) => operation)).toEqual(['DescribeDBClusters', 'DescribeDBInstances']);
});

test('many pages reach a slow reader whole', async () => {
  const many = Array.from(
    { length: 3000 },
    (_, at) => `<DBCluster><DBClusterIdentifier>lego-${at}-${'x'.repeat(60)}</DBClusterIdentifier></DBCluster>`,
  ).join('');
  const endpoint = await service(() => ({ body: xml('DescribeDBClusters', `<DBClusters>${many}</DBClusters>`) }));
  const end = await run(read, endpoint);
  expect(JSON.parse(end.stdout).DBClusters).toHaveLength(3000);
});

test.each([
  ['a sandbox without an endpoint', { RUNBOOK_SANDBOX: '1' }, 'must be on this machine'],
  [
    'a sandbox whose endpoint is elsewhere',
    { RUNBOOK_SANDBOX: '1', AWS_ENDPOINT_URL: 'https://rds.us-east-1.amazonaws.com' },
    'must be on this machine',
  ],
  ['no credentials', { AWS_ACCESS_KEY_ID: '', AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }, 'no AWS credentials'],
  ['no region', { AWS_REGION: '', AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }, 'no AWS region'],
  ['a change in a step that only reads', { RUNBOOK_RISK: 'low', AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }, 'does more than read'],
])('nothing is started with %s', async (_, env, why) => {
  const end = await start(change, env).ended;
  expect(end).toMatchObject({ code: 1, error: expect.stringMatching(/^not-started /), stdout: '' });
  expect(end.error).toContain(why);
});

test('a query that cannot be read stops the block before anything is sent', async () => {
  const endpoint = await service(() => ({ body: snapshot }));
  const end = await run(`${change} --query 'DBClusterSnapshot['`, endpoint);
  expect(end.error).toMatch(/^not-started .*query/);
  expect(endpoint.arrivals).toEqual([]);
});

test('a query that does not fit the answer to a change says that the change was made', async () => {
  const endpoint = await service(() => ({ body: snapshot }));
  const end = await run(`${change} --query 'sum(DBClusterSnapshot.Status)'`, endpoint);
  expect(end).toMatchObject({ code: 1, error: expect.stringMatching(/^bad-query .*The change itself was made/) });
});

test('a server that never speaks TLS is a failure: nothing was sent', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const { around } = listening({ url: `https://127.0.0.1:${port}` });
  await expect(sendChange(changeCall, sdk, around)).rejects.toMatchObject({ kind: 'not-sent', code: 'ETIMEDOUT' });
  server.close();
});

test('a question that is not answered in time is a failure', async () => {
  const endpoint = await service(() => 'silence');
  await expect(sendRead(rdsCall('DescribeDBClusters'), sdk, listening(endpoint).around)).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  expect(endpoint.arrivals).toHaveLength(3);
});
