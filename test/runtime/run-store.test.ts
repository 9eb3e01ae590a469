import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createJournal } from '../../engine/runtime/journal.ts';
import { openProject, type Project } from '../../engine/runtime/project.ts';
import { stateFolder } from '../../engine/runtime/root.ts';
import { attemptFolders, createRunFolder, findRun, readRun, runFolder, runIds, startOf } from '../../engine/runtime/run-store.ts';
import { faultOf } from '../helpers/fault.ts';
import { makeProject, type TestProject } from '../helpers/project.ts';

let sample: TestProject;
let project: Project;

beforeEach(() => {
  sample = makeProject({});
  project = openProject(sample.root);
});
afterEach(() => sample[Symbol.dispose]());

/** A run of this id with a journal. */
function makeRun(run: string): void {
  const folder = runFolder(project, run);
  mkdirSync(folder.path, { recursive: true });
  createJournal(folder.journal, () => new Date()).close();
}

describe('the folder of a new run', () => {
  test('is named by the time in UTC and four characters, so that names sort by time and can be pasted anywhere', () => {
    const { run, path } = createRunFolder(project, new Date('2026-11-22T14:02:33.456Z'));
    expect(run).toMatch(/^20261122-140233-[0-9a-z]{4}$/);
    expect(path).toBe(join(sample.root, '.runbook', 'runs', run));
  });

  test('keeps itself out of git, and what is private to its owner', () => {
    execFileSync('git', ['init', '-q', sample.root]);
    const folder = createRunFolder(project, new Date());
    createJournal(folder.journal, () => new Date()).close();
    expect(execFileSync('git', ['-C', sample.root, 'status', '--porcelain'], { encoding: 'utf8' })).toBe('?? runbook.yaml\n');
    expect(statSync(folder.session).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder.attempts)).toEqual([]);
  });

  test('leaves a .gitignore as somebody wrote it', () => {
    sample.write({ '.runbook/.gitignore': '*\n!keep\n' });
    createRunFolder(project, new Date());
    expect(readFileSync(join(stateFolder(project), '.gitignore'), 'utf8')).toBe('*\n!keep\n');
  });

  test.for(['.runbook', '.runbook/runs'])('cannot be made where %s is a file: a record that cannot be written', (path) => {
    sample.write({ [path]: 'a file where the folder should be' });
    const fault = faultOf(() => createRunFolder(project, new Date()));
    expect(fault.exit).toBe('record');
    expect(fault.message).toContain('The folder of the run cannot be made');
    expect(fault.hint).toContain('Without a record no step is run.');
  });

  test('cannot be made in a project that is read-only: a record that cannot be written', ({ skip }) => {
    const root = userInfo().uid === 0;
    // Root may write everywhere but on a disk that is mounted read-only.
    if (!root) chmodSync(sample.root, 0o500);
    else if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', sample.root]).status !== 0) skip('mounting a disk is not permitted here');
    try {
      const fault = faultOf(() => createRunFolder(project, new Date()));
      expect(fault.exit).toBe('record');
      expect(fault.message).toMatch(/The folder of the run cannot be made: (EROFS|EACCES)/);
    } finally {
      if (root) execFileSync('umount', [sample.root]);
      else chmodSync(sample.root, 0o700);
    }
  });
});

describe('the runs of a project', () => {
  test('are none before the first', () => {
    expect(runIds(project)).toEqual([]);
    expect(existsSync(stateFolder(project))).toBe(false);
  });

  test('are listed newest first, without folders that never got a journal', () => {
    for (const run of ['20261122-140233-7f3k', '20261201-000000-aaaa', '20261122-140234-0000']) makeRun(run);
    createRunFolder(project, new Date());
    expect(runIds(project)).toEqual(['20261201-000000-aaaa', '20261122-140234-0000', '20261122-140233-7f3k']);
  });

  test('cannot be listed where their folder cannot be read: a record that is not intact', () => {
    sample.write({ '.runbook/runs': 'a file' });
    expect(faultOf(() => runIds(project))).toMatchObject({ exit: 'record' });
  });
});

describe('a run is found', () => {
  beforeEach(() => {
    for (const run of ['20261122-140233-7f3k', '20261122-140233-aaaa', '20261201-090000-aaaa']) makeRun(run);
  });

  test.for([
    ['its id', '20261122-140233-7f3k'],
    ['the end of its id', '7f3k'],
    ['a longer end of its id', '140233-7f3k'],
  ])('by %s', ([, wanted = '']) => {
    expect(findRun(project, wanted)).toBe('20261122-140233-7f3k');
  });

  test('not by an end that two runs share: both are named', () => {
    const fault = faultOf(() => findRun(project, 'aaaa'));
    expect(fault.exit).toBe('usage');
    expect(fault.message).toBe('"aaaa" can mean 20261201-090000-aaaa or 20261122-140233-aaaa.');
    expect(findRun(project, '090000-aaaa')).toBe('20261201-090000-aaaa');
  });

  test.for([
    ['7f3j', 'Did you mean "20261122-140233-7f3k"?'],
    ['20261122-140233-7f3', 'Did you mean "20261122-140233-7f3k"?'],
    ['zzzz', 'runbook runs shows what there is.'],
    ['3k', 'runbook runs shows what there is.'],
    ['', 'runbook runs shows what there is.'],
    ['../20261122-140233-7f3k', 'Did you mean "20261122-140233-7f3k"?'],
  ])('not by "%s"', ([wanted = '', hint]) => {
    expect(faultOf(() => findRun(project, wanted))).toMatchObject({ exit: 'usage', message: `Unknown run "${wanted}".`, hint });
  });
});

describe('the record of a run', () => {
  test('begins with run-started, or is none', () => {
    makeRun('20261122-140233-7f3k');
    const folder = runFolder(project, '20261122-140233-7f3k');
    const fault = faultOf(() => startOf(folder, readRun(folder)));
    expect(fault.exit).toBe('record');
    expect(fault.hint).toContain('Start a new one.');
  });

  test('that is not there cannot be read', () => {
    const fault = faultOf(() => readRun(runFolder(project, 'gone')));
    expect(fault.exit).toBe('record');
    expect(fault.message).toContain('cannot be read: ENOENT');
  });

  test('has the folders of its attempts by their number', () => {
    const folder = createRunFolder(project, new Date());
    expect(attemptFolders(folder)).toEqual(new Map());
    for (const name of ['03-count.1', '12-count.2-check']) mkdirSync(join(folder.attempts, name));
    writeFileSync(join(folder.attempts, '.DS_Store'), '');
    const folders = attemptFolders(folder);
    expect(folders.get(3)).toBe(join(folder.attempts, '03-count.1'));
    expect(folders.get(12)).toBe(join(folder.attempts, '12-count.2-check'));
    expect(attemptFolders(runFolder(project, 'gone'))).toEqual(new Map());
  });
});
