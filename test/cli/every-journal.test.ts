import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { expect, test } from 'vitest';
import type { Event } from '../../engine/core/event.ts';
import { keepCopies, sha256 } from '../../engine/runtime/approved.ts';
import { createJournal, readJournal, reopenJournal } from '../../engine/runtime/journal.ts';
import { openProject } from '../../engine/runtime/project.ts';
import { runFolder } from '../../engine/runtime/run-store.ts';
import { journalBreaches, journalsOf } from '../helpers/journals.ts';
import { fence, makeProject, runbookOf, type TestProject } from '../helpers/project.ts';

const path = 'runbooks/tidy.md';
const steps = (first: string): string =>
  runbookOf(
    `## Tidy up\n\n### Sort\n\n${fence(`bash step=${first} risk=medium timeout=1m`, 'true')}\n### Burn\n\n${fence('bash step=burn risk=high timeout=1m', 'true')}`,
  );

/** A project with a run that stopped at its second step, and its journal. */
async function stopped(spoilsRecords = false): Promise<{ readonly project: TestProject; readonly journal: string }> {
  const project = makeProject({ [path]: steps('sort') }, { spoilsRecords });
  expect((await project.runbook(['run', 'tidy', '--stage', 'dev', '--yes'])).code).toBe(6);
  return { project, journal: journalsOf(project.root)[0] ?? '' };
}

/** Writes a journal anew, with a chain that holds. */
function rewrite(journal: string, change: (events: readonly Event[]) => readonly Event[]): void {
  const events = change(readJournal(journal).events);
  rmSync(journal);
  const written = createJournal(journal, () => new Date());
  written.append(events, { durable: false });
  written.close();
}

test.each<[name: string, breach: string, change: (events: readonly Event[]) => readonly Event[]]>([
  [
    'a start that nobody confirmed',
    'started without a confirmation of its own',
    (events) => events.filter((event) => !(event.type === 'step-confirmed' && event.step === 'sort')),
  ],
  ['a second start', 'runs already', (events) => events.flatMap((event): Event[] => (event.type === 'attempt-started' ? [event, event] : [event]))],
])('a project is not disposed of quietly when a journal in it tells of %s', async (_name, breach, change) => {
  const { project, journal } = await stopped();
  expect(journalBreaches(project.root)).toEqual([]);
  rewrite(journal, change);
  expect(() => project[Symbol.dispose]()).toThrow(breach);
});

test('a journal whose chain is broken is passed over, and one is that a test has spoilt by its own word', async () => {
  const broken = await stopped();
  writeFileSync(broken.journal, readFileSync(broken.journal, 'utf8').replace('"sort"', '"sert"'));
  expect(() => broken.project[Symbol.dispose]()).not.toThrow();
  const spoilt = await stopped(true);
  rewrite(spoilt.journal, (events) => events.filter(({ type }) => type !== 'step-confirmed'));
  expect(() => spoilt.project[Symbol.dispose]()).not.toThrow();
});

test('what happened before a change was accepted is judged by the documents of its time, and what came later by those of then', async () => {
  const { project: made, journal } = await stopped();
  using project = made;
  const text = Buffer.from(steps('sort-all'));
  const hash = sha256(text);
  keepCopies(runFolder(openProject(project.root), basename(dirname(journal))).copies, new Map([[path, { sha256: hash, bytes: text, needed: true }]]));
  const reopened = reopenJournal(journal, readJournal(journal), () => new Date());
  const confirmed = { type: 'step-confirmed', frame: 0, step: 'sort-all', purpose: 'run', how: 'flag', sha256: sha256('true\n') } as const;
  const resumed = { type: 'run-resumed', operator: 'second', host: 'vm', engine: '0' } as const;
  reopened.append([resumed, { type: 'changes-accepted', files: [{ path, sha256: hash }] }, confirmed], { durable: false });
  reopened.close();
  expect(journalBreaches(project.root)).toEqual([]);
});
