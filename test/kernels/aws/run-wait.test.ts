import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadSdk } from '../../../engine/kernels/aws/sdk.ts';
import { waitFor } from '../../../engine/kernels/aws/wait.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { until } from '../../helpers/wait.ts';
import { listening, rdsCall } from './run-around.ts';
import { type Reply, run, service, start, xml, xmlError } from './run-service.ts';

const wait = 'aws rds wait db-cluster-available --db-cluster-identifier lego';
const cluster = (status: string, more = ''): Reply => ({
  body: xml(
    'DescribeDBClusters',
    `<DBClusters><DBCluster><DBClusterIdentifier>lego</DBClusterIdentifier><Status>${status}</Status>${more}</DBCluster></DBClusters>`,
  ),
});
const percent = (done: number) => `<PercentProgress>${done}</PercentProgress>`;

const waitCall = rdsCall('DescribeDBClusters', {
  waiter: 'DBClusterAvailable',
  command: 'db-cluster-available',
  input: { DBClusterIdentifier: 'lego' },
});
const sdk = await loadSdk('rds');

/** Answers one after the other; the last again and again. */
const inTurn =
  (...replies: readonly Reply[]) =>
  ({ nth }: { readonly nth: number }): Reply =>
    replies[Math.min(nth, replies.length - 1)] ?? 'drop';

test('a wait tells status and percent of every poll, and says a line when the status changes', async () => {
  const endpoint = await service(
    inTurn(cluster('creating'), cluster('creating', percent(40)), cluster('creating', percent(80)), cluster('configuring'), cluster('available')),
  );
  const end = await run(wait, endpoint, { RUNBOOK_RISK: 'low' });
  expect(end).toEqual({
    code: 0,
    stdout: '',
    stderr: 'lego creating\nlego configuring\nlego available\n',
    error: '',
    failed: '',
    requests: 'rds:DescribeDBClusters request-5\n',
    progress: 'lego creating\n40 lego creating\n80 lego creating\nlego configuring\nlego available\n',
  });
});

test('throttling, broken connections, servers that break and answers that cannot be read are ridden out', async () => {
  const endpoint = await service(
    inTurn(
      cluster('creating'),
      xmlError('Throttling', 'Rate exceeded'),
      'drop',
      { ...(cluster('creating') as object), cut: true },
      xmlError('InternalFailure', 'It broke', 500),
      { status: 502, body: 'gone', bare: true },
      cluster('available'),
    ),
  );
  const end = await run(wait, endpoint);
  expect(end).toMatchObject({ code: 0, error: '' });
  expect(end.stderr).toContain('(Throttling) when calling the DescribeDBClusters operation: Rate exceeded; polling on\n');
  expect(endpoint.arrivals).toHaveLength(7);
});

test('an error that will not pass ends the wait with its code', async () => {
  const endpoint = await service(inTurn(cluster('creating'), xmlError('AccessDenied', 'No', 403)));
  const end = await run(wait, endpoint);
  expect(end).toMatchObject({
    code: 1,
    error: 'AccessDenied An error occurred (AccessDenied) when calling the DescribeDBClusters operation: No (request request-2)\n',
    failed: `- 1 ${wait}\n`,
    requests: 'rds:DescribeDBClusters request-2\n',
  });
});

test.each([
  ['AccessDenied', 403],
  ['InvalidParameterValue', 400],
  ['DBClusterNotFoundFault', 404],
  ['ExpiredToken', 403],
])('%s is not polled again', async (code, status) => {
  const endpoint = await service(() => xmlError(code, 'No', status));
  await expect(waitFor(waitCall, sdk, listening(endpoint).around)).rejects.toMatchObject({ code });
  expect(endpoint.arrivals).toHaveLength(1);
});

test.each(['incompatible-restore', 'failed', 'deleting'])('the status %s fails a wait with that status as the typed error', async (status) => {
  const endpoint = await service(() => cluster(status));
  await expect(waitFor(waitCall, sdk, listening(endpoint).around)).rejects.toMatchObject({
    code: status,
    message: `Waiter DBClusterAvailable failed: lego is ${status}`,
  });
});

test('a thing that is gone is what a wait for its deletion wants', async () => {
  const endpoint = await service(inTurn(cluster('deleting'), xmlError('DBClusterNotFoundFault', 'Gone', 404)));
  const end = await run('aws rds wait db-cluster-deleted --db-cluster-identifier lego', endpoint);
  expect(end).toMatchObject({ code: 0, error: '', requests: 'rds:DescribeDBClusters request-2\n' });
});

test('a server on this machine that stays away ends the wait: it does not come back by itself', async () => {
  const end = await run(wait, { url: 'http://127.0.0.1:1' });
  expect(end).toMatchObject({ code: 1, error: expect.stringMatching(/^ECONNREFUSED /) });
});

