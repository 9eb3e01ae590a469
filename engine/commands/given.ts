/** The values that were given on the command line, against the inputs of a plan. */

import { readFileSync } from 'node:fs';
import { resolve as resolvePath } from 'node:path';
import type { Plan } from '../core/plan.ts';
import { pasteable, resolve, sections } from '../core/variables.ts';
import { nearest } from '../document/nearest.ts';
import { Fault } from '../fault.ts';
import type { Setup } from '../runtime/setup.ts';
import type { Io } from './io.ts';
import type { RunOptions } from './run-options.ts';

/**
 * Values from `--var`, `--secret-file` and, for secrets, the environment.
 * @throws Fault `usage` for a name that no input has, a secret in an argument, a file that cannot be read; `invalid` for a value that no command may be made with.
 */
export function givenValues(io: Pick<Io, 'cwd' | 'env'>, plan: Plan, options: Pick<RunOptions, 'var' | 'secretFile'>): Setup['given'] {
  const inputs = new Map(Object.values(plan.documents).flatMap((document) => document.inputs.map((input) => [input.name, input] as const)));
  const given = new Map<string, { text: string; from: string }>();
  const put = (flag: string, text: string, value: (text: string) => string, secret: boolean): void => {
    const [, name = '', rest = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (name === '') throw new Fault('usage', `${flag} wants name=value, found "${text}".`, { hint: `${flag} ticket=CHG-1` });
    const input = inputs.get(name);
    if (input === undefined) {
      const meant = nearest(name, inputs.keys());
      throw new Fault(
        'usage',
        `Unknown input "${name}". ${inputs.size === 0 ? 'This runbook has none.' : `It has: ${[...inputs.keys()].join(', ')}.`}`,
        { hint: meant === undefined ? undefined : `Did you mean ${flag} ${meant}=…?` },
      );
    }
    if ((input.allowed.kind === 'secret') !== secret)
      throw new Fault('usage', secret ? `${name} is not a secret.` : `${name} is a secret, and a secret never comes from an argument.`, {
        hint: secret ? `Use --var ${name}=…` : `Set ${name.toUpperCase()} in the environment, or use --secret-file ${name}=path.`,
      });
    if (!secret) refuseUnpasteable(plan, name, rest);
    given.set(name, { text: value(rest), from: flag });
  };
  for (const [name, input] of inputs) {
    const text = io.env[name.toUpperCase()];
    if (input.allowed.kind === 'secret' && text !== undefined && text !== '') given.set(name, { text, from: `$${name.toUpperCase()}` });
  }
  for (const text of options.secretFile) put('--secret-file', text, (path) => readSecret(resolvePath(io.cwd, path)), true);
  for (const text of options.var) put('--var', text, (value) => value, false);
  return given;
}

/** A value that a command would be pasted together with is looked at before anything starts. */
function refuseUnpasteable(plan: Plan, name: string, text: string): void {
  if (pasteable(text)) return;
  const documents = Object.values(plan.documents).filter((document) => document.inputs.some((input) => input.name === name));
  const steps = documents.flatMap((document) => sections(document).flatMap((section) => section.steps));
  const values = { [name]: { text, origin: 'input', from: '--var' } } as const;
  for (const step of steps) {
    const refused = resolve(step, step.block, { declared: new Set([name]), values });
    if ('kind' in refused && refused.kind === 'impossible') throw new Fault('invalid', refused.message, { hint: refused.hint });
  }
}

function readSecret(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    throw new Fault('usage', `The secret file ${path} cannot be read.`, { hint: 'Check the path and its rights.', cause });
  }
}
