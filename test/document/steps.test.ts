import { describe, expect, test } from 'vitest';
import { parseDocument } from '../../engine/document/parse.ts';
import { path, playbook, problems, rules, runbook } from './problems.ts';

const fence = (info: string, block = 'true') => `\`\`\`${info}\n${block}\n\`\`\`\n\n`;
const look = fence('bash step=look risk=low');
const steps = (source: string) => parseDocument(path, source).document.procedures.flatMap((procedure) => procedure.steps);

describe('Steps', () => {
  test('have the title of the nearest heading, at any depth and in both forms', () => {
    const source = runbook(`## A\n\n${look}Deep\n---\n\n#### Deeper\n\n${fence('bash step=b risk=low')}`);
    expect(steps(source).map(({ id, title }) => [id, title])).toEqual([
      ['look', 'A'],
      ['b', 'Deeper'],
    ]);
    expect(parseDocument(path, source).document.procedures.map(({ anchor }) => anchor)).toEqual(['a', 'deep']);
  });

  test('have the prose above them, up to the step before', () => {
    const source = runbook(
      `## A\n\nOne.\n\n${look}Two. <!-- not this --> <br>\n\n<!-- nor\nthis -->\n\n${fence('bash step=b risk=low')}Three.\n\n> Four.\n> ${fence('bash step=c risk=low').trim().replaceAll('\n', '\n> ')}\n`,
    );
    expect(steps(source).map(({ prose }) => prose)).toEqual(['One.', 'Two.  <br>', 'Three.\n\n> Four.']);
  });

  test('have ids that are taken once', () => {
    expect(problems(runbook(`## A\n\n${look}## B\n\n${look}`))).toMatchInlineSnapshot(`
      "[id-duplicate] runbooks/database-operations.md:15:9 The id look is taken: the first step of that name is on line 9.
        \`\`\`bash step=look risk=low
                ^^^^^^^^^"
    `);
  });

  test('stand below an H2 that may hold them', () => {
    const source = runbook(
      `${look}## Inputs\n\n${fence('bash step=b risk=low')}# Second title\n\n### Below no H2\n\n${fence('bash step=c risk=low')}`,
    );
    expect(problems(source)).toMatchInlineSnapshot(`
      "[step-place] runbooks/database-operations.md:7:1 The step look stands below no H2, and only those are procedures.
        \`\`\`bash step=look risk=low
        ^^^^^^^^^^^^^^^^^^^^^^^^^^
      [step-place] runbooks/database-operations.md:13:1 The step b stands below "Inputs", a section that holds no steps.
        \`\`\`bash step=b risk=low
        ^^^^^^^^^^^^^^^^^^^^^^^
      [title] runbooks/database-operations.md:17:1 The document has a second title; only the first H1 is one.
        # Second title
        ^^^^^^^^^^^^^^
      [step-place] runbooks/database-operations.md:21:1 The step c stands below no H2, and only those are procedures.
        \`\`\`bash step=c risk=low
        ^^^^^^^^^^^^^^^^^^^^^^^"
    `);
  });

  test.each([
    'When to use',
    'Impact and risk',
    'Prerequisites',
    'Access',
    'Inputs',
    'Symptoms',
    'Escalation',
    'Afterwards',
    'False alarms',
    'References',
    'Change log',
    'CHANGE LOG',
  ])('may not stand below %s', (title) => {
    expect(rules(runbook(`## ${title}\n\n${look}`))).toEqual(['step-place']);
  });

  test('may only name stages that the document has', () => {
    expect(
      problems(runbook(`## A\n\n${fence('bash step=look risk=low stages=stagin')}`, 'kind: runbook\nstages: [staging, production]')),
    ).toMatchInlineSnapshot(`
      "[stage-not-listed] runbooks/database-operations.md:10:28 The step look names the stage stagin, which the front matter does not list.
        \`\`\`bash step=look risk=low stages=stagin
                                   ^^^^^^^^^^^^^
        Did you mean "staging"?"
    `);
    expect(rules(runbook(`## A\n\n${fence('bash step=look risk=low stages=stagin')}`))).toEqual([]);
  });

  test('may not capture what is an input', () => {
    const inputs = '## Inputs\n\n| Input | Meaning | Allowed | Default |\n|-|-|-|-|\n| id | x | text | |\n\n';
    expect(problems(runbook(`${inputs}## A\n\n${fence('bash step=look risk=low capture=id')}`))).toMatchInlineSnapshot(`
      "[name-taken] runbooks/database-operations.md:15:28 The step look captures id, which is an input.
        \`\`\`bash step=look risk=low capture=id
                                   ^^^^^^^^^^
        Choose another name."
    `);
  });
});

