import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import type { Step } from '../../engine/core/plan.ts';
import { buildPlan } from '../../engine/document/plan.ts';
import { wrongCalls } from '../../engine/runtime/aws-blocks.ts';
import { parseConfig, stageOf } from '../../engine/runtime/config.ts';
import { playbook, playbookPath, read, runbook, runbookPath, source, step, steps, stepsOf } from './database-documents.ts';
import { apply } from './lego-api.ts';

const documents = [runbookPath, playbookPath];
const templates: Readonly<Record<string, string>> = {
  [runbookPath]: 'templates/RUNBOOK-TEMPLATE.md',
  [playbookPath]: 'templates/PLAYBOOK-TEMPLATE.md',
};
const { config, diagnostics: wrongConfig } = parseConfig('runbook.yaml', source('runbook.yaml') ?? '');
const stages = ['local', 'dev', 'staging', 'production'];

/** The text between a heading and the next one of its level, by the heading's words. */
function sectionsOf(path: string): ReadonlyMap<string, string> {
  const prose = (source(path) ?? '').replaceAll(/^```[\s\S]*?^```$/gm, (fence) => fence.replaceAll(/^#/gm, ' #'));
  return new Map(prose.split(/^## /m).map((section) => [section.split('\n')[0] ?? '', section.slice(section.indexOf('\n')).trim()]));
}

test('the stages are those of the runbook', () => {
  expect(wrongConfig).toEqual([]);
  expect(Object.keys(config.stages)).toEqual(stages);
  for (const { frontMatter } of [runbook, playbook]) expect(frontMatter.stages).toEqual(stages);
});

describe.each(documents)('%s', (path) => {
  const { document, diagnostics } = read(path);

  test('has no diagnostics', () => {
    expect(diagnostics).toEqual([]);
  });

  test('has every section of its template, and none as it is there', () => {
    const [own, template] = [sectionsOf(path), sectionsOf(templates[path] ?? '')];
    for (const [title, text] of template) {
      if (title === '---' || title.startsWith('Name of ')) continue;
      expect([...own.keys()]).toContain(title);
      expect(own.get(title), title).not.toBe(text);
      expect(own.get(title), title).not.toBe('');
    }
  });

  test('says of every procedure when it is done, of every step what helps, and of every change how it is verified and taken back', () => {
    for (const procedure of document.procedures) expect(procedure.prose, procedure.title).not.toBe('');
    for (const each of stepsOf(document).filter(({ manual }) => !manual)) {
      // Within the playbook there is nothing deeper to go to but its own rows for any step.
      if (path === runbookPath) expect(each.failureLink, `${each.id}: If this fails`).toBeDefined();
      if (each.risk === 'low') continue;
      const after = (source(path) ?? '').split(`step=${each.id} `)[1]?.split(/^#{2,3} /m)[0] ?? '';
      expect(after, each.id).toMatch(each.rollback === undefined ? /\*\*Cannot be undone/ : /\*\*Undo:\*\*/);
      if (!needsNoCheck(each)) expect(each.check, `${each.id}: Check`).toBeDefined();
    }
  });

  test('warns before each dangerous step, where it is read before the command', () => {
    for (const dangerous of stepsOf(document).filter(({ risk }) => risk === 'high')) {
      expect(dangerous.prose, dangerous.id).toMatch(/> \[!(WARNING|CAUTION)\]\n> \*\*High risk\.\*\*/);
    }
  });

  test('deletes only what was typed, and a cluster only by the name that was allowed, with a last snapshot unless it is a drill', () => {
    const deletes = stepsOf(document).filter(({ block }) => /^aws \S+ delete-/m.test(block.source));
    for (const { id, risk, retype } of deletes) expect({ id, risk, retype }).toEqual({ id, risk: 'high', retype: expect.stringMatching(/\S/) });
    for (const { id, block } of deletes.filter(({ block: { source: text } }) => /^aws rds delete-db-cluster /m.test(text))) {
      const [, name = ''] = /--db-cluster-identifier \{(\w+)\}/.exec(block.source) ?? [];
      const permits = stepsOf(document).filter(({ capture }) => capture === name);
      expect(permits.length, id).toBeGreaterThan(0);
      for (const permit of permits) expect(permit.block.source, id).toContain('scripts/may-delete.mjs');
      if (path === runbookPath) expect(permits[0]?.block.source.includes('--drill'), id).toBe(block.source.includes('--skip-final-snapshot'));
      expect(block.source, id).toMatch(/--skip-final-snapshot|--final-db-snapshot-identifier/);
    }
  });

  test('holds no shell block with a mistake in its syntax', async () => {
    const blocks = stepsOf(document).flatMap(({ block, check, rollback, dryRun }) => [block, check?.block, rollback?.block, dryRun?.block]);
    const text = blocks.filter((block) => block?.language === 'bash').map((block, index) => `f${index}() {\n${block?.source}\n}`);
    await execa('bash', ['-n'], { input: text.join('\n') });
  });

  test.each(stages)('makes a plan without a word of complaint on %s', async (name) => {
    const procedures = document.procedures.map(({ anchor }) => anchor);
    const stage = stageOf(name, config.stages[name] ?? expect.fail(name));
    const request = { document: path, procedures, stage, knownStages: stages, selection: { readOnly: false } };
    const { plan, diagnostics: wrong } = buildPlan(request, source);
    expect(wrong).toEqual([]);
    expect(plan === undefined ? 'no plan' : await wrongCalls(plan)).toEqual([]);
  });
});

/** What only tries migrations takes locks and leaves nothing. */
function needsNoCheck({ block }: Step): boolean {
  return /node scripts\/(try-migrations|migration-blockers)\.mjs/.test(block.source);
}

describe('the runbook', () => {
  test('has the procedures that are due, and rehearses all of them', () => {
    expect(runbook.before?.steps.every(({ risk }) => risk === 'low')).toBe(true);
    expect(runbook.procedures.map(({ title }) => title)).toEqual([
      'Run migrations',
      'Roll back a migration',
      'Verify backups',
      'Take a snapshot',
      'Recover to a point in time',
      'Restore a snapshot',
      'Check connections',
      'Rotate credentials',
      'Change capacity',
      'Set the maintenance window',
      'Apply patches',
      'Set up notifications',
    ]);
    expect(runbook.frontMatter.rehearsal?.toSorted()).toEqual(runbook.procedures.map(({ anchor }) => anchor).toSorted());
  });

  test('proves before everything else that this is the live cluster', () => {
    expect(runbook.before?.steps.map(({ block }) => block.source).join('')).toContain(
      'check-cluster.mjs live {cluster} lego-api-{stage}-db-credentials',
    );
  });

  test('asks for a change in code where the next deployment would undo what was done', () => {
    for (const title of ['Recover to a point in time', 'Change capacity', 'Set the maintenance window']) {
      const procedure = runbook.procedures.find((candidate) => candidate.title === title);
      const inCode = procedure?.steps.find(({ title: heading, manual }) => manual && /^Change .* in code$/.test(heading));
      expect(inCode?.stages, title).toContain('production');
    }
  });

  test('shows after the cut-over that the live cluster cannot be deleted', () => {
    const order = runbook.procedures.flatMap((procedure) => procedure.steps.map(({ id }) => id));
    expect(['cut-over', 'refuses-live', 'cut-back', 'recovery-may-go', 'recovery-delete'].map((id) => order.indexOf(id))).toEqual(
      ['cut-over', 'refuses-live', 'cut-back', 'recovery-may-go', 'recovery-delete'].map((id) => order.indexOf(id)).toSorted((a, b) => a - b),
    );
    expect(step('refuses-live').block.source).toContain('may-delete.mjs --refuses {restored}');
  });

  test('applies migrations by the block that the tests of the scripts run', () => {
    for (const id of ['apply-migrations', 'bring-back']) expect(step(id).block.source.trim().replace('5s', '1s')).toBe(apply);
  });
});

describe('the playbook', () => {
  const anchors = playbook.procedures.map(({ anchor }) => anchor);

  test('has an entry behind each failure link', () => {
    for (const { failureLink } of steps) if (failureLink !== undefined) expect(anchors, failureLink.anchor).toContain(failureLink.anchor);
  });

  test('names only steps that exist in its symptoms, and routes to each entry', () => {
    for (const { steps: named } of playbook.symptoms) if (named !== 'any') for (const id of named) step(id);
    expect(new Set(playbook.symptoms.map(({ entry }) => entry))).toEqual(new Set(anchors));
  });
});
