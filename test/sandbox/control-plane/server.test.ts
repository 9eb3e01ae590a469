import { request } from 'node:http';
import { DescribeDBClustersCommand, DescribeReservedDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientOptions, keyId, type Rig, refusal, startRig } from './rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

const authorization = (key: string, service: string): string =>
  `AWS4-HMAC-SHA256 Credential=${key}/20261122/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=00`;

/** A request by hand, for what no client would send. */
function send(options: { headers?: Record<string, string>; body?: string | Buffer; path?: string }): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const { headers, path = '/', body = '' } = options;
    const outgoing = request({ host: '127.0.0.1', port: rig.plane.port, method: 'POST', path, headers }, (incoming) => {
      const parts: Buffer[] = [];
      incoming.on('data', (part: Buffer) => parts.push(part));
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(parts).toString() }));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

test('an action that AWS has and the sandbox has not is refused by its name', async () => {
  const { code, message, status } = await refusal(rig.rds.send(new DescribeReservedDBInstancesCommand({})));
  expect({ code, message, status }).toEqual({
    code: 'InvalidAction',
    message: 'The sandbox does not have the action DescribeReservedDBInstances of rds.',
    status: 400,
  });
});

test('another access key is refused in the words of each protocol', async () => {
  const options = { ...clientOptions(rig.plane.endpoint), credentials: { accessKeyId: 'AKIAOTHER', secretAccessKey: 'x' } };
  const query = await refusal(new RDSClient(options).send(new DescribeDBClustersCommand({})));
  const json = await refusal(new SecretsManagerClient(options).send(new GetSecretValueCommand({ SecretId: 'x' })));
  expect([query.code, query.status, json.code, json.status]).toEqual(['InvalidClientTokenId', 403, 'UnrecognizedClientException', 400]);
});

test('a request by another name than that of this machine, or without a signature, is not answered', async () => {
  const elsewhere = await send({ headers: { host: 'example.org', authorization: authorization(keyId, 'rds') } });
  const unsigned = await send({ headers: {} });
  const unknown = await send({ headers: { authorization: authorization('x', 'ec2') } });
  expect([elsewhere.status, unsigned.status, unknown.status]).toEqual([403, 403, 400]);
  expect(elsewhere.text).toBe('The control plane of a sandbox answers calls to 127.0.0.1 only.\n');
  expect(unknown.text).toBe('The sandbox does not have the service ec2.\n');
});
