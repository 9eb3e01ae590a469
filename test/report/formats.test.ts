/** What all the smaller formats have in common: whole and harmless whatever was printed. */

import xterm from '@xterm/headless';
import { SaxesParser } from 'saxes';
import { describe, expect, test } from 'vitest';
import type { Fact } from '../../engine/core/event.ts';
import type { Told } from '../../engine/report/facts.ts';
import { jsonReport, reportSchema } from '../../engine/report/json.ts';
import { junitReport } from '../../engine/report/junit.ts';
import { openJsonSchema } from '../../engine/report/open-json-schema.ts';
import type { Evidence } from '../../engine/report/output.ts';
import { textReport } from '../../engine/report/text.ts';
import { hostileOutput, hostileWords } from '../helpers/hostile.ts';
import { attempt, evidenceOf, head, recovered, toldIn, toldOf } from './sample-run.ts';

const joined = (pieces: Iterable<string>): string => [...pieces].join('');

/** What could steer a terminal; line feeds and tabs cannot. */
const controls = /[\0-\u{8}\u{b}-\u{1f}\u{7f}-\u{9f}\u{ad}\u{61c}\u{200b}-\u{200f}\u{2028}-\u{202e}\u{2060}-\u{206f}\u{feff}\u{e0041}]/u;

/** Everything that people, servers and programs can put into a report. */
const hostile: readonly (readonly [name: string, told: Told, evidence: Evidence])[] = [
  ...hostileOutput.map(([name, output]) => [`output: ${name}`, toldOf(recovered), evidenceOf(output)] as const),
  ...hostileWords.map(([name, words]) => [`words: ${name}`, toldIn(words), evidenceOf(words, () => words)] as const),
];

const skipped: readonly Fact[] = [{ type: 'step-skipped', frame: 0, step: 'apply-migrations', by: 'operator', reason: 'not needed' }];

describe('JSON', () => {
  test('tells the chain in its order', () => {
    const report = reportSchema.parse(JSON.parse(joined(jsonReport(toldOf(recovered), evidenceOf('output\n')))));
    expect(report).toMatchObject({ version: 1, result: 'finished', head, counts: { ok: 1, recovered: 1 } });
    const [step] = report.procedures.flatMap(({ steps }) => steps);
    expect(step?.state).toBe('recovered');
    expect(step?.items.map(({ kind }) => kind)).toEqual(['attempt', 'playbook', 'attempt']);
    expect(step?.items[0]).toMatchObject({
      number: 1,
      confirmed: { by: 'first', how: 'key' },
      outcome: { kind: 'exited', code: 1 },
      error: { code: '55P03' },
      block: { text: 'echo block 1\n' },
      output: { file: 'attempts/01-apply-migrations.1/log', bytes: 3, end: 'output', cut: 0 },
    });
  });

  test('its schema is the one that is published', async () => {
    await expect(`${JSON.stringify(openJsonSchema(reportSchema), null, 2)}\n`).toMatchFileSnapshot('../../docs/report.schema.json');
  });

  test.each(hostile)('%s', (_name, told, evidence) => {
    const text = joined(jsonReport(told, evidence));
    expect(reportSchema.safeParse(JSON.parse(text)).error).toBeUndefined();
    const walk = (value: unknown): void => {
      if (typeof value === 'string') expect(value).not.toMatch(controls);
      if (typeof value === 'object' && value !== null) for (const [key, part] of Object.entries(value)) [key, part].forEach(walk);
    };
    walk(JSON.parse(text));
  });
});

