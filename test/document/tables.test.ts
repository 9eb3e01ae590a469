import { describe, expect, test } from 'vitest';
import { parseDocument } from '../../engine/document/parse.ts';
import { path, playbook, problems, runbook } from './problems.ts';

const inputs = (...rows: readonly string[]) =>
  runbook(`## Inputs\n\n| Input | Meaning | Allowed | Default |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`);
const symptoms = (...rows: readonly string[]) =>
  playbook(
    `## Symptoms\n\n| Step | Error | Go to | Then |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n\n## It fails\n\n\`\`\`bash step=look risk=low\ntrue\n\`\`\`\n\n## It waits\n\nNothing yet.\n`,
  );

describe('The table of inputs', () => {
  test('takes patterns, choices and types', () => {
    const source = inputs(
      '| `cluster` | **Which** cluster | `/lego-(a\\|b)-[0-9]{1,3}/` | `lego-a-1` |',
      '| size | How large, in `GB` | `1`, `2` or `3` | 2 |',
      '| min_acu | Least capacity | number | 0.5 |',
      '| at | When | `time` | - |',
      '| note | Why | text | two words |',
      '| token | Who | secret | |',
    );
    expect(problems(source)).toBe('');
    expect(parseDocument(path, source).document.inputs.map(({ place, ...input }) => input)).toMatchInlineSnapshot(`
      [
        {
          "allowed": {
            "kind": "pattern",
            "pattern": "lego-(a|b)-[0-9]{1,3}",
          },
          "default": "lego-a-1",
          "meaning": "Which cluster",
          "name": "cluster",
        },
        {
          "allowed": {
            "choices": [
              "1",
              "2",
              "3",
            ],
            "kind": "choices",
          },
          "default": "2",
          "meaning": "How large, in GB",
          "name": "size",
        },
        {
          "allowed": {
            "kind": "number",
          },
          "default": "0.5",
          "meaning": "Least capacity",
          "name": "min_acu",
        },
        {
          "allowed": {
            "kind": "time",
          },
          "meaning": "When",
          "name": "at",
        },
        {
          "allowed": {
            "kind": "text",
          },
          "default": "two words",
          "meaning": "Why",
          "name": "note",
        },
        {
          "allowed": {
            "kind": "secret",
          },
          "meaning": "Who",
          "name": "token",
        },
      ]
    `);
  });

  test('is refused cell by cell', () => {
    const source = inputs(
      '| Cluster-Id | x | text | |',
      '| path | x | text | |',
      '| run | x | text | |',
      '| a | x | `/(/` | |',
      '| b | x | | |',
      '| c | x | nubmer | |',
      '| d | x | `one` and maybe `two` | |',
      '| e | x | `one`, `/two/` | |',
      '| f | x | `/two/i` | |',
      '| g | x | number | many |',
      '| h | x | secret | `hunter2` |',
      '| i | x | text | |',
      '| i | x | text | |',
      '| j | x | `/a|b/` | |',
      '| k | x |',
    );
    expect(problems(source)).toMatchInlineSnapshot(`
      "[input] runbooks/database-operations.md:11:3 The name of an input must be lower-case letters, digits and _; "Cluster-Id" is not.
        | Cluster-Id | x | text | |
          ^^^^^^^^^^
      [name-reserved] runbooks/database-operations.md:12:3 The name path would shadow $PATH in the environment.
        | path | x | text | |
          ^^^^
        Choose another name.
      [name-taken] runbooks/database-operations.md:13:3 The name run is the engine's own.
        | run | x | text | |
          ^^^
        Choose another name.
      [input] runbooks/database-operations.md:14:11 The pattern /(/ is not valid: missing closing ): \`(\`.
        | a | x | \`/(/\` | |
                  ^^^^^
      [input] runbooks/database-operations.md:15:9 Allowed must be a \`/pattern/\`, a list of \`choices\`, or number, time, text or secret; "" is not.
        | b | x | | |
                ^^
      [input] runbooks/database-operations.md:16:11 Allowed must be a \`/pattern/\`, a list of \`choices\`, or number, time, text or secret; "nubmer" is not.
        | c | x | nubmer | |
                  ^^^^^^
        Did you mean "number"?
      [input] runbooks/database-operations.md:17:11 Allowed must be a \`/pattern/\`, a list of \`choices\`, or number, time, text or secret; "one and maybe two" is not.
        | d | x | \`one\` and maybe \`two\` | |
                  ^^^^^^^^^^^^^^^^^^^^^
      [input] runbooks/database-operations.md:18:11 "/two/" cannot be a choice: it is empty, or a pattern among choices or with flags behind it.
        | e | x | \`one\`, \`/two/\` | |
                  ^^^^^^^^^^^^^^
      [input] runbooks/database-operations.md:19:11 "/two/i" cannot be a choice: it is empty, or a pattern among choices or with flags behind it.
        | f | x | \`/two/i\` | |
                  ^^^^^^^^
      [input] runbooks/database-operations.md:20:20 The default is not allowed. g must be a number such as 4 or 0.5; "many" is not.
        | g | x | number | many |
                           ^^^^
      [input] runbooks/database-operations.md:21:20 The default is not allowed. The secret h may not have a default: it would stand in the document.
        | h | x | secret | \`hunter2\` |
                           ^^^^^^^^^
      [input] runbooks/database-operations.md:23:3 The input i stands here twice; first on line 22.
        | i | x | text | |
          ^
      [table-row] runbooks/database-operations.md:24:1 The row has 5 cells instead of 4.
        | j | x | \`/a|b/\` | |
        ^^^^^^^^^^^^^^^^^^^^^
        Inside a cell, in code too, | is written \\|.
      [table-row] runbooks/database-operations.md:25:1 The row has 2 cells instead of 4.
        | k | x |
        ^^^^^^^^^
        Inside a cell, in code too, | is written \\|."
    `);
    expect(parseDocument(path, source).document.inputs.map(({ name }) => name)).toEqual(['path', 'run', 'i']);
  });

  test('has an exact header', () => {
    expect(problems(runbook('## Inputs\n\n| Name | Meaning | Allowed | Default |\n|-|-|-|-|\n| a | x | text | |\n'))).toMatchInlineSnapshot(`
      "[table-header] runbooks/database-operations.md:9:1 The table must have the columns Input, Meaning, Allowed, Default; it has Name, Meaning, Allowed, Default.
        | Name | Meaning | Allowed | Default |
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^"
    `);
  });

  test('may be missing, and may be several', () => {
    expect(problems(runbook('## Inputs\n\nNone.\n'))).toBe('');
    const table = (name: string) => `| Input | Meaning | Allowed | Default |\n|-|-|-|-|\n| ${name} | x | text | |\n\n`;
    expect(parseDocument(path, runbook(`## Inputs\n\n${table('a')}### More\n\n${table('b')}`)).document.inputs.map(({ name }) => name)).toEqual([
      'a',
      'b',
    ]);
  });
});

