import { describe, expect, test } from 'vitest';
import { parseDocument } from '../../engine/document/parse.ts';
import { path, problems, rules, runbook } from './problems.ts';

function frontMatter(text: string) {
  return parseDocument(path, runbook('Nothing yet.\n', text)).document.frontMatter;
}

describe('Front matter', () => {
  test('is read with every key', () => {
    const text = `kind: playbook
owner: "Data platform"
severity: 2
reviewed: 2026-01-31
review-every: 90
stages: [local, staging, production]
playbook: ../playbooks/database%20failure.md
requires:
  - psql >=15
  - pnpm
files: drizzle/{a,b}/**/*.sql
rehearsal: run-migrations, Check connections
escalation: |
  #data-oncall,
  then the owner
x-team: { any: thing }`;
    expect(frontMatter(text)).toMatchInlineSnapshot(`
      {
        "escalation": "#data-oncall,
      then the owner
      ",
        "files": [
          "drizzle/{a,b}/**/*.sql",
        ],
        "kind": "playbook",
        "owner": "Data platform",
        "playbook": "playbooks/database failure.md",
        "rehearsal": [
          "run-migrations",
          "check-connections",
        ],
        "requires": [
          {
            "minimum": "15",
            "tool": "psql",
          },
          {
            "tool": "pnpm",
          },
        ],
        "reviewEvery": 90,
        "reviewed": "2026-01-31",
        "severity": "2",
        "stages": [
          "local",
          "staging",
          "production",
        ],
      }
    `);
  });

  test('takes lists with commas and as YAML alike', () => {
    expect(frontMatter('kind: runbook\nstages: local, dev\nrequires: psql >=15.2, jq\nfiles: [a.sql, b.sql]')).toEqual(
      frontMatter('kind: runbook\nstages: [local, dev]\nrequires: [psql >= 15.2, jq]\nfiles:\n- a.sql\n- b.sql'),
    );
  });

  test('is refused at its place', () => {
    const texts = [
      'kind: runbok',
      'owner: data',
      'kind: runbook\nreviewd: 2026-01-31',
      'kind: runbook\nteam: data',
      'kind: runbook\nowner:',
      'kind: runbook\nowner: { name: data }',
      'kind: runbook\nowner: [data, web]',
      'kind: runbook\nseverity: [1]\nescalation: [a]',
      'kind: runbook\nreviewed: 31.1.2026',
      'kind: runbook\nreviewed: 2026-02-30',
      'kind: runbook\nreviewed: [2026-01-31]',
      'kind: runbook\nreview-every: monthly',
      'kind: runbook\nstages: [local, "two words"]',
      'kind: runbook\nstages: [local, {a: b}]',
      'kind: runbook\nstages: []',
      'kind: runbook\nplaybook: [a.md, b.md]',
      'kind: runbook\nplaybook: ../../x.md',
      'kind: runbook\nplaybook: https://example.com/x.md',
      'kind: runbook\nplaybook: x.md#entry',
      'kind: runbook\nplaybook: x.txt',
      'kind: runbook\nrequires: psql > 15',
      'kind: runbook\nkind: playbook',
      'kind: runbook\nowner: [data',
      'kind: runbook\n{owner}',
      'kind: runbook\n? [a]\n: b',
      '- kind\n- runbook',
      'kind runbook',
      '',
    ];
    expect(texts.map((text) => problems(runbook('Nothing yet.\n', text))).join('\n')).toMatchInlineSnapshot(`
      "[front-matter-value] runbooks/database-operations.md:2:7 kind must be runbook or playbook.
        kind: runbok
              ^^^^^^
      [kind-missing] runbooks/database-operations.md:1:1 The front matter has no kind.
        ---
        ^^^
        Write kind: runbook or kind: playbook.
      [front-matter-key] runbooks/database-operations.md:3:1 Unknown key "reviewd" in the front matter.
        reviewd: 2026-01-31
        ^^^^^^^
        Did you mean "reviewed"?
      [front-matter-key] runbooks/database-operations.md:3:1 Unknown key "team" in the front matter.
        team: data
        ^^^^
        It has kind, owner, severity, reviewed, review-every, stages, playbook, requires, files, rehearsal, escalation; a key of your own starts with x-.
      [front-matter-value] runbooks/database-operations.md:3:7 The key owner has no value.
        owner:
              ^
      [front-matter-value] runbooks/database-operations.md:3:8 The key owner is nested; the front matter is flat.
        owner: { name: data }
               ^^^^^^^^^^^^^^
      [front-matter-value] runbooks/database-operations.md:3:8 owner must be text.
        owner: [data, web]
               ^^^^^^^^^^^
      [front-matter-value] runbooks/database-operations.md:3:11 severity must be text.
        severity: [1]
                  ^^^
      [front-matter-value] runbooks/database-operations.md:4:13 escalation must be text.
        escalation: [a]
                    ^^^
      [front-matter-value] runbooks/database-operations.md:3:11 reviewed must be a date such as 2026-01-31.
        reviewed: 31.1.2026
                  ^^^^^^^^^
      [front-matter-value] runbooks/database-operations.md:3:11 reviewed must be a date such as 2026-01-31.
        reviewed: 2026-02-30
                  ^^^^^^^^^^
      [front-matter-value] runbooks/database-operations.md:3:11 reviewed must be a date such as 2026-01-31.
        reviewed: [2026-01-31]
                  ^^^^^^^^^^^^
      [front-matter-value] runbooks/database-operations.md:3:15 review-every must be a number of days such as 90.
        review-every: monthly
                      ^^^^^^^
      [front-matter-value] runbooks/database-operations.md:3:9 stages must be names of stages, such as staging, production.
        stages: [local, "two words"]
                ^^^^^^^^^^^^^^^^^^^^
      [front-matter-value] runbooks/database-operations.md:3:9 The key stages is nested; the front matter is flat.
        stages: [local, {a: b}]
                ^^^^^^^^^^^^^^^
      [front-matter-value] runbooks/database-operations.md:3:9 The key stages has no value.
        stages: []
                ^^
      [front-matter-value] runbooks/database-operations.md:3:11 playbook must be the path of a .md file relative to this one.
        playbook: [a.md, b.md]
                  ^^^^^^^^^^^^
      [front-matter-value] runbooks/database-operations.md:3:11 playbook must be the path of a .md file relative to this one.
        playbook: ../../x.md
                  ^^^^^^^^^^
      [front-matter-value] runbooks/database-operations.md:3:11 playbook must be the path of a .md file relative to this one.
        playbook: https://example.com/x.md
                  ^^^^^^^^^^^^^^^^^^^^^^^^
      [front-matter-value] runbooks/database-operations.md:3:11 playbook must be the path of a .md file relative to this one.
        playbook: x.md#entry
                  ^^^^^^^^^^
      [front-matter-value] runbooks/database-operations.md:3:11 playbook must be the path of a .md file relative to this one.
        playbook: x.txt
                  ^^^^^
      [front-matter-value] runbooks/database-operations.md:3:11 requires must be tools, each with an optional minimum, such as psql >=15.
        requires: psql > 15
                  ^^^^^^^^^
      [front-matter-syntax] runbooks/database-operations.md:3:1 The front matter is not valid YAML: Map keys must be unique.
        kind: playbook
        ^
      [front-matter-value] runbooks/database-operations.md:3:8 owner must be text.
        owner: [data
               ^^^^^
      [front-matter-syntax] runbooks/database-operations.md:3:13 The front matter is not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ].
        owner: [data
                    ^
      [front-matter-syntax] runbooks/database-operations.md:3:1 The front matter is not valid YAML: Implicit map keys need to be followed by map values.
        {owner}
        ^^^^^^^
      [front-matter-key] runbooks/database-operations.md:3:1 Unknown key "{owner}" in the front matter.
        {owner}
        ^^^^^^^
        Did you mean "owner"?
      [front-matter-key] runbooks/database-operations.md:3:3 Unknown key "[a]" in the front matter.
        ? [a]
          ^^^
        It has kind, owner, severity, reviewed, review-every, stages, playbook, requires, files, rehearsal, escalation; a key of your own starts with x-.
      [front-matter-syntax] runbooks/database-operations.md:1:1 The front matter must consist of lines such as kind: runbook.
        ---
        ^^^
      [front-matter-syntax] runbooks/database-operations.md:1:1 The front matter must consist of lines such as kind: runbook.
        ---
        ^^^
      [front-matter-syntax] runbooks/database-operations.md:1:1 The front matter must consist of lines such as kind: runbook.
        ---
        ^^^"
    `);
  });

  test('that is never closed is an error', () => {
    expect(problems('---\nkind: runbook\n\n# Title\n')).toMatchInlineSnapshot(`
      "[front-matter-unclosed] runbooks/database-operations.md:1:1 The front matter is not closed.
        ---
        ^^^
        Write a line --- below its last key."
    `);
  });

  test('is wanted of a document with steps, and so is a title', () => {
    expect(problems('## Look\n\n```bash step=look risk=low\ntrue\n```\n')).toMatchInlineSnapshot(`
      "[front-matter-missing] runbooks/database-operations.md:1:1 The document has steps but no front matter.
        ## Look
        ^
        Begin it with three lines: ---, kind: runbook, ---.
      [title] runbooks/database-operations.md:1:1 The document has no title.
        ## Look
        ^
        Write an H1 such as # Database operations."
    `);
  });

  test('is not wanted of a document without steps, nor is a title', () => {
    expect(rules('## Look\n\n```bash\ntrue\n```\n')).toEqual([]);
  });

  test('may end with the file', () => {
    expect(rules('---')).toEqual(['front-matter-unclosed', 'title']);
    expect(rules('---\nkind: runbook\n---')).toEqual(['title']);
  });

  test('allows one title', () => {
    expect(problems(runbook('# Another\n'))).toMatchInlineSnapshot(`
      "[title] runbooks/database-operations.md:7:1 The document has a second title; only the first H1 is one.
        # Another
        ^^^^^^^^^"
    `);
  });
});
