/** A server in the place of AWS: it keeps what each block asked for, in a form in which equal requests are equal, and answers everybody alike. */

import { createServer, type IncomingMessage } from 'node:http';
import { cbor } from '@smithy/core/cbor';
import { answerTo } from './answers.ts';
import type { Known } from './known.ts';

/** A request: what was called, and its parameters in a form that does not depend on protocol, order and notation. */
export type Asked = { readonly service: string; readonly operation: string; readonly parameters: Readonly<Record<string, unknown>> };

/** Keeps requests by the access key id that they were signed with: each run of a block has one of its own. */
export type Recorder = { readonly url: string; askedBy(keyId: string): readonly Asked[]; close(): Promise<void> };

/** Where a request stands on the wire. */
export type Wire = { readonly protocol: 'query' | 'json' | 'cbor'; readonly type: string };

/** Starts it. */
export async function startRecorder(known: Known): Promise<Recorder> {
  const asked = new Map<string, Asked[]>();
  let requests = 0;
  const server = createServer((incoming, outgoing) => {
    const answer = async (): Promise<void> => {
      const body = await bodyOf(incoming);
      const [, keyId = '', signedFor = ''] = /Credential=([^/]+)\/\d+\/[^/]+\/([^/]+)/.exec(incoming.headers.authorization ?? '') ?? [];
      const { wire, ...request } = readRequest(incoming, body, signedFor);
      const before = asked.get(keyId) ?? [];
      asked.set(keyId, [...before, request]);
      const { status, headers, text } = answerTo(request, {
        wire,
        known,
        first: before.length === 0,
        requestId: `00000000-0000-0000-0000-${String(++requests).padStart(12, '0')}`,
      });
      outgoing.writeHead(status, headers);
      outgoing.end(text);
    };
    // Without an answer both sides would wait for ever.
    answer().catch((error: unknown) => outgoing.writeHead(400).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('A TCP server has an address with a port.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    askedBy: (keyId) => asked.get(keyId) ?? [],
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const services: Readonly<Record<string, string>> = { monitoring: 'cloudwatch' };

function readRequest(incoming: IncomingMessage, body: Buffer, signedFor: string): Asked & { readonly wire: Wire } {
  const service = services[signedFor] ?? signedFor;
  const type = incoming.headers['content-type'] ?? '';
  const target = incoming.headers['x-amz-target'];
  if (incoming.headers['smithy-protocol'] === 'rpc-v2-cbor') {
    const operation = (incoming.url ?? '').split('/').at(-1) ?? '';
    return { service, operation, parameters: members(body.length === 0 ? {} : cbor.deserialize(body)), wire: { protocol: 'cbor', type } };
  }
  if (target !== undefined) {
    const operation = String(target).split('.').at(-1) ?? '';
    return { service, operation, parameters: members(body.length === 0 ? {} : JSON.parse(body.toString())), wire: { protocol: 'json', type } };
  }
  const { Action: operation = '', Version: _, ...parameters } = Object.fromEntries(new URLSearchParams(body.toString()));
  const sorted = Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    service,
    operation,
    parameters: Object.fromEntries(sorted.map(([name, value]) => [name, settled(name, value)])),
    wire: { protocol: 'query', type },
  };
}

/** Members of a structure by name, none of which differs only in notation. */
function members(value: object): Record<string, unknown> {
  const sorted = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([name, member]) => [name, settled(name, member)]));
}

function settled(name: string, value: unknown): unknown {
  const own = name.split('.').at(-1) ?? '';
  // Made up anew for every call, where the block gives none.
  if (/^(ClientRequestToken|IdempotencyToken)$/.test(own) && !String(value).startsWith('8a1b2c3d')) return '(token)';
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Date) return value.getTime() / 1000;
  if (Array.isArray(value)) return value.map((item) => settled(own, item));
  if (typeof value === 'object' && value !== null) return 'tag' in value && 'value' in value ? value.value : members(value);
  if (typeof value !== 'string') return value;
  // The protocol has texts for times and numbers.
  if (/(Time|Date)$/.test(own) && /^\d{4}-.*T/.test(value)) return new Date(value).toISOString();
  return /(Capacity|ACU)$/.test(own) ? Number(value) : value;
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part);
  return Buffer.concat(parts);
}
