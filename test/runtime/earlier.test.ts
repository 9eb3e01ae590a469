import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { sections } from '../../engine/core/variables.ts';
import { parseDocument } from '../../engine/document/parse.ts';
import { sinceLastSuccess } from '../../engine/runtime/earlier.ts';
import { openProject } from '../../engine/runtime/project.ts';
import { planOf } from '../core/plan-builder.ts';
import { sha256 } from '../core/rehearsal.ts';
import { fence, makeProject, runbookOf, type TestProject } from '../helpers/project.ts';

const path = 'runbooks/tidy.md';
const body = (count: string, sweep: string, info = '') =>
  runbookOf(
    `## Tidy up\n\n### Count\n\n${fence(`bash step=count risk=low${info}`, count)}\n### Sweep\n\n${fence('bash step=sweep risk=medium timeout=1m', sweep)}`,
  );

/** A step as the document has it now, beside the last run on a stage. */
function since(project: TestProject, stage: string, id: string) {
  const text = readFileSync(join(project.root, path), 'utf8');
  const { document } = parseDocument(path, text);
  const step = sections(document)
    .flatMap(({ steps }) => steps)
    .find((candidate) => candidate.id === id);
  if (step === undefined) throw new Error(`No step ${id}.`);
  const plan = planOf({ documents: [document] });
  const run = { id: 'this', stage, files: { [path]: sha256(text) } };
  return sinceLastSuccess(openProject(project.root), { plan, run, asIs: false })(path, step);
}

/** Runs the document. Ids of one second have no order, so the run begins in a second of its own. */
async function ran(project: TestProject, stage: string): Promise<string> {
  await pause(1000 - (Date.now() % 1000));
  await project.runbook(['run', 'tidy', '--stage', stage, '--yes']);
  return globSync('.runbook/runs/*', { cwd: project.root }).sort().at(-1)?.split('/').at(-1) ?? '';
}

describe('what changed since a step last ended well', () => {
  test('is told for the stage, from the newest run in which it did', async () => {
    using project = makeProject({ [path]: body('echo 1', 'echo {stage}') });
    expect(await since(project, 'dev', 'count')).toEqual({ kind: 'never' });
    const first = await ran(project, 'dev');
    expect(await since(project, 'staging', 'count')).toEqual({ kind: 'never' });
    expect(await since(project, 'dev', 'sweep')).toMatchObject({ kind: 'compared', run: first, lines: 0, diff: '' });

    project.write({ [path]: body('echo 1\n-- two', 'echo {stage}; exit 3') });
    const failed = await ran(project, 'dev');
    expect(failed > first).toBe(true);
    // The newer run failed at both: what it tried is not what went well.
    expect(await since(project, 'dev', 'sweep')).toMatchObject({ kind: 'compared', run: first, lines: 1 });
    const changed = await since(project, 'dev', 'count');
    if (changed.kind !== 'compared') throw new Error('It has run.');
    expect(changed.diff).toContain('\n+-- two\n');
    expect(changed.lines).toBe(1);

    project.write({ [path]: body('echo 1', 'echo {stage}') });
    expect(await since(project, 'dev', 'count'), 'back as it was').toMatchObject({ run: first, lines: 0 });
  });

  test('counts lines that look like the head of a difference, and a block that is run in another way', async () => {
    using project = makeProject({ [path]: body("true\n: '\n-- a\n-- b\n'", 'true') });
    const run = await ran(project, 'dev');
    project.write({ [path]: body("true\n: '\n'", 'true') });
    expect(await since(project, 'dev', 'count')).toMatchObject({ run, lines: 2 });
    project.write({ [path]: body("true\n: '\n-- a\n-- b\n'", 'true').replace('bash step=count', 'sh step=count') });
    const other = await since(project, 'dev', 'count');
    expect(other).toMatchObject({ run, lines: 1, diff: expect.stringContaining('-bash\n+sh\n') });
  });

  test('passes over a record that cannot be read, and says so', async () => {
    using project = makeProject({ [path]: body('echo 1', 'echo 2') }, { spoilsRecords: true });
    const first = await ran(project, 'dev');
    const second = await ran(project, 'dev');
    writeFileSync(join(project.root, '.runbook/runs', second, 'journal.jsonl'), 'torn\n');
    expect(await since(project, 'dev', 'count')).toMatchObject({ kind: 'compared', run: first });
    rmSync(join(project.root, '.runbook/runs', first, 'files'), { recursive: true });
    expect(await since(project, 'dev', 'count'), 'the same document needs no copy').toMatchObject({ kind: 'compared', lines: 0 });
    project.write({ [path]: body('echo 2', 'echo 2') });
    expect(await since(project, 'dev', 'count')).toEqual({ kind: 'never', unread: 2 });
  });

  test('looks at no more than fifty runs, and says so', async () => {
    using project = makeProject({ [path]: body('echo 1', 'echo 2') });
    const first = await ran(project, 'dev');
    const runs = join(project.root, '.runbook/runs');
    const names = (count: number) => Array.from({ length: count }, (_, index) => `30000101-000000-${String(index).padStart(4, '0')}`);
    for (const name of names(49)) project.write({ [join('.runbook/runs', name, 'journal.jsonl')]: '' });
    expect(await since(project, 'dev', 'count')).toMatchObject({ kind: 'compared', run: first });
    for (const name of names(50)) project.write({ [join('.runbook/runs', name, 'journal.jsonl')]: '' });
    expect(await since(project, 'dev', 'count')).toMatchObject({ kind: 'never', searched: 50 });
    expect(globSync('*', { cwd: runs })).toHaveLength(51);
  });
});
