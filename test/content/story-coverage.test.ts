import GithubSlugger from 'github-slugger';
import { describe, expect, test } from 'vitest';
import { playbook, playbookPath, runbook, runbookPath, source, steps } from './database-documents.ts';

const path = 'docs/story-coverage.md';
const text = source(path) ?? '';
const sections = text.split(/^## /m).slice(1);
const criteria = sections.filter((section) => /^\d\. /.test(section));

/** The rows of a section's table, without its head. */
const rowsOf = (section: string): readonly (readonly string[])[] =>
  [...section.matchAll(/^\|(.*)\|$/gm)].slice(2).map(([, row = '']) => row.split('|').map((cell) => cell.trim()));

function anchorsOf(document: string): ReadonlySet<string> {
  const slugger = new GithubSlugger();
  const prose = (source(document) ?? '').replaceAll(/^```[\s\S]*?^```$/gm, '');
  return new Set([...prose.matchAll(/^#{1,6} (.+)$/gm)].map(([, title = '']) => slugger.slug(title)));
}

const linksIn = (markdown: string): readonly string[] => [...markdown.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);

describe('the coverage of the story', () => {
  test('speaks of its seven criteria', () => {
    expect(criteria.map((section) => section.split('\n')[0])).toEqual([
      '1. The runbook and its playbook',
      '2. Migrations',
      '3. Backups',
      '4. Recovery',
      '5. Connections',
      '6. Scaling',
      '7. Maintenance',
    ]);
  });

  test('leads from every task to a heading or a step that is there', () => {
    const ids = new Set(steps.map(({ id }) => id));
    for (const [task = '', covered = ''] of criteria.flatMap(rowsOf)) {
      const named = [...covered.matchAll(/`([a-z0-9-]+)`/g)].map(([, id = '']) => id);
      expect(named.length + linksIn(covered).length, task).toBeGreaterThan(0);
      for (const id of named) expect([...ids], task).toContain(id);
    }
    for (const target of linksIn(text)) {
      const [file = '', anchor] = target.replace(/^\.\.\//, '').split('#');
      expect(source(file), target).toBeDefined();
      if (anchor !== undefined) expect([...anchorsOf(file)], target).toContain(anchor);
    }
  });

  test('says for each procedure where it was last drilled', () => {
    const drills = rowsOf(sections.find((section) => section.startsWith('Where each procedure was last drilled')) ?? '');
    expect(drills.flatMap(([link = '']) => linksIn(link)).toSorted()).toEqual(
      runbook.procedures.map(({ anchor }) => `../${runbookPath}#${anchor}`).toSorted(),
    );
    for (const [link, ...places] of drills) for (const place of places) expect(place, link).toMatch(/^(never|\d{4}-\d\d-\d\d)$/);
  });

  test('says for each entry of the playbook how it is rehearsed', () => {
    const entries = rowsOf(sections.find((section) => section.startsWith('Entries of the playbook')) ?? '');
    expect(entries.flatMap(([link = '']) => linksIn(link)).toSorted()).toEqual(
      playbook.procedures.map(({ anchor }) => `../${playbookPath}#${anchor}`).toSorted(),
    );
  });
});

const aurora = [
  'aurora-serverless-v2.setting-capacity',
  'aurora-serverless-v2-administration',
  'aurora-serverless-v2-auto-pause',
  'aurora-serverless-v2.how-it-works',
  'Aurora.Managing.Backups',
  'Aurora.Managing.Backups.Retaining',
  'USER_CreateSnapshotCluster',
  'aurora-copy-snapshot',
  'aurora-pitr',
  'aurora-pitr-retained',
  'aurora-restore-snapshot',
  'Aurora.Managing.Clone',
  'USER_DeleteCluster',
  'USER_UpgradeDBInstance.Maintenance',
  'Aurora.VersionPolicy.Upgrading',
  'USER_Events',
  'USER_Events.Messages',
  'USER_Events.Subscribing',
  'USER_ListEvents',
  'Aurora.AuroraMonitoring.Metrics',
  'AuroraPostgreSQL.Managing',
  'AuroraPostgreSQL.Security',
  'UsingWithRDS.SSL',
  'rds-secrets-manager',
  'rds-proxy',
  'rds-proxy-managing',
  'rds-proxy.monitoring',
  'rds-proxy.troubleshooting',
  'USER_RebootCluster',
];

/** The official pages, each in the one form that its publisher gives it. */
const official = [
  ...aurora.map((page) => `https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/${page}.html`),
  ...[
    'restore-db-cluster-to-point-in-time',
    'restore-db-cluster-from-snapshot',
    'create-db-cluster-snapshot',
    'modify-db-cluster',
    'create-db-instance',
    'describe-pending-maintenance-actions',
    'apply-pending-maintenance-action',
    'create-event-subscription',
  ].map((command) => `https://docs.aws.amazon.com/cli/latest/reference/rds/${command}.html`),
  'https://docs.aws.amazon.com/cli/latest/reference/rds/wait/',
  'https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html',
  'https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html',
  ...[
    'drizzle-kit-generate',
    'drizzle-kit-migrate',
    'drizzle-kit-check',
    'drizzle-kit-up',
    'drizzle-kit-studio',
    'kit-custom-migrations',
    'kit-migrations-for-teams',
    'migrations',
  ].map((page) => `https://orm.drizzle.team/docs/${page}`),
  ...['explicit-locking', 'monitoring-stats', 'sql-createindex', 'sql-altertable', 'runtime-config-client', 'amcheck'].map(
    (page) => `https://www.postgresql.org/docs/current/${page}.html`,
  ),
];

describe('the links of the documents', () => {
  const links = [runbookPath, playbookPath, 'templates/RUNBOOK-TEMPLATE.md', 'templates/PLAYBOOK-TEMPLATE.md'].flatMap((file) =>
    [...(source(file) ?? '').matchAll(/https?:\/\/[^\s)>`"']+/g)].map(([link]) => link),
  );
  const pages = [...new Set(links)].toSorted();

  test('are those of official pages, each in its official form', () => {
    expect(pages.length).toBeGreaterThan(30);
    for (const page of pages) expect(official).toContain(page.replace(/#.*$/, ''));
  });

  // Asks the publishers, so it is left out unless it is wanted: RUNBOOK_TEST_LINKS=1.
  test.runIf(process.env.RUNBOOK_TEST_LINKS === '1')('are answered by their publishers', { timeout: 120_000 }, async () => {
    const answers = await Promise.all(pages.map(async (page) => ({ page, ...(await fetch(page).then(({ status, url }) => ({ status, url }))) })));
    expect(answers.filter(({ page, status, url }) => status !== 200 || url !== page)).toEqual([]);
  });

  test('lead to headings that are there, within and between the documents', () => {
    const anchors = new Map([runbookPath, playbookPath].map((file) => [file.slice(file.indexOf('/')), anchorsOf(file)]));
    for (const file of [runbookPath, playbookPath]) {
      for (const target of linksIn(source(file) ?? '').filter((link) => !/^https?:/.test(link))) {
        const [to = '', anchor] = target.split('#');
        const there = anchors.get((to === '' ? file : to.slice(3)).replace(/^[^/]*/, ''));
        expect(there, target).toBeDefined();
        if (anchor !== undefined) expect([...(there ?? [])], target).toContain(anchor);
      }
    }
  });
});
