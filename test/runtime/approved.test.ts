import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FileChange } from '../../engine/core/need.ts';
import type { Plan } from '../../engine/core/plan.ts';
import { changesSince, hashes, keepCopies, keptCopy, type Snapshot, sha256, snapshot } from '../../engine/runtime/approved.ts';
import { prepareFromDisk } from '../../engine/runtime/prepare.ts';
import { openProject, type Project, readText } from '../../engine/runtime/project.ts';
import { faultOf } from '../helpers/fault.ts';
import { fence, makeProject, runbookOf, type TestProject } from '../helpers/project.ts';

const document = (files: string, body = 'ls bricks'): string =>
  runbookOf(`## Tidy up\n\n### Count\n\n${fence('bash step=count risk=low', body)}`, `files: [${files}]\n`);

let sample: TestProject;
let project: Project;
let plan: Plan;
let copies: string;

/** The project as a run finds it when it starts. */
async function begin(files: Readonly<Record<string, string>>): Promise<void> {
  sample = makeProject(files);
  project = openProject(sample.root);
  const prepared = await prepareFromDisk(project, {
    document: 'runbooks/tidy.md',
    procedures: undefined,
    stage: 'dev',
    selection: { readOnly: false },
    asIs: false,
  });
  plan = prepared.plan;
  copies = join(sample.root, '.runbook', 'runs', 'run-1', 'files');
}

const now = (): Snapshot =>
  snapshot(project, plan, new Map(Object.keys(plan.documents).map((path) => [path, readText(project, path)])), project.root);

/** What is accepted as it is, with copies; then the project is changed; what differs. */
function changesAfter(change: () => void): readonly FileChange[] {
  const accepted = now();
  keepCopies(copies, accepted);
  change();
  return changesSince(hashes(accepted), now(), copies);
}

beforeEach(() => begin({ 'runbooks/tidy.md': document('"bricks/**"'), 'bricks/red.txt': 'red\n', 'bricks/blue.txt': 'blue\n' }));
afterEach(() => sample[Symbol.dispose]());

describe('what a run depends on', () => {
  test('is its documents, runbook.yaml and the files that they declare, each by the hash that sha256sum gives', () => {
    const found = hashes(now());
    expect(Object.keys(found).toSorted()).toEqual(['bricks/blue.txt', 'bricks/red.txt', 'runbook.yaml', 'runbooks/tidy.md']);
    for (const [path, sum] of Object.entries(found))
      expect(execFileSync('sha256sum', [join(sample.root, path)], { encoding: 'utf8' }).slice(0, 64)).toBe(sum);
  });

  test('is runbook.yaml as the engine read it, not as it is by the time a run starts', async () => {
    const { texts } = await prepareFromDisk(project, {
      document: 'runbooks/tidy.md',
      procedures: undefined,
      stage: 'dev',
      selection: { readOnly: false },
      asIs: false,
    });
    const read = readFileSync(join(sample.root, 'runbook.yaml'));
    sample.write({ 'runbook.yaml': 'stages: { dev: { confirm: typed } }\n' });
    expect(hashes(snapshot(project, plan, texts, project.root))['runbook.yaml']).toBe(sha256(read));
  });

  test('leaves out what the engine itself writes, git and installed packages', async () => {
    await begin({ 'runbooks/tidy.md': document('"**/*.txt"'), 'a.txt': '', '.runbook/runs/x.txt': '', '.git/x.txt': '', 'node_modules/x.txt': '' });
    expect(Object.keys(hashes(now())).toSorted()).toEqual(['a.txt', 'runbook.yaml', 'runbooks/tidy.md']);
  });

  test('can be thousands of files', () => {
    for (let number = 0; number < 3000; number++) sample.write({ [`bricks/${number}.txt`]: `brick ${number}\n` });
    const changes = changesAfter(() => sample.write({ 'bricks/1500.txt': 'another brick\n' }));
    expect(changes.map((change) => change.path)).toEqual(['bricks/1500.txt']);
    expect(readdirSync(copies)).toHaveLength(3004);
  });

  test('does not wait for a pipe that lies among the files', () => {
    execFileSync('mkfifo', [join(sample.root, 'bricks', 'pipe')]);
    symlinkSync('pipe', join(sample.root, 'bricks', 'link-to-pipe'));
    expect(Object.keys(hashes(now()))).not.toContain('bricks/pipe');
  });

  test('cannot be told where a file is there and cannot be read', () => {
    const path = join(sample.root, 'bricks', 'loop.txt');
    writeFileSync(path, '');
    const accepted = now();
    expect(Object.keys(hashes(accepted))).toContain('bricks/loop.txt');
    // A link to itself cannot be read by anybody, not even by root.
    rmSync(join(sample.root, 'runbook.yaml'));
    symlinkSync('runbook.yaml', join(sample.root, 'runbook.yaml'));
    const fault = faultOf(now);
    expect(fault.exit).toBe('preflight');
    expect(fault.message).toContain('runbook.yaml belongs to what is run and cannot be read: ELOOP');
  });
});

