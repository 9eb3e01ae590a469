/** What the linter found, in the forms that code hosts and test viewers read. */

import { escapeText } from '../core/escape.ts';
import type { Place } from '../core/plan.ts';
import { attributes, content } from './xml.ts';

/** One thing that is wrong with a document. `length` counts characters; 0 is about the document as a whole. */
export type Finding = {
  readonly severity: 'error' | 'warning';
  readonly rule: string;
  readonly message: string;
  /** Its path is relative to the root of the project, with `/`; line and column are counted from 1, columns in UTF-16 code units. */
  readonly place: Place;
  readonly length: number;
  readonly hint?: string;
};

/** What was looked at, and what was found. */
export type Findings = { readonly documents: readonly string[]; readonly found: readonly Finding[] };

/** What was found, as words that may go anywhere: one line, nothing hidden. */
function words({ message, hint }: Finding): string {
  return line(hint === undefined ? message : `${message} ${hint}`);
}

function line(text: string): string {
  return escapeText(text, { colour: false });
}

/** What a log in SARIF says beside the findings. */
export type SarifSource = {
  readonly version: string;
  /** The absolute URI of the page about a rule (3.49.12), where one is known. */
  readonly helpOf: (rule: string) => string | undefined;
};

/**
 * SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/), as code scanning takes it. Paths are relative references, and every character
 * that a URI does not have is encoded (3.4.4, RFC 3986); columns are UTF-16 code units, which `columnKind` says (3.14.17).
 */
export function sarif({ found }: Findings, { version, helpOf }: SarifSource): string {
  const ids = [...new Set(found.map(({ rule }) => rule))];
  const results = found.map((finding) => ({
    ruleId: finding.rule,
    ruleIndex: ids.indexOf(finding.rule),
    level: finding.severity,
    message: { text: words(finding) },
    locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(finding.place.path) }, region: regionOf(finding) } }],
  }));
  // JSON leaves out what is undefined.
  const rules = ids.map((id) => ({ id, shortDescription: { text: id.replaceAll('-', ' ') }, helpUri: helpOf(id) }));
  return `${JSON.stringify(
    {
      $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
      version: '2.1.0',
      runs: [{ tool: { driver: { name: 'runbook', version, rules } }, columnKind: 'utf16CodeUnits', results }],
    },
    null,
    2,
  )}\n`;
}

/** A relative reference. Colons are encoded too: before one, the first part would be a scheme. */
function uriOf(path: string): string {
  return path
    .split('/')
    .map((part) => encodeURIComponent(part.toWellFormed()))
    .join('/');
}

/** What is about a whole document stands on its first line, since code hosts want a line. `endColumn` is the one behind the last character (3.30.8). */
function regionOf({ place: { line: startLine, column }, length }: Finding): object {
  return length === 0 ? { startLine: 1 } : { startLine, startColumn: column, endColumn: column + length };
}

/** GitHub shows so many errors and so many warnings of a step; ten in all is what somebody reads. */
const mostAnnotations = 10;

/**
 * A log that a runner of GitHub shows and obeys in no part: it looks for commands in every line, also behind blanks. `token` has to be one that
 * nobody can know before.
 */
export function inertLog(text: string, token: string): string {
  return `::stop-commands::${token}\n${text}::${token}::\n`;
}

/** Workflow commands, which GitHub shows beside the lines: https://docs.github.com/actions/reference/workflow-commands-for-github-actions. */
export function annotations({ found }: Findings): string {
  // Errors first: they are what stops the merge.
  const first = found.toSorted((a, b) => Number(a.severity === 'warning') - Number(b.severity === 'warning')).slice(0, mostAnnotations);
  return first
    .map((finding) => {
      const { severity, rule, place, length } = finding;
      const at = length === 0 ? ['line=1'] : [`line=${place.line}`, `col=${place.column}`, `endColumn=${place.column + length}`];
      return `::${severity} ${[`file=${property(place.path)}`, ...at, `title=${property(rule)}`].join(',')}::${data(words(finding))}\n`;
    })
    .join('');
}

/** As the runner's own toolkit escapes what stands behind `::`. */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** As the runner's own toolkit escapes a property. */
function property(text: string): string {
  return data(line(text)).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/** GitHub takes at most 1 MiB from a step, and shows nothing of more. In characters, each of which may be three bytes. */
const longestSummary = 300_000;

/** All of it as markdown, for the summary of a workflow's step. */
export function summary({ documents, found }: Findings): string {
  const head = `### runbook lint: ${counted(documents.length, 'document')}, ${found.length === 0 ? 'no problems' : counted(found.length, 'problem')}\n\n`;
  if (found.length === 0) return head;
  let text = `${head}| | Where | Rule | What |\n| --- | --- | --- | --- |\n`;
  for (const [index, finding] of found.entries()) {
    const { severity, rule } = finding;
    text += `| ${severity} | ${cell(whereOf(finding))} | ${cell(rule)} | ${cell(words(finding))} |\n`;
    if (text.length > longestSummary) return `${text}\n${counted(found.length - index - 1, 'problem')} more: run \`runbook lint\`.\n\n`;
  }
  return `${text}\n`;
}

/** A cell that stays one, whatever the words are: no markdown, no HTML, no mention and no link. */
function cell(text: string): string {
  return line(text)
    .replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`)
    .replace(/[\\`*_{}[\]()!|~$]|(?<!&)#/g, '\\$&')
    .replace(/@|:(?=\/\/)|(?<=www)\./gi, (character) => `&#${character.charCodeAt(0)};`);
}

/** JUnit XML: a document is a suite with a case for each rule that it breaks, or one that passes. A warning passes, and says what it is. */
export function* junit({ documents, found }: Findings): Iterable<string> {
  const suites = documents.map((path) => ({ path, cases: casesOf(found.filter(({ place }) => place.path === path)) }));
  yield `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${attributes({ name: 'runbook lint', ...totals(suites.flatMap(({ cases }) => cases)) })}>\n`;
  for (const { path, cases } of suites) {
    yield `  <testsuite${attributes({ name: path, ...totals(cases) })}>\n`;
    for (const [rule, broken] of cases) yield testCase(path, rule, broken);
    yield '  </testsuite>\n';
  }
  yield '</testsuites>\n';
}

type Case = readonly [rule: string, broken: readonly Finding[]];

/** What was found by rule. A document without any has one case, so that the viewer shows it. */
function casesOf(found: readonly Finding[]): readonly Case[] {
  return found.length === 0 ? [['no problems', []]] : [...Map.groupBy(found, ({ rule }) => rule)];
}

function totals(cases: readonly Case[]): { readonly tests: number; readonly failures: number } {
  return { tests: cases.length, failures: cases.filter(([, broken]) => fails(broken)).length };
}

function fails(broken: readonly Finding[]): boolean {
  return broken.some(({ severity }) => severity === 'error');
}

function testCase(path: string, rule: string, broken: readonly Finding[]): string {
  const about = attributes({ name: rule, classname: path.replace(/\.md$/, '') });
  const [first] = broken;
  if (first === undefined) return `    <testcase${about}/>\n`;
  const text = content(broken.map((finding) => `${whereOf(finding)}: ${words(finding)}\n`).join(''));
  const body = fails(broken) ? `<failure${attributes({ message: words(first), type: rule })}>${text}</failure>` : `<system-out>${text}</system-out>`;
  return `    <testcase${about}>${body}</testcase>\n`;
}

function whereOf({ place: { path, line: row, column }, length }: Finding): string {
  return length === 0 ? path : `${path}:${row}:${column}`;
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
