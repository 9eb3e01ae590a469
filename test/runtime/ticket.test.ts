import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { githubTicket } from '../../engine/runtime/ticket/github.ts';
import { jiraTicket } from '../../engine/runtime/ticket/jira.ts';
import { baseOf } from '../../engine/runtime/ticket/send.ts';
import { targetOf, targetWords } from '../../engine/runtime/ticket/target.ts';
import type { Parcel } from '../../engine/runtime/ticket/ticket.ts';
import { faultOf, rejection } from '../helpers/fault.ts';
import { githubToken, jiraToken, type Mishap, type TicketServer, ticketServer } from '../helpers/ticket-server.ts';

let server: TicketServer;

beforeEach(async () => {
  server = await ticketServer();
});

afterEach(() => server.close());

const run = '20261122-140233-7f3k';
const file = (name: string) => ({ name, type: 'text/plain', content: new TextEncoder().encode(`this is ${name}`) });
const parcel: Parcel = {
  run,
  markdown: '# Tidy up: finished',
  document: { type: 'doc', version: 1, content: [{ type: 'paragraph', content: [{ type: 'text', text: 'finished' }] }] },
  text: 'finished {noformat} *bold*',
  files: [file('report-1.md'), file('journal-1.jsonl')],
};

function toGithub() {
  const target = targetOf('github:example/lego-api#42');
  if (target.kind !== 'github') throw new Error('A GitHub issue was expected.');
  return githubTicket({ GH_TOKEN: githubToken, GITHUB_API_URL: server.url }, target).attach(parcel);
}

function toJira(environment: Readonly<Record<string, string>> = { JIRA_EMAIL: 'admin@example.com', JIRA_API_TOKEN: jiraToken }) {
  const target = targetOf('jira:OPS-1');
  if (target.kind !== 'jira') throw new Error('A Jira issue was expected.');
  return jiraTicket({ JIRA_BASE_URL: `${server.url}/`, ...environment }, target).attach(parcel);
}

const posts = () => server.requests.filter((line) => line.startsWith('POST'));