describe('The table of symptoms', () => {
  test('takes steps, errors, an entry and what then', () => {
    const source = symptoms(
      '| `look` | `exit 3` | [It fails](#it-fails) | `retry` |',
      '| any | `55P03`, `timeout` or `/a\\|b/` | [x](#it-fails) | done |',
    );
    expect(problems(source)).toBe('');
    expect(
      parseDocument(path, source).document.symptoms.map(({ steps, errors, entry, then }) => ({ steps, errors, entry, then })),
    ).toMatchInlineSnapshot(`
      [
        {
          "entry": "it-fails",
          "errors": [
            {
              "code": 3,
              "kind": "exit",
            },
          ],
          "steps": [
            "look",
          ],
          "then": "retry",
        },
        {
          "entry": "it-fails",
          "errors": [
            {
              "code": "55P03",
              "kind": "code",
            },
            {
              "kind": "timeout",
            },
            {
              "kind": "pattern",
              "pattern": "a|b",
            },
          ],
          "steps": "any",
          "then": "done",
        },
      ]
    `);
  });

  test('is refused cell by cell', () => {
    const source = symptoms(
      '| look | `exit 3` | [x](#it-fails) | retry |',
      '| `Look at` | `exit 3` | [x](#it-fails) | retry |',
      '| `look` and then some | `exit 3` | [x](#it-fails) | retry |',
      '| any | exit 3 | [x](#it-fails) | retry |',
      '| any | `exit 3` because | [x](#it-fails) | retry |',
      '| any | `exit 0`, `Exit 3`, `exit 256` | [x](#it-fails) | retry |',
      '| any | `Timeout`, `/(/`, `a b` | [x](#it-fails) | retry |',
      '| any | `exit 3` | It fails | retry |',
      '| any | `exit 3` | [x](#it-fails) [y](#it-fails) | retry |',
      '| any | `exit 3` | [x](other.md#it-fails) | retry |',
      '| any | `exit 3` | [x](#it-fail) | retry |',
      '| any | `exit 3` | [x](#it-waits) | retry |',
      '| any | `exit 3` | [x](#it-fails) | rety |',
      '| | | | |',
    );
    expect(problems(source)).toMatchInlineSnapshot(`
      "[symptom] runbooks/database-operations.md:11:3 Step must be ids of steps in backticks, or any; "look" is not.
        | look | \`exit 3\` | [x](#it-fails) | retry |
          ^^^^
      [symptom] runbooks/database-operations.md:12:3 Step must be ids of steps in backticks, or any; "Look at" is not.
        | \`Look at\` | \`exit 3\` | [x](#it-fails) | retry |
          ^^^^^^^^^
      [symptom] runbooks/database-operations.md:13:3 Step must be ids of steps in backticks, or any; "look and then some" is not.
        | \`look\` and then some | \`exit 3\` | [x](#it-fails) | retry |
          ^^^^^^^^^^^^^^^^^^^^
      [symptom] runbooks/database-operations.md:14:9 Error must be one or more errors in backticks; "exit 3" is not.
        | any | exit 3 | [x](#it-fails) | retry |
                ^^^^^^
        Such as \`exit 3\`, \`55P03\`, \`timeout\`, \`expect\`, \`check\` or \`/pattern/\`.
      [symptom] runbooks/database-operations.md:15:9 Error must be one or more errors in backticks; "exit 3 because" is not.
        | any | \`exit 3\` because | [x](#it-fails) | retry |
                ^^^^^^^^^^^^^^^^
        Such as \`exit 3\`, \`55P03\`, \`timeout\`, \`expect\`, \`check\` or \`/pattern/\`.
      [symptom] runbooks/database-operations.md:16:9 "exit 0" is no exit code of a failure; those are exit 1 to exit 255.
        | any | \`exit 0\`, \`Exit 3\`, \`exit 256\` | [x](#it-fails) | retry |
                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      [symptom] runbooks/database-operations.md:16:9 "Exit 3" is no exit code of a failure; those are exit 1 to exit 255.
        | any | \`exit 0\`, \`Exit 3\`, \`exit 256\` | [x](#it-fails) | retry |
                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      [symptom] runbooks/database-operations.md:16:9 "exit 256" is no exit code of a failure; those are exit 1 to exit 255.
        | any | \`exit 0\`, \`Exit 3\`, \`exit 256\` | [x](#it-fails) | retry |
                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      [symptom] runbooks/database-operations.md:17:9 "Timeout" is written timeout.
        | any | \`Timeout\`, \`/(/\`, \`a b\` | [x](#it-fails) | retry |
                ^^^^^^^^^^^^^^^^^^^^^^^
      [symptom] runbooks/database-operations.md:17:9 The pattern /(/ is not valid: missing closing ): \`(\`.
        | any | \`Timeout\`, \`/(/\`, \`a b\` | [x](#it-fails) | retry |
                ^^^^^^^^^^^^^^^^^^^^^^^
      [symptom] runbooks/database-operations.md:17:9 "a b" is no error code: it may hold letters, digits and . _ : -.
        | any | \`Timeout\`, \`/(/\`, \`a b\` | [x](#it-fails) | retry |
                ^^^^^^^^^^^^^^^^^^^^^^^
      [symptom] runbooks/database-operations.md:18:20 Go to must be one link to an entry of this file; "It fails" is not.
        | any | \`exit 3\` | It fails | retry |
                           ^^^^^^^^
        Write [The heading](#its-anchor).
      [symptom] runbooks/database-operations.md:19:20 Go to must be one link to an entry of this file; "x y" is not.
        | any | \`exit 3\` | [x](#it-fails) [y](#it-fails) | retry |
                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        Write [The heading](#its-anchor).
      [symptom] runbooks/database-operations.md:20:20 Go to must be one link to an entry of this file; "x" is not.
        | any | \`exit 3\` | [x](other.md#it-fails) | retry |
                           ^^^^^^^^^^^^^^^^^^^^^^
        Write [The heading](#its-anchor).
      [link] runbooks/database-operations.md:21:20 This file has no entry #it-fail with steps.
        | any | \`exit 3\` | [x](#it-fail) | retry |
                           ^^^^^^^^^^^^^
        Did you mean "it-fails"?
      [link] runbooks/database-operations.md:22:20 This file has no entry #it-waits with steps.
        | any | \`exit 3\` | [x](#it-waits) | retry |
                           ^^^^^^^^^^^^^^
        Did you mean "it-fails"?
      [symptom] runbooks/database-operations.md:23:37 Then must be retry, done, stop or ask; "rety" is not.
        | any | \`exit 3\` | [x](#it-fails) | rety |
                                            ^^^^
        Did you mean "retry"?
      [symptom] runbooks/database-operations.md:24:1 Step must be ids of steps in backticks, or any; "" is not.
        | | | | |
        ^^
      [symptom] runbooks/database-operations.md:24:3 Error must be one or more errors in backticks; "" is not.
        | | | | |
          ^^
        Such as \`exit 3\`, \`55P03\`, \`timeout\`, \`expect\`, \`check\` or \`/pattern/\`.
      [symptom] runbooks/database-operations.md:24:5 Go to must be one link to an entry of this file; "" is not.
        | | | | |
            ^^
        Write [The heading](#its-anchor).
      [symptom] runbooks/database-operations.md:24:7 Then must be retry, done, stop or ask; "" is not.
        | | | | |
              ^^^"
    `);
    expect(parseDocument(path, source).document.symptoms).toEqual([]);
  });
});
