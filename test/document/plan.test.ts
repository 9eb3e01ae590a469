import { describe, expect, test } from 'vitest';
import type { Stage } from '../../engine/core/plan.ts';
import { path, plan, playbook, runbook } from './problems.ts';

const fence = (info: string, block = 'true') => `\`\`\`${info}\n${block}\n\`\`\`\n\n`;
const step = (id: string, more = '', block = 'true') => fence(`bash step=${id} risk=low${more}`, block);
const failure = 'playbooks/failure.md';
const stage: Stage = { name: 'staging', sandbox: false, confirm: 'ask', onFailure: 'ask', variables: {} };
const all = { procedures: 'all' } as const;

describe('A plan', () => {
  test('is for a document that exists', () => {
    expect(plan({}).text).toMatchInlineSnapshot(`"[document-missing] runbooks/database-operations.md: There is no such file."`);
  });

  test('has the only procedure of a document, and says nothing', () => {
    const { plan: made, diagnostics } = plan({ [path]: runbook(`## A\n\n${step('a')}`) });
    expect(diagnostics).toEqual([]);
    expect(made).toMatchObject({ document: path, procedures: ['a'], stage, selection: { readOnly: false } });
  });

  test('has no procedure to choose where the document has none', () => {
    expect(plan({ [path]: runbook(`## Before you start\n\n${step('a')}`) }, all).text).toMatchInlineSnapshot(`
      "[document-empty] runbooks/database-operations.md: This document has no procedure.
        A procedure is an H2 section with fences such as \`\`\`bash step=take-snapshot risk=medium timeout=2m."
    `);
  });

  test('wants a name where the document has several procedures', () => {
    expect(
      plan({ [path]: runbook(`## A\n\n${step('a')}## B\n\n${step('b', '', '{region}')}`) }, { selection: { only: ['a'], readOnly: false } }).text,
    ).toMatchInlineSnapshot(`
      "[procedure-missing] runbooks/database-operations.md: This document has several procedures: a, b.
        Name one, such as runbooks/database-operations#a."
    `);
  });

  test('takes all procedures in the order of the rehearsal, else of the document', () => {
    const body = `## A\n\n${step('a')}## B\n\n${step('b')}## C\n\n${step('c')}`;
    expect(plan({ [path]: runbook(body) }, all).plan?.procedures).toEqual(['a', 'b', 'c']);
    expect(plan({ [path]: runbook(body, 'kind: runbook\nrehearsal: [c, a]') }, all).plan?.procedures).toEqual(['c', 'a']);
  });

  test('takes procedures by anchor or title, each once, in the order asked for', () => {
    const files = { [path]: runbook(`## Run migrations\n\n${step('a')}## Check it\n\n${step('b')}`) };
    expect(plan(files, { procedures: ['Check it', 'run-migrations', 'check-it'] }).plan?.procedures).toEqual(['check-it', 'run-migrations']);
    expect(plan(files, { procedures: ['run-migration', 'frobnicate'] }).text).toMatchInlineSnapshot(`
      "[procedure-unknown] runbooks/database-operations.md: Unknown procedure "run-migration". This document has: run-migrations, check-it.
        Did you mean "run-migrations"?
      [procedure-unknown] runbooks/database-operations.md: Unknown procedure "frobnicate". This document has: run-migrations, check-it."
    `);
  });

  test('takes one of two procedures with the same title only by its anchor', () => {
    const files = { [path]: runbook(`## Run it\n\n${step('a')}## Run it\n\n${step('b')}`) };
    expect(plan(files, { procedures: ['run-it-1'] }).plan?.procedures).toEqual(['run-it-1']);
    expect(plan(files, { procedures: ['Run it'] }).text).toMatchInlineSnapshot(`
      "[procedure-unknown] runbooks/database-operations.md: Several procedures have the title "Run it".
        Name one by its anchor: run-it, run-it-1."
    `);
  });

  test('has steps to select from', () => {
    const files = { [path]: runbook(`## Before you start\n\n${step('ping')}## A\n\n${step('a')}${step('b')}## B\n\n${step('c')}`) };
    const select = (selection: object) => plan(files, { procedures: ['a'], selection: { readOnly: false, ...selection } });
    expect(select({ from: 'a', to: 'b', only: ['ping', 'b'] }).diagnostics).toEqual([]);
    expect(select({ from: 'A', to: 'c', only: ['frobnicate'] }).text).toMatchInlineSnapshot(`
      "[step-unknown] runbooks/database-operations.md: Unknown step "A". The chosen procedures have: ping, a, b.
        Did you mean "a"?
      [step-unknown] runbooks/database-operations.md: Unknown step "c". The chosen procedures have: ping, a, b.
      [step-unknown] runbooks/database-operations.md: Unknown step "frobnicate". The chosen procedures have: ping, a, b."
    `);
    expect(select({ from: 'b', to: 'a' }).text).toMatchInlineSnapshot(
      `"[selection-empty] runbooks/database-operations.md: The step b comes after a, so nothing would run."`,
    );
    expect(select({ from: 'b', to: 'x' }).diagnostics.map(({ rule }) => rule)).toEqual(['step-unknown']);
  });

  test('is for a stage that the document lists', () => {
    const files = { [path]: runbook(`## A\n\n${step('a')}`, 'kind: runbook\nstages: [stagin, production]') };
    expect(plan(files, { knownStages: ['staging', 'production'] }).text).toMatchInlineSnapshot(`
      "[stage-not-listed] runbooks/database-operations.md:3:9 This document is not for the stage staging; it lists stagin, production.
        stages: [stagin, production]
                ^^^^^^^^^^^^^^^^^^^^
        Did you mean "stagin"?
      [stage-unknown] runbooks/database-operations.md:3:9 Warning: The project has no stage stagin.
        stages: [stagin, production]
                ^^^^^^^^^^^^^^^^^^^^
        Did you mean "staging"?"
    `);
    expect(plan(files, { stage: { ...stage, name: 'production' } }).diagnostics).toEqual([]);
  });

  test('warns of stages that are probably mistyped, and not of those that another project may have', () => {
    expect(
      plan({ [path]: runbook(`## A\n\n${step('a', ' stages=staging,prodution,dev')}${step('b')}`) }, { knownStages: ['staging', 'production'] }).text,
    ).toMatchInlineSnapshot(`
      "[stage-unknown] runbooks/database-operations.md:9:25 Warning: The project has no stage prodution.
        \`\`\`bash step=a risk=low stages=staging,prodution,dev
                                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        Did you mean "production"?"
    `);
  });

  test('is not made of a document with errors, and has those of every document', () => {
    const files = {
      [path]: runbook(`## A\n\n${step('a', ' rsik=low')}**If this fails:** [x](../${failure}#b)\n`),
      [failure]: playbook(`## B\n\n${step('b', ' awz')}`),
    };
    const result = plan(files);
    expect(result.plan).toBeUndefined();
    expect(result.text).toMatchInlineSnapshot(`
      "[key] runbooks/database-operations.md:9:25 Unknown key "rsik".
        \`\`\`bash step=a risk=low rsik=low
                                ^^^^
        Did you mean "risk"?
      [key] playbooks/failure.md:9:25 Unknown flag "awz".
        \`\`\`bash step=b risk=low awz
                                ^^^
        Did you mean "aws"?"
    `);
  });

  test('can be made of a document as it is', () => {
    expect(plan({ [path]: '# A\n\n```sh\ntrue\n```\n' }, { asIs: true }).plan?.procedures).toEqual(['a']);
  });
});

