import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Fact } from '../../engine/core/event.ts';
import type { Plan } from '../../engine/core/plan.ts';
import { hashes, keepCopies, snapshot } from '../../engine/runtime/approved.ts';
import { createJournal } from '../../engine/runtime/journal.ts';
import { prepareFromDisk, type Recorded, type Request, recordedRun, requestOf, stageConfig } from '../../engine/runtime/prepare.ts';
import { openProject } from '../../engine/runtime/project.ts';
import { createRunFolder, readRun, runFolder } from '../../engine/runtime/run-store.ts';
import { faultOf, rejection } from '../helpers/fault.ts';
import { fence, makeProject, runbookOf, type TestProject } from '../helpers/project.ts';

const document = (body: string): string => runbookOf(`## Tidy up\n\n### Count\n\n${fence('bash step=count risk=low', body)}`);
const request: Request = { document: 'runbooks/tidy.md', procedures: undefined, stage: 'dev', selection: { readOnly: false }, asIs: false };

type Started = Extract<Fact, { type: 'run-started' }>;

let sample: TestProject;

beforeEach(() => {
  sample = makeProject({ 'runbooks/tidy.md': document('ls bricks') }, { spoilsRecords: true });
});
afterEach(() => sample[Symbol.dispose]());

/** The source of the only step. */
function block(plan: Plan): string | undefined {
  return plan.documents['runbooks/tidy.md']?.procedures[0]?.steps[0]?.block.source;
}

describe('a stage', () => {
  test.for([
    ['stagin', 'Did you mean --stage staging?'],
    ['zzz', 'Name the stage in runbook.yaml under stages.'],
    ['constructor', 'Name the stage in runbook.yaml under stages.'],
  ])('%s that is not known is refused with those that are', ([name = '', hint]) => {
    const { config } = openProject(sample.root);
    expect(faultOf(() => stageConfig(config, name))).toMatchObject({
      exit: 'usage',
      message: `Unknown stage "${name}". This project has: dev, staging, production.`,
      hint,
    });
  });

  test('is not known where there are none', () => {
    expect(faultOf(() => stageConfig({ stages: {}, kernels: {}, ui: { fullscreen: false } }, 'dev')).message).toBe(
      'Unknown stage "dev". runbook.yaml names no stages.',
    );
  });
});

describe('what was asked for', () => {
  test('is a plan with the texts that it was made of', async () => {
    const { plan, texts, warnings } = await prepareFromDisk(openProject(sample.root), request);
    expect(plan.procedures).toEqual(['tidy-up']);
    expect([...texts.keys()].toSorted()).toEqual(['runbook.yaml', 'runbooks/tidy.md']);
    expect(warnings).toEqual([]);
  });

  test('is a usage fault where the command is wrong, and an invalid one with every problem where the document is', async () => {
    const project = openProject(sample.root);
    expect(await rejection(prepareFromDisk(project, { ...request, procedures: ['tidy-uo'] }))).toMatchObject({ exit: 'usage' });
    sample.write({ 'runbooks/tidy.md': `${document('ls').replace('risk=low', 'rsk=low')}\n${fence('bash step=count', 'ls')}` });
    const fault = await rejection(prepareFromDisk(project, request));
    expect(fault.exit).toBe('invalid');
    expect(fault.message.match(/runbooks\/tidy\.md:\d+:\d+ /g)?.length).toBeGreaterThan(1);
  });
});

describe('a recorded run', () => {
  /** A run of the documents as they are now, and its journal with more facts in it. */
  async function record(): Promise<{ readonly started: Started; readonly read: (...facts: readonly Fact[]) => Recorded }> {
    const project = openProject(sample.root);
    const { plan, texts } = await prepareFromDisk(project, request);
    const folder = createRunFolder(project, new Date());
    const files = snapshot(project, plan, texts, project.root);
    keepCopies(folder.copies, files);
    const started: Started = {
      type: 'run-started',
      run: folder.run,
      document: plan.document,
      asIs: false,
      procedures: plan.procedures,
      stage: 'dev',
      selection: plan.selection,
      variables: {},
      operator: 'admin',
      host: 'bastion',
      engine: '0.1.0',
      files: hashes(files),
    };
    const journal = createJournal(folder.journal, () => new Date());
    journal.append([started], { durable: true });
    return {
      started,
      read: (...facts) => {
        journal.append(facts, { durable: true });
        return recordedRun(openProject(sample.root), folder, readRun(folder));
      },
    };
  }

  /** Accepts the document as it is now, with a copy, as an engine does. */
  async function accept(run: string): Promise<Fact> {
    const project = openProject(sample.root);
    const { plan, texts } = await prepareFromDisk(project, request);
    const files = snapshot(project, plan, texts, project.root);
    keepCopies(runFolder(project, run).copies, files);
    return { type: 'changes-accepted', files: [{ path: request.document, sha256: hashes(files)[request.document] ?? '' }] };
  }

  test('has the plan that was accepted, whatever stands in the documents now', async () => {
    const { read } = await record();
    sample.write({ 'runbooks/tidy.md': document('rm -r bricks') });
    const { started, plan, run } = read();
    expect(block(plan)).toBe('ls bricks\n');
    expect(requestOf(started)).toEqual({ ...request, procedures: ['tidy-up'] });
    expect(run.status.kind).toBe('open');
  });

  test('has the stage that was accepted, whatever stands in runbook.yaml now', async () => {
    const { read } = await record();
    sample.write({ 'runbook.yaml': 'stages: { dev: { sandbox: true }, staging: {} }\n' });
    expect(read().plan.stage).toMatchObject({ name: 'dev', sandbox: false });
  });

  test('has the plan of the changes that were accepted on the way', async () => {
    const { started, read } = await record();
    sample.write({ 'runbooks/tidy.md': document('ls -l bricks') });
    const accepted = await accept(started.run);
    sample.write({ 'runbooks/tidy.md': document('rm -r bricks') });
    expect(block(read(accepted).plan)).toBe('ls -l bricks\n');
  });

  test('whose kept document was tampered with is refused', async () => {
    const { started, read } = await record();
    sample.write({ [join('.runbook/runs', started.run, 'files', started.files['runbooks/tidy.md'] ?? '')]: document('rm -r bricks') });
    expect(faultOf(read)).toMatchObject({ exit: 'record' });
  });

  test('whose document is gone since that was accepted says that it is not there', async () => {
    const { read } = await record();
    const fault = faultOf(() => read({ type: 'changes-accepted', files: [{ path: 'runbooks/tidy.md' }] }));
    expect(fault.message).toContain('runbooks/tidy.md');
  });
});
