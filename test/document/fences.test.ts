import { describe, expect, test } from 'vitest';
import { parseDocument } from '../../engine/document/parse.ts';
import { path, problems, rules, runbook } from './problems.ts';

const step = (source: string) => parseDocument(path, runbook(source)).document.procedures[0]?.steps[0];

describe('A fence', () => {
  test.each([
    ['indented', '   ```bash step=x risk=low\n   a\n     b\n   ```\n', 'a\n  b\n', '10:4'],
    ['in a list', '- one\n\n  ```bash step=x risk=low\n  a\n    b\n  ```\n', 'a\n  b\n', '12:3'],
    ['directly behind a list marker', '1. ```bash step=x risk=low\n   a\n   ```\n', 'a\n', '10:4'],
    ['in a list indented by a tab', '- one\n\n\t```bash step=x risk=low\n\ta\n\t\tb\n\t```\n', 'a\n\tb\n', '12:2'],
    ['in a quote', '> ```bash step=x risk=low\n> a\n>\n> b\n> ```\n', 'a\n\nb\n', '10:3'],
    ['in a list in a quote', '> - ```bash step=x risk=low\n>   a\n>   ```\n', 'a\n', '10:5'],
    ['in a callout and details', '<details>\n\n```bash step=x risk=low\na\n```\n\n</details>\n', 'a\n', '12:1'],
  ])('%s has its lines where they stand in the file', (_, source, body, place) => {
    const found = step(`## A\n\n${source}`);
    expect(found?.block.source).toBe(body);
    expect(`${found?.block.place.line}:${found?.block.place.column}`).toBe(place);
  });

  test('keeps tabs and trailing blanks, and gets line feeds for carriage returns', () => {
    expect(step('## A\r\n\r\n```bash step=x risk=low\r\nif true; then\r\n\techo "a"  \r\nfi\r\n```\r\n')?.block.source).toBe(
      'if true; then\n\techo "a"  \nfi\n',
    );
  });

  test('in a comment, in indented code or in another fence is not one', () => {
    const source = runbook('## A\n\n<!--\n```bash step=x risk=low\ntrue\n```\n-->\n\n````md\n```bash step=y risk=low\ntrue\n```\n````\n');
    expect(rules(source)).toEqual([]);
    expect(parseDocument(path, source).document.procedures).toEqual([]);
  });

  test('that is indented too far is pointed out, and does not run', () => {
    const source = runbook('## A\n\n    Like this:\n\n    ```bash step=x risk=low\n    true\n    ```\n');
    expect(problems(source)).toMatchInlineSnapshot(`
      "[fence-indented] runbooks/database-operations.md:11:1 Warning: This is indented by four columns or more: it is shown as code and never runs.
            \`\`\`bash step=x risk=low
        ^^^^^^^^^^^^^^^^^^^^^^^"
    `);
  });
});

describe('An open fence', () => {
  test('is an error at the end of the file and of a list or quote', () => {
    expect(
      problems(runbook('## A\n\n> ```bash step=a risk=low\n> true\n\n- ```sh\n  true\n\n~~~~bash step=b risk=low\ntrue\n~~~\n')),
    ).toMatchInlineSnapshot(`
      "[fence-unclosed] runbooks/database-operations.md:9:3 The fence is never closed.
        > \`\`\`bash step=a risk=low
          ^^^^^^^^^^^^^^^^^^^^^^^
        Write a line \`\`\` below its last line. An open fence never runs.
      [fence-unclosed] runbooks/database-operations.md:12:3 The fence is never closed.
        - \`\`\`sh
          ^^^^^
        Write a line \`\`\` below its last line. An open fence never runs.
      [fence-unclosed] runbooks/database-operations.md:15:1 The fence is never closed.
        ~~~~bash step=b risk=low
        ^^^^^^^^^^^^^^^^^^^^^^^^
        Write a line ~~~~ below its last line. An open fence never runs."
    `);
  });

  test('does not become a step', () => {
    expect(step('## A\n\n```bash step=a risk=low\ntrue\n')).toBeUndefined();
  });

  test('is an error where the end of the next fence would close it', () => {
    expect(problems(runbook('## A\n\n```bash step=a risk=low\ntrue\n\n## B\n\n```bash step=b risk=low\nfalse\n```\n'))).toMatchInlineSnapshot(`
      "[fence-unclosed] runbooks/database-operations.md:9:1 The fence is still open on line 14, where another one opens.
        \`\`\`bash step=a risk=low
        ^^^^^^^^^^^^^^^^^^^^^^^
        Write a line \`\`\` below its last line. An open fence never runs."
    `);
    expect(problems(runbook('## A\n\n```bash step=a risk=low\ntrue\n\n```js\nfalse\n```\n'))).toMatchInlineSnapshot(`
      "[fence-unclosed] runbooks/database-operations.md:9:1 The fence is still open on line 12, where another one opens.
        \`\`\`bash step=a risk=low
        ^^^^^^^^^^^^^^^^^^^^^^^
        Write a line \`\`\` below its last line. An open fence never runs."
    `);
    expect(problems(runbook('## A\n\n```js\ntrue\n\n- ```bash step=b risk=low\n  false\n  ```\n```\n'))).toMatchInlineSnapshot(`
      "[fence-unclosed] runbooks/database-operations.md:9:1 The fence is still open on line 12, where another one opens.
        \`\`\`js
        ^^^^^
        Write a line \`\`\` below its last line. An open fence never runs.
      [fence-unclosed] runbooks/database-operations.md:15:1 The fence is never closed.
        \`\`\`
        ^^^
        Write a line \`\`\` below its last line. An open fence never runs."
    `);
  });

  test('is not seen in documentation that shows fences, nor in a block that prints some', () => {
    expect(rules(runbook('```md\n```js\n```\n\n````bash\ncat <<END\n```bash step=x risk=low\n```\nEND\n````\n'))).toEqual([]);
  });
});

describe('What looks like a fence and is none', () => {
  test('is an error when a backtick in its info string makes it prose', () => {
    expect(
      problems(runbook('## A\n\n```bash step=x risk=low cwd=`pwd`\ntrue\n\n')) +
        problems(runbook('## A\n\n- Do it.\n  ``bash step=x risk=low\n  true\n  ``\n')),
    ).toMatchInlineSnapshot(`
      "[fence-broken] runbooks/database-operations.md:9:1 This looks like a fence for the engine, but it is not a fence.
        \`\`\`bash step=x risk=low cwd=\`pwd\`
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        A fence opens with three backticks, and none may follow on that line.[fence-broken] runbooks/database-operations.md:10:3 This looks like a fence for the engine, but it is not a fence.
          \`\`bash step=x risk=low
          ^^^^^^^^^^^^^^^^^^^^^^
        A fence opens with three backticks, and none may follow on that line."
    `);
  });

  test('is an error in a block of HTML', () => {
    expect(problems(runbook('## A\n\n<details>\n<summary>Steps</summary>\n```bash step=x risk=low\ntrue\n```\n</details>\n'))).toMatchInlineSnapshot(`
      "[fence-broken] runbooks/database-operations.md:11:1 This looks like a fence for the engine, but it is not a fence.
        \`\`\`bash step=x risk=low
        ^^^^^^^^^^^^^^^^^^^^^^^
        Leave an empty line between the HTML and the fence."
    `);
  });

  test('is fine as inline code that speaks of one', () => {
    expect(
      rules(
        runbook('## A\n\n``` bash step=x risk=low ``` opens a step, as does\n`bash step=x risk=low` behind three backticks, or ~~bash step=x~~.\n'),
      ),
    ).toEqual([]);
  });
});
