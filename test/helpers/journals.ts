/** The journals of a project against the rules of the machine. */

import { globSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { conform } from '../../engine/core/conform.ts';
import { Fault } from '../../engine/fault.ts';
import { sha256 } from '../../engine/runtime/approved.ts';
import { eventSchema } from '../../engine/runtime/event-schema.ts';
import { type JournalText, readJournal } from '../../engine/runtime/journal.ts';
import { acceptedPlans, recordedRun } from '../../engine/runtime/prepare.ts';
import { openProject } from '../../engine/runtime/project.ts';
import { runFolder, startOf } from '../../engine/runtime/run-store.ts';
import { audit } from '../core/audit.ts';

/** Every journal of a project, by path. */
export function journalsOf(root: string): readonly string[] {
  return globSync('.runbook/runs/*/journal.jsonl', { cwd: root })
    .sort()
    .map((path) => join(root, path));
}

/** What the journals say of themselves that must not be. One whose chain is broken was damaged by a test, and says nothing any more. */
export function journalBreaches(root: string): readonly string[] {
  return journalsOf(root).flatMap((path) => {
    const run = basename(dirname(path));
    const text = intact(path);
    if (text === undefined || text.events.length === 0) return [];
    const project = openProject(root);
    const folder = runFolder(project, run);
    const planOf = acceptedPlans(project, folder, startOf(folder, text));
    // It must fold as well.
    const { started } = recordedRun(project, folder, text);
    const { breaches } = audit(planOf(started.files), text.events, planOf);
    // By the engine's own rules, which `verify` goes by, as well.
    const masked = JSON.stringify(text.events).includes('[secret]');
    const impossible = conform(text.events, { planOf, hash: sha256, masked }).map(({ event, what }) => `event ${event - 1}: ${what}`);
    const misshapen = text.events.flatMap((event, at) => {
      const { error } = eventSchema.safeParse(event);
      return error === undefined ? [] : [`event ${at}: ${error.message}`];
    });
    return [...breaches, ...impossible, ...misshapen].map((breach) => `${run}: ${breach}`);
  });
}

function intact(path: string): JournalText | undefined {
  try {
    return readJournal(path);
  } catch (error) {
    if (error instanceof Fault && error.exit === 'record') return undefined;
    throw error;
  }
}