describe('Escalation', () => {
  const runbook = (tail: string) => parseDocument('runbooks/a.md', `---\nkind: runbook\n---\n\n# A\n\n${tail}`).document.escalation;

  test('is what a reader sees, in its sections too, without what is for authors only', () => {
    const text = (words: string) => ({ kind: 'text', text: words });
    expect(runbook('## Escalation\n\nCall **ops**.<!-- who? -->\n\n### At night\n\nCall again.\n\n## Other\n\nNo.\n')).toEqual([
      { kind: 'paragraph', spans: [text('Call '), { kind: 'strong', spans: [text('ops')] }, text('.')] },
      { kind: 'paragraph', spans: [text('Call again.')] },
    ]);
  });

  test.each(['', '## Escalation\n', '## Access\n\nAsk.\n'])('is absent where nothing is written: %j', (tail) => {
    expect(runbook(tail)).toBeUndefined();
  });
});

describe('Before you start', () => {
  test('is not among the procedures', () => {
    const { document } = parseDocument(path, runbook(`## Before You Start\n\nGo slow.\n\n${look}## A\n\n${fence('bash step=b risk=low')}`));
    expect([document.before?.anchor, document.before?.prose, document.before?.steps.map(({ id }) => id)]).toEqual([
      'before-you-start',
      'Go slow.',
      ['look'],
    ]);
    expect(document.procedures.map(({ anchor }) => anchor)).toEqual(['a']);
  });

  test('has only steps of low risk, and stands there once', () => {
    const source = runbook(
      `## Before you start\n\n${fence('bash step=a risk=medium timeout=1m')}${fence('bash step=b')}## Before you start\n\n${look}`,
    );
    expect(problems(source)).toMatchInlineSnapshot(`
      "[before-risk] runbooks/database-operations.md:9:16 The step a must have risk=low: "Before you start" runs before every procedure.
        \`\`\`bash step=a risk=medium timeout=1m
                       ^^^^^^^^^^^
        Give it a procedure of its own.
      [risk-missing] runbooks/database-operations.md:13:1 The step b has no risk.
        \`\`\`bash step=b
        ^^^^^^^^^^^^^^
        Write risk=low if it only reads, else risk=medium or risk=high.
      [before-risk] runbooks/database-operations.md:13:1 The step b must have risk=low: "Before you start" runs before every procedure.
        \`\`\`bash step=b
        ^^^
        Give it a procedure of its own.
      [step-place] runbooks/database-operations.md:17:1 There are two sections "Before you start" with steps; the first is on line 7.
        ## Before you start
        ^^^^^^^^^^^^^^^^^^^"
    `);
  });
});

describe('Anchors', () => {
  test('are those that GitHub gives, over all headings of the document', () => {
    const source = runbook(
      `> ## Déjà vu: 東京 & \`code\`!\n\n## Déjà vu: 東京 & \`code\`!\n\n${look}## ![](x.png) Image <br> and [link](x)\n\n${fence('bash step=b risk=low')}`,
    );
    expect(parseDocument(path, source).document.procedures.map(({ anchor, title }) => [anchor, title])).toEqual([
      ['déjà-vu-東京--code-1', 'Déjà vu: 東京 & code!'],
      ['-image--and-link', 'Image and link'],
    ]);
  });
});

describe('A rehearsal', () => {
  test('names procedures of the document, each once', () => {
    const source = runbook(`## Run migrations\n\n${look}`, 'kind: runbook\nrehearsal: [Run migrations, run-migration, run-migrations]');
    expect(problems(source)).toMatchInlineSnapshot(`
      "[rehearsal] runbooks/database-operations.md:3:12 There is no procedure run-migration to rehearse.
        rehearsal: [Run migrations, run-migration, run-migrations]
                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        Did you mean "run-migrations"?
      [rehearsal] runbooks/database-operations.md:3:12 The procedure run-migrations stands in rehearsal twice.
        rehearsal: [Run migrations, run-migration, run-migrations]
                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^"
    `);
  });
});

