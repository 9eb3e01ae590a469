import { expect, test } from 'vitest';
import type { Question } from '../../engine/core/need.ts';
import type { Plan, Symptom } from '../../engine/core/plan.ts';
import { cardOf } from '../../engine/view/card.ts';
import { planOn, played, questionOf, staging, started, throughPlaybook, untilDrain } from './sample.ts';

type Confirm = Extract<Question, { kind: 'confirm' }>;

/** The sample with these rows of symptoms in the playbook, and without the failure links of its steps. */
function knowing(rows: readonly Pick<Symptom, 'steps' | 'errors' | 'entry'>[]): Plan {
  const plan = planOn(staging);
  const documents = Object.entries(plan.documents).map(([path, document]) => {
    const procedures = document.procedures.map((procedure) => ({
      ...procedure,
      steps: procedure.steps.map(({ failureLink: _, ...step }) => step),
    }));
    const place = { path, line: 1, column: 1 };
    const symptoms = document.frontMatter.kind === 'runbook' ? [] : rows.map((row) => ({ ...row, then: 'retry' as const, place }));
    return [path, { ...document, procedures, symptoms }];
  });
  return { ...plan, documents: Object.fromEntries(documents) };
}

function wayOut(plan: Plan): string | undefined {
  const { run } = played(plan, [started(plan)]);
  return cardOf(plan, run, questionOf(plan, run) as Confirm, {}).facts.find((line) => line.startsWith('if it fails'));
}

const entry = 'queries-stay-in-flight';

test.each([
  ['no row fits the step', [{ steps: ['drain-connections'], errors: [{ kind: 'exit', code: 4 }], entry }], 'no playbook entry is linked'],
  ['rows lead to one entry', [{ steps: 'any', errors: [{ kind: 'timeout' }], entry }], 'playbook entry "Queries stay in flight", if its error fits'],
  [
    'rows lead to several',
    [
      { steps: 'any', errors: [{ kind: 'timeout' }], entry },
      { steps: ['check-replicas'], errors: [{ kind: 'exit', code: 4 }], entry: 'call-the-owner' },
      { steps: ['check-replicas'], errors: [{ kind: 'exit', code: 5 }], entry: 'call-the-owner' },
    ],
    '2 playbook entries, by its error',
  ],
] as const)('a step without a link says where its failure can lead: %s', (_, rows, words) => {
  expect(wayOut(knowing(rows))).toBe(`if it fails: ${words}   undo: none`);
});

test('a step of an entry is not led into that entry', () => {
  const plan = knowing([{ steps: 'any', errors: [{ kind: 'exit', code: 4 }], entry }]);
  const linked = planOn(staging);
  const { run } = played(linked, [...untilDrain(linked), ...throughPlaybook]);
  const question = { ...questionOf(linked, played(linked, untilDrain(linked)).run), frame: 1, step: 'find-blockers' } as Confirm;
  expect(cardOf(plan, run, question, {}).facts).toContain('if it fails: no playbook entry is linked   undo: none');
});
