import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { cli, fence, makeProject, runbookOf, type TestProject } from '../helpers/project.ts';
import { openTerminal } from '../helpers/terminal.ts';
import { githubToken, jiraPair, jiraToken, type TicketServer, ticketServer } from '../helpers/ticket-server.ts';

let project: TestProject;
/** A run that has ended, and one that failed and stopped. */
let ended: string;
let open: string;
let server: TicketServer;

beforeAll(async () => {
  const body = (command: string) => runbookOf(`## Tidy up\n\n### Look for @everyone\n\n${fence('bash step=look risk=low', command)}`);
  project = makeProject({ 'runbooks/good.md': body('echo "@everyone see https://example.com"'), 'runbooks/bad.md': body('test -e box') });
  const runs = join(project.root, '.runbook/runs');
  await project.runbook(['run', 'good', '--stage', 'dev', '--yes']);
  ended = String(readdirSync(runs)[0]);
  await project.runbook(['run', 'bad', '--stage', 'dev', '--yes']);
  open = String(readdirSync(runs).find((name) => name !== ended));
});

afterAll(() => project[Symbol.dispose]());

beforeEach(async () => {
  server = await ticketServer();
});

afterEach(() => server.close());

const onGithub = 'github:example/lego-api#42';
const githubEnvironment = () => ({ GITHUB_TOKEN: githubToken, GITHUB_API_URL: server.url });
const jiraEnvironment = () => ({ JIRA_BASE_URL: `${server.url}/`, JIRA_EMAIL: 'admin@example.com', JIRA_API_TOKEN: jiraToken });

/** Attaches a run, and looks at every word for a token. */
async function attach(run: string, to: string, env: Readonly<Record<string, string>>, ...more: readonly string[]) {
  const result = await project.runbook(['attach', run, '--to', to, '--yes', ...more], { env: { RUNBOOK_DEBUG: '1', ...env } });
  for (const secret of [githubToken, jiraToken, jiraPair]) expect(result.stdout + result.stderr).not.toContain(secret);
  return result;
}

const toGithub = (run: string, env = {}) => attach(run, onGithub, { ...githubEnvironment(), ...env });
const toJira = (run: string, env = {}) => attach(run, 'jira:OPS-1', { ...jiraEnvironment(), ...env });
const posts = () => server.requests.filter((line) => line.startsWith('POST'));

describe('a GitHub issue', () => {
  test('gets one comment for each run, which a second attach finds among those of all others and updates', async () => {
    for (let count = 0; count < 150; count++) server.add('second', count === 3 ? `<!-- runbook run ${open} -->\nnot ours` : 'hello');
    const first = await toGithub(open);
    expect(first.stdout).toMatch(
      /^Ticket {3}github:example\/lego-api#42 at 127\.0\.0\.1:\d+\nRun {6}\S+, which has not ended\nComment {2}\d+ characters/,
    );
    expect(first.stdout).toMatch(
      /Comment added: https:\/\/github\.com\/example\/lego-api\/issues\/42#issuecomment-1150\n.*runbook report \S+ --format zip/,
    );
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(server.comments[150]?.body).toMatch(new RegExp(`^<!-- runbook run ${open} -->\n> \\[!WARNING\\]\n> This run has not ended \\(failed\\)`));
    await toGithub(ended);
    expect((await toGithub(open)).stdout).toContain('Comment unchanged: ');
    expect((await project.runbook(['note', open, 'the box is at @everyone'])).code).toBe(0);
    const again = await toGithub(open);
    expect(again.stdout).toContain('Comment updated: https://github.com/example/lego-api/issues/42#issuecomment-1150');
    expect(server.comments).toHaveLength(152);
    expect(server.comments[150]?.body).toContain('the box is at @<!-- -->everyone');
    expect(server.comments[3]?.body).toContain('not ours');
    expect(posts()).toHaveLength(2);
    expect(server.tokens).toEqual(new Set([`Bearer ${githubToken}`]));
  });
});

