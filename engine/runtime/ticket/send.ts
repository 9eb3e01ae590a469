/**
 * Requests to a ticket system over its documented REST API. The token goes to the one origin it belongs to and nowhere else; what was not
 * answered is sent again only where sending it twice is the same as once.
 */

import { escapeText } from '../../core/escape.ts';
import { Fault, hasCode, messageOf } from '../../fault.ts';
import { pause } from '../pause.ts';

/** A ticket system: where it is, and how it is told who asks. */
export type Service = {
  /** `GitHub` or `Jira`. */
  readonly name: string;
  /** The address that every path is appended to, without a slash at its end. */
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What must not stand in any message. */
  readonly secrets: readonly string[];
  /** What each status means here, and what to do about it. */
  readonly meaning: (status: number) => { readonly what: string; readonly hint: string };
};

/** A request; `path` begins with a slash, or is a whole address of the same origin. */
export type Request = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly path: string;
  readonly body?: unknown;
  readonly form?: FormData;
  readonly headers?: Readonly<Record<string, string>>;
  /** Statuses that are an answer and no failure. */
  readonly expected?: readonly number[];
};

/** An answer whose status is below 400, or was expected. */
export type Reply = { readonly status: number; readonly body: unknown; readonly next: string | undefined };

/** A POST that was sent and not answered: nobody knows whether it was done. */
class Lost extends Error {}

const tries = 4;
const timeoutMs = 30_000;
/** The longest wait that a system may ask for; beyond it a person had better come back. */
const longestWaitMs = 60_000;
const redirects = 5;

/**
 * Sends a request, again after a while where the system is busy, broken or cannot be reached. A POST is sent again only when it was refused.
 * @throws Fault `preflight` when the system refuses it or cannot be reached.
 */
export async function send(service: Service, request: Request): Promise<Reply> {
  for (let attempt = 1; ; attempt++) {
    const failure = await once(service, request);
    if ('status' in failure) return failure;
    if (failure.again === 'unless-done' && request.method === 'POST') throw new Lost(failure.fault.message, { cause: failure.fault });
    const waitMs = failure.retryAfterMs ?? 500 * 2 ** attempt * (0.5 + Math.random() / 2);
    if (failure.again === 'never' || attempt === tries || waitMs > longestWaitMs) throw failure.fault;
    await pause(waitMs);
  }
}

/**
 * Makes something that must not be made twice: when the answer is lost, it is looked for before it is made again.
 * @throws Fault `preflight` when it cannot be made.
 */
export async function sendOnce<T>(make: () => Promise<T>, find: () => Promise<T | undefined>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await make();
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
      const waitMs = 500 * 2 ** attempt;
      await pause(waitMs);
      const found = await find();
      if (found !== undefined) return found;
      if (attempt === tries) throw error.cause;
    }
  }
}

/** A request that did not lead to an answer. `again`: whether it can be sent again as it is. */
type Failure = { readonly fault: Fault; readonly again: 'never' | 'always' | 'unless-done'; readonly retryAfterMs: number | undefined };

async function once(service: Service, request: Request): Promise<Reply | Failure> {
  let response: Response;
  let text: string;
  try {
    response = await follow(service, request);
    text = await response.text();
  } catch (cause) {
    if (cause instanceof Fault) return { fault: cause, again: 'never', retryAfterMs: undefined };
    const why = clean(service, reasonOf(cause));
    const fault = new Fault('preflight', `${service.name} at ${hostOf(service)} cannot be reached: ${why}`, {
      hint: 'Check the network and the address, then give the same command again: what was sent already is found.',
    });
    return { fault, again: 'unless-done', retryAfterMs: undefined };
  }
  const { status, headers } = response;
  if (status < 400 || request.expected?.includes(status) === true) return { status, body: parsed(text), next: nextOf(headers.get('link')) };
  const retryAfterMs = waitOf(headers);
  // A refusal that says when to come back was not carried out, whatever its status.
  const busy = status === 429 || ((status === 403 || status === 503) && retryAfterMs !== undefined);
  const again = busy ? 'always' : status >= 500 || status === 408 ? 'unless-done' : 'never';
  return { fault: refusal(service, request, { status, text, retryAfterMs }), again, retryAfterMs };
}

