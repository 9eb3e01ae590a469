/** `runbook schema`: the JSON Schema of what people write and programs read. */

import { safeJson } from '../core/escape.ts';
import { nearest } from '../document/nearest.ts';
import { Fault } from '../fault.ts';
import type { Io } from './io.ts';

const schemas: Readonly<Record<string, () => Promise<object>>> = {
  'runbook.yaml': async () => (await import('../runtime/config.ts')).configJsonSchema(),
  report: async () => (await import('../report/json.ts')).reportJsonSchema(),
};

/**
 * Prints a schema.
 * @throws Fault `usage` for one that there is not.
 */
export async function schema(io: Io, name: string): Promise<void> {
  const found = Object.hasOwn(schemas, name) ? schemas[name] : undefined;
  if (found !== undefined) {
    io.stdout.write(`${safeJson(await found())}\n`);
    return;
  }
  const names = Object.keys(schemas);
  const near = nearest(name, names);
  throw new Fault('usage', `There is no schema "${name}". There is: ${names.join(', ')}.`, {
    hint: near === undefined ? 'runbook schema' : `Did you mean: runbook schema ${near}?`,
  });
}
