/** GitHub and Jira on loopback, as far as a report is attached there. Requests are checked as the documented REST APIs check them. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What goes wrong with the next request that fits. `cut` closes the connection, after the request was carried out or before. */
export type Mishap = {
  readonly on: RegExp;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly says?: unknown;
  readonly cut?: 'before' | 'after';
};

type Comment = { readonly id: number; readonly author: string; body: unknown; readonly run?: string };
type Attachment = { readonly filename: string; readonly content: Buffer };

/** A ticket system, what it was asked, and what it holds. */
export type TicketServer = {
  readonly url: string;
  /** `POST /repos/…` of every request, in order. */
  readonly requests: string[];
  readonly comments: Comment[];
  readonly attachments: Attachment[];
  readonly mishaps: Mishap[];
  /** Authorization headers that were seen. */
  readonly tokens: Set<string | undefined>;
  readonly limits: { enabled: boolean; uploadLimit: number };
  add(author: string, body: unknown, run?: string): Comment;
  close(): Promise<void>;
};

/** The tokens that the systems know. */
export const githubToken = 'ghp_canary0123456789canary0123456789';
export const jiraToken = 'ATATT3canary0123456789canary0123456789';
export const jiraPair: string = Buffer.from(`admin@example.com:${jiraToken}`).toString('base64');

type Asked = { readonly request: IncomingMessage; readonly url: URL; readonly body: Buffer };
type Answer = { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> };

