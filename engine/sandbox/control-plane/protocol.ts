/** Tells a request's protocol, reads its operation and input, and writes the answer in the same protocol. */

import type { IncomingHttpHeaders } from 'node:http';
import { cbor, dateToTag } from '@smithy/core/cbor';
import { isRecord } from '../../core/is-record.ts';
import { shapeOf } from '../../runtime/aws-shape.ts';
import type { Action } from './action.ts';
import { inJson, readValue, writeValue } from './json.ts';
import { readForm, readQuery } from './query.ts';
import { type Refusal, refuse, wireError } from './refusal.ts';
import type { Service } from './services.ts';
import { writeError, writeResult } from './xml.ts';

/** A request as it came in. */
export type Request = { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: Buffer };

/** What goes back. */
export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  readonly cut?: boolean;
};

/** A way to put operations on the wire. */
export type Protocol = {
  /** The name of the operation that is asked for. */
  operation(): string;
  input(action: Action): unknown;
  result(action: Action, output: object, requestId: string): Answer;
  failure(refusal: Refusal, requestId: string): Answer;
};

/** The protocol that a request speaks to a service. */
export function protocolOf(service: Service, request: Request): Protocol {
  if (request.headers['smithy-protocol'] === 'rpc-v2-cbor') return cborProtocol(service, request);
  return request.headers['x-amz-target'] === undefined ? queryProtocol(service, request) : jsonProtocol(service, request);
}

function queryProtocol(service: Service, request: Request): Protocol {
  const headers = { 'content-type': 'text/xml' };
  return {
    operation: () => readForm(request.body.toString()).action ?? refuse('MissingAction', 'The request must contain the parameter Action.'),
    input: (action) => readQuery(shapeOf(action.schema[4]), readForm(request.body.toString()).parameters),
    result: (action, output, requestId) => {
      const answer = { operation: action.name, namespace: service.namespace, shape: shapeOf(action.schema[5]), output, requestId };
      return { status: 200, headers, body: writeResult(answer) };
    },
    failure: (refusal, requestId) => {
      const { code, status } = wireError(refusal.code, service.errors);
      return { status, headers, body: writeError({ namespace: service.namespace, code, message: refusal.message, status, requestId }) };
    },
  };
}

function jsonProtocol(service: Service, request: Request): Protocol {
  const headers = { 'content-type': String(request.headers['content-type'] ?? 'application/x-amz-json-1.1') };
  const target = String(request.headers['x-amz-target']);
  const prefix = `${service.target}.`;
  return {
    operation: () => {
      if (service.target !== undefined && target.startsWith(prefix)) return target.slice(prefix.length);
      return refuse('UnknownOperationException', `X-Amz-Target "${target}" names no operation of ${service.name}.`);
    },
    input: (action) => readValue(shapeOf(action.schema[4]), parseJson(request.body)),
    result: (action, output) => ({ status: 200, headers, body: JSON.stringify(writeValue(shapeOf(action.schema[5]), output, inJson) ?? {}) }),
    failure: (refusal) => {
      const { status, type, more } = failureFacts(service, refusal);
      return { status, headers: { ...headers, ...more }, body: JSON.stringify({ __type: type, message: refusal.message }) };
    },
  };
}

/** What newer command lines and SDKs speak to CloudWatch. */
function cborProtocol(service: Service, request: Request): Protocol {
  const headers = { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' };
  const encode = (value: unknown): Uint8Array => cbor.serialize(value);
  return {
    operation: () => {
      const [, target, operation] = /^\/service\/([^/]+)\/operation\/([^/?]+)$/.exec(request.path) ?? [];
      if (target === service.target && operation !== undefined) return operation;
      return refuse('UnknownOperationException', `The path ${request.path} names no operation of ${service.name}.`);
    },
    input: (action) => readValue(shapeOf(action.schema[4]), parseCbor(request.body)),
    result: (action, output) => {
      const value = writeValue(shapeOf(action.schema[5]), output, { time: dateToTag, bytes: (bytes) => bytes });
      return { status: 200, headers, body: encode(value ?? {}) };
    },
    failure: (refusal) => {
      const { status, type, more } = failureFacts(service, refusal);
      return { status, headers: { ...headers, ...more }, body: encode({ __type: type, message: refusal.message }) };
    },
  };
}

/** Clients that used to speak Query to a service read the old code from a header. */
function failureFacts(service: Service, refusal: Refusal): { status: number; type: string; more: Record<string, string> } {
  const { name, code, status, inQueryTerms } = wireError(refusal.code, service.errors);
  const more: Record<string, string> = inQueryTerms ? { 'x-amzn-query-error': `${code};${status < 500 ? 'Sender' : 'Receiver'}` } : {};
  return { status, type: name, more };
}

function parseJson(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString());
  } catch {
    return refuse('SerializationException', 'The request is no JSON.');
  }
}

function parseCbor(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    const value: unknown = cbor.deserialize(body);
    if (isRecord(value)) return value;
  } catch {
    // Answered below.
  }
  return refuse('SerializationException', 'The request is no CBOR map.');
}
