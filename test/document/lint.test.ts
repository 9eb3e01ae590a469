import { describe, expect, test } from 'vitest';
import { brokenRules, found, linted, stageNamed } from './lint-project.ts';

const fence = (info: string, block = 'true') => `\`\`\`${info}\n${block}\n\`\`\`\n\n`;
const path = 'runbooks/tidy.md';
const failure = 'playbooks/failure.md';

/** A runbook with everything that one has, around its procedures. */
const whole = (body: string, frontMatter = '') =>
  `---\nkind: runbook\nowner: bricks team\nseverity: SEV-3\nreviewed: 2026-11-01\nreview-every: 90\nescalation: bricks on-call\n${frontMatter}---\n\n# Tidy the bricks\n\nPuts every brick into its box.\n\n${[
    'When to use',
    'Impact and risk',
    'Prerequisites',
    'Access',
  ]
    .map((title) => `## ${title}\n\nWords.\n\n`)
    .join('')}${body}## Escalation\n\nWords.\n\n## Change log\n\nWords.\n`;

/** A playbook with a table of symptoms and entries. */
const playbook = (rows: string, body: string) =>
  `---\nkind: playbook\n---\n\n# Failure\n\n## Symptoms\n\n| Step | Error | Go to | Then |\n| --- | --- | --- | --- |\n${rows}\n\n${body}`;
const entry = (title: string, id: string) => `## ${title}\n\n${fence(`bash step=${id} risk=low`)}`;

describe('A document', () => {
  test('with everything that one needs has no problems', () => {
    const { diagnostics, documents } = linted({ [path]: whole(`## Tidy up\n\n${fence('bash step=look risk=low')}`) });
    expect(diagnostics).toEqual([]);
    expect(documents.map((document) => document.path)).toEqual([path]);
  });

  test('is told what is missing from it, as a whole', () => {
    const text = `---\nkind: runbook\nowner:\n---\n\n# Tidy\n\n## Prerequisites\n\n<!-- none -->\n\n## Tidy up\n\n${fence('bash step=look risk=low')}`;
    expect(found('field-missing', { [path]: text })).toMatchInlineSnapshot(`
      "runbooks/tidy.md: The front matter has no severity.
        Write severity: and how bad it is when this is needed, such as SEV-2.
      runbooks/tidy.md: The front matter has no reviewed.
        Write reviewed: and the day on which somebody last went through it, such as 2026-01-31.
      runbooks/tidy.md: The front matter has no review-every.
        Write review-every: and after how many days it is reviewed again, such as 90.
      runbooks/tidy.md: The front matter has no escalation.
        Write escalation: and who is called when this does not help."
    `);
    expect(found('section-missing', { [path]: text })).toMatchInlineSnapshot(`
      "runbooks/tidy.md: The section "When to use" is missing.
        Write ## When to use: what makes somebody do this, and when not to.
      runbooks/tidy.md: The section "Impact and risk" is missing.
        Write ## Impact and risk: who notices, for how long, and what cannot be undone.
      runbooks/tidy.md: The section "Access" is missing.
        Write ## Access: which roles are needed, how to get them and how to give them back.
      runbooks/tidy.md: The section "Escalation" is missing.
        Write ## Escalation: whom to ask for help, when, and what to tell them.
      runbooks/tidy.md: The section "Change log" is missing.
        Write ## Change log: what changed, with the date.
      runbooks/tidy.md:8:1 The section "Prerequisites" is empty.
        ## Prerequisites
        ^^^^^^^^^^^^^^^^
        It says what must be there before."
    `);
    expect(found('summary-missing', { [path]: text })).toContain('No sentence below the title');
  });

  test('without a title is not told that its title says nothing', () => {
    expect(brokenRules({ [path]: '---\nkind: runbook\n---\n' })).not.toContain('summary-missing');
  });

  test('is due for review only after the day on which it is due', () => {
    const reviewed = (day: string, more = 'review-every: 21') =>
      found('review-due', { [path]: `---\nkind: runbook\nreviewed: ${day}\n${more}\n---\n` });
    expect(reviewed('2026-11-01')).toBe('');
    expect(reviewed('2026-10-31')).toContain('The last review was 22 days ago; one is due every 21 days.');
    expect(reviewed('2026-10-31', '')).toBe('');
    expect(reviewed('2026-11-23')).toBe('');
    expect(reviewed('2026-11-24')).toContain('It was reviewed on 2026-11-24, which lies in the future.');
  });

  test('that is none of ours is held only against the rules for every file', () => {
    const { diagnostics, documents } = linted({ 'runbooks/README.md': '# All runbooks\n\nTODO: [tidy](tidy.md).\n' });
    expect(diagnostics.map(({ rule }) => rule)).toEqual(['todo', 'link-broken']);
    expect(documents).toEqual([]);
  });

  test('whose shape cannot be told is not told what it lacks', () => {
    const text = whole('## Tidy up\n\n```bash step=look risk=low\ntrue\n\nTODO\n');
    expect(linted({ [path]: text.replace('Puts', 'FIXME') }).diagnostics.map(({ rule }) => rule)).toEqual(['todo', 'fence-unclosed']);
  });

  test('with the front matter of another tool is told that it has no kind, and nothing else', () => {
    const { diagnostics } = linted({ [path]: '---\nlayout: page\n---\n\n# A page\n' });
    expect(diagnostics.map(({ rule }) => rule)).toEqual(['kind-missing', 'front-matter-key']);
  });

  test('that is not there is told so', () => {
    expect(linted({}, { paths: [path] }).diagnostics).toMatchObject([{ rule: 'document-missing', severity: 'error', place: { path } }]);
  });

  test('comes in the order in which it was named, and its problems in the order of the text, each once', () => {
    const text = '# A\n\nFIXME, TODO, FIXME\n\n[x](y.md) TBD';
    const { diagnostics } = linted({ 'runbooks/b.md': text, 'runbooks/a.md': text });
    expect(diagnostics.map(({ place, rule }) => `${place.path.slice(9, 10)} ${place.line}:${place.column} ${rule}`)).toEqual([
      'b 3:1 todo',
      'b 3:8 todo',
      'b 3:14 todo',
      'b 5:1 link-broken',
      'b 5:11 todo',
      'a 3:1 todo',
      'a 3:8 todo',
      'a 3:14 todo',
      'a 5:1 link-broken',
      'a 5:11 todo',
    ]);
  });
});