describe('Companions', () => {
  test('belong to their step wherever they stand, and keep their own language and time limit', () => {
    const source = runbook(`## A\n\n**Check**: first?\n\n${fence('sql check=look timeout=5s', 'select 1')}${look}`);
    expect(problems(source)).toBe('');
    expect(steps(source)[0]?.check).toMatchObject({ block: { language: 'sql', source: 'select 1\n' }, timeoutMs: 5000 });
  });

  test('name a step of the document, once each', () => {
    const source = runbook(
      `## A\n\n${look}**Check:**\n\n${fence('bash check=lok')}${fence('bash check=look')}**Undo:**\n\n${fence('bash rollback=look')}**Undo:**\n\n${fence('bash rollback=look')}`,
    );
    expect(problems(source)).toMatchInlineSnapshot(`
      "[companion-step] runbooks/database-operations.md:15:9 There is no step "lok" in this document.
        \`\`\`bash check=lok
                ^^^^^^^^^
        Did you mean "look"?
      [companion-unlabelled] runbooks/database-operations.md:19:1 Warning: A reader cannot tell that this is not the next step.
        \`\`\`bash check=look
        ^^^^^^^^^^^^^^^^^^
        Write **Check:** above the fence.
      [companion-duplicate] runbooks/database-operations.md:31:9 The step look has two fences with rollback=; the first is on line 25.
        \`\`\`bash rollback=look
                ^^^^^^^^^^^^^"
    `);
  });

  test('of a step that is itself refused are not refused too', () => {
    expect(rules(runbook(`## A\n\n${fence('bash step=look risk=hihg')}**Check:**\n\n${fence('bash check=look')}`))).toEqual(['value']);
    expect(rules(runbook(`## A\n\n${fence('bash{step=look}')}**Check:**\n\n${fence('bash check=look')}`))).toEqual(['language']);
  });

  test('want a bold label each', () => {
    const source = runbook(
      `## A\n\n**Check:** ${'\n\n'}${look}${fence('bash check=look')}**Undo:**\n\n### B\n\n${fence('bash rollback=look')}**Dry run:**\n\n${fence('bash dry-run=look')}*Expected:*\n\n${fence('text expect=look')}`,
    );
    expect(problems(source)).toMatchInlineSnapshot(`
      "[companion-unlabelled] runbooks/database-operations.md:15:1 Warning: A reader cannot tell that this is not the next step.
        \`\`\`bash check=look
        ^^^^^^^^^^^^^^^^^^
        Write **Check:** above the fence.
      [companion-unlabelled] runbooks/database-operations.md:23:1 Warning: A reader cannot tell that this is not the next step.
        \`\`\`bash rollback=look
        ^^^^^^^^^^^^^^^^^^^^^
        Write **Undo:** above the fence.
      [companion-unlabelled] runbooks/database-operations.md:35:1 Warning: A reader cannot tell that this is not the next step.
        \`\`\`text expect=look
        ^^^^^^^^^^^^^^^^^^^
        Write **Expected:** above the fence."
    `);
  });

  test('expect lines and valid patterns', () => {
    const source = runbook(
      `## A\n\n${look}**Expected:**\n\n- ${fence('text expect=look', '  ok\n  /(/\n    !\n  !/x/i\n  //\n  /usr/bin\n  /')
        .trim()
        .replace(/\n```$/, '\n  ```')}\n`,
    );
    expect(problems(source)).toMatchInlineSnapshot(`
      "[expectation] runbooks/database-operations.md:17:3 The expected line /(/ is not valid: missing closing ): \`(\`.
          /(/
          ^^^
      [expectation] runbooks/database-operations.md:18:5 The expected line ! is not valid: nothing stands behind the !.
            !
            ^
      [expectation] runbooks/database-operations.md:19:3 The expected line !/x/i is not valid: a pattern has no flags behind it; write (?i) at its beginning.
          !/x/i
          ^^^^^
      [expectation] runbooks/database-operations.md:20:3 The expected line // is not valid: it is empty.
          //
          ^^"
    `);
    expect(steps(source)[0]?.expect.map(({ text }) => text)).toEqual(['ok', '/usr/bin', '/']);
  });
});

describe('Failure links', () => {
  const link = '**If this fails:** [It fails](../playbooks/failure.md#it-fails)\n\n';
  const targets = (source: string) => steps(source).map((step) => step.failureLink && `${step.failureLink.document}#${step.failureLink.anchor}`);

  test('belong to the steps of their section, before or behind the fence', () => {
    const source = runbook(
      `## A\n\n### One\n\n${link}${look}### Two\n\n${fence('bash step=b risk=low')}- **if this fails**: look at [this][p].\n\n### Three\n\n${fence('bash step=c risk=low')}[p]: #here\n`,
    );
    expect(targets(source)).toEqual(['playbooks/failure.md#it-fails', `${path}#here`, undefined]);
  });

  test('belong to the step above them where a section has several steps', () => {
    const one = `## A\n\n${look}${fence('bash step=b risk=low')}${link}`;
    expect(targets(runbook(one))).toEqual(['playbooks/failure.md#it-fails', 'playbooks/failure.md#it-fails']);
    const two = `## A\n\n${look}${link}${fence('bash step=b risk=low')}${fence('bash step=c risk=low')}${link.replace('it-fails', 'another')}`;
    expect(targets(runbook(two))).toEqual(['playbooks/failure.md#it-fails', undefined, 'playbooks/failure.md#another']);
  });

  test('are one for each step', () => {
    expect(problems(runbook(`## A\n\n${look}${link}${link}`))).toMatchInlineSnapshot(`
      "[failure-link] runbooks/database-operations.md:15:20 The step look has two failure links.
        **If this fails:** [It fails](../playbooks/failure.md#it-fails)
                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^"
    `);
  });

  test('lead to an entry of a file of the project', () => {
    const to = (url: string) => `### To\n\n**If this fails:** [x](${url})\n\n`;
    const source = runbook(
      `## A\n\n${look}${to('https://example.com/x.md#y')}${to('/etc/x.md#y')}${to('../../x.md#y')}${to('../playbooks/x.md')}${to('%zz/./a%20b//c.md#%C3%A4#b')}`,
    );
    expect(problems(source)).toMatchInlineSnapshot(`
      "[link] runbooks/database-operations.md:15:20 The failure link names no playbook entry: it does not lead to a file by a relative path.
        **If this fails:** [x](https://example.com/x.md#y)
                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      [link] runbooks/database-operations.md:19:20 The failure link names no playbook entry: it does not lead to a file by a relative path.
        **If this fails:** [x](/etc/x.md#y)
                           ^^^^^^^^^^^^^^^^
      [link] runbooks/database-operations.md:23:20 The failure link names no playbook entry: it leads out of the project.
        **If this fails:** [x](../../x.md#y)
                           ^^^^^^^^^^^^^^^^^
      [link] runbooks/database-operations.md:27:20 The failure link names a document, but no entry of it.
        **If this fails:** [x](../playbooks/x.md)
                           ^^^^^^^^^^^^^^^^^^^^^^
        Write the heading's #anchor behind the file.
      [failure-link] runbooks/database-operations.md:31:20 Warning: No step stands in this section, so this link belongs to none.
        **If this fails:** [x](%zz/./a%20b//c.md#%C3%A4#b)
                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^"
    `);
  });

  test('without a link or without a step are pointed out', () => {
    expect(problems(runbook(`## A\n\n**If this fails:** call the owner.\n\n${look}### B\n\n${link}`))).toMatchInlineSnapshot(`
      "[failure-link] runbooks/database-operations.md:9:1 Warning: This names no playbook entry, so none is suggested from here.
        **If this fails:** call the owner.
        ^^^^^^^^^^^^^^^^^^
        Write **If this fails:** [text](playbook.md#entry).
      [failure-link] runbooks/database-operations.md:17:20 Warning: No step stands in this section, so this link belongs to none.
        **If this fails:** [It fails](../playbooks/failure.md#it-fails)
                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^"
    `);
  });

  test('use the first definition of a name', () => {
    expect(targets(runbook(`## A\n\n${look}**If this fails:** [x]\n\n[x]: a.md#b\n[x]: c.md#d\n`))).toEqual(['runbooks/a.md#b']);
  });
});

test('A playbook has entries, and no symptoms are read of a runbook', () => {
  const table = '## Symptoms\n\n| not | read |\n|-|-|\n\n';
  expect(rules(runbook(`${table}## A\n\n${look}`))).toEqual([]);
  expect(rules(playbook(`${table}## A\n\n${look}`))).toEqual(['table-header']);
});
