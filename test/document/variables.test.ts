import { describe, expect, test } from 'vitest';
import type { PlanRequest } from '../../engine/document/plan.ts';
import { path, plan, playbook, runbook } from './problems.ts';

const fence = (info: string, block: string) => `\`\`\`${info}\n${block}\n\`\`\`\n\n`;
const step = (id: string, block: string, more = '') => fence(`bash step=${id} risk=low${more}`, block);
const inputs = (...rows: readonly string[]) => `## Inputs\n\n| Input | Meaning | Allowed | Default |\n|-|-|-|-|\n${rows.join('\n')}\n\n`;
const stage = { name: 'staging', sandbox: false, confirm: 'ask', onFailure: 'ask', variables: { cluster: 'lego-api-staging' } } as const;

/** What is wrong with a runbook on a stage. */
function found(body: string, request: Partial<PlanRequest> = {}): string {
  return plan({ [path]: runbook(body) }, { stage, procedures: 'all', ...request }).text;
}

describe('A variable', () => {
  test('is there when it is built in, of the stage, an input, or captured before', () => {
    const body = `${inputs('| size | x | text | |')}## Before you start\n\n${step('ping', 'true', ' capture=version')}## A\n\n${step('a', '{stage} {run} {operator} {cluster} {size} {version}', ' capture=id')}${step('b', '{id} $' + '{unset} \\{escaped} {other}')}`;
    expect(found(body)).toBe('');
  });

  test('is not there before it is captured, not even for the companions of the step that captures it', () => {
    const body = `## A\n\n${step('a', 'echo {id} {id}', ' capture=id')}**Check:**\n\n${fence('bash check=a', 'true\n  test {id}')}## B\n\n${step('b', '{id}')}`;
    expect(found(body)).toMatchInlineSnapshot(`
      "[variable-undefined] runbooks/database-operations.md:10:6 {id} has no value when this step runs.
        echo {id} {id}
             ^^^^
        It is captured by a step that does not run before this one.
      [variable-undefined] runbooks/database-operations.md:17:8 {id} has no value when this step runs.
          test {id}
               ^^^^
        It is captured by a step that does not run before this one."
    `);
    expect(found(body, { procedures: ['b'] })).toMatchInlineSnapshot(`
      "[variable-undefined] runbooks/database-operations.md:23:1 {id} has no value when this step runs.
        {id}
        ^^^^
        It is captured by a step that does not run before this one."
    `);
  });

  test('is looked for in host=, retype= and cwd= too', () => {
    expect(
      found(`## A\n\n${fence('sql step=a risk=low host={id}.local retype={id} cwd={id}', 'select 1')}${step('b', 'true', ' capture=id')}`),
    ).toMatchInlineSnapshot(`
      "[variable-undefined] runbooks/database-operations.md:9:24 {id} has no value when this step runs.
        \`\`\`sql step=a risk=low host={id}.local retype={id} cwd={id}
                               ^^^^^^^^^^^^^^^
        It is captured by a step that does not run before this one.
      [variable-undefined] runbooks/database-operations.md:9:40 {id} has no value when this step runs.
        \`\`\`sql step=a risk=low host={id}.local retype={id} cwd={id}
                                               ^^^^^^^^^^^
        It is captured by a step that does not run before this one.
      [variable-undefined] runbooks/database-operations.md:9:52 {id} has no value when this step runs.
        \`\`\`sql step=a risk=low host={id}.local retype={id} cwd={id}
                                                           ^^^^^^^^
        It is captured by a step that does not run before this one."
    `);
  });

  test('region is there where the stage has one', () => {
    expect(found(`## A\n\n${step('a', '{region}')}`)).toMatchInlineSnapshot(`
      "[variable-undefined] runbooks/database-operations.md:10:1 {region} has no value when this step runs.
        {region}
        ^^^^^^^^
        The stage has no region in runbook.yaml."
    `);
    expect(found(`## A\n\n${step('a', '{region}')}`, { stage: { ...stage, region: 'us-east-1' } })).toBe('');
  });

  test('is not there when the step that captures it does not run', () => {
    const body = `## A\n\n${step('a', 'true', ' capture=id')}${fence('bash step=m risk=medium timeout=1m capture=name', 'true')}${step('b', '{id} {name}')}${step('c', 'true', ' stages=production capture=arn')}${step('d', '{arn}')}${step('e', '{nowhere} {arn}', ' stages=production')}`;
    const names = (request: Partial<PlanRequest>) => Array.from(found(body, request).matchAll(/\] \S+ \{(\w+)\} has no value/g), (match) => match[1]);
    expect(names({})).toEqual(['arn']);
    expect(names({ selection: { from: 'b', readOnly: false } })).toEqual(['id', 'name', 'arn']);
    expect(names({ selection: { to: 'b', readOnly: false } })).toEqual([]);
    expect(names({ selection: { only: ['a', 'b'], readOnly: false } })).toEqual(['name']);
    expect(names({ selection: { readOnly: true } })).toEqual(['name', 'arn']);
  });

  test('of Before you start is there whatever is selected', () => {
    const body = `## Before you start\n\n${step('ping', 'true', ' capture=version')}## A\n\n${step('a', 'true')}${step('b', '{version}')}`;
    expect(found(body, { selection: { from: 'b', only: ['b'], readOnly: true } })).toBe('');
  });

  test('that is mistyped is pointed out, once in a text', () => {
    expect(found(`## A\n\n${step('a', '{clustr} {clustr}')}`)).toMatchInlineSnapshot(`
      "[variable-typo] runbooks/database-operations.md:10:1 Warning: {clustr} is no variable and stays as it is.
        {clustr} {clustr}
        ^^^^^^^^
        Did you mean {cluster}?"
    `);
  });

  test('may not have the name of a variable of the stage', () => {
    expect(found(`## A\n\n${step('a', 'true', ' capture=cluster')}`)).toMatchInlineSnapshot(`
      "[name-taken] runbooks/database-operations.md:9:25 The stage staging has a variable cluster already.
        \`\`\`bash step=a risk=low capture=cluster
                                ^^^^^^^^^^^^^^^
        Choose another name."
    `);
    expect(found(`${inputs('| cluster | x | text | |')}## A\n\n${step('a', 'true')}`)).toMatchInlineSnapshot(`
      "[name-taken] runbooks/database-operations.md:11:3 The stage staging has a variable cluster already.
        | cluster | x | text | |
          ^^^^^^^
        Choose another name."
    `);
  });
});

