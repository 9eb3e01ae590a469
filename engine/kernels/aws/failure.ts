/** Why a call failed: what is known of it, told by the place at which it failed and never by the words of an error. */

import { isThrottlingError } from '@smithy/core/retry';
import { type AwsCall, nameOf } from './call.ts';

/**
 * What is known of a failed call.
 * `refused`: AWS answered with an error. `not-sent`: no server was reached. `lost`: it was sent, and what came of it is not known. `unwanted`: all
 * was answered, and what a wait saw is not what it waits for.
 */
export type FailureKind = 'refused' | 'not-sent' | 'lost' | 'unwanted';

/** A failed call. `code`: as it came over the wire, or the system's own when no answer came. */
export class AwsFailure extends Error {
  readonly kind: FailureKind;
  readonly code: string;
  readonly call: AwsCall;
  readonly requestId: string | undefined;
  readonly throttled: boolean;

  constructor(message: string, { kind, code, call, requestId, throttled = false, cause }: FailureFacts) {
    super(message, { cause });
    this.name = 'AwsFailure';
    this.kind = kind;
    // What stands in the place of a code must be one word.
    this.code = code.replace(/[^A-Za-z0-9_.:-]+/g, '-').slice(0, 128);
    this.call = call;
    this.requestId = requestId;
    this.throttled = throttled;
  }
}

type FailureFacts = {
  readonly kind: FailureKind;
  readonly code: string;
  readonly call: AwsCall;
  readonly requestId?: string | undefined;
  readonly throttled?: boolean;
  readonly cause?: unknown;
};

/** The codes that say that credentials have run out. */
export const expiredCodes: ReadonlySet<string> = new Set(['ExpiredToken', 'ExpiredTokenException', 'RequestExpired']);

/** What happened to a call of which the SDK has thrown an error. `reached`: a server was connected. */
export function failureOf(error: unknown, call: AwsCall, { reached, xml }: { readonly reached: boolean; readonly xml: boolean }): AwsFailure {
  const told = tellingOf(error);
  const status = told.$metadata?.httpStatusCode;
  const requestId = told.$metadata?.requestId;
  const facts = { call, requestId, cause: error };
  const code = codeOnWire(told, xml);
  // Its parameter is narrower than what it reads.
  const throttled = error instanceof Error && isThrottlingError(error as Parameters<typeof isThrottlingError>[0]);
  if (status !== undefined && code !== undefined) {
    // A server that broke may have broken after it did what was asked.
    const kind = status < 500 || throttled ? 'refused' : 'lost';
    return new AwsFailure(`An error occurred (${code}) when calling the ${call.operation} operation: ${told.message}`, {
      ...facts,
      kind,
      code,
      throttled,
    });
  }
  const words = wordsOf(error);
  if (!reached) {
    const unreachable = `${nameOf(call)} was not sent, as its endpoint could not be reached: ${words}`;
    return new AwsFailure(unreachable, { ...facts, kind: 'not-sent', code: systemCode(error) });
  }
  // The head of an answer may have come, and the connection broken off after it.
  if (status === undefined || typeof told.code === 'string') {
    return new AwsFailure(`The answer to ${nameOf(call)} broke off: ${words}`, { ...facts, kind: 'lost', code: systemCode(error) });
  }
  const unread = `The answer to ${nameOf(call)} cannot be read (HTTP ${status}): ${words}`;
  return new AwsFailure(unread, { ...facts, kind: 'lost', code: status < 300 ? 'unreadable-answer' : `http-${status}` });
}

/** The failure of an answer that no AWS service gives: good by its status, and empty. */
export function unreadable(call: AwsCall): AwsFailure {
  const words = `The answer to ${nameOf(call)} cannot be read: it is not an answer of AWS.`;
  return new AwsFailure(words, { kind: 'lost', code: 'unreadable-answer', call });
}

/** True for a failure that says that what was looked for is not there, or is not as it should be; others say nothing of it. */
export function denies(error: unknown): boolean {
  if (!(error instanceof AwsFailure)) return false;
  return error.kind === 'unwanted' || (error.kind === 'refused' && /NotFound/.test(error.code));
}

/** What an error of the SDK may carry. */
type Telling = {
  readonly name?: string;
  readonly message?: string;
  readonly code?: unknown;
  readonly Code?: unknown;
  readonly Error?: { readonly Code?: unknown };
  readonly $fault?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
};

function tellingOf(error: unknown): Telling {
  return typeof error === 'object' && error !== null ? error : {};
}

/** The code that the service gave; undefined when what came was no error of a service. */
function codeOnWire({ name, Code, Error: inner, $fault }: Telling, xml: boolean): string | undefined {
  const code = inner?.Code ?? Code;
  if (typeof code === 'string' && code !== '') return code;
  // The SDK names an error without a code itself.
  return xml || $fault === undefined || name === undefined || name === 'Unknown' || name === 'Error' ? undefined : name;
}

function systemCode(error: unknown): string {
  const { code, name, message } = tellingOf(error);
  if (typeof code === 'string') return code;
  if (name === 'TimeoutError') return 'ETIMEDOUT';
  return name === undefined || name === 'Error' ? ((message ?? 'unknown').split(':', 1)[0] ?? 'unknown') : name;
}

/** The words of an error. A name with several addresses fails with one error for each. */
function wordsOf(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(wordsOf))].join('; ');
  if (!(error instanceof Error)) return String(error);
  // The SDK adds a hint for programmers.
  const [words = ''] = error.message.replace(/^@smithy\/node-http-handler - /, '').split('\n  Deserialization error');
  return words === '' ? error.name : words;
}
