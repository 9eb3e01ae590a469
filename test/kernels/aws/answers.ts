/** Answers to any operation, made from the clients' own schemas: the same for the same question, and as varied as real ones. */

import * as cloudwatch from '@aws-sdk/client-cloudwatch';
import * as rds from '@aws-sdk/client-rds';
import * as secretsmanager from '@aws-sdk/client-secrets-manager';
import * as sns from '@aws-sdk/client-sns';
import * as sts from '@aws-sdk/client-sts';
import { cbor, dateToTag } from '@smithy/core/cbor';
import { doubles } from '../../../engine/kernels/aws/doubles.ts';
import { type Shape, shapeOf } from '../../../engine/runtime/aws-shape.ts';
import { inJson, writeValue } from '../../../engine/sandbox/control-plane/json.ts';
import { errorsOf } from '../../../engine/sandbox/control-plane/refusal.ts';
import { writeError, writeResult } from '../../../engine/sandbox/control-plane/xml.ts';
import type { Known } from './known.ts';
import { made } from './made-up.ts';
import type { Asked, Wire } from './recorder.ts';

/** What goes back. */
export type Sent = { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly text: string | Uint8Array };

/** How a request came, and whether its block had asked for anything before. */
export type Moment = { readonly wire: Wire; readonly known: Known; readonly first: boolean; readonly requestId: string };

const clients: Readonly<Record<string, object>> = { cloudwatch, rds, secretsmanager, sns, sts };
const namespaces: Readonly<Record<string, string>> = {
  rds: 'http://rds.amazonaws.com/doc/2014-10-31/',
  sns: 'http://sns.amazonaws.com/doc/2010-03-31/',
  sts: 'https://sts.amazonaws.com/doc/2011-06-15/',
  cloudwatch: 'http://monitoring.amazonaws.com/doc/2010-08-01/',
};

/** The answer to a request, in the protocol that it came in. */
export function answerTo(asked: Asked, { wire, known, first, requestId }: Moment): Sent {
  const refused = refusal(asked);
  const headers = { 'content-type': wire.protocol === 'query' ? 'text/xml' : wire.type, 'x-amzn-requestid': requestId };
  if (refused !== undefined) return failure(asked, { ...refused, requestId }, wire);
  const shape = outputOf(asked);
  const output = made(shape, asked, { known, first });
  switch (wire.protocol) {
    case 'query': {
      const xml = writeResult({ operation: asked.operation, namespace: namespaces[asked.service] ?? '', shape, output, requestId });
      return { status: 200, headers, text: likeThatOfAws(xml) };
    }
    case 'json':
      return { status: 200, headers, text: withPoints(writeValue(shape, output, inJson) ?? {}) };
    case 'cbor': {
      const value = writeValue(shape, output, { time: dateToTag, bytes: (bytes) => bytes }) ?? {};
      return { status: 200, headers: { ...headers, 'smithy-protocol': 'rpc-v2-cbor' }, text: cbor.serialize(value) };
    }
    default:
      return wire.protocol satisfies never;
  }
}

function outputOf({ service, operation }: Asked): Shape {
  const schema: unknown = Reflect.get(clients[service] ?? {}, `${operation}$`);
  if (!Array.isArray(schema)) throw new Error(`${service} has no operation ${operation}.`);
  return shapeOf(schema[5]);
}

type Refused = { readonly error: string; readonly message: string };

/** Names in the corpus that are refused: `…gone…`, `…forbidden…`, `…too-many…`. */
function refusal({ service, operation, parameters }: Asked): Refused | undefined {
  const text = JSON.stringify(parameters);
  if (text.includes('second-page-fails') && text.includes('arker')) return { error: 'DBSnapshotNotFoundFault', message: 'The page is gone.' };
  if (text.includes('forbidden'))
    return { error: 'AccessDenied', message: `User: arn:aws:iam::000000000000:user/lego is not authorized to perform: ${service}:${operation}` };
  if (text.includes('too-many')) {
    if (service === 'cloudwatch') return { error: 'LimitExceededFault', message: 'Limit of alarms exceeded' };
    return { error: 'SnapshotQuotaExceededFault', message: 'Cannot create more than 100 manual snapshots' };
  }
  if (!text.includes('gone')) return undefined;
  if (service === 'secretsmanager') return { error: 'ResourceNotFoundException', message: "Secrets Manager can't find the specified secret." };
  if (service === 'sns') return { error: 'NotFoundException', message: 'Topic does not exist' };
  if (/Snapshots?$/.test(operation))
    return { error: 'DBClusterSnapshotNotFoundFault', message: 'DBClusterSnapshot lego-api-gone-snapshot not found.' };
  if (/Prox/.test(operation)) return { error: 'DBProxyNotFoundFault', message: 'DBProxy lego-api-gone — “not” <found> & "gone".' };
  if (/Instances$/.test(operation)) return { error: 'DBInstanceNotFoundFault', message: 'DBInstance lego-api-gone-1 not found.' };
  return { error: 'DBClusterNotFoundFault', message: 'DBCluster lego-api-gone not found.' };
}

function failure(
  { service }: Asked,
  { error, message, requestId }: Refused & { readonly requestId: string },
  { protocol }: Wire,
): Pick<Sent, 'status' | 'text'> & { headers: Record<string, string> } {
  const known = errorsOf(clients[service] ?? {}).get(error);
  const { code = error, status = 403 } = known ?? {};
  if (protocol === 'query') {
    const text = writeError({ namespace: namespaces[service] ?? '', code, message, status, requestId });
    return { status, text, headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId } };
  }
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amzn-requestid': requestId,
    ...(known?.inQueryTerms === true && { 'x-amzn-query-error': `${code};Sender` }),
  };
  return { status, text: JSON.stringify({ __type: error, message }), headers };
}

/** AWS breaks some answers into lines, and leaves fractions of a second out where there are none. */
function likeThatOfAws(xml: string): string {
  const broken = xml.length % 2 === 0 ? xml.replaceAll('><', '>\n  <').replace(/<(\w+)>\n {2}<\/\1>/g, '<$1/>') : xml;
  return broken.replace(/\.000Z/g, (zeros, at: number) => (at % 3 === 0 ? zeros : 'Z'));
}

const doubleNames = new Set(Array.from(doubles, (name) => name.split('.')[1]));

/** JSON in which a double has a point, as AWS writes it. */
function withPoints(value: unknown): string {
  const text = JSON.stringify(value, (name, member: unknown) => {
    if (Array.isArray(member) && doubleNames.has(name)) return member.map(point);
    if (name === 'ExtendedStatistics') return Object.fromEntries(Object.entries(Object(member)).map(([key, one]) => [key, point(one)]));
    return doubleNames.has(name) ? point(member) : member;
  });
  return text.replace(/"double:([^"]*)"/g, '$1');
}

function point(value: unknown): unknown {
  if (typeof value !== 'number') return value;
  return `double:${Number.isInteger(value) ? value.toFixed(1) : value}`;
}
