/** A tiny AWS on loopback that records what it is asked: STS and Secrets Manager, as much of them as the engine itself calls. */

import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** A request as it arrived: `GetCallerIdentity`, whose key signed it, its parameters. */
type Asked = { readonly action: string; readonly key: string; readonly parameters: Readonly<Record<string, string>> };

/** What the server knows. Keys are expired where they have no account. */
export type Known = { readonly accounts: Record<string, string>; readonly secrets: Record<string, string> };

/** A server that is there until the test ends. */
export type AwsServer = Known & { readonly url: string; readonly asked: readonly Asked[]; readonly actions: () => readonly string[] };

/** Starts the server. Its accounts (by access key id) and secrets (by name) can be changed while it answers. */
export async function awsServer(known: Partial<Known> = {}): Promise<AwsServer> {
  const { accounts = {}, secrets = {} } = known;
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void read(request).then((one) => {
      asked.push(one);
      const { status, body } = answer(one, { accounts, secrets });
      response.writeHead(status, { 'content-type': body.startsWith('<') ? 'text/xml' : 'application/x-amz-json-1.1', 'x-amzn-requestid': 'r-1' });
      response.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  // A server that listens on a port has an address of this kind.
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, accounts, secrets, asked, actions: () => asked.map(({ action }) => action) };
}

async function read(request: IncomingMessage): Promise<Asked> {
  const body = await text(request);
  const target = String(request.headers['x-amz-target'] ?? '').replace(/^.*\./, '');
  const key = /Credential=([^/]*)\//.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const parameters: Record<string, string> = target === '' ? Object.fromEntries(new URLSearchParams(body)) : JSON.parse(body);
  return { action: target === '' ? (parameters.Action ?? '') : target, key, parameters };
}

function answer({ action, key, parameters }: Asked, { accounts, secrets }: Known): { readonly status: number; readonly body: string } {
  const account = accounts[key];
  if (action === 'GetSecretValue') {
    const value = secrets[parameters.SecretId ?? ''];
    if (value === undefined) return { status: 400, body: '{"__type":"ResourceNotFoundException","message":"Secrets Manager can\'t find it."}' };
    return { status: 200, body: JSON.stringify({ Name: parameters.SecretId, SecretString: value }) };
  }
  if (account === undefined) {
    const error = '<Error><Type>Sender</Type><Code>ExpiredToken</Code><Message>The security token is expired</Message></Error>';
    return { status: 403, body: `<ErrorResponse>${error}<RequestId>r-1</RequestId></ErrorResponse>` };
  }
  const result =
    action === 'AssumeRole'
      ? `<Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>role-secret-key</SecretAccessKey><SessionToken>role-session-token</SessionToken><Expiration>${new Date(Date.now() + 3_600_000).toISOString()}</Expiration></Credentials>`
      : `<Account>${account}</Account><Arn>arn:aws:iam::${account}:user/${key}</Arn><UserId>U</UserId>`;
  return {
    status: 200,
    body: `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result>${result}</${action}Result></${action}Response>`,
  };
}
