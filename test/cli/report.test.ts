import { execFileSync } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reportSchema } from '../../engine/report/json.ts';
import { hostileOutput } from '../helpers/hostile.ts';
import { cli, fence, makeProject, runbookOf, type TestProject } from '../helpers/project.ts';
import { openTerminal } from '../helpers/terminal.ts';

const entry = `---\nkind: playbook\n---\n\n# Lost\n\nSomething is not there.\n\n## Symptoms\n\n| Step | Error | Go to | Then |\n| --- | --- | --- | --- |\n| \`sort\` | \`exit 3\` | [No box](#no-box) | retry |\n\n## No box\n\n### Make one\n\n${fence('bash step=make-box risk=medium timeout=1m', ': > box')}`;
const tidy = runbookOf(
  `## Tidy up\n\n### Look\n\n<b>Look</b> <script>alert(1)</script> at [all](https://example.org/boxes).\n\n${fence('bash step=look risk=low', 'cat hostile')}\n### Sort\n\n${fence('bash step=sort risk=medium timeout=1m', 'test -e box || exit 3')}\n**If this fails:** [no box](../playbooks/lost.md#no-box).\n`,
  'playbook: ../playbooks/lost.md\n',
);

let project: TestProject;
let id = '';

beforeAll(async () => {
  project = makeProject({
    'runbook.yaml': 'stages:\n  dev: { on-failure: playbook }\n',
    'runbooks/tidy.md': tidy,
    'playbooks/lost.md': entry,
  });
  writeFileSync(join(project.root, 'hostile'), Buffer.concat(hostileOutput.map(([, bytes]) => bytes.subarray(0, 100_000))));
  await project.runbook(['run', 'tidy', '--stage', 'dev', '--yes', '--on-failure', 'playbook']);
  id = String(globSync('*', { cwd: join(project.root, '.runbook/runs') })[0]);
});

afterAll(() => project[Symbol.dispose]());

const folder = () => join(project.root, '.runbook/runs', id);

