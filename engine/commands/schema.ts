/** `runbook schema`: the JSON Schema of what people write and programs read. */

import { safeJson } from '../core/escape.ts';
import { nearest } from '../document/nearest.ts';
import { Fault } from '../fault.ts';
import type { Io } from './io.ts';

/** What can be had; after the first two, what the command of that name prints with `--json`, and `event`: a line of a journal. */
export const schemaNames = [
  'runbook.yaml',
  'report',
  'event',
  'list',
  'runs',
  'show',
  'plan',
  'lint',
  'doctor',
  'verify',
  'sandbox',
  'faults',
  'run',
] as const;

async function schemaOf(name: (typeof schemaNames)[number]): Promise<object> {
  const { openJsonSchema } = await import('../report/open-json-schema.ts');
  switch (name) {
    case 'runbook.yaml':
      return (await import('../runtime/config.ts')).configJsonSchema();
    case 'report':
      return openJsonSchema((await import('../report/json.ts')).reportSchema);
    case 'event':
      return openJsonSchema((await import('../runtime/event-schema.ts')).eventSchema);
    default:
      return openJsonSchema((await import('./json-shapes.ts')).shapes[name]);
  }
}

/**
 * Prints a schema.
 * @throws Fault `usage` for one that there is not.
 */
export async function schema(io: Io, name: string): Promise<void> {
  const found = schemaNames.find((each) => each === name);
  if (found !== undefined) {
    io.stdout.write(`${safeJson(await schemaOf(found))}\n`);
    return;
  }
  const near = nearest(name, schemaNames);
  throw new Fault('usage', `There is no schema "${name}". There is: ${schemaNames.join(', ')}.`, {
    hint: near === undefined ? 'runbook schema' : `Did you mean: runbook schema ${near}?`,
  });
}