describe('A value that is known before the run', () => {
  test('is refused where it may not be pasted', () => {
    const body = `## A\n\n- ${step('a', '  echo {owner}')
      .trim()
      .replace(/\n```$/, '\n  ```')}\n\n${fence('sql step=b risk=low', "select '{owner}'")}`;
    expect(found(body, { stage: { ...stage, variables: { owner: "Rob O'Neil" } } })).toMatchInlineSnapshot(`
      "[value-not-pasteable] runbooks/database-operations.md:10:8 {owner} is "Rob O'Neil" on the stage staging; pasted, a value may hold only letters, digits and . _ : / @ + , = -, and no leading or double hyphen.
          echo {owner}
               ^^^^^^^
        Write "$OWNER" instead.
      [value-not-pasteable] runbooks/database-operations.md:14:9 {owner} is "Rob O'Neil" on the stage staging; pasted, a value may hold only letters, digits and . _ : / @ + , = -, and no leading or double hyphen.
        select '{owner}'
                ^^^^^^^
        Write current_setting('runbook.owner') instead."
    `);
  });

  test('is never a secret', () => {
    expect(found(`${inputs('| token | x | secret | |')}## A\n\n${step('a', 'curl -H {token}')}`)).toMatchInlineSnapshot(`
      "[value-not-pasteable] runbooks/database-operations.md:16:9 {token} is a secret, and a secret is never pasted into a command.
        curl -H {token}
                ^^^^^^^
        Write "$TOKEN" instead."
    `);
  });

  test('may have the name of something that every object has', () => {
    expect(found(`${inputs('| constructor | x | text | |')}## A\n\n${step('a', '{constructor} {valueof}')}`)).toBe('');
  });
});

describe('In a playbook', () => {
  test('each entry runs by itself', () => {
    const failure = playbook(
      `## Before you start\n\n${step('ping', 'true', ' capture=version')}## B\n\n${step('b', 'true', ' capture=id')}${step('c', '{id}')}## C\n\n${step('d', '{id} {version}')}`,
    );
    const files = {
      [path]: runbook(`## A\n\n${step('a', 'true', ' capture=mine')}`, 'kind: runbook\nplaybook: ../playbooks/failure.md'),
      'playbooks/failure.md': failure,
    };
    expect(plan(files, { stage }).text).toMatchInlineSnapshot(`
      "[variable-undefined] playbooks/failure.md:26:1 {id} has no value when this step runs.
        {id} {version}
        ^^^^
        It is captured by a step that does not run before this one.
      [variable-undefined] playbooks/failure.md:26:6 {version} has no value when this step runs.
        {id} {version}
             ^^^^^^^^^
        It is captured by a step that does not run before this one."
    `);
  });
});