test('a wait that is stopped ends at once', async () => {
  const endpoint = await service(() => cluster('creating'));
  const running = start(wait, { AWS_ENDPOINT_URL: endpoint.url });
  await until('a poll', () => endpoint.arrivals.length > 1);
  running.kill();
  expect(await running.ended).toMatchObject({ code: 1, error: '', stderr: expect.stringContaining('The wait was stopped: lego creating\n') });
});

test('credentials that run out during a wait are waited for, and then the wait goes on', async () => {
  const folder = temporaryFolder();
  const keys = join(folder, 'keys.json');
  const config = join(folder, 'config');
  const give = (key: string) =>
    writeFileSync(keys, JSON.stringify({ Version: 1, AccessKeyId: key, SecretAccessKey: 'of-no-account', SessionToken: 't' }));
  writeFileSync(keys, 'not yet');
  writeFileSync(config, `[profile lego]\nregion = us-east-1\ncredential_process = cat ${keys}\n`);
  const endpoint = await service(({ key, nth }) => {
    if (nth === 0) return cluster('creating');
    return key === 'AKIDNEW' ? cluster('available') : xmlError('ExpiredToken', 'The security token included in the request is expired', 403);
  });
  const running = start(wait, {
    AWS_ENDPOINT_URL: endpoint.url,
    AWS_CONFIG_FILE: '/dev/null',
    RUNBOOK_AWS_PROFILE: 'lego',
    RUNBOOK_AWS_CONFIG_FILE: config,
    PATH: process.env.PATH ?? '',
  });
  await until('word of it', () => running.seen('progress').includes('run out'));
  expect(running.seen('progress')).toContain('aws sso login --profile lego');
  // Credentials that could be resolved, but have run out too.
  give('AKIDOLD');
  await until('a poll with them', () => endpoint.arrivals.some(({ key }) => key === 'AKIDOLD'));
  give('AKIDNEW');
  const end = await running.ended;
  expect(end).toMatchObject({ code: 0, error: '' });
  expect(end.stderr).toMatch(/^lego creating\nThe credentials have run out; .*\nlego available\n$/s);
  expect(readFileSync(keys, 'utf8')).toContain('AKIDNEW');
});

test('credentials of another account are no renewal: nothing is looked for there, and the wait goes on with those of its own', async () => {
  const folder = temporaryFolder();
  const keys = join(folder, 'keys.json');
  const config = join(folder, 'config');
  const give = (key: string) => writeFileSync(keys, JSON.stringify({ Version: 1, AccessKeyId: key, SecretAccessKey: 'of-no-account' }));
  give('AKIDOTHER');
  writeFileSync(config, `[profile lego]\nregion = us-east-1\ncredential_process = cat ${keys}\n`);
  const endpoint = await service(({ key, operation, nth }) => {
    const account = key === 'AKIDOWN' ? '222222222222' : '333333333333';
    if (operation === 'GetCallerIdentity') return { body: xml(operation, `<Account>${account}</Account><Arn>arn:aws:iam::${account}:user/u</Arn>`) };
    if (nth === 0) return xmlError('ExpiredToken', 'The security token included in the request is expired', 403);
    return key === 'AKIDOWN' ? cluster('deleting') : xmlError('DBClusterNotFoundFault', 'DBCluster lego not found.', 404);
  });
  const running = start('aws rds wait db-cluster-deleted --db-cluster-identifier lego', {
    AWS_ENDPOINT_URL: endpoint.url,
    RUNBOOK_AWS_PROFILE: 'lego',
    RUNBOOK_AWS_ACCOUNT: '222222222222',
    RUNBOOK_AWS_CONFIG_FILE: config,
    PATH: process.env.PATH ?? '',
  });
  await until('word of it', () => running.seen('progress').includes('belongs to the account 333333333333'));
  give('AKIDOWN');
  await until('a poll in its own account', () => running.seen('progress').includes('lego deleting'));
  running.kill();
  await running.ended;
  const polls = endpoint.arrivals.filter(({ operation }) => operation === 'DescribeDBClusters').map(({ key }) => key);
  expect(polls).not.toContain('AKIDOTHER');
});

test('credentials that run out before a change are a failure with the code: nothing is repeated', async () => {
  const endpoint = await service(() => xmlError('ExpiredToken', 'Expired', 403));
  const end = await run('aws rds delete-db-cluster --db-cluster-identifier lego --skip-final-snapshot', endpoint, { RUNBOOK_AWS_PROFILE: 'lego' });
  expect(end).toMatchObject({ code: 1, error: expect.stringMatching(/^ExpiredToken /) });
  expect(endpoint.arrivals).toHaveLength(1);
});
