import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { exitCodes } from '../../engine/fault.ts';
import { parseConfig } from '../../engine/runtime/config.ts';

const page = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

/** The part of a page below a heading, up to the next one. */
function section(text: string, heading: string): string {
  const lines = text.split('\n');
  const from = lines.findIndex((line) => line.replace(/^#+ /, '') === heading && line.startsWith('#'));
  expect(from, heading).toBeGreaterThan(-1);
  const to = lines.findIndex((line, index) => index > from && /^#+ /.test(line));
  return lines.slice(from, to < 0 ? undefined : to).join('\n');
}

/** The rows of the first table, cell by cell, without its head. */
function rows(text: string): readonly (readonly string[])[] {
  const lines = text.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

/** The keys that may stand below some text of runbook.yaml, as the message for an unknown one lists them. */
function keysBelow(open: string, close: string): readonly string[] {
  const [diagnostic] = parseConfig('runbook.yaml', `${open}zzzzzzzzzzzz: 1${close}`).diagnostics;
  return (diagnostic?.hint ?? '').replace(/^It can be: |\.$/g, '').split(', ');
}

describe('docs/configuration.md', () => {
  const text = page('configuration.md');

  test.for<[heading: string, open: string, close: string]>([
    ['At the top', '{', '}'],
    ['ui', '{ ui: {', '} }'],
    ['A stage', 'stages: { dev: {', '} }'],
    ['aws', 'stages: { dev: { aws: { region: r, account: "123456789012", ', '} } }'],
    ['database', 'stages: { dev: { database: { env: URL, ', '} } }'],
    ['git', 'stages: { dev: { git: {', '} } }'],
  ])('has every key under "%s", and no other', ([heading, open, close]) => {
    const documented = rows(section(text, heading)).map(([key = '']) => key.replaceAll('`', ''));
    expect(documented.toSorted()).toEqual(keysBelow(open, close).toSorted());
  });

  test('gives the defaults that the engine has', () => {
    const stage: Record<string, unknown> = { ...parseConfig('runbook.yaml', 'stages: { dev: {} }').config.stages.dev };
    for (const [key = '', , standard = ''] of rows(section(text, 'A stage'))) {
      const value = stage[key.replaceAll('`', '')];
      if (typeof value === 'string' || typeof value === 'boolean') expect(standard).toBe(`\`${value}\``);
    }
  });

  test('has only samples that are valid', () => {
    const samples = [...text.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, sample = '']) => sample);
    expect(samples.length).toBeGreaterThan(1);
    for (const sample of samples) expect(parseConfig('runbook.yaml', sample).diagnostics).toEqual([]);
  });
});

test('docs/exit-codes.md has every exit code by its name, and those of the signals', () => {
  const documented = Object.fromEntries(rows(page('exit-codes.md')).map(([code, name = '']) => [name, Number(code)]));
  expect(documented).toEqual({ ...exitCodes, SIGHUP: 129, SIGINT: 130, SIGTERM: 143 });
});
