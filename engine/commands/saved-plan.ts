/** A plan on file: reviewed by somebody, and refused when anything differs from it. */

import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import canonicalize from 'canonicalize';
import { z } from 'zod';
import type { Plan } from '../core/plan.ts';
import { Fault } from '../fault.ts';
import type { Io } from './io.ts';
import { knownValues, planObject } from './plan-object.ts';

const schema = z.object({
  schema: z.literal('runbook.plan/1'),
  document: z.string(),
  procedures: z.array(z.string()),
  stage: z.string(),
  selection: z.unknown(),
  /** Another version may read the same documents in another way. */
  engine: z.string(),
  /** Inputs given on the command line. */
  values: z.record(z.string(), z.string()),
  /** SHA-256 by path of everything that the run can reach. */
  files: z.record(z.string(), z.string()),
  /** The steps with their commands, for people. */
  readable: z.unknown(),
});

/** What makes two plans the same. */
type Saved = z.infer<typeof schema>;

/** What is reviewed: the plan itself, what was given, and the hashes of all files. */
export type Reviewed = {
  readonly plan: Plan;
  readonly given: readonly string[];
  readonly files: Readonly<Record<string, string>>;
};

/** Writes a plan for a reviewer. */
export function savePlan(io: Io, path: string, reviewed: Reviewed): void {
  writeFileSync(resolve(io.cwd, path), `${JSON.stringify(savedForm(io, reviewed), null, 2)}\n`);
}

/**
 * Compares what would run with a plan on file.
 * @throws Fault `usage` when the file is no plan, `preflight` with everything that differs.
 */
export function demandPlan(io: Io, path: string, reviewed: Reviewed): void {
  const saved = readPlan(resolve(io.cwd, path));
  const now = savedForm(io, reviewed);
  const parts = (['document', 'procedures', 'stage', 'selection', 'engine', 'values'] as const).flatMap((part) =>
    canonicalize(saved[part]) === canonicalize(now[part])
      ? []
      : [`${part}: the plan says ${canonicalize(saved[part])}, and this is ${canonicalize(now[part])}`],
  );
  const paths = [...new Set([...Object.keys(saved.files), ...Object.keys(now.files)])].sort();
  const files = paths.flatMap((file) => (saved.files[file] === now.files[file] ? [] : [`${file}: ${wordFor(saved.files[file], now.files[file])}`]));
  // Where all the rest is the same, what people read in it was edited.
  const edited =
    canonicalize(saved.readable) === canonicalize(now.readable) ? [] : ['readable: the steps that it shows are not those that would run'];
  const differences = parts.length + files.length > 0 ? [...parts, ...files] : edited;
  if (differences.length === 0) return;
  const message = `This is not what was planned in ${path}:\n  ${differences.join('\n  ')}`;
  throw new Fault('preflight', message, {
    hint: `Have the new plan reviewed: runbook plan ${reviewed.plan.document} --stage ${reviewed.plan.stage.name} -o ${path}`,
  });
}

function wordFor(before: string | undefined, now: string | undefined): string {
  if (before === undefined) return 'not in the plan';
  return now === undefined ? 'not there any more' : 'changed since';
}

function savedForm(io: Io, { plan, given, files }: Reviewed): Saved {
  const values = Object.fromEntries(given.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]));
  return {
    schema: 'runbook.plan/1',
    document: plan.document,
    procedures: [...plan.procedures],
    stage: plan.stage.name,
    selection: plan.selection,
    engine: io.version,
    values,
    files: { ...files },
    // Whoever runs it may be another person than who planned it. As it is read from a file: without what JSON has no form for.
    readable: JSON.parse(JSON.stringify(planObject(plan, knownValues(plan, given)))),
  };
}

function readPlan(path: string): Saved {
  const refuse = (what: string, cause?: unknown): Fault =>
    new Fault('usage', `${path} ${what}`, { hint: 'Write one with: runbook plan <name> --stage <stage> -o <file>', cause });
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw refuse('cannot be read as a plan.', cause);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw refuse('is not a plan that runbook plan -o has written.');
  return parsed.data;
}
