import { execFileSync, spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { appendFileSync, cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fence, makeProject, runbookOf, type TestProject } from '../helpers/project.ts';
import { temporaryFolder } from '../helpers/temporary.ts';

const keygen = spawnSync('ssh-keygen', ['-Y', 'sign'], { encoding: 'utf8' }).stderr?.includes('namespace') === true;
const tidy = runbookOf(
  `## Tidy up\n\n${fence('bash step=count risk=low', 'echo 42')}\n${fence('bash step=sort risk=medium timeout=1m', 'echo sorted')}`,
);

let project: TestProject;
let folder: string;
let run: string;

const foldersOf = ({ root }: TestProject): readonly string[] => globSync('.runbook/runs/*', { cwd: root }).map((path) => join(root, path));
const started = ['run', 'tidy', '--stage', 'dev', '--yes'];

beforeAll(async () => {
  project = makeProject({ 'runbooks/tidy.md': tidy });
  await project.runbook(started);
  [folder = ''] = foldersOf(project);
  run = basename(folder);
});

afterAll(() => project[Symbol.dispose]());

/** A copy of the run folder, outside every project. */
function copied(): string {
  const copy = join(temporaryFolder(), run);
  cpSync(folder, copy, { recursive: true });
  return copy;
}

describe('verify', () => {
  test('says what a record proves, what it does not, and its head: 0', async () => {
    const { code, stdout, stderr } = await project.runbook(['verify', run.slice(-4)]);
    expect(stderr).toBe('');
    expect(stdout.replaceAll(/[0-9a-f]{64}/g, 'HASH').replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')).toBe(`Run ${run} in ${folder}
✔ journal: 8 events, TIME to TIME: each one names the hash of the one before, in canonical form, numbered without a gap, never back in time.
✔ logs: 2 of 2 attempts (10 bytes): size and hash are those of the journal.
✔ blocks: 2 of 2: what ran has the hash that was confirmed.
✔ documents: 2 of 2 files that the run accepted: the copies have the hashes of the journal.
✔ states: each of 8 events was possible in the state before it, by the documents of its time.
Not proved: Who vouches for it: the journal is not signed.
Not proved: That nobody wrote the whole journal anew, with a failed step told as a good one, or cut off its end: compare the head with the one in the ticket (--head HASH).
Not proved: Reports and result.json: they are made from the record, which has no hash of them.
Head: HASH
The record is intact.
`);
    expect(code).toBe(0);
    expect(readFileSync(join(folder, 'report.md'), 'utf8')).toContain(/Head: (\w+)/.exec(stdout)?.[1]);
  });

  test('works by path outside a project, for a run folder and a journal', async () => {
    const copy = copied();
    for (const path of [copy, join(copy, 'journal.jsonl')]) {
      const { code, stdout } = await project.runbook(['verify', path, '--json'], { cwd: temporaryFolder() });
      expect(JSON.parse(stdout)).toMatchObject({ version: 1, run, intact: true, events: 8, wrong: [], repairs: [], requests: [] });
      expect(code).toBe(0);
    }
  });

  test('tells every finding with its place: 9', async () => {
    const copy = copied();
    for (const log of globSync('attempts/*/log', { cwd: copy })) appendFileSync(join(copy, log), '\u{1b}[2Jmore');
    const journal = join(copy, 'journal.jsonl');
    writeFileSync(journal, readFileSync(journal, 'utf8').replace('"step":"count"', '"step":"\u{1b}]0;c\u{7}"'));
    const { code, stdout } = await project.runbook(['verify', copy], { env: { LANG: 'C' } });
    expect(stdout).toMatch(/^FAIL journal\.jsonl:2: this is not JSON\.$/m);
    expect(stdout.match(/^FAIL attempts\/\S+\/log: expected \d+ bytes, found \d+\.$/gm)).toHaveLength(2);
    expect(stdout).toMatch(/The record is NOT INTACT: \d+ findings\. Keep it as it is\.\n$/);
    expect(stdout).not.toContain('\u{1b}');
    expect(code).toBe(9);
  });

  test('with the head of the ticket finds a tail that was cut, and says when the journal went on', async () => {
    const lines = readFileSync(join(folder, 'journal.jsonl'), 'utf8').split('\n');
    const heads = lines.map((line) => hash('sha256', line));
    expect((await project.runbook(['verify', run, '--head', heads[7]?.toUpperCase() ?? ''])).code).toBe(0);
    const later = await project.runbook(['verify', run, '--head', heads[4] ?? '']);
    expect(later.stdout).toContain('the hash that was given is that of line 5: 3 events came after it.');
    expect(later.code).toBe(9);
    const copy = copied();
    writeFileSync(join(copy, 'journal.jsonl'), `${lines.slice(0, 7).join('\n')}\n`);
    expect((await project.runbook(['verify', copy])).code).toBe(0);
    const cut = await project.runbook(['verify', copy, '--head', heads[7] ?? '']);
    expect(cut.stdout).toContain('is of no line in this journal: its tail was cut, or it was written anew.');
    expect(cut.code).toBe(9);
  });

  test('of an unknown run, a path that is not there, a folder without a journal or a head that is none: 2', async () => {
    for (const [args, words] of [
      [['zzzz'], 'Unknown run "zzzz".'],
      [['./gone.zip'], 'There is no ./gone.zip.'],
      [['runbooks'], 'has no journal.jsonl'],
      [[run, '--head', 'abc'], '--head wants the 64 characters'],
      [[run, '--allowed-signers', 'gone'], 'is not there'],
    ] as const) {
      const { code, stderr } = await project.runbook(['verify', ...args]);
      expect(stderr).toContain(words);
      expect(code).toBe(2);
    }
  });
});

describe('a bundle', () => {
  /** What `report --format zip` writes of a run folder. */
  function bundle(change: (files: Record<string, Uint8Array>) => void = () => undefined): string {
    const names = globSync('{journal.jsonl,journal.sig,report.md,attempts/*/{block,log,result.json},files/*}', { cwd: folder });
    const files: Record<string, Uint8Array> = Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name))]));
    files.SHA256SUMS = strToU8(names.map((name) => `${hash('sha256', files[name] ?? '')}  ${name}\n`).join(''));
    change(files);
    const path = join(temporaryFolder(), 'record.zip');
    writeFileSync(path, zipSync(Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`${run}/${name}`, bytes]))));
    return path;
  }

  test('is verified like the folder, with its sums', async () => {
    const { code, stdout } = await project.runbook(['verify', bundle()], { cwd: temporaryFolder() });
    expect(stdout).toMatch(/✔ bundle: \d+ files beside SHA256SUMS\.\n/);
    expect(stdout).toContain('✔ states: ');
    expect(code).toBe(0);
  });

  test.each<[string, (files: Record<string, Uint8Array>) => void, RegExp]>([
    [
      'a report that was changed',
      (files) => void Object.assign(files, { 'report.md': strToU8('fine') }),
      /report\.md: its hash is not that of SHA256SUMS/,
    ],
    ['a file more', (files) => void Object.assign(files, { 'more.txt': strToU8('') }), /more\.txt: SHA256SUMS does not name it/],
    ['a report that is missing', (files) => void delete files['report.md'], /report\.md: SHA256SUMS names it, and it is missing/],
    ['no sums', (files) => void delete files.SHA256SUMS, /bundle: SHA256SUMS is missing/],
    ['a name that leads elsewhere', (files) => void Object.assign(files, { '../other/x': strToU8('') }), /SHA256SUMS does not name it/],
  ])('with %s is not intact: 9', async (_name, change, words) => {
    const { code, stdout } = await project.runbook(['verify', bundle(change)]);
    expect(stdout).toMatch(words);
    expect(code).toBe(9);
  });

  test('that is cut, or is another zip file, is told so', async () => {
    const path = bundle();
    const whole = readFileSync(path);
    writeFileSync(path, whole.subarray(0, whole.length - 40));
    const cut = await project.runbook(['verify', path]);
    expect(cut.stderr).toContain('is not a whole zip file');
    expect(cut.code).toBe(9);
    writeFileSync(path, zipSync({ 'a/b.txt': strToU8('') }));
    expect((await project.runbook(['verify', path])).code).toBe(2);
  });
});

describe.skipIf(!keygen)('a signed record', () => {
  const key = (name: string, passphrase = ''): string => {
    const path = join(temporaryFolder(), name);
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-C', name, '-f', path]);
    return path;
  };
  const allowed = (path: string, ...keys: readonly string[]): string => {
    writeFileSync(path, keys.map((one) => `admin ${readFileSync(`${one}.pub`, 'utf8')}`).join(''));
    return path;
  };

  test('is signed at the end with the key of runbook.yaml, and checked against its allowed signers', async () => {
    using made = makeProject({ 'runbooks/tidy.md': tidy });
    const own = key('own');
    allowed(join(made.root, 'allowed'), own);
    made.write({ 'runbook.yaml': `sign: ssh\nsigning: { key: ${own}, signers: allowed }\nstages:\n  dev: {}\n` });
    expect((await made.runbook(started)).code).toBe(0);
    const [signed = ''] = foldersOf(made);
    const good = await made.runbook(['verify', basename(signed)]);
    expect(good.stdout).toMatch(/✔ signature: signed by admin, ED25519 key SHA256:\S+, of all 8 events\.\n/);
    expect(good.stdout).not.toContain('Not proved: That nobody wrote the whole journal anew');
    expect(good.code).toBe(0);
    // By hand, as docs/record.md says.
    const text = readFileSync(join(signed, 'journal.sig'), 'utf8').split('\n');
    const signature = join(temporaryFolder(), 'sig');
    writeFileSync(signature, text.slice(4).join('\n'));
    const byHand = ['-Y', 'verify', '-n', 'runbook', '-f', join(made.root, 'allowed'), '-I', 'admin', '-s', signature];
    expect(execFileSync('ssh-keygen', byHand, { input: `${text.slice(0, 4).join('\n')}\n`, encoding: 'utf8' })).toContain('Good "runbook" signature');
    // Elsewhere nobody knows whose key it is.
    const elsewhere = await made.runbook(['verify', signed], { cwd: temporaryFolder() });
    expect(elsewhere.stdout).toContain('✔ signature: a valid signature, ED25519 key');
    expect(elsewhere.stdout).toContain('Not proved: Whose key signed it');
    // A key that is not allowed, a journal that is another one, a signature of something else.
    const other = await made.runbook(['verify', signed, '--allowed-signers', allowed(join(made.root, 'other'), key('stranger'))]);
    expect(other.stdout).toContain('✖ journal.sig: the signature does not hold: ');
    expect(other.code).toBe(9);
    const journal = readFileSync(join(signed, 'journal.jsonl'), 'utf8');
    writeFileSync(join(signed, 'journal.jsonl'), `${journal.split('\n').slice(0, 7).join('\n')}\n`);
    const cut = await made.runbook(['verify', signed]);
    expect(cut.stdout).toMatch(/✖ journal\.sig: the journal had the head \w+ after 8 events when it was signed, and now has not\./);
    expect(cut.code).toBe(9);
    writeFileSync(join(signed, 'journal.jsonl'), journal);
    writeFileSync(join(signed, 'journal.sig'), text.join('\n').replace('events 8', 'events 7'));
    expect((await made.runbook(['verify', signed])).stdout).toContain('✖ journal.sig: the signature does not hold: ');
    writeFileSync(join(signed, 'journal.sig'), 'hello');
    expect((await made.runbook(['verify', signed])).code).toBe(9);
    rmSync(join(signed, 'journal.sig'));
    expect((await made.runbook(['verify', signed])).code).toBe(0);
    expect((await made.runbook(['verify', signed, '--allowed-signers', 'allowed'])).stdout).toContain('✖ journal.sig: it is missing.');
  });

  test('is signed with --sign by the key that git signs with; what a resume adds is not vouched for until it signs again', async () => {
    using made = makeProject({ 'runbooks/tidy.md': tidy.replace('echo sorted', 'test -e box') });
    const own = key('own');
    execFileSync('git', ['init', '-q', made.root]);
    execFileSync('git', ['-C', made.root, 'config', 'user.signingkey', `${own}.pub`]);
    expect((await made.runbook([...started, '--sign'])).code).toBe(4);
    const [signed = ''] = foldersOf(made);
    const keys = ['--allowed-signers', allowed(join(made.root, 'allowed'), own)];
    expect((await made.runbook(['verify', signed, ...keys])).stdout).toContain('signed by admin');
    writeFileSync(join(made.root, 'box'), '');
    await made.runbook(['resume', '--yes']);
    const after = await made.runbook(['verify', signed, ...keys]);
    expect(after.stdout).toMatch(/✔ signature: signed by admin, \S+ key \S+, of the first \d+ events\./);
    expect(after.stdout).toMatch(/Not proved: Who vouches for the last \d+ events: recorded after the journal was signed\./);
    expect(after.code).toBe(0);
  });

  test('is refused before the run where there is no key, none that works, or no ssh-keygen: 7', async () => {
    using made = makeProject({ 'runbooks/tidy.md': tidy });
    const empty = { HOME: temporaryFolder(), GIT_CONFIG_NOSYSTEM: '1' };
    const none = await made.runbook([...started, '--sign'], { env: empty });
    expect(none.stderr).toContain('there is no key: neither signing.key in runbook.yaml nor user.signingkey of git');
    expect(none.code).toBe(7);
    made.write({ 'runbook.yaml': `sign: ssh\nsigning: { key: ${key('locked', 'a passphrase')} }\nstages:\n  dev: {}\n` });
    const locked = await made.runbook(started, { env: empty });
    expect(locked.stderr).toContain('incorrect passphrase');
    expect(locked.stderr).toContain('ssh-add ');
    expect(locked.code).toBe(7);
    const bin = join(temporaryFolder(), 'bin');
    mkdirSync(bin);
    const tools = ['node', 'bash', 'dd', 'git', 'env', 'sh'];
    for (const tool of tools) execFileSync('ln', ['-s', execFileSync('which', [tool], { encoding: 'utf8' }).trim(), join(bin, tool)]);
    const missing = await made.runbook(started, { env: { ...empty, PATH: bin } });
    expect(missing.stderr).toContain('ssh-keygen signs the record and was not found on PATH.');
    expect(missing.code).toBe(7);
    expect(foldersOf(made)).toEqual([]);
  });

  test('is signed by a key in an agent', async () => {
    using made = makeProject({ 'runbooks/tidy.md': tidy });
    const own = key('agent');
    const socket = join(temporaryFolder(), 'agent');
    const started = execFileSync('ssh-agent', ['-s', '-a', socket], { encoding: 'utf8' });
    const pid = /SSH_AGENT_PID=(\d+)/.exec(started)?.[1] ?? '';
    try {
      execFileSync('ssh-add', ['-q', own], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: 'pipe' });
      const literal = readFileSync(`${own}.pub`, 'utf8').trim();
      rmSync(own);
      made.write({ 'runbook.yaml': `sign: ssh\nsigning: { key: "key::${literal}" }\nstages:\n  dev: {}\n` });
      const { code } = await made.runbook(['run', 'tidy', '--stage', 'dev', '--yes'], { env: { SSH_AUTH_SOCK: socket } });
      expect(code).toBe(0);
      expect((await made.runbook(['verify', String(foldersOf(made)[0])])).stdout).toContain('a valid signature');
    } finally {
      process.kill(Number(pid));
    }
  });
});
