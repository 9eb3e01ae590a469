import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { documentPaths, findDocument, openProject, projectPath, readText } from '../../engine/runtime/project.ts';
import { faultOf } from '../helpers/fault.ts';
import { temporaryFolder } from '../helpers/temporary.ts';

let root: string;

beforeEach(() => {
  root = temporaryFolder();
});

function write(...paths: readonly string[]): void {
  for (const path of paths) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), '');
  }
}

function config(text: string): void {
  writeFileSync(join(root, 'runbook.yaml'), text);
}

const find = (name: string, cwd = root): object => findDocument(openProject(root), cwd, name);

describe('the root of a project', () => {
  test('is the nearest folder upwards with runbook.yaml, also below the root of a repository', () => {
    execFileSync('git', ['init', '-q', root]);
    write('services/api/runbook.yaml', 'services/api/src/deep/file');
    expect(openProject(join(root, 'services/api/src/deep')).root).toBe(join(root, 'services/api'));
  });

  test('is the root of the repository where there is no runbook.yaml', () => {
    execFileSync('git', ['init', '-q', root]);
    write('src/deep/file');
    expect(openProject(join(root, 'src/deep'))).toMatchObject({ root, config: { stages: {} } });
  });

  test('is the root of a work tree, where .git is a file', () => {
    writeFileSync(join(root, '.git'), 'gitdir: elsewhere\n');
    write('src/file');
    expect(openProject(join(root, 'src')).root).toBe(root);
  });

  test('is the folder itself where there is neither', () => {
    expect(openProject(root).root).toBe(root);
  });
});

describe('runbook.yaml', () => {
  test('that is not valid is refused with its place', () => {
    config('stages:\n  dev: { sandbocks: true }\n');
    const fault = faultOf(() => openProject(root));
    expect(fault.exit).toBe('invalid');
    expect(fault.message).toContain('runbook.yaml:2:10 stages.dev.sandbocks: unknown key.');
    expect(fault.hint).toBe(`Correct ${join(root, 'runbook.yaml')} and try again.`);
  });

  test('that cannot be read is refused', () => {
    mkdirSync(join(root, 'runbook.yaml'));
    const fault = faultOf(() => openProject(root));
    expect(fault.exit).toBe('invalid');
    expect(fault.message).toContain('runbook.yaml cannot be read: EISDIR');
  });
});

describe('the documents of a project', () => {
  test('are the markdown files of runbooks/ and playbooks/, sorted by name', () => {
    write(
      'runbooks/tidy.md',
      'runbooks/build.md',
      'runbooks/notes.txt',
      'runbooks/old/tear.md',
      'playbooks/tidy-failure.md',
      'docs/operations/runbooks/no.md',
    );
    const project = openProject(root);
    expect(documentPaths(project, 'runbook')).toEqual(['runbooks/build.md', 'runbooks/tidy.md']);
    expect(documentPaths(project, 'playbook')).toEqual(['playbooks/tidy-failure.md']);
  });

  test('are those of docs/operations where runbooks/ is not there', () => {
    write('docs/operations/runbooks/tidy.md', 'docs/operations/playbooks/tidy-failure.md');
    const project = openProject(root);
    expect(documentPaths(project, 'runbook')).toEqual(['docs/operations/runbooks/tidy.md']);
    expect(documentPaths(project, 'playbook')).toEqual(['docs/operations/playbooks/tidy-failure.md']);
  });

  test('are those of the folders that runbook.yaml names, and have one path however a folder is written', () => {
    config('runbooks: [./operations/, more]\nplaybooks: .\n');
    write('operations/tidy.md', 'more/build.md', 'tidy-failure.md', 'runbooks/no.md');
    const project = openProject(root);
    expect(documentPaths(project, 'runbook')).toEqual(['more/build.md', 'operations/tidy.md']);
    expect(documentPaths(project, 'playbook')).toEqual(['tidy-failure.md']);
  });

  test('may be linked, and are not what merely has their name', () => {
    write('shared/tidy.md', 'runbooks/build.md');
    symlinkSync('../shared/tidy.md', join(root, 'runbooks/tidy.md'));
    symlinkSync('nowhere.md', join(root, 'runbooks/broken.md'));
    mkdirSync(join(root, 'runbooks/folder.md'));
    expect(documentPaths(openProject(root), 'runbook')).toEqual(['runbooks/build.md', 'runbooks/tidy.md']);
  });

  test('are none where their folder is not there, or is a file', () => {
    config('runbooks: gone\nplaybooks: a-file\n');
    write('a-file');
    expect(documentPaths(openProject(root), 'runbook')).toEqual([]);
    expect(documentPaths(openProject(root), 'playbook')).toEqual([]);
  });
});