describe('What a plan would report', () => {
  const steps = `## Tidy up\n\n${fence('bash step=count risk=low capture=total', 'count "$BOX" {region}')}## Report\n\n${fence('bash step=report risk=low', 'echo {total} {color} {colour}')}`;

  test('is found for each procedure by itself', () => {
    expect(found('variable-undefined', { [path]: whole(steps.replace('{region}', '')) })).toMatchInlineSnapshot(`
      "runbooks/tidy.md:39:6 {total} has no value when this step runs.
        echo {total} {color} {colour}
             ^^^^^^^
        It is captured by a step that does not run before this one."
    `);
  });

  test('is found on every stage of the document, and says where it is not all of them', () => {
    const stages = [
      stageNamed('dev', { colour: 'red' }),
      stageNamed('staging', { colour: 'a b' }, 'us-east-1'),
      stageNamed('other', { colour: 'a b' }),
    ];
    const files = { [path]: whole(steps.replace('{total} ', ''), 'stages: [dev, staging]\n') };
    expect(
      ['variable-undefined', 'value-not-pasteable', 'variable-typo'].map((rule) => found(rule, files, { stages }).split('\n').at(-1)?.trim()),
    ).toEqual([
      'The stage has no region in runbook.yaml. This is so on dev.',
      'Write "$COLOUR" instead. This is so on staging.',
      'Did you mean {colour}?',
    ]);
  });

  test('names the stages where there was no other hint', () => {
    const files = {
      [path]: whole(`## Tidy up\n\n${fence('bash step=look risk=low')}`, 'stages: [dev, staging]\nplaybook: ../playbooks/failure.md\n'),
      [failure]: playbook('', entry('A box is full', 'empty-box')).replace('kind: playbook', 'kind: playbook\nstages: [dev]'),
    };
    const stages = [stageNamed('dev'), stageNamed('staging')];
    expect(found('stage-not-listed', files, { stages })).toContain('\n  This is so on staging.');
  });

  test('takes a stage that the project does not have for one that has everything', () => {
    const files = { [path]: whole(steps.replace('{total} ', ''), 'stages: [elsewhere]\n') };
    expect(linted(files, { stages: [stageNamed('production')] }).diagnostics).toEqual([]);
    expect(linted({ [path]: whole(steps.replace('{total} ', '')) }).diagnostics).toEqual([]);
    const elsewhere = `## Tidy up\n\n${fence('bash step=report risk=low stages=elsewhere', 'echo {total}')}${fence('bash step=count risk=low capture=total')}`;
    expect(found('variable-undefined', { [path]: whole(elsewhere, 'stages: [elsewhere]\n') })).toContain('{total} has no value');
    expect(found('stage-unknown', { [path]: whole(steps, 'stages: [prodution]\n') }, { stages: [stageNamed('production')] })).toContain(
      'Did you mean "production"?',
    );
  });

  test('has nothing to run in a runbook without steps, but a playbook may be a table', () => {
    expect(found('document-empty', { [path]: whole('') })).toContain('This document has no procedure.');
    expect(found('document-empty', { [failure]: playbook('', '') })).toBe('');
  });

  test('follows the playbooks that a document leads to, and reports a broken link once', () => {
    const link = (target: string) => `${fence('bash step=look risk=low')}**If this fails:** [x](${target})\n\n`;
    const files = { [path]: whole(`## Tidy up\n\n${link('../playbooks/failure.md#b-box')}`), [failure]: playbook('', entry('A box', 'empty-box')) };
    expect(linted(files, { paths: [path] }).diagnostics.map(({ rule, message }) => `${rule} ${message}`)).toEqual([
      'link playbooks/failure.md has no entry #b-box with steps.',
    ]);
    expect(
      linted({ ...files, [failure]: files[failure].replace('true', 'echo {region}') }, { paths: [path], stages: [stageNamed('dev')] }).diagnostics,
    ).toHaveLength(1);
    expect(linted({ [path]: files[path] }).diagnostics.map(({ rule, message }) => `${rule} ${message}`)).toEqual([
      'link There is no file playbooks/failure.md.',
    ]);
  });

  test('holds the symptoms of a playbook against all runbooks of the project', () => {
    const files = {
      [path]: whole(`## Tidy up\n\n${fence('bash step=look risk=low')}`, 'playbook: ../playbooks/failure.md\n'),
      'runbooks/wash.md': whole(`## Wash\n\n${fence('bash step=wash risk=low')}`, 'playbook: ../playbooks/failure.md\n'),
      [failure]: playbook('| `look`, `wash`, `wish` | `exit 3` | [A box](#a-box) | `ask` |', entry('A box', 'empty-box')),
    };
    const printed = found('symptom-step', files);
    expect(printed.match(/No document of this plan has a step "(\w+)"/g)).toEqual(['No document of this plan has a step "wish"']);
    expect(found('symptom-step', { [failure]: files[failure] })).toBe('');
    // Those who lint a runbook alone need not read the others.
    expect(linted(files, { paths: [path] }).reads.toSorted()).toEqual([failure, path]);
  });

  test('passes over documents of the project that cannot be read', () => {
    const files = { [failure]: playbook('| `look` | `exit 3` | [A box](#a-box) | `ask` |', entry('A box', 'empty-box')) };
    expect(found('symptom-step', files, { project: [path, failure] })).toBe('');
  });

  test('parses each file once', () => {
    const files = {
      [path]: whole(`## Tidy up\n\n${fence('bash step=look risk=low')}`, 'playbook: ../playbooks/failure.md\n'),
      [failure]: playbook(
        '| `look` | `exit 3` | [A box](#a-box) | `ask` |',
        `[runbook](../runbooks/tidy.md#tidy-up)\n\n${entry('A box', 'empty-box')}`,
      ),
    };
    const { reads, diagnostics } = linted(files, { stages: [stageNamed('dev'), stageNamed('staging')] });
    expect(reads.toSorted()).toEqual([failure, path]);
    expect(diagnostics.filter(({ place }) => place.path === path)).toEqual([]);
  });
});