describe('a Jira issue', () => {
  test('gets a comment and the files once; after a change the comment is updated and the new files are sent', async () => {
    for (let count = 0; count < 60; count++) server.add(count % 20 === 0 ? 'admin' : 'second', 'hello', count === 7 ? open : undefined);
    const first = await toJira(open);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(
      new RegExp(
        `${open}-journal-[0-9a-f]{8}\\.jsonl: sent\nComment added: https://example\\.atlassian\\.net/browse/OPS-1\\?focusedCommentId=1060#comment-1060\n$`,
      ),
    );
    expect(JSON.stringify(server.comments[60]?.body)).toContain('This run has not ended');
    const [report, page, journal] = server.attachments;
    expect(page?.filename).toMatch(new RegExp(`^${open}-report-[0-9a-f]{8}\\.html$`));
    expect(page?.content.toString()).toMatch(/^<!doctype html>/i);
    expect(report?.filename).toMatch(new RegExp(`^${open}-report-[0-9a-f]{8}\\.md$`));
    expect(report?.content.toString()).toBe((await project.runbook(['report', open])).stdout);
    expect(journal?.content).toEqual(readFileSync(join(project.root, '.runbook/runs', open, 'journal.jsonl')));
    const again = await toJira(open);
    expect(again.stdout).toMatch(
      /-report-\S+\.md: there before\n.*-report-\S+\.html: there before\n.*-journal-\S+\.jsonl: there before\nComment unchanged: /,
    );
    await project.runbook(['note', open, 'found *it*']);
    expect((await toJira(open)).stdout).toMatch(/-report-\S+\.md: sent\n.*sent\n.*sent\nComment updated: .*comment-1060\n$/);
    expect(JSON.stringify(server.comments[60]?.body)).toContain('found *it*');
    expect(server.comments).toHaveLength(61);
    expect(server.attachments).toHaveLength(6);
  });

  test('of Data Center gets text that its markup leaves alone, by a personal access token', async () => {
    const env = { JIRA_BASE_URL: server.url, JIRA_TOKEN: jiraToken };
    expect((await attach(ended, 'jira:OPS-1', env)).stdout).toContain('Comment added');
    expect(server.comments[0]?.body).toMatch(/^\{noformat\}\nTidy the bricks: finished on dev\n[^{]*\n\{noformat\}$/);
    expect((await attach(ended, 'jira:OPS-1', env)).stdout).toContain('Comment unchanged');
    expect(server.requests.every((line) => line.includes('/rest/api/2/'))).toBe(true);
  });
});

describe('nothing is sent', () => {
  afterEach(() => expect(server.requests).toEqual([]));

  test('without a terminal to ask at: 6, with what would be sent and the command', async () => {
    const { code, stdout, stderr } = await project.runbook(['attach', ended, '--to', onGithub], { env: githubEnvironment() });
    expect(stdout).toContain('Files    none: GitHub has no API for files in a comment');
    expect(stderr).toBe(
      `Sending has to be confirmed, and there is no terminal to ask. Nothing was sent.\nrunbook attach ${ended} --to 'github:example/lego-api#42' --yes\n`,
    );
    expect(code).toBe(6);
  });

  test.each([
    { keys: '\r', title: 'Enter' },
    { keys: 'n\r', title: 'n' },
    { keys: '\u0004', title: 'Ctrl+D' },
  ])('when $title answers at a terminal: 6', async ({ keys }) => {
    using terminal = openTerminal(['node', cli, 'attach', ended, '--to', onGithub], { cwd: project.root, env: githubEnvironment() });
    await terminal.shows('Send this? y/N');
    terminal.press(keys);
    await terminal.shows('Nothing was sent.');
    expect(await terminal.ended).toBe(6);
  });

  test('to a ticket that is none: 2; without a token: 7', async () => {
    const wrong = await attach(ended, 'github:example/lego-api', githubEnvironment());
    expect(wrong.stderr).toMatch(/^Expected --to github:<owner>\/<repo>#<number> .* found "github:example\/lego-api"\.\n/);
    expect(wrong.code).toBe(2);
    const without = await attach(ended, onGithub, { GITHUB_API_URL: server.url });
    expect(without.stderr).toMatch(/^GITHUB_TOKEN is not set.*\nexport GITHUB_TOKEN=…/);
    expect(without.code).toBe(7);
  });

  test('of a record that is not intact: 9', async () => {
    using spoilt = makeProject({ 'runbooks/good.md': runbookOf(`## Tidy up\n\n${fence('bash step=look risk=low', 'true')}`) });
    await spoilt.runbook(['run', 'good', '--stage', 'dev', '--yes']);
    const run = String(readdirSync(join(spoilt.root, '.runbook/runs'))[0]);
    appendFileSync(join(spoilt.root, '.runbook/runs', run, 'journal.jsonl'), '{"at":"","seq":99,"type":"note-added"}\n');
    const { code } = await spoilt.runbook(['attach', run, '--to', onGithub, '--yes'], { env: githubEnvironment() });
    expect(code).toBe(9);
  });
});

test('y at a terminal sends it', async () => {
  using terminal = openTerminal(['node', cli, 'attach', ended, '--to', onGithub], { cwd: project.root, env: githubEnvironment() });
  await terminal.shows('Send this? y/N');
  terminal.press('y\r');
  await terminal.shows('Comment added');
  expect(await terminal.ended).toBe(0);
  expect(server.comments).toHaveLength(1);
});

test('a system that refuses: 7, with what it says, escaped and without the token', async () => {
  server.mishaps.push({ on: /^POST/, status: 403, says: { message: `for ${githubToken} \u{1b}[2J` } });
  const { code, stderr } = await toGithub(ended);
  expect(stderr).toMatch(/^GitHub answered 403 to POST \S+: .* It says: for \*{8} \^\[\[2J\nIt needs Issues: read and write/);
  expect(code).toBe(7);
});
