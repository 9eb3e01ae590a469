/**
 * A Jira issue: one comment of ours for each run, and files. Jira Cloud (REST API 3, email and API token, comments as Atlassian documents) and
 * Data Center (REST API 2, personal access token, comments as text).
 */

import { z } from 'zod';
import { Fault } from '../../fault.ts';
import { baseOf, type Service, send, sendOnce } from './send.ts';
import type { Target } from './target.ts';
import type { Attached, Parcel, Ticket, TicketFile } from './ticket.ts';

type Environment = Readonly<Record<string, string | undefined>>;
type JiraTarget = Extract<Target, { kind: 'jira' }>;

/** A property of the comment, which no reader sees: it says which run the comment is about. */
const property = 'runbook.run';

/** Cloud knows people by `accountId`, Data Center by `key`. */
const person = z.object({ accountId: z.string().optional(), key: z.string().optional() });
const comment = z.object({ id: z.string(), author: person.nullish(), body: z.unknown() });
const page = z.object({ comments: z.array(comment), startAt: z.number(), total: z.number() });
const attachment = z.object({ filename: z.string(), size: z.number(), author: person.nullish() });

type Comment = z.infer<typeof comment>;

/** Where an issue is, and how it is written to. */
type Jira = {
  readonly service: Service;
  readonly api: string;
  readonly issue: string;
  readonly key: string;
  readonly bodyOf: (parcel: Parcel) => unknown;
};

/**
 * The ticket, by the environment.
 * @throws Fault `preflight` when a variable is missing, or the address is one that no token can be sent to.
 */
export function jiraTicket(environment: Environment, target: JiraTarget): Ticket {
  const { JIRA_BASE_URL, JIRA_EMAIL, JIRA_API_TOKEN, JIRA_TOKEN } = environment;
  if (!JIRA_BASE_URL) throw missing('JIRA_BASE_URL', 'https://example.atlassian.net');
  const base = baseOf('JIRA_BASE_URL', JIRA_BASE_URL);
  const cloud = !JIRA_TOKEN;
  if (cloud && !JIRA_API_TOKEN) throw missing('JIRA_API_TOKEN', '…');
  if (cloud && !JIRA_EMAIL) throw missing('JIRA_EMAIL', 'you@example.com');
  const pair = Buffer.from(`${JIRA_EMAIL}:${JIRA_API_TOKEN}`).toString('base64');
  const secrets = cloud ? [pair, JIRA_API_TOKEN ?? ''] : [JIRA_TOKEN];
  const service: Service = {
    name: 'Jira',
    base,
    headers: { Authorization: cloud ? `Basic ${pair}` : `Bearer ${JIRA_TOKEN}`, Accept: 'application/json' },
    secrets,
    meaning: (status) => meaning(status, target),
  };
  const api = cloud ? '/rest/api/3' : '/rest/api/2';
  const jira: Jira = {
    service,
    api,
    issue: `${api}/issue/${target.key}`,
    key: target.key,
    bodyOf: ({ document, text }) => (cloud ? document : noFormat(text)),
  };
  return { attach: (parcel) => attach(jira, parcel) };
}

function missing(variable: string, value: string): Fault {
  return new Fault('preflight', `${variable} is not set.`, { hint: `export ${variable}=${value}   (docs/tickets.md)` });
}

/** Text that Jira's wiki markup leaves alone, whatever is in it. */
function noFormat(text: string): string {
  return `{noformat}\n${text.replaceAll('{noformat}', '{ noformat}')}\n{noformat}`;
}

async function attach(jira: Jira, parcel: Parcel): Promise<Attached> {
  const me = answered(person, (await send(jira.service, { method: 'GET', path: `${jira.api}/myself` })).body);
  const written = await writeComment(jira, me, parcel);
  // After the comment: when a file is not taken, the ticket has at least the summary.
  const files = await sendFiles(jira, parcel.files);
  const url = `${await siteOf(jira)}/browse/${jira.key}?focusedCommentId=${written.id}#comment-${written.id}`;
  return { url, comment: written.what, files };
}

/** Where people look at issues: not always where the API is. */
async function siteOf({ service, api }: Jira): Promise<string> {
  const { body } = await send(service, { method: 'GET', path: `${api}/serverInfo`, expected: [401, 403, 404] });
  return z.object({ baseUrl: z.url() }).safeParse(body).data?.baseUrl.replace(/\/+$/, '') ?? service.base;
}

async function writeComment(jira: Jira, me: z.infer<typeof person>, parcel: Parcel): Promise<{ id: string; what: Attached['comment'] }> {
  const { service, issue } = jira;
  const body = jira.bodyOf(parcel);
  const find = (): Promise<Comment | undefined> => ownComment(jira, me, parcel.run);
  const before = await find();
  if (before === undefined) {
    const payload = { body, properties: [{ key: property, value: { run: parcel.run } }] };
    const add = async (): Promise<Comment> =>
      answered(comment, (await send(service, { method: 'POST', path: `${issue}/comment`, body: payload })).body);
    return { id: (await sendOnce(add, find)).id, what: 'added' };
  }
  if (JSON.stringify(before.body) === JSON.stringify(body)) return { id: before.id, what: 'unchanged' };
  await send(service, { method: 'PUT', path: `${issue}/comment/${before.id}`, body: { body } });
  return { id: before.id, what: 'updated' };
}