describe('a change of what was accepted', () => {
  test('is none as long as every file holds the same bytes', () => {
    expect(changesAfter(() => sample.write({ 'bricks/red.txt': 'red\n' }))).toEqual([]);
  });

  test('is shown as a difference when a file was changed', () => {
    const [change, ...others] = changesAfter(() => sample.write({ 'bricks/red.txt': 'dark red\n' }));
    expect(others).toEqual([]);
    expect(change).toEqual({
      path: 'bricks/red.txt',
      kind: 'changed',
      sha256: sha256('dark red\n'),
      diff: '--- bricks/red.txt (accepted)\n+++ bricks/red.txt (now)\n@@ -1,1 +1,1 @@\n-red\n+dark red\n',
    });
  });

  test('is shown when a file was added', () => {
    const [change] = changesAfter(() => sample.write({ 'bricks/green.txt': 'green\n' }));
    expect(change).toMatchObject({ path: 'bricks/green.txt', kind: 'added', sha256: sha256('green\n') });
    expect(change?.diff).toContain('+green\n');
  });

  test('is shown when a file was removed, and then has no hash', () => {
    const [change] = changesAfter(() => rmSync(join(sample.root, 'bricks/red.txt')));
    expect(change).toMatchObject({ path: 'bricks/red.txt', kind: 'removed' });
    expect(change).not.toHaveProperty('sha256');
    expect(change?.diff).toContain('-red\n');
  });

  test.for(['runbooks/tidy.md', 'runbook.yaml'])('is shown when %s was changed', (path) => {
    const [change] = changesAfter(() => writeFileSync(join(sample.root, path), `${readFileSync(join(sample.root, path), 'utf8')}\n# more\n`));
    expect(change).toMatchObject({ path, kind: 'changed' });
    expect(change?.diff).toContain('+# more\n');
  });

  test('is shown when a symbolic link was pointed at another file, although neither file changed', async () => {
    await begin({ 'runbooks/tidy.md': document('bricks/current.txt'), 'bricks/red.txt': 'red\n', 'bricks/blue.txt': 'blue\n' });
    symlinkSync('red.txt', join(sample.root, 'bricks/current.txt'));
    const [change] = changesAfter(() => {
      symlinkSync('blue.txt', join(sample.root, 'bricks/next.txt'));
      renameSync(join(sample.root, 'bricks/next.txt'), join(sample.root, 'bricks/current.txt'));
    });
    expect(change).toMatchObject({ path: 'bricks/current.txt', kind: 'changed' });
    expect(change?.diff).toContain('-red\n+blue\n');
  });

  test('is shown when a document became a symbolic link to another one', () => {
    sample.write({ 'elsewhere/tidy.md': document('"bricks/**"', 'rm -r bricks') });
    const [change] = changesAfter(() => {
      rmSync(join(sample.root, 'runbooks/tidy.md'));
      symlinkSync('../elsewhere/tidy.md', join(sample.root, 'runbooks/tidy.md'));
    });
    expect(change).toMatchObject({ path: 'runbooks/tidy.md', kind: 'changed' });
    expect(change?.diff).toContain('-ls bricks\n+rm -r bricks\n');
  });

  test('is shown when a folder behind a link was exchanged', async () => {
    await begin({ 'runbooks/tidy.md': document('"box/*.txt"'), 'old/red.txt': 'red\n', 'new/red.txt': 'dark red\n' });
    symlinkSync('old', join(sample.root, 'box'));
    const [change] = changesAfter(() => {
      rmSync(join(sample.root, 'box'));
      symlinkSync('new', join(sample.root, 'box'));
    });
    expect(change).toMatchObject({ path: 'box/red.txt', kind: 'changed' });
  });

  test('is found in a file that is named like something every object has', () => {
    const changes = changesAfter(() => sample.write({ 'bricks/constructor': 'x\n' }));
    expect(changes).toMatchObject([{ path: 'bricks/constructor', kind: 'added' }]);
    expect(changesSince({}, new Map([['constructor', { sha256: 'x', bytes: Buffer.from('x'), needed: false }]]), copies)).toHaveLength(1);
  });
});

