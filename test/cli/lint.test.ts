import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fence, makeProject, type TestProject } from '../helpers/project.ts';

const front = 'owner: bricks team\nseverity: SEV-3\nreviewed: 2026-11-01\nreview-every: 9000\nescalation: bricks on-call\n';
const section = (title: string) => `## ${title}\n\nWords.\n\n`;
const runbook = (body: string) =>
  `---\nkind: runbook\n${front}---\n\n# Tidy the bricks\n\nPuts every brick into its box.\n\n${['When to use', 'Impact and risk', 'Prerequisites', 'Access'].map(section).join('')}${body}${['Escalation', 'Change log'].map(section).join('')}`;
const tidy = runbook(`## Tidy up\n\n${fence('bash step=count-bricks risk=low', 'echo {stage} {box}')}\n`);
const lost = `---\nkind: playbook\n${front}---\n\n# Lost bricks\n\nFinds them.\n\n${['Impact and risk', 'Symptoms', 'Escalation', 'Change log'].map(section).join('')}`;

function project(more: Readonly<Record<string, string>> = {}): TestProject {
  return makeProject({ 'runbooks/tidy.md': tidy, 'playbooks/lost.md': lost, ...more });
}

test('lint says that all documents are well: exit code 0', async () => {
  using made = project();
  const { code, stdout, stderr } = await made.runbook(['lint']);
  expect(stdout).toBe('✔ 2 documents, no problems\n');
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect((await made.runbook(['lint', 'tidy'], { env: { LANG: 'C' } })).stdout).toBe('ok 1 document, no problems\n');
});

test('lint prints errors as the engine does, in the order of the text: exit code 3', async () => {
  const blocks = [
    fence('bash step=look risk=low', 'for x in {stage}; do\n  echo "$x"'),
    fence('bash aws step=drop risk=low', 'aws rds delete-db-cluster --db-cluster-identifier {cluster}'),
    fence('ruby step=ruby risk=low', 'puts 1'),
    fence('sh step=paren risk=low', 'echo )\necho'),
    fence('bash step=extglob risk=low', 'shopt -s extglob\nls !(*.md)'),
    fence('bash step=nothing-runs risk=low', 'touch ran $(touch ran); ! :'),
  ];
  using made = project({ 'runbooks/tidy.md': runbook(`## Tidy up\n\nTODO.\n\n${blocks.join('\n')}\n`) });
  const { code, stdout } = await made.runbook(['lint']);
  expect(stdout.replace(/unexpected (end of file.*?|EOF.*?)\./, 'unexpected end of file.')).toMatchInlineSnapshot(`
    "runbooks/tidy.md:32:1 Warning: TODO: something is not written yet. [todo]
      TODO.
      ^^^^
      Write it, or put the note into a comment: <!-- … -->.

    runbooks/tidy.md:36:1 bash cannot read this: syntax error: unexpected end of file. [shell-syntax]
        echo "$x"
      ^^^^^^^^^^^

    runbooks/tidy.md:40:1 "aws rds delete-db-cluster" changes something, and a step with risk=low only reads. [aws-risk]
      aws rds delete-db-cluster --db-cluster-identifier {cluster}
      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      Give the step risk=medium or risk=high, and a timeout. A check or a dry run only reads, whatever the risk.

    runbooks/tidy.md:44:1 There is no kernel for ruby blocks. [kernel-unknown]
      puts 1
      ^
      There are bash, sh, sql, js and python, and what runbook.yaml names under kernels.

    runbooks/tidy.md:48:1 bash cannot read this: syntax error near unexpected token \`)'. [shell-syntax]
      echo )
      ^^^^^^

    ✖ 2 documents, 4 errors and 1 warning
    "
  `);
  expect(code).toBe(3);
  expect(existsSync(join(made.root, 'ran'))).toBe(false);
});

test('lint leaves with exit code 0 when there are only warnings, and names rule and place as JSON', async () => {
  using made = project({ 'runbooks/tidy.md': tidy.replace('Puts', 'TODO. Puts') });
  const pretty = await made.runbook(['lint', 'tidy']);
  expect(pretty.stdout).toContain('Warning: TODO: something is not written yet. [todo]');
  expect(pretty.stdout).toContain('✔ 1 document, 1 warning\n');
  expect(pretty.code).toBe(0);
  const { code, stdout } = await made.runbook(['lint', '--format', 'json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    version: 1,
    documents: ['runbooks/tidy.md', 'playbooks/lost.md'],
    errors: 0,
    warnings: 1,
    diagnostics: [
      {
        severity: 'warning',
        rule: 'todo',
        message: 'TODO: something is not written yet.',
        path: 'runbooks/tidy.md',
        line: 12,
        column: 1,
        length: 4,
        hint: 'Write it, or put the note into a comment: <!-- … -->.',
      },
    ],
  });
});