describe('JUnit', () => {
  /** The elements of a strict reading, with their attributes and texts. */
  const read = (xml: string) => {
    const found: { readonly name: string; readonly attributes: Readonly<Record<string, unknown>>; text: string }[] = [];
    const parser = new SaxesParser();
    parser.on('error', (error) => {
      throw error;
    });
    parser.on('opentag', ({ name, attributes }) => void found.push({ name, attributes, text: '' }));
    parser.on('text', (text) => {
      const last = found.at(-1);
      if (last !== undefined) last.text += text;
    });
    parser.write(xml).close();
    return found;
  };

  test('the run is a suite and each step a case: one that recovered passes and says so', () => {
    const found = read(joined(junitReport(toldOf(recovered), evidenceOf('output\n'))));
    const names = found.filter(({ name }) => name !== 'property').map(({ name }) => name);
    expect(names).toEqual(['testsuites', 'testsuite', 'properties', 'testcase', 'system-out', 'testcase', 'system-out']);
    expect(found[1]?.attributes).toMatchObject({ tests: '2', failures: '0', errors: '0', skipped: '0', id: '20260131-180500-7f3k' });
    expect(found.find(({ name }) => name === 'system-out')?.text).toContain('recovered by its playbook; it had failed:');
    expect(found.find(({ name }) => name === 'system-out')?.text).toContain('Attempt 3 (step), 2026-01-31T18:05:10.000Z: exit 0\noutput\n');
  });

  test.each([
    ['failed', attempt(1, 0, 'apply-migrations', 3), 'failure', { failures: '1' }],
    [
      'unknown',
      attempt(1, 0, 'apply-migrations', 0)
        .slice(0, 2)
        .concat({
          type: 'attempt-ended',
          frame: 0,
          step: 'apply-migrations',
          purpose: 'run',
          attempt: 1,
          outcome: { kind: 'lost', why: 'power cut' },
          unmet: [],
          patterns: [],
          values: {},
          remarks: [],
          log: { bytes: 0, sha256: '' },
        }),
      'error',
      { errors: '1' },
    ],
    ['skipped', skipped, 'skipped', { skipped: '1' }],
    ['not reached', [], 'skipped', { skipped: '1' }],
  ] as const)('a step that is %s', (_name, facts, element, totals) => {
    const found = read(joined(junitReport(toldOf(facts), evidenceOf(''))));
    expect(found.map(({ name }) => name)).toContain(element);
    expect(found[1]?.attributes).toMatchObject(totals);
  });

  test.each(hostile)('%s', (_name, told, evidence) => {
    const xml = joined(junitReport(told, evidence));
    expect(xml).not.toMatch(controls);
    const names = read(xml).map(({ name }) => name);
    expect(names).toEqual(read(joined(junitReport(_name.startsWith('output') ? told : toldIn('word'), evidenceOf('word')))).map(({ name }) => name));
  });
});

describe('text', () => {
  test('tells the chain in its order, on lines of at most 88 columns', () => {
    const text = joined(textReport(toldOf(recovered), evidenceOf(`${'long '.repeat(60)}\n`)));
    const places = ['Attempt 1 (step, confirmed by first)', 'Playbook: no lock', 'Attempt 2', 'Attempt 3'].map((words) => text.indexOf(words));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
    expect(text).toContain(' ↻ apply-migrations                   recovered by its playbook  18:05:02       2 s   2x\n');
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(88);
  });

  test.each(hostile.filter(([name]) => !name.includes('10 MB')))('%s: the grid of a terminal keeps every line', async (_name, told, evidence) => {
    const text = joined(textReport(told, evidence));
    expect(text).not.toMatch(controls);
    const lines = text.split('\n');
    const emulator = new xterm.Terminal({ cols: 88, rows: 40, scrollback: lines.length + 50, allowProposedApi: true });
    const calls: string[] = [];
    emulator.onData((data) => calls.push(data));
    emulator.onTitleChange((title) => calls.push(title));
    emulator.onBell(() => calls.push('bell'));
    await new Promise<void>((resolve) => emulator.write(text.replaceAll('\n', '\r\n'), resolve));
    const grid = Array.from({ length: lines.length }, (_, index) => emulator.buffer.active.getLine(index)?.translateToString(true).trimEnd() ?? '');
    // The emulator draws what Unicode has not assigned as nothing; such characters stand for themselves and move nothing.
    const drawn = (line: string) => line.replace(/\p{C}/gu, '').trimEnd();
    expect(grid.map(drawn)).toEqual(lines.map(drawn));
    expect(calls).toEqual([]);
    emulator.dispose();
  });
});