/** Starts a ticket system. */
export async function ticketServer(): Promise<TicketServer> {
  const comments: Comment[] = [];
  const state = {
    requests: [] as string[],
    comments,
    attachments: [] as Attachment[],
    mishaps: [] as Mishap[],
    tokens: new Set<string | undefined>(),
    limits: { enabled: true, uploadLimit: 10_000_000 },
    add(author: string, body: unknown, run?: string): Comment {
      const comment = { id: 1000 + comments.length, author, body, ...(run !== undefined && { run }) };
      comments.push(comment);
      return comment;
    },
  };
  const server = createServer((request, response) => void answer(request, response));
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(request);
    const line = `${request.method} ${request.url}`;
    state.requests.push(line);
    state.tokens.add(request.headers.authorization);
    const at = state.mishaps.findIndex(({ on }) => on.test(line));
    const mishap = at === -1 ? undefined : state.mishaps.splice(at, 1)[0];
    if (mishap?.cut === 'before') return void request.socket.destroy();
    if (mishap?.status !== undefined) return reply(response, { status: mishap.status, body: mishap.says, headers: mishap.headers ?? {} });
    const url = new URL(request.url ?? '', `http://${request.headers.host}`);
    const answered = await (url.pathname.startsWith('/rest/') ? jira(state, { request, url, body }) : github(state, { request, url, body }));
    if (mishap?.cut === 'after') return void request.socket.destroy();
    reply(response, answered);
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...state,
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

type State = Omit<TicketServer, 'url' | 'close'>;

function reply(response: ServerResponse, { status, body, headers }: Answer): void {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
  response.end(body === undefined ? '' : JSON.stringify(body));
}

const wrong = (message: string): Answer => ({ status: 400, body: { message, errorMessages: [message] } });

function jsonOf({ request, body }: Asked): Readonly<Record<string, unknown>> | undefined {
  return request.headers['content-type'] === 'application/json' ? JSON.parse(body.toString('utf8')) : undefined;
}

/** https://docs.github.com/rest/issues/comments */
function github(state: State, asked: Asked): Answer {
  const { request, url } = asked;
  const { headers, method } = request;
  if (headers.authorization !== `Bearer ${githubToken}`) return { status: 401, body: { message: 'Bad credentials' } };
  if (headers.accept !== 'application/vnd.github+json' || headers['x-github-api-version'] !== '2022-11-28') return wrong('no version');
  if (!headers['user-agent'])
    return { status: 403, body: { message: 'Request forbidden by administrative rules. Make sure your request has a User-Agent header' } };
  const shown = ({ id, author, body }: Comment) => ({
    id,
    url: `${url.origin}/repos/example/lego-api/issues/comments/${id}`,
    html_url: `https://github.com/example/lego-api/issues/42#issuecomment-${id}`,
    body,
    user: { login: author, type: author.endsWith('[bot]') ? 'Bot' : 'User' },
  });
  if (method === 'GET' && url.pathname === '/user') return { status: 200, body: { login: 'admin' } };
  const list = '/repos/example/lego-api/issues/42/comments';
  if (url.pathname === list && method === 'GET') {
    const size = Number(url.searchParams.get('per_page'));
    const page = Number(url.searchParams.get('page') ?? '1');
    if (!(size >= 1 && size <= 100)) return wrong('per_page');
    const more = page * size < state.comments.length;
    const link = `<${url.origin}${list}?per_page=${size}&page=${page + 1}>; rel="next", <${url.origin}${list}?per_page=${size}&page=9>; rel="last"`;
    return { status: 200, body: state.comments.slice((page - 1) * size, page * size).map(shown), headers: more ? { Link: link } : {} };
  }
  const text = jsonOf(asked)?.body;
  if (typeof text !== 'string' || text.length > 65_536) return { status: 422, body: { message: 'Validation Failed' } };
  if (url.pathname === list && method === 'POST') return { status: 201, body: shown(state.add('admin', text)) };
  const [, id] = /^\/repos\/example\/lego-api\/issues\/comments\/(\d+)$/.exec(url.pathname) ?? [];
  const found = state.comments.find((comment) => comment.id === Number(id));
  if (found === undefined || method !== 'PATCH') return { status: 404, body: { message: 'Not Found' } };
  found.body = text;
  return { status: 200, body: shown(found) };
}

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-comments/ and its neighbours; version 2 is that of Data Center. */
async function jira(state: State, asked: Asked): Promise<Answer> {
  const { request, url } = asked;
  const { headers, method } = request;
  const [, version, path = ''] = /^\/rest\/api\/([23])(\/.*)$/.exec(url.pathname) ?? [];
  const cloud = version === '3';
  if (headers.authorization !== (cloud ? `Basic ${jiraPair}` : `Bearer ${jiraToken}`))
    return { status: 401, body: { errorMessages: ['Client must be authenticated'] } };
  const person = (name: string) => (cloud ? { accountId: `id-of-${name}`, displayName: name } : { name, key: `JIRAUSER-${name}` });
  const shown = ({ id, author, body }: Comment) => ({ id: String(id), author: person(author), body, self: `${url.origin}/x` });
  if (method === 'GET' && path === '/myself') return { status: 200, body: person('admin') };
  if (method === 'GET' && path === '/serverInfo') return { status: 200, body: { baseUrl: 'https://example.atlassian.net', version: '1001.0.0' } };
  if (method === 'GET' && path === '/attachment/meta') return { status: 200, body: state.limits };
  const [, of] = /^\/comment\/(\d+)\/properties\/runbook\.run$/.exec(path) ?? [];
  if (method === 'GET' && of !== undefined) {
    const run = state.comments.find(({ id }) => id === Number(of))?.run;
    return run === undefined
      ? { status: 404, body: { errorMessages: ['no property'] } }
      : { status: 200, body: { key: 'runbook.run', value: { run } } };
  }
  if (method === 'GET' && path === '/issue/OPS-1' && url.searchParams.get('fields') === 'attachment') {
    const attachment = state.attachments.map(({ filename, content }) => ({ id: '1', filename, size: content.length, author: person('admin') }));
    return { status: 200, body: { key: 'OPS-1', fields: { attachment } } };
  }
  if (method === 'POST' && path === '/issue/OPS-1/attachments') return upload(state, asked);
  if (method === 'GET' && path === '/issue/OPS-1/comment') {
    // Data Center and Cloud may both give fewer than were asked for.
    const [from, size] = [Number(url.searchParams.get('startAt')), Math.min(50, Number(url.searchParams.get('maxResults')))];
    const page = { startAt: from, maxResults: size, total: state.comments.length, comments: state.comments.slice(from, from + size).map(shown) };
    return { status: 200, body: page };
  }
  const given = jsonOf(asked);
  const problem = cloud ? documentProblem(given?.body) : typeof given?.body === 'string' ? undefined : 'body is no text';
  if (problem !== undefined && (method === 'POST' || method === 'PUT'))
    return { status: 400, body: { errorMessages: [], errors: { comment: problem } } };
  if (method === 'POST' && path === '/issue/OPS-1/comment') {
    const [property] = (given?.properties ?? []) as readonly { key: string; value: { run: string } }[];
    if (property?.key !== 'runbook.run') return wrong('no property');
    return { status: 201, body: shown(state.add('admin', given?.body, property.value.run)) };
  }
  const [, id] = /^\/issue\/OPS-1\/comment\/(\d+)$/.exec(path) ?? [];
  const found = state.comments.find((comment) => comment.id === Number(id));
  if (found === undefined || method !== 'PUT')
    return { status: 404, body: { errorMessages: ['Issue does not exist or you do not have permission to see it.'] } };
  found.body = given?.body;
  return { status: 200, body: shown(found) };
}

async function upload(state: State, { request, body }: Asked): Promise<Answer> {
  if (request.headers['x-atlassian-token'] !== 'no-check') return { status: 403, body: { errorMessages: ['XSRF check failed'] } };
  const form = await new Response(new Uint8Array(body), { headers: { 'Content-Type': request.headers['content-type'] ?? '' } }).formData();
  const files = form.getAll('file').filter((file) => file instanceof File);
  if (files.length === 0) return wrong('no file');
  for (const file of files) {
    const content = Buffer.from(await file.arrayBuffer());
    if (!state.limits.enabled || content.length > state.limits.uploadLimit) return { status: 413, body: { errorMessages: ['too large'] } };
    state.attachments.push({ filename: file.name, content });
  }
  return { status: 200, body: files.map((file) => ({ filename: file.name })) };
}

/** What may hold what in an Atlassian document, as far as a summary needs it. */
const inside: Readonly<Record<string, readonly string[]>> = {
  doc: ['heading', 'paragraph', 'panel', 'table'],
  panel: ['paragraph', 'heading'],
  heading: ['text'],
  paragraph: ['text'],
  table: ['tableRow'],
  tableRow: ['tableHeader', 'tableCell'],
  tableHeader: ['paragraph'],
  tableCell: ['paragraph'],
};

/** https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/ */
function documentProblem(document: unknown): string | undefined {
  const check = (node: Readonly<Record<string, unknown>>): string | undefined => {
    if (node.type === 'text') return typeof node.text === 'string' && node.text !== '' ? undefined : 'empty text';
    const allowed = inside[String(node.type)];
    if (allowed === undefined) return `unknown node ${String(node.type)}`;
    if (node.type === 'heading' && (node.attrs as { level?: number } | undefined)?.level === undefined) return 'heading without level';
    const content = (node.content ?? []) as readonly Readonly<Record<string, unknown>>[];
    const leaf = node.type === 'paragraph' || node.type === 'heading';
    if (content.length === 0 && !leaf) return `empty ${String(node.type)}`;
    const stranger = content.find((child) => !allowed.includes(String(child.type)));
    return stranger === undefined ? content.map(check).find((problem) => problem !== undefined) : `${String(stranger.type)} in ${String(node.type)}`;
  };
  if (typeof document !== 'object' || document === null) return 'body is no document';
  const { type, version } = document as { readonly type?: unknown; readonly version?: unknown };
  return type === 'doc' && version === 1 ? check(document as Readonly<Record<string, unknown>>) : 'not a document of version 1';
}
