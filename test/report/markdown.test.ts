import { marked, type Token } from 'marked';
import { describe, expect, test } from 'vitest';
import type { Fact } from '../../engine/core/event.ts';
import { markdownReport } from '../../engine/report/markdown.ts';
import { planOf, procedure, runbook, step } from '../core/plan-builder.ts';
import { hostileOutput, hostileWords } from '../helpers/hostile.ts';
import { attempt, evidenceOf, head, recovered, startedAs, toldIn, toldOf } from './sample-run.ts';

/** The report as another parser than the engine's reads it: the kinds of all its blocks and spans, tables with their sizes. */
function structure(markdown: string): readonly string[] {
  const found: string[] = [];
  void marked.walkTokens(marked.lexer(markdown, { gfm: true }), (token: Token) => {
    if (token.type === 'text' || token.type === 'escape') return;
    found.push(
      token.type === 'table' ? `table of ${token.header.length} by ${token.rows.length}` : token.type === 'heading' ? `h${token.depth}` : token.type,
    );
  });
  return found;
}

/** What a reader sees of markup that a report never has. */
function rendered(markdown: string): string {
  return marked.parse(markdown, { gfm: true, async: false });
}

test('the report tells the whole chain in its order: failure, playbook, retry', () => {
  const report = markdownReport(toldOf(recovered), evidenceOf('output\n'));
  const places = ['Attempt 1 (step, confirmed by first)', 'Playbook: no lock', 'Attempt 2 (step', 'Back to apply', 'Attempt 3 (step'].map((words) =>
    report.indexOf(words),
  );
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(places).not.toContain(-1);
  expect(report).toContain('| Result | **finished**, after 1 of its steps had failed and recovered |');
  expect(report).toContain('| **recovered by its playbook** |');
  expect(report).toContain('`55P03`: lock timeout');
  expect(report).toContain(`| Journal head | \`${head}\` |`);
  expect(report).toContain('| Ticket | CHG-7 |');
  expect(report).toContain('- request `rds:ModifyDBCluster` `7d0c-11`');
});

test('the report says in which account the steps acted and as whom, and who went on as somebody else', () => {
  const caller = { account: '222222222222', arn: 'arn:aws:sts::222222222222:assumed-role/operator/runbook-1' };
  const resumed = { type: 'run-resumed', operator: 'second', host: 'bastion', engine: '0.1.0' } as const;
  const later = { ...resumed, account: caller.account, arn: `${caller.arn}a` };
  const report = markdownReport(toldOf([resumed, later], startedAs(caller)), evidenceOf(''));
  expect(report).toContain('| Account | 222222222222 |');
  expect(report).toContain(`| Acting as | \`${caller.arn}\` |`);
  expect(rendered(report)).toContain(`second on bastion, second on bastion as ${caller.arn}a`.replaceAll(/:(?=(aws|sts|:2)\b)/g, ':<!-- -->'));
});

test('who decided what, and when, stands where it happened', () => {
  const report = markdownReport(
    toldOf([
      ...attempt(1, 0, 'apply-migrations', 1),
      { type: 'run-resumed', operator: 'second', host: 'bastion', engine: '0.1.0' },
      { type: 'failure-overridden', frame: 0, step: 'apply-migrations', reason: 'known fault' },
      { type: 'note-added', operator: 'second', text: 'told the team' },
      { type: 'run-ended', result: 'finished with exceptions' },
    ]),
    evidenceOf(''),
  );
  expect(report).toContain('- 2026-01-31T18:05:05.000Z second: went on although it failed: known fault');
  expect(report).toContain('- 2026-01-31T18:05:04.000Z second: resumed on bastion');
  expect(report).toContain('- 2026-01-31T18:05:06.000Z second: told the team');
  expect(report.indexOf('went on although it failed: known fault\n')).toBeGreaterThan(report.indexOf('Attempt 1'));
});

test('a step that the document has lost since it ran is still told', () => {
  const told = toldOf(attempt(1, 0, 'apply-migrations', 0));
  const without = planOf({ documents: [runbook([procedure('apply', step('another'))])] });
  const report = markdownReport({ ...told, plan: without }, evidenceOf('output\n'));
  expect(report).toContain('## No longer in the document');
  expect(report).toContain('(`apply-migrations`) | ok |');
});