describe('a document is found', () => {
  beforeEach(() => write('runbooks/tidy.md', 'runbooks/build.md', 'playbooks/build.md', 'playbooks/tidy-failure.md', 'notes/other.md'));

  test.for<[name: string, path: string, procedure?: string]>([
    ['tidy', 'runbooks/tidy.md'],
    ['tidy-failure', 'playbooks/tidy-failure.md'],
    ['build', 'runbooks/build.md'],
    ['tidy#tidy-up', 'runbooks/tidy.md', 'tidy-up'],
    ['tidy#', 'runbooks/tidy.md', ''],
    ['tidy#one#two', 'runbooks/tidy.md', 'one#two'],
    ['runbooks/tidy.md', 'runbooks/tidy.md'],
    ['./runbooks/../notes/other.md#part', 'notes/other.md', 'part'],
  ])('by %s', ([name, path, procedure]) => {
    expect(find(name)).toEqual({ path, ...(procedure !== undefined && { procedure }) });
  });

  test('by its path from the working folder, and by its whole path', () => {
    expect(find('tidy.md', join(root, 'runbooks'))).toEqual({ path: 'runbooks/tidy.md' });
    expect(find(join(root, 'notes/other.md'))).toEqual({ path: 'notes/other.md' });
  });

  test('by a path through a link to the project', () => {
    const link = `${root}-link`;
    symlinkSync(root, link);
    try {
      expect(find(join(link, 'runbooks/tidy.md'))).toEqual({ path: 'runbooks/tidy.md' });
      expect(findDocument(openProject(link), link, join(root, 'notes/other.md'))).toEqual({ path: 'notes/other.md' });
    } finally {
      rmSync(link);
    }
  });

  test('by its own path in the project, although it is a link to a file outside', () => {
    symlinkSync('/etc/hosts', join(root, 'notes/linked.md'));
    expect(find('notes/linked.md')).toEqual({ path: 'notes/linked.md' });
  });
});

describe('a document is not found', () => {
  beforeEach(() => write('runbooks/tidy.md', 'playbooks/tidy-failure.md'));

  test.for([
    ['tidi', 'Did you mean "tidy"?'],
    ['tidy.md', 'Did you mean "tidy"?'],
    ['runbooks/tidi.md', 'Did you mean "tidy"?'],
    ['zzzzzz', 'runbook list shows what there is.'],
    ['', 'runbook list shows what there is.'],
    ['runbooks', 'runbook list shows what there is.'],
  ])('by %j', ([name = '', hint]) => {
    const fault = faultOf(() => find(name));
    expect(fault).toMatchObject({ exit: 'usage', message: `Unknown runbook "${name}". This project has: tidy, tidy-failure.` });
    expect(fault.hint).toBe(hint);
  });

  test('outside the project, and the hint says how to get there', () => {
    const fault = faultOf(() => find('/etc/hosts'));
    expect(fault.exit).toBe('usage');
    expect(fault.message).toBe(`/etc/hosts is outside the project ${root}.`);
    expect(fault.hint).toContain('-C /etc');
  });

  test('where there are none, and the folders are named in which they were looked for', () => {
    rmSync(join(root, 'runbooks'), { recursive: true });
    rmSync(join(root, 'playbooks'), { recursive: true });
    expect(faultOf(() => find('tidy')).message).toContain('No documents were found in docs/operations/runbooks/ and docs/operations/playbooks/.');
    config('runbooks: operations\nplaybooks: operations\n');
    expect(faultOf(() => find('tidy')).message).toContain('No documents were found in operations/.');
  });
});

test('a path is named from the root with slashes, and a text is read by that name', () => {
  config('stages: {}\n');
  const project = openProject(root);
  expect(projectPath(project, join(root, 'runbooks', 'tidy.md'))).toBe('runbooks/tidy.md');
  expect(readText(project, 'runbook.yaml')).toBe('stages: {}\n');
  expect(readText(project, 'gone.md')).toBeUndefined();
});
