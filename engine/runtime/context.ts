/** What is worth knowing beside a question: where its block acts, what changed since it last went well, which files it uses. */

import { documentOf, frameOf, stepOf } from '../core/frame.ts';
import type { Context, Question } from '../core/need.ts';
import type { Plan, Step } from '../core/plan.ts';
import { blockFor } from './execute.ts';
import type { Driven, Setup } from './setup.ts';
import { databaseTarget } from './target.ts';

type Asked = Extract<Question, { kind: 'confirm' | 'attest' }>;

/** The context of a question. Only the one before a step needs any. */
export async function contextOf(setup: Setup, { plan, run }: Driven, asked: Question): Promise<Context> {
  if (asked.kind !== 'confirm' && asked.kind !== 'attest') return {};
  const frame = frameOf(run, asked.frame);
  const step = stepOf(plan, frame, asked.step);
  const unshown = setup.operator.unshown?.(plan, run, asked) === true;
  return {
    ...masked(setup, step, asked),
    ...(asked.kind === 'confirm' && (await placeOf(setup, step, asked))),
    ...((asked.kind === 'attest' || asked.purpose === 'run') && !unshown && (await aboutOf(setup, plan, frame.document, step))),
  };
}

async function placeOf({ workshop }: Setup, step: Step, asked: Extract<Asked, { kind: 'confirm' }>): Promise<Context> {
  const { database, aws, cwd } = workshop.identity;
  const { language, flags } = blockFor(step, asked.purpose);
  return {
    cwd: step.cwd ?? cwd,
    ...(language === 'sql' && database !== undefined && { target: await databaseTarget(database, asked.block.host) }),
    ...(flags.includes('aws') && aws !== undefined && { aws }),
  };
}

async function aboutOf({ workshop: { secrets }, since, declared }: Setup, plan: Plan, document: string, step: Step): Promise<Context> {
  const last = await since(document, step);
  const globs = step.files === undefined ? documentOf(plan, document).frontMatter.files : [step.files];
  const files = namedFirst(declared(globs), step.block.source);
  return {
    since: last.kind === 'compared' ? { ...last, diff: secrets.clean(last.diff) } : last,
    ...(files.length > 0 && { files }),
  };
}

/** A block that holds a secret, which only its author can have written there, is shown without it. */
function masked({ workshop: { secrets } }: Setup, step: Step, asked: Asked): Context {
  const { source } = blockFor(step, asked.kind === 'confirm' ? asked.purpose : 'run');
  const clean = { text: secrets.clean(asked.block.text), source: secrets.clean(source) };
  return clean.text === asked.block.text && clean.source === source ? {} : { masked: clean };
}

/** Files that a block names by their whole path, as seen from some folder above them, before the others. */
function namedFirst(files: readonly string[], source: string): readonly string[] {
  const named = (path: string): boolean =>
    path.split('/').some((_, at, parts) => at < parts.length - 1 && source.includes(parts.slice(at).join('/')));
  return [...files.filter(named), ...files.filter((path) => !named(path))];
}
