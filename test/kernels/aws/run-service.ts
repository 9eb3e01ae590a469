/** A server on loopback in the place of AWS, and the kernel's program run against it. */

import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cbor, tag } from '@smithy/core/cbor';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from '../../helpers/temporary.ts';

/** A request that arrived. `nth`: how many of this operation came before it. */
export type Arrival = {
  readonly operation: string;
  readonly parameters: URLSearchParams;
  readonly nth: number;
  readonly agent: string;
  readonly key: string;
};

/** What is answered. A string is XML, an object is JSON (or CBOR, where the client speaks that). `cut`: the connection breaks off in mid-answer. */
export type Reply = { readonly status?: number; readonly body?: string | object; readonly bare?: true; readonly cut?: true } | 'drop' | 'silence';

/** A server that answers until the test ends. */
export type Service = {
  readonly url: string;
  readonly arrivals: Arrival[];
  /** Answers everything that was met with silence until now. */
  readonly release: (reply: Reply) => void;
};

export async function service(reply: (arrival: Arrival) => Reply): Promise<Service> {
  const arrivals: Arrival[] = [];
  const silent: ((reply: Reply) => void)[] = [];
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const parameters = new URLSearchParams(body);
      const target = request.headers['x-amz-target'];
      const operation = parameters.get('Action') ?? String(target ?? request.url).replace(/^.*[./]/, '');
      const nth = arrivals.filter((one) => one.operation === operation).length;
      const key = /Credential=([^/]*)/.exec(request.headers.authorization ?? '')?.[1] ?? '';
      const arrival = { operation, parameters, nth, agent: request.headers['user-agent'] ?? '', key };
      arrivals.push(arrival);
      const id = `request-${arrivals.length}`;
      const send = (chosen: Reply) => answer(request, response, chosen, id);
      const chosen = reply(arrival);
      if (chosen === 'silence') silent.push(send);
      else send(chosen);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, arrivals, release: (chosen) => silent.splice(0).forEach((send) => void send(chosen)) };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function answer(request: IncomingMessage, response: ServerResponse, reply: Reply, id: string): void {
  if (reply === 'silence') return;
  if (reply === 'drop') {
    request.socket.destroy();
    return;
  }
  const { status = 200, body = '', bare, cut } = reply;
  const packed = typeof body === 'string';
  const speaksCbor = request.headers['smithy-protocol'] === 'rpc-v2-cbor';
  const bytes = packed
    ? Buffer.from(body)
    : speaksCbor
      ? Buffer.from(cbor.serialize(withTags(body)))
      : Buffer.from(JSON.stringify(withSeconds(body)));
  response.writeHead(status, {
    ...(bare === undefined && { 'x-amzn-requestid': id }),
    'content-type': packed ? 'text/xml' : speaksCbor ? 'application/cbor' : 'application/x-amz-json-1.1',
    ...(speaksCbor && { 'smithy-protocol': 'rpc-v2-cbor' }),
    'content-length': bytes.length,
  });
  if (cut === undefined) response.end(bytes);
  else response.write(bytes.subarray(0, bytes.length / 2), () => request.socket.destroy());
}

/** Times as CBOR has them: a tag before the seconds. */
function withTags(value: unknown): unknown {
  return changed(value, (time) => tag({ tag: 1, value: time.getTime() / 1000 }));
}

function withSeconds(value: unknown): unknown {
  return changed(value, (time) => time.getTime() / 1000);
}

function changed(value: unknown, time: (date: Date) => unknown): unknown {
  if (value instanceof Date) return time(value);
  if (Array.isArray(value)) return value.map((item) => changed(item, time));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, changed(item, time)]));
}

/** XML as the services of the query protocol answer. */
export function xml(operation: string, result: string): string {
  return `<${operation}Response xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><${operation}Result>${result}</${operation}Result><ResponseMetadata><RequestId>in-xml</RequestId></ResponseMetadata></${operation}Response>`;
}

/** An error as they answer it. */
export function xmlError(code: string, message: string, status = 400): Reply {
  const body = `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>in-xml</RequestId></ErrorResponse>`;
  return { status, body };
}

/** A program that runs, and how it ended. */
export type Running = {
  readonly kill: () => void;
  readonly seen: (file: string) => string;
  readonly output: () => { readonly stdout: string; readonly stderr: string };
  readonly ended: Promise<Ended>;
};
export type Ended = {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly error: string;
  readonly failed: string;
  readonly requests: string;
  readonly progress: string;
};

const program = fileURLToPath(new URL('../../../engine/kernels/aws-program.ts', import.meta.url));

/** Starts the kernel's program on a block. */
export function start(block: string, env: Readonly<Record<string, string>>): Running {
  const folder = temporaryFolder();
  const path = (name: string) => join(folder, name);
  writeFileSync(path('block'), block);
  const files = Object.fromEntries(['error', 'failed', 'requests', 'progress'].map((name) => [`RUNBOOK_${name.toUpperCase()}`, path(name)]));
  const child = spawn(process.execPath, [program], {
    env: { ...credentials, RUNBOOK_BLOCK: path('block'), RUNBOOK_RISK: 'medium', RUNBOOK_RUN: '01JRUN', HOME: folder, ...files, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text;
    });
  }
  const seen = (name: string) => (existsSync(path(name)) ? readFileSync(path(name), 'utf8') : '');
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) =>
      resolve({ code, ...output, error: seen('error'), failed: seen('failed'), requests: seen('requests'), progress: seen('progress') }),
    );
  });
  return { kill: () => void child.kill('SIGTERM'), seen, output: () => output, ended };
}

const credentials = { AWS_ACCESS_KEY_ID: 'AKIDTEST', AWS_SECRET_ACCESS_KEY: 'of-no-account', AWS_REGION: 'us-east-1' };

/** Runs the kernel's program on a block, against a service. */
export function run(block: string, { url }: Pick<Service, 'url'>, env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return start(block, { AWS_ENDPOINT_URL: url, ...env }).ended;
}