describe('runbook report', () => {
  test('writes each format to a file, whose name says which, and each tells the same run', async () => {
    for (const name of ['report.md', 'report.html', 'report.json', 'report.xml', 'report.txt', 'report.zip']) {
      const { code, stdout, stderr } = await project.runbook(['report', id.slice(-4), '-o', name]);
      expect({ name, code, stdout, stderr }).toEqual({ name, code: 0, stdout: '', stderr: '' });
    }
    const read = (name: string) => readFileSync(join(project.root, name), 'utf8');
    expect(read('report.md')).toBe(readFileSync(join(folder(), 'report.md'), 'utf8'));
    const json = reportSchema.parse(JSON.parse(read('report.json')));
    expect(json.run).toBe(id);
    for (const name of ['report.md', 'report.html', 'report.xml', 'report.txt']) {
      expect(read(name)).toContain(json.head);
      expect(read(name)).toMatch(/make-box/);
    }
    for (const name of ['report.html', 'report.xml']) expect(read(name)).not.toMatch(/<script/i);
    expect(read('report.html')).toContain('<a href="https://example.org/boxes" rel="noreferrer noopener nofollow">');
    expect(globSync('*.draft', { cwd: project.root })).toEqual([]);
  });

  test('the zip file holds the record byte for byte, the reports, and sums that sha256sum checks; never a private file', async () => {
    writeFileSync(join(folder(), 'journal.sig'), 'signature\n');
    mkdirSync(join(folder(), 'private'), { recursive: true });
    writeFileSync(join(folder(), 'private/secret'), 'hidden');
    writeFileSync(join(folder(), 'attempts', '01-look.1', 'spool'), 'hidden');
    await project.runbook(['report', id, '-o', 'one.zip']);
    await project.runbook(['report', id, '-o', 'two.zip'], { env: { TZ: 'Asia/Tokyo' } });
    const bytes = readFileSync(join(project.root, 'one.zip'));
    expect(bytes.equals(readFileSync(join(project.root, 'two.zip')))).toBe(true);
    const files = unzipSync(bytes);
    const names = Object.keys(files).map((name) => name.slice(id.length + 1));
    expect(Object.keys(files).every((name) => name.startsWith(`${id}/`))).toBe(true);
    const kept = globSync(['journal.*', 'attempts/*/{block,log,result.json}', 'files/*'], { cwd: folder() });
    expect(names.sort()).toEqual([...kept, 'SHA256SUMS', 'report.html', 'report.json', 'report.md'].sort());
    for (const name of kept) expect(Buffer.from(files[`${id}/${name}`] ?? '').equals(readFileSync(join(folder(), name)))).toBe(true);
    const out = join(project.root, 'unpacked');
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(join(out, name, '..'), { recursive: true });
      writeFileSync(join(out, name), content);
    }
    const checked = execFileSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: join(out, id), encoding: 'utf8' });
    expect(checked.match(/: OK$/gm)).toHaveLength(names.length - 1);
    expect(strFromU8(files[`${id}/report.md`] ?? new Uint8Array())).toContain('# Tidy the bricks');
  });

  test('replaces a file as a whole, follows a link to it, and writes into a pipe or device', async () => {
    writeFileSync(join(project.root, 'old.txt'), 'old');
    symlinkSync('old.txt', join(project.root, 'link.txt'));
    expect((await project.runbook(['report', id, '-o', 'link.txt'])).code).toBe(0);
    expect(readlinkSync(join(project.root, 'link.txt'))).toBe('old.txt');
    expect(readFileSync(join(project.root, 'old.txt'), 'utf8')).toContain('Tidy the bricks');
    expect((await project.runbook(['report', id, '--format', 'json', '-o', '-'])).stdout).toContain('"version": 1');
    expect((await project.runbook(['report', id, '--format', 'junit', '-o', '/dev/null'])).code).toBe(0);
  });

  test.each([
    ['a folder that is not there', ['-o', 'missing/report.md'], 'missing/report.md cannot be written'],
    ['a folder', ['-o', 'runbooks'], 'runbooks cannot be written'],
    ['a format that is none', ['--format', 'htm'], 'There are: md, html, json, junit, txt, zip.\nrunbook report'],
  ])('%s is a fault with what to type, not a stack', async (_name, args, says) => {
    const { code, stdout, stderr } = await project.runbook(['report', id, ...args]);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(says);
    expect(stderr).not.toMatch(/^ {4}at /m);
    expect(globSync('**/*.draft', { cwd: project.root })).toEqual([]);
  });

  test('a zip file does not go to a terminal', async () => {
    using terminal = openTerminal(['node', cli, 'report', id, '--format', 'zip'], { cwd: project.root });
    expect(await terminal.ended).toBe(2);
    expect(terminal.history()).toContain(`-o ${id}.zip`);
  });

  test('a reader that goes away early is no reason to fail', () => {
    const shell = `node '${cli}' report ${id} --format txt | head -n 1; echo "\${PIPESTATUS[0]}"`;
    expect(execFileSync('bash', ['-c', shell], { cwd: project.root, encoding: 'utf8' })).toMatch(/^Tidy the bricks.*\n0\n$/);
  });
});

test('what was typed or named reaches the terminal escaped, also in a message', async () => {
  for (const args of [
    ['show', 'a\u{1b}]0;x\u{7}\u{9b}2J'],
    ['report', '\u{202e}\u{1b}[2J'],
    ['\u{1b}[2J'],
    ['report', id, '-o', 'no\u{1b}[2J/x.md'],
  ]) {
    const { code, stdout, stderr } = await project.runbook(args);
    expect(code).toBe(2);
    expect(stdout + stderr).not.toMatch(/[\0-\u{8}\u{b}-\u{1f}\u{7f}-\u{9f}\u{202e}]/u);
  }
});
