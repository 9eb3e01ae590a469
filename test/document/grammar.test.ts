import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Step } from '../../engine/core/plan.ts';
import { parseDocument } from '../../engine/document/parse.ts';
import { type Meaning, meaningOf } from './info-oracle.ts';
import { path, runbook } from './problems.ts';

const id = fc.constantFrom('take-snapshot', 'x', 'apply-migrations', '2nd');
const duration = fc.constantFrom('90s', '20m', '2h', '168h');
const text = fc.constantFrom('test/fixtures', 'lego-api-{stage}', '"a folder with spaces"', 'drizzle/**/*.sql', '"it\'s; $HOME | x"', 'v1.2+b#3@z');

/** The words of a valid step, in any order. */
const stepWords = fc
  .record({
    risk: fc.constantFrom('low', 'medium', 'high'),
    optional: fc.subarray(['capture=snapshot', 'stages=dev,staging', 'stages=production']),
    cwd: fc.option(text),
    files: fc.option(text),
    retype: fc.option(text),
    timeout: duration,
    polls: fc.boolean(),
    id,
  })
  .map(({ risk, optional, cwd, files, retype, timeout, polls, id: name }) => [
    `step=${name}`,
    `risk=${risk}`,
    `timeout=${timeout}`,
    ...optional.filter((word, index) => optional.findIndex((other) => other.split('=')[0] === word.split('=')[0]) === index),
    ...(cwd === null ? [] : [`cwd=${cwd}`]),
    ...(files === null ? [] : [`files=${files}`]),
    ...(retype === null ? [] : [`retype=${retype}`]),
    ...(polls && risk === 'low' ? ['retries=3', 'every=5s'] : []),
  ]);
const companionWords = fc
  .record({ form: fc.constantFrom('check', 'rollback', 'dry-run'), timeout: fc.option(duration) })
  .map(({ form, timeout }) => [`${form}=prepare`, ...(timeout === null ? [] : [`timeout=${timeout}`])]);
const expectWords = fc.constant(['expect=prepare']);

const language = fc.constantFrom(['bash', 'aws'], ['bash'], ['sh'], ['sql', 'transaction'], ['sql'], ['python'], ['js']);

const annotation = fc
  .oneof(fc.tuple(language, stepWords), fc.tuple(language, companionWords), fc.tuple(fc.constant(['text']), expectWords))
  .chain(([[name = '', ...flags], words]) =>
    fc.tuple(fc.constant(name), fc.shuffledSubarray([...flags, ...words], { minLength: flags.length + words.length }), fc.constantFrom(' ', '  ')),
  )
  .map(([name, words, space]) => [name, ...words].join(space));

/** What is easily typed by mistake, or meant badly. */
const stray = fc.constantFrom(...Array.from(' \t="\'`~{}()[]<>,;:.-_&\\/!#$%^*+|?@sxzSRq019é＝\u00a0\u200b\u202e'));

const mutation = fc.record({ kind: fc.constantFrom('delete', 'insert', 'replace', 'swap', 'double', 'upper'), at: fc.nat(), character: stray });

function mutate(info: string, { kind, at, character }: { kind: string; at: number; character: string }): string {
  const index = at % info.length;
  const [before, here, after] = [info.slice(0, index), info.charAt(index), info.slice(index + 1)];
  switch (kind) {
    case 'delete':
      return before + after;
    case 'insert':
      return before + character + here + after;
    case 'replace':
      return before + character + after;
    case 'swap':
      return before + after.charAt(0) + here + after.slice(1);
    case 'double':
      return before + here + here + after;
    default:
      return before + here.toUpperCase() + after;
  }
}

/** The document in which the fence stands, behind a step to which companions belong. */
function documentWith(info: string): string {
  return runbook(
    `## Prepare\n\n\`\`\`bash step=prepare risk=low\ntrue\n\`\`\`\n\n**Check:** **Undo:** **Dry run:** **Expected:**\n\n\`\`\`${info}\necho done\n\`\`\`\n`,
  );
}

const line = 15;

