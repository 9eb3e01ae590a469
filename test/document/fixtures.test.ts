import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Step } from '../../engine/core/plan.ts';
import { parseDocument } from '../../engine/document/parse.ts';
import { buildPlan } from '../../engine/document/plan.ts';

const root = new URL('../fixtures/documents/', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** A step without what is nothing special about it; what a reader sees of it has tests of its own. */
function unusual({ place, block, expect: lines, reading: _, ...step }: Step): unknown {
  return {
    ...step,
    at: `${place.line}:${place.column}`,
    block: `${block.place.line}:${block.place.column} ${block.language} ${block.flags.join()} ${block.source}`,
    ...(lines.length > 0 && { lines }),
  };
}

describe('A runbook as somebody writes it', () => {
  const { document, diagnostics } = parseDocument('database/snapshots.md', read('database/snapshots.md'));

  test('has nothing wrong with it', () => {
    expect(diagnostics).toEqual([]);
  });

  test('has a title, a summary and front matter', () => {
    const { title, summary, frontMatter } = document;
    expect({ title, summary, frontMatter }).toMatchInlineSnapshot(`
      {
        "frontMatter": {
          "escalation": "#data-oncall, then the owner",
          "files": [],
          "kind": "runbook",
          "owner": "data platform",
          "playbook": "database/snapshots-failure.md",
          "rehearsal": [
            "take-a-snapshot",
            "restore-into-a-new-cluster",
          ],
          "requires": [
            {
              "minimum": "15",
              "tool": "psql",
            },
          ],
          "reviewEvery": 90,
          "reviewed": "2026-11-02",
          "severity": "high",
          "stages": [
            "staging",
            "production",
          ],
        },
        "summary": "How to take a snapshot before a risky change, and how to get data back out of one.",
        "title": "Snapshots of the database",
      }
    `);
  });

  test('has inputs', () => {
    expect(document.inputs).toMatchInlineSnapshot(`
      [
        {
          "allowed": {
            "kind": "pattern",
            "pattern": "lego-api-restored-[a-z0-9]+",
          },
          "meaning": "The cluster that the snapshot is restored into",
          "name": "restore_to",
          "place": {
            "column": 3,
            "line": 27,
            "path": "database/snapshots.md",
          },
        },
        {
          "allowed": {
            "choices": [
              "db.r6g.large",
              "db.t4g.medium",
            ],
            "kind": "choices",
          },
          "default": "db.t4g.medium",
          "meaning": "Size of the instance",
          "name": "class",
          "place": {
            "column": 3,
            "line": 28,
            "path": "database/snapshots.md",
          },
        },
        {
          "allowed": {
            "kind": "time",
          },
          "meaning": "When the snapshot may go",
          "name": "keep_until",
          "place": {
            "column": 3,
            "line": 29,
            "path": "database/snapshots.md",
          },
        },
      ]
    `);
  });

  test('has procedures and one that runs before them', () => {
    const all = [document.before, ...document.procedures];
    expect(
      all.map((procedure) => procedure && { ...procedure, steps: procedure.steps.map((step) => step.id), place: procedure.place.line }),
    ).toMatchInlineSnapshot(`
      [
        {
          "anchor": "before-you-start",
          "place": 31,
          "prose": "",
          "steps": [
            "look-at-cluster",
          ],
          "title": "Before you start",
        },
        {
          "anchor": "take-a-snapshot",
          "place": 39,
          "prose": "A snapshot is a copy of the whole volume. It takes minutes and locks nothing.",
          "steps": [
            "take-snapshot",
            "wait-for-snapshot",
          ],
          "title": "Take a snapshot",
        },
        {
          "anchor": "restore-into-a-new-cluster",
          "place": 89,
          "prose": "",
          "steps": [
            "restore",
            "tell-somebody",
            "look-inside",
            "open-session",
          ],
          "title": "Restore into a new cluster",
        },
      ]
    `);
  });

  test('has steps with everything that belongs to them', () => {
    expect(document.procedures.flatMap((procedure) => procedure.steps.map(unusual))).toMatchInlineSnapshot(`
      [
        {
          "at": "50:1",
          "block": "51:1 bash aws aws rds create-db-cluster-snapshot \\
        --db-cluster-identifier {cluster} \\
        --db-cluster-snapshot-identifier {cluster}-{run} \\
        --query DBClusterSnapshot.DBClusterSnapshotIdentifier --output text
      ",
          "capture": "snapshot",
          "check": {
            "block": {
              "flags": [
                "aws",
              ],
              "language": "bash",
              "place": {
                "column": 1,
                "line": 62,
                "path": "database/snapshots.md",
              },
              "source": "aws rds describe-db-cluster-snapshots --db-cluster-snapshot-identifier {cluster}-{run}
      ",
            },
            "timeoutMs": 30000,
          },
          "failureLink": {
            "anchor": "a-snapshot-fails",
            "document": "database/snapshots-failure.md",
          },
          "id": "take-snapshot",
          "manual": false,
          "prose": "Writes go on. 

      > [!NOTE]
      > Costs a few cents a day until it is deleted.",
          "retries": 0,
          "risk": "medium",
          "rollback": {
            "block": {
              "flags": [
                "aws",
              ],
              "language": "bash",
              "place": {
                "column": 1,
                "line": 68,
                "path": "database/snapshots.md",
              },
              "source": "aws rds delete-db-cluster-snapshot --db-cluster-snapshot-identifier {cluster}-{run}
      ",
            },
            "timeoutMs": 300000,
          },
          "timeoutMs": 120000,
          "title": "Start it",
          "tty": false,
        },
        {
          "at": "75:4",
          "block": "76:4 bash  test "$(snapshot-status {snapshot})" = available
      ",
          "everyMs": 30000,
          "id": "wait-for-snapshot",
          "lines": [
            {
              "absent": false,
              "kind": "line",
              "text": "available",
              "value": "available",
            },
            {
              "absent": false,
              "kind": "pattern",
              "text": "/^took [0-9]+ s$/",
              "value": "^took [0-9]+ s$",
            },
            {
              "absent": true,
              "kind": "pattern",
              "text": "! /(?i)error/",
              "value": "(?i)error",
            },
            {
              "absent": true,
              "kind": "line",
              "text": "!deleting",
              "value": "deleting",
            },
          ],
          "manual": false,
          "prose": "1. Takes 1 to 20 minutes. Get a coffee.",
          "retries": 2,
          "risk": "low",
          "timeoutMs": 2700000,
          "title": "Wait until it is available",
          "tty": false,
        },
        {
          "at": "95:3",
          "block": "96:3 sh aws aws rds restore-db-cluster-from-snapshot --db-cluster-identifier {restore_to}
      ",
          "cwd": "infra",
          "files": "infra/**/*.tf",
          "id": "restore",
          "manual": false,
          "prose": "> High risk: it costs money and has the real data in it.
      >",
          "retries": 0,
          "retype": "{cluster}-{run}",
          "risk": "high",
          "stages": [
            "staging",
            "production",
          ],
          "timeoutMs": 3600000,
          "title": "Restore",
          "tty": false,
        },
        {
          "at": "101:1",
          "block": "102:1 text  Write into #data-oncall that {restore_to} exists.
      ",
          "id": "tell-somebody",
          "manual": true,
          "prose": "",
          "retries": 0,
          "risk": "low",
          "timeoutMs": 600000,
          "title": "Tell somebody",
          "tty": false,
        },
        {
          "at": "107:1",
          "block": "108:1 sql transaction select count(*) from sets;
      ",
          "dryRun": {
            "block": {
              "flags": [],
              "language": "sql",
              "place": {
                "column": 1,
                "line": 114,
                "path": "database/snapshots.md",
              },
              "source": "explain select count(*) from sets;
      ",
            },
            "timeoutMs": 600000,
          },
          "host": "{restore_to}.cluster.local",
          "id": "look-inside",
          "manual": false,
          "prose": "",
          "retries": 0,
          "risk": "low",
          "timeoutMs": 600000,
          "title": "Look inside",
          "tty": false,
        },
        {
          "at": "119:1",
          "block": "120:1 bash  psql
      ",
          "id": "open-session",
          "manual": false,
          "prose": "",
          "retries": 0,
          "risk": "medium",
          "timeoutMs": 600000,
          "title": "Open a session",
          "tty": true,
        },
      ]
    `);
  });

  test('is planned with the playbook that it can lead to', () => {
    const stage = { name: 'staging', sandbox: false, confirm: 'ask', onFailure: 'ask', variables: { cluster: 'lego-api-staging' } } as const;
    const request = {
      document: 'database/snapshots.md',
      procedures: 'all',
      stage,
      knownStages: ['staging', 'production'],
      selection: { readOnly: false },
    } as const;
    const { plan, diagnostics: found } = buildPlan(request, read);
    expect(found).toEqual([]);
    expect(plan?.procedures).toEqual(['take-a-snapshot', 'restore-into-a-new-cluster']);
    expect(Object.keys(plan?.documents ?? {})).toEqual(['database/snapshots.md', 'database/snapshots-failure.md']);
    expect(plan?.documents['database/snapshots.md']).toEqual(document);
  });
});

test('A playbook has its symptoms', () => {
  const { document, diagnostics } = parseDocument('database/snapshots-failure.md', read('database/snapshots-failure.md'));
  expect(diagnostics).toEqual([]);
  expect(document.symptoms).toMatchInlineSnapshot(`
    [
      {
        "entry": "the-name-is-taken",
        "errors": [
          {
            "code": "DBClusterSnapshotAlreadyExistsFault",
            "kind": "code",
          },
        ],
        "place": {
          "column": 3,
          "line": 12,
          "path": "database/snapshots-failure.md",
        },
        "steps": [
          "take-snapshot",
        ],
        "then": "retry",
      },
      {
        "entry": "a-snapshot-fails",
        "errors": [
          {
            "kind": "timeout",
          },
          {
            "kind": "pattern",
            "pattern": "InvalidDBClusterState|busy",
          },
        ],
        "place": {
          "column": 3,
          "line": 13,
          "path": "database/snapshots-failure.md",
        },
        "steps": [
          "take-snapshot",
          "wait-for-snapshot",
        ],
        "then": "ask",
      },
      {
        "entry": "a-snapshot-fails",
        "errors": [
          {
            "code": 255,
            "kind": "exit",
          },
          {
            "code": 1,
            "kind": "exit",
          },
          {
            "kind": "expect",
          },
          {
            "kind": "check",
          },
        ],
        "place": {
          "column": 3,
          "line": 14,
          "path": "database/snapshots-failure.md",
        },
        "steps": "any",
        "then": "stop",
      },
    ]
  `);
});

describe('A document of somebody who never heard of the engine', () => {
  test('runs as it is: each shell fence is a step', () => {
    const { document, diagnostics } = parseDocument('foreign/deploy.md', read('foreign/deploy.md'), { asIs: true });
    expect(diagnostics).toEqual([]);
    expect({
      ...document,
      procedures: document.procedures.map((procedure) => ({ ...procedure, steps: procedure.steps.map(unusual) })),
    }).toMatchInlineSnapshot(`
      {
        "frontMatter": {
          "files": [],
          "kind": "runbook",
          "requires": [],
        },
        "inputs": [],
        "path": "foreign/deploy.md",
        "procedures": [
          {
            "anchor": "deploying-the-shop",
            "place": {
              "column": 1,
              "line": 6,
              "path": "foreign/deploy.md",
            },
            "prose": "Pull first:",
            "steps": [
              {
                "at": "11:1",
                "block": "12:1 bash  git pull --ff-only
      ",
                "id": "block-1",
                "manual": false,
                "prose": "Pull first:",
                "retries": 0,
                "risk": "medium",
                "timeoutMs": 600000,
                "title": "Deploying the shop",
                "tty": false,
              },
            ],
            "title": "Deploying the shop",
          },
          {
            "anchor": "build",
            "place": {
              "column": 1,
              "line": 15,
              "path": "foreign/deploy.md",
            },
            "prose": "",
            "steps": [
              {
                "at": "22:1",
                "block": "23:1 sh  npm ci
      npm run build
      ",
                "id": "block-2",
                "manual": false,
                "prose": "\`\`\`js {1,3-5} title="vite.config.js"
      export default { build: { target: 'es2022' } };
      \`\`\`",
                "retries": 0,
                "risk": "medium",
                "timeoutMs": 600000,
                "title": "Build",
                "tty": false,
              },
            ],
            "title": "Build",
          },
          {
            "anchor": "prerequisites",
            "place": {
              "column": 1,
              "line": 31,
              "path": "foreign/deploy.md",
            },
            "prose": "",
            "steps": [
              {
                "at": "33:1",
                "block": "34:1 zsh  echo "$SHOP_TOKEN" | wc -c
      ",
                "id": "block-3",
                "manual": false,
                "prose": "",
                "retries": 0,
                "risk": "medium",
                "timeoutMs": 600000,
                "title": "Prerequisites",
                "tty": false,
              },
            ],
            "title": "Prerequisites",
          },
        ],
        "summary": "Pull first:",
        "symptoms": [],
        "title": "Deploying the shop",
      }
    `);
  });
});