describe('hostile output stays in its fence', () => {
  const ordinary = structure(markdownReport(toldOf(recovered), evidenceOf('output\n')));
  const cut = structure(markdownReport(toldOf(recovered), evidenceOf('output\n'.repeat(5000))));
  const none = structure(markdownReport(toldOf(recovered), evidenceOf('')));

  test.each(hostileOutput)('%s', (_name, output) => {
    const report = markdownReport(toldOf(recovered), evidenceOf(output));
    expect([ordinary, cut, none]).toContainEqual(structure(report));
    expect(rendered(report)).not.toMatch(/<script|<img|<iframe|<a |<h2>(Heading|Approved)/);
    expect(report).not.toMatch(/[\0-\u{8}\u{b}-\u{1f}\u{7f}-\u{9f}\u{ad}\u{200b}\u{202a}-\u{202e}\u{2066}-\u{2069}\u{feff}]/u);
    expect(report.length).toBeLessThan(60_000);
  });
});

describe('hostile words stay words', () => {
  test.each(hostileWords)('%s', (_name, words) => {
    const report = markdownReport(
      toldIn(words),
      evidenceOf(words, () => words),
    );
    const plain = markdownReport(
      toldIn('word'),
      evidenceOf('word', () => 'word'),
    );
    const kinds = (text: string) =>
      structure(text).filter((kind) => !['code', 'codespan', 'html', 'br', 'space', 'del'].includes(kind) || kind === 'code');
    if (words.trim() !== '') expect(kinds(report)).toEqual(kinds(plain));
    const html = rendered(report);
    expect(html).not.toMatch(/<script|<img|<iframe|<a |<svg|<style|<link|<h\d>(Heading|Approved)/);
    // What GitHub looks for in the text once the markdown is gone.
    const visible = html
      .replace(/<(code|pre)\b[\s\S]*?<\/\1>/g, '')
      .replace(/<(?!!--)[^>]*>/g, '\n')
      .replaceAll('&#39;', "'");
    expect(visible.match(/(^|[^\w`])(@\w|#\d|GH-\d)|:\/\/|www\.\w|:tada:|&#64;\w|\$\w/m)).toBeNull();
  });
});

describe('under 60,000 characters', () => {
  const noisy = (count: number): readonly Fact[] =>
    Array.from({ length: count }, (_, index): readonly Fact[] => [
      ...attempt(index + 1, 0, 'apply-migrations', 1),
      { type: 'retry-chosen', frame: 0, step: 'apply-migrations' },
    ]).flat();

  test('logs give way first, and the summary is whole', () => {
    const report = markdownReport(
      toldOf(noisy(30)),
      evidenceOf('x'.repeat(30_000), () => 'y'.repeat(400)),
    );
    expect(report.length).toBeLessThan(60_000);
    expect(report).toContain('| Journal head |');
    expect(report).toContain('are in the log');
    expect(report).toContain('Attempt 30 ');
  });

  test('2,000 steps: those that stand out keep their row and details, the others share theirs', () => {
    const ids = Array.from({ length: 2000 }, (_, index) => `step-number-${index + 1}`);
    const long = planOf({ documents: [runbook([procedure('apply', ...ids.map((id) => step(id, 'low')))])] });
    const facts = ids.flatMap((id, index) => attempt(index + 1, 0, id, index === 1233 ? 1 : 0));
    const report = markdownReport(
      toldOf(facts, startedAs(), long),
      evidenceOf('x'.repeat(3000), () => 'y'.repeat(400)),
    );
    expect(report.length).toBeLessThan(60_000);
    expect(report).toContain('| Journal head |');
    expect(report).toContain('| ✔ | 1233 steps, `step-number-1` to `step-number-1233` | ok |');
    expect(report).toContain('| ✖ | step-number-1234 (`step-number-1234`) | **FAILED** |');
    expect(report).toContain('Attempt 1234 ');
    expect(report).toContain('the details of 1999 steps that ended well');
    expect(structure(report).filter((kind) => kind.startsWith('table'))).toEqual(['table of 2 by 11', 'table of 6 by 3']);
  });

  test('2,000 steps that all failed, with long words and notes everywhere', () => {
    const ids = Array.from({ length: 2000 }, (_, index) => `step-${index + 1}`);
    const long = planOf({ documents: [runbook([procedure('apply', ...ids.map((id) => step(id, 'low', { title: 'w'.repeat(5000) })))])] });
    const facts = ids.flatMap((id, index): readonly Fact[] => [
      ...attempt(index + 1, 0, id, 1, 'm'.repeat(5000)),
      { type: 'failure-overridden', frame: 0, step: id, reason: '|'.repeat(5000) },
      { type: 'note-added', operator: 'first', text: '*'.repeat(5000) },
    ]);
    const report = markdownReport(toldOf(facts, { ...startedAs(), reason: '&'.repeat(50_000) }, long), evidenceOf('x'));
    expect(report.length).toBeLessThan(60_000);
    expect(report).toContain(`| Journal head | \`${head}\` |`);
    expect(report).toContain('| Steps | 0 ok, 0 recovered, 0 skipped, 2000 failed, 0 unknown |');
    expect(report).toMatch(/… and \d+ more lines, left out for their length \|/);
  });
});