describe('a difference that cannot be shown is said to be one', () => {
  test('of a binary file', () => {
    const [change] = changesAfter(() => writeFileSync(join(sample.root, 'bricks/red.txt'), Buffer.from([1, 0, 2])));
    expect(change?.diff).toBe('The difference cannot be shown: this is not a text.');
  });

  test('of bytes that are no text in any case', () => {
    writeFileSync(join(sample.root, 'bricks/red.txt'), Buffer.from([0x72, 0xff]));
    const [change] = changesAfter(() => writeFileSync(join(sample.root, 'bricks/red.txt'), Buffer.from([0x72, 0xfe])));
    expect(change).toMatchObject({ kind: 'changed', diff: 'The difference cannot be shown: it lies in bytes that are not text.' });
  });

  test('of an empty file', () => {
    const [change] = changesAfter(() => sample.write({ 'bricks/empty.txt': '' }));
    expect(change).toMatchObject({ kind: 'added', diff: 'The file is empty.' });
  });

  test('of a large file, which is hashed but not kept', () => {
    const path = join(sample.root, 'bricks/red.txt');
    truncateSync(path, 200 * 1024 ** 2);
    const sum = execFileSync('sha256sum', [path], { encoding: 'utf8' }).slice(0, 64);
    expect(now().get('bricks/red.txt')).toEqual({ sha256: sum, needed: false });
    truncateSync(path, 2 * 1024 * 1024);
    const [change] = changesAfter(() => truncateSync(path, 2 * 1024 * 1024 + 1));
    expect(change?.diff).toBe('The difference cannot be shown: no copy is kept of a file of this size.');
    expect(readdirSync(copies).every((name) => statSync(join(copies, name)).size < 1024 * 1024)).toBe(true);
  });

  test('of two large texts that have little in common, which is given up', () => {
    const text = (seed: number): string => Array.from({ length: 40_000 }, (_, line) => `${(line * seed) % 40_009}`).join('\n');
    sample.write({ 'bricks/red.txt': text(7919) });
    const [change] = changesAfter(() => sample.write({ 'bricks/red.txt': text(104_729) }));
    expect(change?.diff).toBe('The difference cannot be shown: the two texts have too little in common.');
  });
});

describe('copies', () => {
  test('give back what was accepted, can be read by their owner only, and leave no drafts', () => {
    const accepted = now();
    keepCopies(copies, accepted);
    keepCopies(copies, accepted);
    expect(keptCopy(copies, sha256('red\n'))).toBe('red\n');
    expect(statSync(join(copies, sha256('red\n'))).mode & 0o777).toBe(0o600);
    expect(readdirSync(copies).toSorted()).toEqual(Object.values(hashes(accepted)).toSorted());
    expect(keptCopy(copies, sha256('green\n'))).toBeUndefined();
  });

  test('are made whole when an engine died while it wrote one', () => {
    mkdirSync(copies, { recursive: true });
    writeFileSync(join(copies, `${sha256('red\n')}.draft`), 're');
    keepCopies(copies, now());
    expect(keptCopy(copies, sha256('red\n'))).toBe('red\n');
  });

  test('that were changed are a damaged record', () => {
    keepCopies(copies, now());
    writeFileSync(join(copies, sha256('red\n')), 'blue\n');
    const fault = faultOf(() => keptCopy(copies, sha256('red\n')));
    expect(fault.exit).toBe('record');
    expect(fault.message).toContain('is not what was recorded');
  });

  test('that cannot be written are a record that cannot be written', () => {
    mkdirSync(join(copies, '..'), { recursive: true });
    writeFileSync(copies, 'a file where the folder should be');
    const fault = faultOf(() => keepCopies(copies, now()));
    expect(fault.exit).toBe('record');
    expect(fault.hint).toContain('no step is run');
  });

  test('that cannot be read are a record that cannot be read', () => {
    mkdirSync(join(copies, sha256('red\n')), { recursive: true });
    expect(faultOf(() => keptCopy(copies, sha256('red\n')))).toMatchObject({ exit: 'record' });
  });
});
