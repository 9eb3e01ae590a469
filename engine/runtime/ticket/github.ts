/** A GitHub issue or pull request: one comment of ours for each run. GitHub has no API for files in a comment. */

import { z } from 'zod';
import { Fault } from '../../fault.ts';
import { baseOf, type Request, type Service, send, sendOnce } from './send.ts';
import type { Target } from './target.ts';
import type { Parcel, Ticket } from './ticket.ts';

type Environment = Readonly<Record<string, string | undefined>>;
type GithubTarget = Extract<Target, { kind: 'github' }>;

const comment = z.object({
  url: z.string(),
  html_url: z.string(),
  body: z.string().nullish(),
  user: z.object({ login: z.string(), type: z.string().optional() }).nullish(),
});

type Comment = z.infer<typeof comment>;

/**
 * The ticket, by the token of the environment.
 * @throws Fault `preflight` without a token, or with an address that no token can be sent to.
 */
export function githubTicket(environment: Environment, target: GithubTarget): Ticket {
  const token = environment.GITHUB_TOKEN || environment.GH_TOKEN;
  if (token === undefined || token === '') {
    throw new Fault('preflight', 'GITHUB_TOKEN is not set, and neither is GH_TOKEN: GitHub takes comments from known people only.', {
      hint: 'export GITHUB_TOKEN=…   (a fine-grained token with Issues: read and write; docs/tickets.md)',
    });
  }
  const base = baseOf('GITHUB_API_URL', environment.GITHUB_API_URL || 'https://api.github.com');
  const service: Service = {
    name: 'GitHub',
    base,
    headers: {
      Authorization: `Bearer ${token}`,
      Accept: 'application/vnd.github+json',
      'X-GitHub-Api-Version': '2022-11-28',
      'User-Agent': 'runbook',
    },
    secrets: [token],
    meaning: (status) => meaning(status, target),
  };
  return { attach: (parcel) => attach(service, target, parcel) };
}

async function attach(service: Service, target: GithubTarget, { run, markdown }: Parcel): ReturnType<Ticket['attach']> {
  const marker = `<!-- runbook run ${run} -->`;
  const body = `${marker}\n${markdown}`;
  const comments = `/repos/${target.owner}/${target.repo}/issues/${target.number}/comments`;
  const mine = await whoseComments(service);
  const find = (): Promise<Comment | undefined> =>
    firstOf(service, `${comments}?per_page=100`, (candidate) => mine(candidate) && candidate.body?.startsWith(marker) === true);
  const before = await find();
  if (before !== undefined) {
    if (lines(before.body ?? '') === lines(body)) return { url: before.html_url, comment: 'unchanged', files: [] };
    const { body: after } = await send(service, { method: 'PATCH', path: before.url, body: { body } });
    return { url: answered(comment, after).html_url, comment: 'updated', files: [] };
  }
  const add: Request = { method: 'POST', path: comments, body: { body } };
  const added = await sendOnce(async () => answered(comment, (await send(service, add)).body), find);
  return { url: added.html_url, comment: 'added', files: [] };
}

/** GitHub keeps line ends as they come from its own pages. */
function lines(text: string): string {
  return text.replaceAll('\r\n', '\n').trimEnd();
}

/** Which comments are ours. A token of an app (as in Actions) cannot ask who it is: its comments are those of a bot. */
async function whoseComments(service: Service): Promise<(comment: Comment) => boolean> {
  const { status, body } = await send(service, { method: 'GET', path: '/user', expected: [403] });
  if (status === 403) return ({ user }) => user?.type === 'Bot';
  const { login } = answered(z.object({ login: z.string() }), body);
  return ({ user }) => user?.login === login;
}

async function firstOf(service: Service, path: string, fits: (comment: Comment) => boolean): Promise<Comment | undefined> {
  for (let page: string | undefined = path; page !== undefined; ) {
    const reply = await send(service, { method: 'GET', path: page });
    const found = answered(z.array(comment), reply.body).find(fits);
    if (found !== undefined) return found;
    page = reply.next;
  }
  return undefined;
}

/** @throws Fault `preflight` when an answer is not what the API documents: then something else answers there. */
function answered<T>(schema: z.ZodType<T>, body: unknown): T {
  const { success, data } = schema.safeParse(body);
  if (success) return data;
  throw new Fault('preflight', 'GitHub answered something else than its REST API does.', { hint: 'Check GITHUB_API_URL: https://<host>/api/v3' });
}

function meaning(status: number, { owner, repo, number }: GithubTarget): ReturnType<Service['meaning']> {
  const again = 'then give the same command again.';
  switch (status) {
    case 401:
      return { what: 'the token is not known, or has expired.', hint: `Make a new one, export GITHUB_TOKEN=…, ${again}` };
    case 403:
      return {
        what: `the token may not write comments in ${owner}/${repo}.`,
        hint: `It needs Issues: read and write (or Pull requests), and where the organisation asks for it, its approval; ${again}`,
      };
    case 404:
      return {
        what: `there is no issue or pull request ${number} in ${owner}/${repo} that this token can see.`,
        hint: `Check --to, and that the token covers the repository, ${again}`,
      };
    case 410:
      return { what: `issues are switched off in ${owner}/${repo}, or this one was deleted.`, hint: 'Choose another ticket with --to.' };
    case 413:
    case 422:
      return {
        what: 'the comment is not accepted: it is too long, the conversation is locked, or too many were sent at once.',
        hint: `Look at the conversation, ${again}`,
      };
    case 429:
      return { what: 'its limit on requests is used up.', hint: 'Wait, then give the same command again: what was sent already is found.' };
    default:
      return { what: 'it cannot do this now.', hint: 'Try later with the same command: what was sent already is found.' };
  }
}