describe('a GitHub issue', () => {
  test.each<{ title: string; mishaps: readonly Mishap[]; sent: number }>([
    { title: 'an answer that is lost after the comment was stored', mishaps: [{ on: /^POST/, cut: 'after' }], sent: 1 },
    { title: 'a connection that breaks before that', mishaps: [{ on: /^POST/, cut: 'before' }], sent: 2 },
    { title: 'a 502 for a comment that was not stored', mishaps: [{ on: /^POST/, status: 502 }], sent: 2 },
    { title: 'a limit on requests', mishaps: [{ on: /^POST/, status: 429, headers: { 'Retry-After': '1' } }], sent: 2 },
    {
      title: 'the second limit of GitHub',
      mishaps: [{ on: /^POST/, status: 403, headers: { 'Retry-After': '1' }, says: { message: 'secondary' } }],
      sent: 2,
    },
    {
      title: 'a 500 and broken connections while it is looked for',
      mishaps: [
        { on: /^GET \/user/, status: 500 },
        { on: /^GET \/repos/, cut: 'before' },
        { on: /^GET \/repos/, status: 503, headers: { 'Retry-After': '0' } },
      ],
      sent: 1,
    },
  ])('gets one comment after $title', async ({ mishaps, sent }) => {
    server.mishaps.push(...mishaps);
    expect(await toGithub()).toMatchObject({ comment: 'added', url: 'https://github.com/example/lego-api/issues/42#issuecomment-1000' });
    expect(server.mishaps).toEqual([]);
    expect(server.comments).toHaveLength(1);
    expect(posts()).toHaveLength(sent);
  });

  const echo = { message: `for ${githubToken} \u{1b}[2J` };
  test.each<{ status: number; says: RegExp; headers?: Record<string, string>; times?: number }>([
    { status: 401, says: /answered 401 to POST \/repos\/\S+: the token is not known, or has expired\. .*\*{8} \^\[\[2J\nMake a new one/ },
    { status: 403, says: /may not write comments in example\/lego-api\..*\nIt needs Issues: read and write/ },
    { status: 404, says: /there is no issue or pull request 42 .*\nCheck --to/ },
    { status: 410, says: /switched off .*\nChoose another ticket/ },
    { status: 413, says: /too long.*\nLook at the conversation/ },
    { status: 422, says: /locked.*\nLook at the conversation/ },
    { status: 429, headers: { 'Retry-After': '3600' }, says: /used up\. It asks to wait 3600 s\..*\nWait, then give the same command again/ },
  ])('that answers $status: 7, what was expected and found, and what to do', async ({ status, says, headers = {} }) => {
    server.mishaps.push({ on: /^POST/, status, says: echo, headers });
    const { message, hint, exit } = await rejection(toGithub());
    expect(`${message}\n${hint}`).toMatch(says);
    expect(exit).toBe('preflight');
    expect(posts()).toHaveLength(1);
  });

  test('of a token that cannot say who it is, as in Actions, gets its comment updated where a bot wrote it', async () => {
    server.add('second', `<!-- runbook run ${run} -->\nmine, says second`);
    server.add('github-actions[bot]', `<!-- runbook run ${run} -->\nof a bot`);
    server.mishaps.push({ on: /^GET \/user/, status: 403, says: { message: 'Resource not accessible by integration' } });
    expect((await toGithub()).comment).toBe('updated');
    expect(server.comments[0]?.body).toContain('mine, says second');
  });

  test('that has moved is followed on the same host, and never to another one with the token', async () => {
    const other = await ticketServer();
    const list = '/repos/example/lego-api/issues/42/comments?per_page=100';
    server.mishaps.push({ on: /^GET \/repos/, status: 301, headers: { Location: list } });
    expect((await toGithub()).comment).toBe('added');
    for (const mishap of [
      { on: /^GET \/repos/, status: 302, headers: { Location: `${other.url}${list}` } },
      { on: /^GET \/repos/, status: 200, says: [], headers: { Link: `<${other.url}${list}>; rel="next"` } },
    ]) {
      server.mishaps.push(mishap);
      const { message, exit } = await rejection(toGithub());
      expect(message).toBe(`GitHub leads to ${other.url}, and the token of ${server.url} is not sent there.`);
      expect(exit).toBe('preflight');
    }
    expect(other.requests).toEqual([]);
    await other.close();
  });

  test('that has moved does not get a comment somewhere else, and one that leads round and round is left', async () => {
    server.mishaps.push({ on: /^POST/, status: 301, headers: { Location: '/repos/example/other/issues/42/comments' } });
    expect((await rejection(toGithub())).message).toContain(`answered 301: the ticket has moved to ${server.url}/repos/example/other/`);
    server.mishaps.push(...Array.from({ length: 6 }, () => ({ on: /user/, status: 302, headers: { Location: '/user' } })));
    expect((await rejection(toGithub())).message).toBe('GitHub redirects without end.');
    expect(server.comments).toEqual([]);
  });

  test('that cannot be reached: the same command may be given again', async () => {
    await server.close();
    const { message, hint } = await rejection(toGithub());
    expect(message).toMatch(/^GitHub at 127\.0\.0\.1:\d+ cannot be reached: the connection is refused\.$/);
    expect(hint).toContain('give the same command again');
  });
});

describe('a Jira issue', () => {
  test('gets everything once when answers are lost', async () => {
    server.mishaps.push(
      { on: /^POST \S+\/comment$/, cut: 'after' },
      { on: /^POST \S+\/attachments$/, cut: 'after' },
      { on: /^POST \S+\/attachments$/, status: 503 },
      { on: /^GET \S+\/myself$/, status: 429, headers: { 'Retry-After': '0' } },
    );
    expect((await toJira()).comment).toBe('added');
    expect(server.mishaps).toEqual([]);
    expect(server.comments).toHaveLength(1);
    expect(server.attachments.map(({ content }) => content.toString())).toEqual(['this is report-1.md', 'this is journal-1.jsonl']);
  });

  test('that takes no files, or only small ones, gets the comment, and which files were not taken is said', async () => {
    server.limits.uploadLimit = 20;
    expect((await toJira()).files).toEqual([
      { name: 'report-1.md', what: 'sent' },
      { name: 'journal-1.jsonl', what: 'not taken', why: 'it has 23 bytes, and Jira takes 20' },
    ]);
    server.limits.enabled = false;
    expect(await toJira()).toMatchObject({
      comment: 'unchanged',
      files: [
        { name: 'report-1.md', what: 'there before' },
        { name: 'journal-1.jsonl', what: 'not taken', why: 'attachments are switched off there' },
      ],
    });
  });

  test('of Data Center gets text that its markup leaves alone, by a personal access token', async () => {
    expect((await toJira({ JIRA_TOKEN: jiraToken })).comment).toBe('added');
    expect(server.comments[0]?.body).toBe('{noformat}\nfinished { noformat} *bold*\n{noformat}');
    expect((await toJira({ JIRA_TOKEN: jiraToken })).comment).toBe('unchanged');
    expect(server.requests.every((line) => line.includes('/rest/api/2/'))).toBe(true);
  });

  test.each<{ status: number; says: RegExp }>([
    { status: 401, says: /answered 401 to POST \S+: the token is not known.*\nCheck JIRA_EMAIL/ },
    { status: 403, says: /you may not do this in OPS-1\..*\nIt needs the permissions/ },
    { status: 404, says: /there is no issue OPS-1 .* It says: gone body: bad\nCheck --to/ },
    { status: 400, says: /does not accept.*\nLook at the issue/ },
  ])('that answers $status: 7, and what to do', async ({ status, says }) => {
    server.mishaps.push({ on: /^POST/, status, says: { errorMessages: ['gone'], errors: { body: 'bad' } } });
    const { message, hint, exit } = await rejection(toJira());
    expect(`${message}\n${hint}`).toMatch(says);
    expect(exit).toBe('preflight');
  });

  test('behind a login page: 7, and where to look', async () => {
    server.mishaps.push({ on: /myself/, status: 200, says: '<html>' });
    const { message, hint, exit } = await rejection(toJira());
    expect(`${message}\n${hint}`).toMatch(/^Jira answered something else than its REST API does\.\nCheck JIRA_BASE_URL/);
    expect(exit).toBe('preflight');
  });

  test.each([
    [{}, 'JIRA_API_TOKEN'],
    [{ JIRA_API_TOKEN: jiraToken }, 'JIRA_EMAIL'],
    [{ JIRA_BASE_URL: '' }, 'JIRA_BASE_URL'],
  ])('without %j is told which variable is missing', (environment, variable) => {
    expect(faultOf(() => toJira(environment)).message).toBe(`${variable} is not set.`);
  });
});

describe('an address', () => {
  test.each(['https://example.atlassian.net', 'https://example.com/jira/', 'http://127.0.0.1:8080', 'http://localhost'])(
    '%s can be sent a token',
    (text) => {
      expect(baseOf('JIRA_BASE_URL', text)).toBe(text.replace(/\/$/, ''));
    },
  );

  test.each(['http://example.com', `https://admin:${jiraToken}@example.com`, 'https://example.com/?a=b', 'ftp://example.com', 'example.com', ''])(
    '%s cannot, and is not repeated',
    (text) => {
      const { message, exit } = faultOf(() => baseOf('JIRA_BASE_URL', text));
      expect(message).toMatch(/^JIRA_BASE_URL is not an address that a token can be sent to: expected https:/);
      expect(message).not.toContain(jiraToken);
      expect(exit).toBe('preflight');
    },
  );
});

test('a ticket is named as its system names it, and nothing else is', () => {
  for (const text of ['github:example/lego-api#42', 'github:a/.github#1', 'github:o_x/a.b#7', 'jira:OPS-1', 'jira:A2_B-99'])
    expect(targetWords(targetOf(text))).toBe(text);
  const none = [
    '',
    'OPS-1',
    'github:example/lego-api',
    'github:example/..#1',
    'github:example/.#1',
    'github:e/x#0',
    'github:../x#1',
    'github:e/x/y#1',
  ];
  for (const text of [...none, 'jira:ops-1', 'jira:OPS-0', 'jira:OPS-1/../x', 'github:e/x#1 '])
    expect(faultOf(() => targetOf(text)).exit).toBe('usage');
});