test('lint takes names, files and folders, each document once', async () => {
  using made = project({ 'docs/a.md': '# A\n\nTODO\n', 'docs/deep/b.md': '# B\n', 'docs/node_modules/c.md': '# C\n', 'docs/.hidden/d.md': '# D\n' });
  symlinkSync('nowhere.md', join(made.root, 'docs/gone.md'));
  const lint = async (...names: string[]) => JSON.parse((await made.runbook(['lint', '--format', 'json', ...names])).stdout).documents;
  expect(await lint('docs')).toEqual(['docs/a.md', 'docs/deep/b.md']);
  expect(await lint('lost', 'playbooks/lost.md', 'docs/a.md', 'docs')).toEqual(['playbooks/lost.md', 'docs/a.md', 'docs/deep/b.md']);
});

test('lint refuses what it cannot lint: exit code 2', async () => {
  using made = project();
  const unknown = await made.runbook(['lint', 'tidi']);
  expect(unknown.stderr).toContain('Did you mean "tidy"?');
  expect(unknown.code).toBe(2);
  const part = await made.runbook(['lint', 'tidy#tidy-up']);
  expect(part.stderr).toBe('Documents are linted as a whole, not only tidy#tidy-up.\nrunbook lint runbooks/tidy.md\n');
  expect(part.code).toBe(2);
  expect((await made.runbook(['lint', '--format', 'xml'])).code).toBe(2);
  using empty = makeProject({});
  const nothing = await empty.runbook(['lint']);
  expect(nothing.stderr).toContain('There are no documents in');
  expect(nothing.code).toBe(2);
});

test('lint prints no secret', async () => {
  using made = project({ 'runbooks/tidy.md': tidy.replace('Puts', 'postgres://bricks:f9Xk27bQ@db.internal/bricks Puts') });
  const { code, stdout } = await made.runbook(['lint']);
  expect(stdout).toContain('postgres://bricks:********@db.internal/bricks');
  expect(`${stdout}${(await made.runbook(['lint', '--format', 'json'])).stdout}`).not.toContain('f9Xk27bQ');
  expect(code).toBe(3);
});

test('lint knows the stages of the project, and the templates beside its folders', async () => {
  const passage = 'Say here who keeps an eye on the boxes while all of this is done.';
  using made = project({
    'runbook.yaml': 'stages:\n  dev:\n    variables: { shelf: top }\n',
    'RUNBOOK-TEMPLATE.md': `# T\r\n\r\n${passage}\r\n`,
    'runbooks/tidy.md': tidy.replace('{box}', '{shelv}').replace('Puts every brick into its box.', passage),
  });
  const { code, stdout } = await made.runbook(['lint']);
  expect(stdout).toContain('Did you mean {shelf}?');
  expect(stdout).toContain('This is the text of the template. [template-text]');
  expect(code).toBe(3);
});

test('lint runs nothing of any block, whatever it holds', async () => {
  const tricks = [
    'set +n\ntouch ran',
    'set +o noexec; touch ran',
    'exit 0\ntouch ran',
    'eval "touch ran"',
    'trap "touch ran" EXIT DEBUG ERR',
    'exec touch ran',
    'touch() { command touch ran; }\ntouch',
    'echo $(touch ran) `touch ran` <(touch ran) $((a[$(touch ran)]))',
    '}\ntouch ran\n{',
    ')\ntouch ran\n(',
    "'\ntouch ran\n'",
    'cat <<END\n$(touch ran)\nEND\ntouch ran',
    'alias if=touch\nif ran',
    'if true; then',
  ];
  const blocks = tricks.map((trick, index) => fence(`bash step=trick-${index} risk=low`, trick));
  using made = project({ 'runbooks/tidy.md': runbook(`## Tidy up\n\n${blocks.join('\n')}\n`) });
  const { stdout } = await made.runbook(['lint', '--format', 'json']);
  const wrong = JSON.parse(stdout).diagnostics.filter(({ rule }: { rule: string }) => rule === 'shell-syntax');
  expect(wrong).toHaveLength(4);
  expect(existsSync(join(made.root, 'ran'))).toBe(false);
});