/** Our comment about the run. Only our own comments are asked about. */
async function ownComment({ service, api, issue }: Jira, me: z.infer<typeof person>, run: string): Promise<Comment | undefined> {
  for (let from = 0; ; ) {
    const reply = await send(service, { method: 'GET', path: `${issue}/comment?startAt=${from}&maxResults=100` });
    const { comments, startAt, total } = answered(page, reply.body);
    for (const candidate of comments.filter(({ author }) => isSame(author, me))) {
      const { status, body } = await send(service, { method: 'GET', path: `${api}/comment/${candidate.id}/properties/${property}`, expected: [404] });
      const value = z.object({ value: z.object({ run: z.string() }) }).safeParse(body);
      if (status !== 404 && value.data?.value.run === run) return candidate;
    }
    from = startAt + comments.length;
    if (comments.length === 0 || from >= total) return undefined;
  }
}

function isSame(author: z.infer<typeof person> | null | undefined, me: z.infer<typeof person>): boolean {
  return me.accountId === undefined ? me.key !== undefined && author?.key === me.key : author?.accountId === me.accountId;
}

/** Sends the files that are not there yet. A file's name tells its content. */
async function sendFiles(jira: Jira, files: readonly TicketFile[]): Promise<Attached['files']> {
  const { service, api } = jira;
  const limits = await send(service, { method: 'GET', path: `${api}/attachment/meta` });
  const { enabled, uploadLimit } = answered(z.object({ enabled: z.boolean(), uploadLimit: z.number().optional() }), limits.body);
  const there = await attachments(jira);
  const results: Attached['files'][number][] = [];
  for (const file of files) {
    const { name } = file;
    const why = !enabled
      ? 'attachments are switched off there'
      : file.content.length > (uploadLimit ?? Number.POSITIVE_INFINITY)
        ? `it has ${file.content.length} bytes, and Jira takes ${uploadLimit}`
        : undefined;
    if (isThere(there, file)) results.push({ name, what: 'there before' });
    else if (why !== undefined) results.push({ name, what: 'not taken', why });
    else {
      await sendOnce(
        () => upload(jira, file),
        async () => (isThere(await attachments(jira), file) ? true : undefined),
      );
      results.push({ name, what: 'sent' });
    }
  }
  return results;
}

type Attachments = readonly z.infer<typeof attachment>[];

async function attachments({ service, issue }: Jira): Promise<Attachments> {
  const { body } = await send(service, { method: 'GET', path: `${issue}?fields=attachment` });
  return answered(z.object({ fields: z.object({ attachment: z.array(attachment).default([]) }) }), body).fields.attachment;
}

function isThere(there: Attachments, { name, content }: TicketFile): boolean {
  return there.some(({ filename, size }) => filename === name && size === content.length);
}

async function upload({ service, issue }: Jira, { name, type, content }: TicketFile): Promise<true> {
  const form = new FormData();
  form.append('file', new Blob([content], { type }), name);
  // Without the header Jira takes a form for a forged one and refuses it.
  await send(service, { method: 'POST', path: `${issue}/attachments`, form, headers: { 'X-Atlassian-Token': 'no-check' } });
  return true;
}

/** @throws Fault `preflight` when an answer is not what the API documents: then something else answers there, such as a login page. */
function answered<T>(schema: z.ZodType<T>, body: unknown): T {
  const { success, data } = schema.safeParse(body);
  if (success) return data;
  throw new Fault('preflight', 'Jira answered something else than its REST API does.', {
    hint: 'Check JIRA_BASE_URL, such as https://example.atlassian.net; for Data Center set JIRA_TOKEN.',
  });
}

function meaning(status: number, { key }: JiraTarget): ReturnType<Service['meaning']> {
  const again = 'then give the same command again.';
  switch (status) {
    case 401:
      return { what: 'the token is not known, has expired, or is not of this person.', hint: `Check JIRA_EMAIL and JIRA_API_TOKEN, ${again}` };
    case 403:
      return {
        what: `you may not do this in ${key}.`,
        hint: `It needs the permissions Add comments, Edit own comments and Create attachments; ${again}`,
      };
    case 404:
      return { what: `there is no issue ${key} that this person can see.`, hint: `Check --to and JIRA_BASE_URL, ${again}` };
    case 413:
      return { what: 'that is larger than it takes.', hint: `Ask for a higher limit on attachments, or attach by hand, ${again}` };
    case 400:
    case 422:
      return { what: 'it does not accept what was sent.', hint: `Look at the issue: it may be closed to comments, ${again}` };
    case 429:
      return { what: 'its limit on requests is used up.', hint: 'Wait, then give the same command again: what was sent already is found.' };
    default:
      return { what: 'it cannot do this now.', hint: 'Try later with the same command: what was sent already is found.' };
  }
}