/** The same facts, read from the steps of the document. */
function factsOf(steps: readonly Step[], { settings }: Meaning): unknown {
  const ms = (step: Step) => step.timeoutMs;
  const prepare = steps.find((step) => step.id === 'prepare');
  if (settings.step === undefined) {
    const { check, rollback, dryRun, expect: lines = [] } = prepare ?? {};
    const of = (companion: typeof check) =>
      companion && { timeoutMs: companion.timeoutMs, language: companion.block.language, flags: companion.block.flags };
    return { check: of(check), rollback: of(rollback), dryRun: of(dryRun), lines: lines.map((expected) => expected.value) };
  }
  const step = steps.find((candidate) => candidate !== prepare);
  if (step === undefined) return undefined;
  const { reading: _, ...facts } = step;
  return { ...facts, timeoutMs: ms(step), block: { language: step.block.language, flags: step.block.flags, source: step.block.source } };
}

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };
const msOf = (duration_: string | undefined, otherwise: number) =>
  duration_ === undefined ? otherwise : Number.parseInt(duration_, 10) * (units[duration_.slice(-1)] ?? 0);

/** The facts that a meaning stands for. */
function factsMeant({ language: name, settings, flags }: Meaning): unknown {
  const timeoutMs = msOf(settings.timeout, 600_000);
  const blockFlags = ['aws', 'transaction'].filter((flag) => flags.includes(flag));
  const companion = { timeoutMs, language: name, flags: blockFlags };
  if (settings.step === undefined) {
    return {
      check: 'check' in settings ? companion : undefined,
      rollback: 'rollback' in settings ? companion : undefined,
      dryRun: 'dry-run' in settings ? companion : undefined,
      lines: 'expect' in settings ? ['echo done'] : [],
    };
  }
  const texts = ['capture', 'cwd', 'host', 'files', 'retype'].filter((key) => key in settings).map((key) => [key, settings[key]]);
  return {
    ...Object.fromEntries(texts),
    ...(settings.stages !== undefined && { stages: settings.stages.split(',') }),
    ...(settings.every !== undefined && { everyMs: msOf(settings.every, 0) }),
    id: settings.step,
    title: 'Prepare',
    risk: settings.risk,
    block: { language: name, flags: blockFlags, source: 'echo done\n' },
    timeoutMs,
    manual: flags.includes('manual'),
    tty: flags.includes('tty'),
    retries: Number(settings.retries ?? 0),
    expect: [],
    prose: '**Check:** **Undo:** **Dry run:** **Expected:**',
    place: { path, line, column: 1 },
  };
}

/** Why a fence with this info string was not read as it should be, if so. */
function misread(info: string): string | undefined {
  const { document, diagnostics } = parseDocument(path, documentWith(info));
  const meaning = meaningOf(info.trim());
  const target = Object.entries(meaning?.settings ?? {}).find(([key]) => ['check', 'rollback', 'dry-run', 'expect'].includes(key));
  const meant =
    meaning !== undefined && meaning.settings.step !== 'prepare' && (target === undefined || target[1] === 'prepare') ? meaning : undefined;
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
  if (meant === undefined) {
    if (errors.length === 0) return 'neither refused nor valid';
    const width = `\`\`\`${info}`.length + 1;
    const placed = errors.some(({ place, length }) => place.line === line && place.column >= 1 && place.column <= width && length > 0);
    return placed ? undefined : `refused at another place: ${JSON.stringify(errors)}`;
  }
  if (errors.length > 0) return `refused although valid: ${errors[0]?.message}`;
  const steps = document.procedures.flatMap((procedure) => procedure.steps);
  expect(factsOf(steps, meant)).toEqual(factsMeant(meant));
  return undefined;
}

describe('An info string', () => {
  test('that is a valid annotation is parsed as meant', () => {
    fc.assert(
      fc.property(annotation, (info) => {
        expect(meaningOf(info)).toBeDefined();
        expect(misread(info)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  test('with one slip is parsed as it stands or refused at its place, and never ignored', () => {
    fc.assert(
      fc.property(annotation, mutation, (info, slip) => {
        expect(misread(mutate(info, slip))).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });
});
