/**
 * `aws … wait …`: the SDK's waiter decides what is good and what is bad; everything else is decided here. A wait has no end but the step's own time
 * limit. What passes (throttling, a broken connection) is ridden out, and credentials that run out are waited for. What will not pass ends it at
 * once: the SDK's waiters would try for ever.
 *
 * The typed error of a wait that fails is the code of the error that ended it, or the status that was not wanted, such as `incompatible-restore`.
 */

import { setTimeout as pause } from 'node:timers/promises';
import { Fault } from '../../fault.ts';
import { type Around, Stopped } from './around.ts';
import { type AwsCall, nameOf } from './call.ts';
import { AwsFailure, expiredCodes, failureOf } from './failure.ts';
import type { Answer, Client, Sdk } from './sdk.ts';
import { isLoopback, openClient, type Session } from './session.ts';
import { failedOf, percentOf, type Thing, thingsIn, wordsFor } from './wait-status.ts';

/** Seconds between polls. Nobody is charged for polling a sandbox. */
const paces = { cloud: { minDelay: 5, maxDelay: 30 }, sandbox: { minDelay: 0.2, maxDelay: 1 } };
const oneYearSeconds = 365 * 24 * 3600;

/** How often in a row a server on this machine may be missing: it does not come back by itself. */
const mostMissing = 5;

/** Waits until the waiter is content. @throws AwsFailure, Stopped */
export async function waitFor(call: AwsCall, sdk: Sdk, around: Around): Promise<void> {
  const sandbox = isLoopback(around.session.endpoint);
  const polls = new Polls(call, sdk, around);
  try {
    const { state, reason } = await sdk.wait(call.waiter ?? '')(
      { client: polls, ...paces[sandbox ? 'sandbox' : 'cloud'], maxWaitTime: oneYearSeconds, abortSignal: polls.over },
      call.input,
    );
    if (state === 'SUCCESS') return;
    if (polls.fatal !== undefined) throw polls.fatal;
    if (around.stop.aborted) throw new Stopped(`The wait was stopped: ${wordsFor(polls.things)}`);
    throw polls.failure(reason);
  } finally {
    polls.end();
  }
}

/** The client that a waiter polls with: it tells what it sees, and decides whether an error is a reason to poll again. */
class Polls {
  readonly #call: AwsCall;
  readonly #sdk: Sdk;
  readonly #around: Around;
  readonly #over = new AbortController();
  #session: Session;
  #connection: { readonly client: Client; readonly reached: () => boolean };
  #requestId: string | undefined;
  #said = '';
  #missing = 0;
  #lastRenewal = 0;
  /** The waiter warns of refused polls on the console if it finds no logger; here a refused poll ends the wait. */
  readonly config = { logger: { warn: () => undefined } };
  things: readonly Thing[] = [];
  fatal: AwsFailure | undefined;

  constructor(call: AwsCall, sdk: Sdk, around: Around) {
    this.#call = call;
    this.#sdk = sdk;
    this.#around = around;
    this.#session = around.session;
    this.#connection = openClient(sdk, this.#session, 1);
  }

  /** Aborts when the wait must end, whatever the waiter thinks. */
  get over(): AbortSignal {
    return AbortSignal.any([this.#over.signal, this.#around.stop]);
  }

  end(): void {
    this.#connection.client.destroy();
    this.#around.answered(nameOf(this.#call), this.#requestId);
  }

  /** One poll. Called by the waiter. */
  async send(command: object): Promise<Answer> {
    for (;;) {
      const { client, reached } = this.#connection;
      try {
        const answer = await client.send(command, { abortSignal: this.#around.stop });
        this.#see(answer);
        return answer;
      } catch (error) {
        if (this.#around.stop.aborted) throw error;
        const failure = failureOf(error, this.#call, { reached: reached(), xml: this.#sdk.speaksXml });
        // Whether the next poll reaches a server is asked anew.
        if (failure.kind !== 'refused') this.#reopen(this.#session);
        this.#requestId = failure.requestId ?? this.#requestId;
        if (expiredCodes.has(failure.code) && this.#around.renewal !== undefined) {
          await this.#renew(this.#around.renewal);
          continue;
        }
        if (this.#passes(failure)) this.#tell(`${failure.message}; polling on`);
        // The waiter judges first: that a thing is not there may be what it waits for.
        else setImmediate(() => this.#giveUp(failure));
        throw error;
      }
    }
  }

  /** What a waiter that has failed says. */
  failure(reason: unknown): AwsFailure {
    const { waiter = '' } = this.#call;
    if (reason instanceof Error) return failureOf(reason, this.#call, { reached: true, xml: this.#sdk.speaksXml });
    const thing = failedOf(this.things, waiter);
    const code = thing?.status ?? 'waiter-failed';
    const words = thing === undefined ? 'it saw nothing that it waits for' : `${thing.name} is ${thing.status}`;
    return new AwsFailure(`Waiter ${waiter} failed: ${words}`, { kind: 'unwanted', code, call: this.#call, requestId: this.#requestId });
  }

  #giveUp(failure: AwsFailure): void {
    this.fatal = failure;
    this.#over.abort();
  }

  #see(answer: Answer): void {
    this.#missing = 0;
    this.#lastRenewal = 0;
    this.#requestId = answer.$metadata?.requestId ?? this.#requestId;
    this.things = thingsIn(this.#call.operation, answer);
    const words = this.things.length === 0 ? `${this.#call.command}: nothing to see yet` : wordsFor(this.things);
    this.#around.progress(percentOf(this.things), words);
    this.#sayOnce(words);
  }

  /** Polls come often; a line is said when there is news. */
  #sayOnce(words: string): void {
    if (words !== this.#said) this.#around.say(words);
    this.#said = words;
  }

  #tell(words: string): void {
    this.#around.progress(undefined, words);
    this.#sayOnce(words);
  }

  /** True for what may be over at the next poll. */
  #passes(failure: AwsFailure): boolean {
    if (failure.kind === 'refused') return failure.throttled;
    if (failure.kind === 'lost') return true;
    this.#missing++;
    if (isLoopback(this.#around.session.endpoint) && this.#missing >= mostMissing) return false;
    return passingCodes.has(failure.code);
  }

  /** Resolves with credentials that are new, or that at least could be resolved: the next poll tells. */
  async #renew({ profile, resolve }: NonNullable<Around['renewal']>): Promise<void> {
    const every = isLoopback(this.#around.session.endpoint) ? 200 : 5000;
    let how = `renew those of the profile "${profile}", such as by: aws sso login --profile ${profile}`;
    for (;;) {
      this.#tell(`The credentials have run out; the wait goes on when they are renewed: ${how}`);
      // Those that were just resolved and have run out too are not resolved again in the same moment.
      if (this.#lastRenewal > 0) await pause(every, undefined, { signal: this.#around.stop });
      this.#lastRenewal = Date.now();
      try {
        const credentials = await resolve();
        this.#reopen({ ...this.#session, credentials });
        return;
      } catch (error) {
        if (error instanceof Fault && error.hint !== undefined) how = error.hint;
      }
    }
  }

  #reopen(session: Session): void {
    this.#session = session;
    this.#connection.client.destroy();
    this.#connection = openClient(this.#sdk, session, 1);
  }
}

/** Codes of the system for a server that cannot be reached now. A certificate that is not trusted will not be trusted later. */
const passingCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
]);
