/** What the linter found, in the forms that other programs read: SARIF, annotations of GitHub, JUnit. */

import { escapeText, safeJson } from '../core/escape.ts';
import type { Diagnostic } from '../document/diagnostic.ts';
import { words as quoted } from '../report/quote.ts';
import { attributes, content } from '../report/xml.ts';

/** Documents that were linted, and what was found in them. `inRepository` turns a path of the project into one of the repository around it. */
export type Findings = {
  readonly paths: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
  readonly inRepository: (path: string) => string;
};

/** Message and hint in one line. */
function words({ message, hint }: Diagnostic): string {
  return escapeText(hint === undefined ? message : `${message} ${hint}`, { colour: false });
}

/**
 * SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/), as code scanning takes it. Lines and columns count from 1; columns are UTF-16
 * code units, as everywhere in the engine. What is about a document as a whole stands at its first line.
 */
export function sarifOf({ diagnostics, inRepository }: Findings, version: string): string {
  const rules = [...new Set(diagnostics.map(({ rule }) => rule))].map(descriptor);
  const results = diagnostics.map((diagnostic) => ({
    ruleId: diagnostic.rule,
    ruleIndex: rules.findIndex(({ id }) => id === diagnostic.rule),
    level: diagnostic.severity,
    message: { text: words(diagnostic) },
    locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(inRepository(diagnostic.place.path)) }, region: regionOf(diagnostic) } }],
  }));
  return `${safeJson({
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver: { name: 'runbook', version, rules } }, columnKind: 'utf16CodeUnits', results }],
  })}\n`;
}

/** Code scanning wants each of these texts. */
function descriptor(id: string): { readonly id: string; readonly [text: string]: unknown } {
  const text = id.replaceAll('-', ' ');
  const help = { text: `docs/lint.md and docs/annotations.md of runbook say what ${id} demands.` };
  return { id, shortDescription: { text }, fullDescription: { text }, help };
}

function regionOf({ place: { line, column }, length }: Diagnostic): object {
  return length === 0 ? { startLine: 1 } : { startLine: line, startColumn: column, endColumn: column + length };
}

/** A relative reference (RFC 3986). Nothing before its first slash is taken for a scheme. */
function uriOf(path: string): string {
  return path.toWellFormed().split('/').map(encodeURIComponent).join('/');
}

/** A step of a workflow shows ten annotations of each kind at most; what is more is lost, so the rest is left to the summary. */
const mostAnnotations = 10;

/**
 * Workflow commands that GitHub shows beside the lines, ten at most, errors first
 * (https://docs.github.com/actions/reference/workflow-commands-for-github-actions), and a line that counts.
 */
export function annotationsOf({ paths, diagnostics, inRepository }: Findings): string {
  const ordered = diagnostics.toSorted((a, b) => Number(a.severity === 'warning') - Number(b.severity === 'warning'));
  const commands = ordered.slice(0, mostAnnotations).map((diagnostic) => {
    const { severity, rule, place, length } = diagnostic;
    const at = length === 0 ? [] : [`line=${place.line}`, `col=${place.column}`, `endColumn=${place.column + length}`];
    return `::${severity} ${[`file=${property(inRepository(place.path))}`, ...at, `title=${property(rule)}`].join(',')}::${data(words(diagnostic))}\n`;
  });
  const more = diagnostics.length - commands.length;
  return `${commands.join('')}${counted(paths, diagnostics)}${more > 0 ? `; ${more} more are in the summary` : ''}\n`;
}

function counted(paths: readonly string[], diagnostics: readonly Diagnostic[]): string {
  const [errors, warnings] = [errorsIn(diagnostics), diagnostics.length - errorsIn(diagnostics)];
  return `${plural(paths.length, 'document')}, ${plural(errors, 'error')}, ${plural(warnings, 'warning')}`;
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(escapeText(text, { colour: false }))
    .replaceAll(':', '%3A')
    .replaceAll(',', '%2C');
}

/** All of it as markdown, for the summary of a workflow's step. */
export function summaryOf({ paths, diagnostics, inRepository }: Findings): string {
  const head = `### runbook lint: ${counted(paths, diagnostics)}\n`;
  if (diagnostics.length === 0) return head;
  const rows = diagnostics.map((diagnostic) => {
    const { severity, rule, place, length } = diagnostic;
    const path = inRepository(place.path);
    return `| ${severity} | ${quoted(length === 0 ? path : `${path}:${place.line}:${place.column}`)} | ${quoted(rule)} | ${quoted(words(diagnostic))} |\n`;
  });
  return `${head}\n| | Where | Rule | What |\n| --- | --- | --- | --- |\n${rows.join('')}`;
}

/** JUnit XML: a document is a suite, an error a failure. A warning passes and says so; so does a document without problems. */
export function junitOf({ paths, diagnostics, inRepository }: Findings): string {
  const found = Map.groupBy(diagnostics, ({ place }) => place.path);
  const suites = paths.map((path) => suite(inRepository(path), found.get(path) ?? []));
  const tests = paths.reduce((sum, path) => sum + Math.max(1, found.get(path)?.length ?? 0), 0);
  const totals = attributes({ name: 'runbook lint', tests, failures: errorsIn(diagnostics) });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${totals}>\n${suites.join('')}</testsuites>\n`;
}

function suite(path: string, diagnostics: readonly Diagnostic[]): string {
  const totals = attributes({ name: path, tests: Math.max(1, diagnostics.length), failures: errorsIn(diagnostics) });
  const cases = diagnostics.map((diagnostic) => testCase(path, diagnostic));
  if (cases.length === 0) cases.push(`    <testcase${attributes({ name: 'no problems', classname: path })}/>\n`);
  return `  <testsuite${totals}>\n${cases.join('')}  </testsuite>\n`;
}

function testCase(path: string, diagnostic: Diagnostic): string {
  const { severity, rule, message, place, length } = diagnostic;
  const where = length === 0 ? path : `${path}:${place.line}:${place.column}`;
  const text = content(`${where} ${words(diagnostic)}`);
  const told =
    severity === 'error' ? `<failure${attributes({ message, type: rule })}>${text}</failure>` : `<system-out>Warning: ${text}</system-out>`;
  return `    <testcase${attributes({ name: `${rule} at ${place.line}:${place.column}`, classname: path })}>${told}</testcase>\n`;
}

function errorsIn(diagnostics: readonly Diagnostic[]): number {
  return diagnostics.filter(({ severity }) => severity === 'error').length;
}