describe('The playbooks of a plan', () => {
  const link = (to: string) => `**If this fails:** [x](${to})\n\n`;

  test('are all that the document can lead to, also in circles', () => {
    const files = {
      [path]: runbook(`## A\n\n${step('a')}${link('../playbooks/one.md#b')}`, `kind: runbook\nplaybook: ../${failure}`),
      'playbooks/one.md': playbook(`## B\n\n${step('b')}${link('two.md#c')}`),
      'playbooks/two.md': playbook(`## C\n\n${step('c')}${link(`../${path}#a`)}`),
      [failure]: playbook(`## D\n\n${step('d')}${link('#d')}`),
    };
    const { plan: made, diagnostics } = plan(files);
    expect(diagnostics).toEqual([]);
    expect(Object.keys(made?.documents ?? {})).toEqual([path, failure, 'playbooks/one.md', 'playbooks/two.md']);
  });

  test('exist, and have the entry that is linked to', () => {
    const files = {
      [path]: runbook(
        `## A\n\n${step('a')}${link(`../${failure}#it-fail`)}### B\n\n${step('b')}${link('gone.md#x')}### C\n\n${step('c')}${link(`../${failure}#symptoms`)}`,
        'kind: runbook\nplaybook: missing.md',
      ),
      [failure]: playbook(`## Symptoms\n\n## It fails\n\n${step('d')}`),
    };
    expect(plan(files).text).toMatchInlineSnapshot(`
      "[link] runbooks/database-operations.md:3:11 There is no file runbooks/missing.md.
        playbook: missing.md
                  ^^^^^^^^^^
      [link] runbooks/database-operations.md:14:20 playbooks/failure.md has no entry #it-fail with steps.
        **If this fails:** [x](../playbooks/failure.md#it-fail)
                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        Did you mean "it-fails"?
      [link] runbooks/database-operations.md:22:20 There is no file runbooks/gone.md.
        **If this fails:** [x](gone.md#x)
                           ^^^^^^^^^^^^^^
      [link] runbooks/database-operations.md:30:20 playbooks/failure.md has no entry #symptoms with steps.
        **If this fails:** [x](../playbooks/failure.md#symptoms)
                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^"
    `);
  });

  test('are playbooks where the front matter names them', () => {
    const files = { [path]: runbook(`## A\n\n${step('a')}`, 'kind: runbook\nplaybook: other.md'), 'runbooks/other.md': runbook('Nothing yet.\n') };
    expect(plan(files).text).toMatchInlineSnapshot(`
      "[playbook-kind] runbooks/database-operations.md:3:11 runbooks/other.md is not a playbook.
        playbook: other.md
                  ^^^^^^^^
        Write kind: playbook in its front matter."
    `);
  });

  test('may leave out the stage, which is only a warning', () => {
    const files = {
      [path]: runbook(`## A\n\n${step('a')}`, `kind: runbook\nplaybook: ../${failure}`),
      [failure]: playbook('## B\n').replace('kind: playbook', 'kind: playbook\nstages: [production]'),
    };
    const result = plan(files);
    expect(result.plan).toBeDefined();
    expect(result.text).toMatchInlineSnapshot(`
      "[stage-not-listed] playbooks/failure.md:3:9 Warning: This document is not for the stage staging; it lists production.
        stages: [production]
                ^^^^^^^^^^^^"
    `);
  });

  test('have symptoms for steps that are in the plan', () => {
    const rows = '| `migrate`, `look` | `exit 1` | [x](#b) | ask |\n| any | `exit 2` | [x](#b) | ask |';
    const files = {
      [path]: runbook(`## A\n\n${step('migrat')}`, `kind: runbook\nplaybook: ../${failure}`),
      [failure]: playbook(`## Symptoms\n\n| Step | Error | Go to | Then |\n|-|-|-|-|\n${rows}\n\n## B\n\n${step('look')}`),
    };
    expect(plan(files).text).toMatchInlineSnapshot(`
      "[symptom-step] playbooks/failure.md:11:3 Warning: No document of this plan has a step "migrate".
        | \`migrate\`, \`look\` | \`exit 1\` | [x](#b) | ask |
          ^^^^^^^^^^^^^^^^^
        Did you mean "migrat"?"
    `);
    expect(plan(files, { document: failure }).diagnostics).toEqual([]);
  });
});