/** Follows redirects inside the origin. The token never goes to another one. */
async function follow({ name, base, headers }: Service, { method, path, body, form, headers: more }: Request): Promise<Response> {
  const origin = new URL(base).origin;
  let url = path.startsWith('/') ? new URL(base + path) : new URL(path);
  const now = method;
  for (let hop = 0; hop <= redirects; hop++) {
    if (url.origin !== origin) {
      throw new Fault('preflight', `${name} leads to ${url.origin}, and the token of ${origin} is not sent there.`, {
        hint: 'If that is its new address, give that one.',
      });
    }
    const payload = now === 'GET' ? undefined : (form ?? (body === undefined ? undefined : JSON.stringify(body)));
    const type = payload === undefined || form !== undefined ? {} : { 'Content-Type': 'application/json' };
    const response = await fetch(url, {
      method: now,
      headers: { ...headers, ...type, ...more },
      ...(payload !== undefined && { body: payload }),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const location = response.headers.get('location');
    if (![301, 302, 303, 307, 308].includes(response.status) || location === null) return response;
    await response.body?.cancel();
    if (now !== 'GET' && response.status !== 307 && response.status !== 308) {
      throw new Fault('preflight', `${name} answered ${response.status}: the ticket has moved to ${new URL(location, url).href}.`, {
        hint: 'Name the ticket by its new address.',
      });
    }
    url = new URL(location, url);
  }
  throw new Fault('preflight', `${name} redirects without end.`, { hint: 'Check its address.' });
}

function refusal(
  service: Service,
  request: Request,
  { status, text, retryAfterMs }: { status: number; text: string; retryAfterMs: number | undefined },
): Fault {
  const { what, hint } = service.meaning(status);
  const { pathname } = new URL(request.path.startsWith('/') ? service.base + request.path : request.path);
  const said = clean(service, saidBy(parsed(text)));
  const wait = retryAfterMs === undefined ? '' : ` It asks to wait ${Math.ceil(retryAfterMs / 1000)} s.`;
  const words = `${service.name} answered ${status} to ${request.method} ${pathname}: ${what}${wait}${said === '' ? '' : ` It says: ${said}`}`;
  return new Fault('preflight', words, { hint });
}

/** What a system says of a refusal, in the words of either API. */
function saidBy(body: unknown): string {
  if (typeof body !== 'object' || body === null) return '';
  const { message, errorMessages, errors } = body as Readonly<Record<string, unknown>>;
  const words = [message, ...(Array.isArray(errorMessages) ? errorMessages : []), ...namedIn(errors)];
  return words.filter((word) => typeof word === 'string' && word !== '').join(' ');
}

function namedIn(errors: unknown): readonly unknown[] {
  if (typeof errors !== 'object' || errors === null) return [];
  return Array.isArray(errors) ? errors.map((error) => error?.message) : Object.entries(errors).map(([name, what]) => `${name}: ${what}`);
}

/** Words of a system are escaped and shortened, and never repeat the token, whatever it answers. */
function clean({ secrets }: Service, words: string): string {
  const text = escapeText(
    secrets.reduce((before, secret) => before.replaceAll(secret, '********'), words),
    { colour: false },
  );
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The next page, by the Link header (RFC 8288). */
function nextOf(link: string | null): string | undefined {
  return link
    ?.split(/,(?=\s*<)/)
    .map((part) => /^\s*<([^>]*)>.*;\s*rel="?next"?(?:\s*;|\s*$)/.exec(part)?.[1])
    .find((url) => url !== undefined);
}

/** How long to wait, by Retry-After in seconds or as a date, or by GitHub's own headers when its limit is used up. */
function waitOf(headers: Headers): number | undefined {
  const after = headers.get('retry-after');
  if (after !== null) return Math.max(0, /^\d+$/.test(after) ? Number(after) * 1000 : Date.parse(after) - Date.now()) || 0;
  const reset = headers.get('x-ratelimit-remaining') === '0' ? headers.get('x-ratelimit-reset') : null;
  return reset === null ? undefined : Math.max(0, Number(reset) * 1000 - Date.now());
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s.`;
  const cause = error instanceof Error ? error.cause : undefined;
  const code = hasCode(cause, 'ECONNREFUSED') ? 'the connection is refused.' : hasCode(cause, 'ENOTFOUND') ? 'its name is not known.' : undefined;
  return code ?? messageOf(cause ?? error);
}

function hostOf({ base }: Service): string {
  return new URL(base).host;
}

/**
 * The address of a system, without a slash at its end.
 * @throws Fault `preflight` for anything but https: a token would be readable on its way. Loopback may do without.
 */
export function baseOf(variable: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const loopback = url !== undefined && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  const fits = url !== undefined && (url.protocol === 'https:' || (loopback && url.protocol === 'http:'));
  if (fits && url.username === '' && url.password === '' && url.search === '' && url.hash === '') return url.href.replace(/\/+$/, '');
  // What stands there may hold a password, so it is not repeated.
  throw new Fault('preflight', `${variable} is not an address that a token can be sent to: expected https://… without user, password or "?".`, {
    hint: `export ${variable}=https://…`,
  });
}
