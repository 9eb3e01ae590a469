/** The front matter: flat YAML, every key known and of its type. Loads no markdown parser, so that a list of documents is quick. */

import { isMap, isScalar, isSeq, LineCounter, type ParsedNode, parseDocument } from 'yaml';
import type { FrontMatter } from '../core/plan.ts';
import { type Collector, didYouMean, nowhere, type Span } from './collector.ts';
import { type FlatValue, knownKeys, readField } from './front-matter-fields.ts';
import { nearest } from './nearest.ts';

/** A document's front matter and where the values of its keys stand. */
export type FrontMatterRead = {
  readonly frontMatter: FrontMatter;
  /** False when the document has none. */
  readonly present: boolean;
  /** The lines that it takes, its two `---` lines among them; 0 when there is none. */
  readonly lines: number;
  /** Where the value of a key stands, or the key where it has no value. */
  readonly at: (key: string) => Span;
};

/** What a document without front matter is taken for. */
export const noFrontMatter: FrontMatterRead = {
  frontMatter: { kind: 'runbook', requires: [], files: [] },
  present: false,
  lines: 0,
  at: () => nowhere,
};

const opening: Span = { line: 1, column: 1, length: 3 };

/** The front matter of a document whose line ends are line feeds. What is not valid is reported and left out. */
export function readFrontMatter(source: string, report: Collector): FrontMatterRead {
  if (!/^---[ \t]*(\n|$)/.test(source)) return noFrontMatter;
  const lines = source.split('\n');
  const end = lines.findIndex((line, index) => index > 0 && /^---[ \t]*$/.test(line));
  if (end === -1) {
    report.error('front-matter-unclosed', opening, ['The front matter is not closed.', 'Write a line --- below its last key.']);
    return { ...noFrontMatter, present: true };
  }
  const { entries, broken } = readYaml(lines.slice(1, end).join('\n'), report);
  if (!broken && !entries.some((entry) => entry.key === 'kind')) {
    report.error('kind-missing', opening, ['The front matter has no kind.', 'Write kind: runbook or kind: playbook.']);
  }
  let { frontMatter } = noFrontMatter;
  for (const entry of entries) frontMatter = { ...frontMatter, ...readEntry(entry, report) };
  const at = (key: string): Span => entries.find((entry) => entry.key === key)?.valueAt ?? nowhere;
  return { frontMatter, present: true, lines: end + 1, at };
}

/** A key and its value, and where both stand; without a value, `valueAt` is the key's place. Nested values are undefined. */
type Entry = { readonly key: string; readonly keyAt: Span; readonly valueAt: Span; readonly value: FlatValue | undefined };

function readYaml(text: string, report: Collector): { readonly entries: readonly Entry[]; readonly broken: boolean } {
  const lineCounter = new LineCounter();
  const { errors, contents } = parseDocument(text, { lineCounter, prettyErrors: false });
  const span = (start: number, end: number): Span => {
    const { line, col } = lineCounter.linePos(start);
    const length = text.slice(start, end).search(/\n|$/);
    // The text starts on the line below the opening ---.
    return { line: line + 1, column: col, length: Math.max(1, length) };
  };
  for (const { message, pos } of errors) report.error('front-matter-syntax', span(...pos), `The front matter is not valid YAML: ${message}.`);
  if (!isMap(contents)) {
    report.error('front-matter-syntax', opening, 'The front matter must consist of lines such as kind: runbook.');
    return { entries: [], broken: true };
  }
  const entries = contents.items.map(({ key, value }) => {
    const keyAt = span(key.range[0], key.range[1]);
    return {
      key: sourceOf(key) ?? text.slice(key.range[0], key.range[1]),
      keyAt,
      valueAt: value === null ? keyAt : span(value.range[0], value.range[1]),
      value: flatValue(value),
    };
  });
  return { entries, broken: errors.length > 0 };
}

/** The text of a scalar, without quotes. Not its value: a date or a version must stay what the author wrote. */
function sourceOf(node: unknown): string | undefined {
  return isScalar(node) ? node.source : undefined;
}

function flatValue(node: ParsedNode | null): FlatValue | undefined {
  if (node === null) return '';
  if (!isSeq(node)) return sourceOf(node);
  const items = node.items.map(sourceOf).filter((item) => item !== undefined);
  return items.length === node.items.length ? items : undefined;
}

function readEntry({ key, keyAt, valueAt, value }: Entry, report: Collector): Partial<FrontMatter> {
  if (key.startsWith('x-')) return {};
  if (!knownKeys.includes(key)) {
    report.error('front-matter-key', keyAt, [
      `Unknown key "${key}" in the front matter.`,
      didYouMean(nearest(key, knownKeys)) ?? `It has ${knownKeys.join(', ')}; a key of your own starts with x-.`,
    ]);
    return {};
  }
  if (value === undefined || value.length === 0) {
    const found = value === undefined ? 'is nested; the front matter is flat' : 'has no value';
    report.error('front-matter-value', valueAt, `The key ${key} ${found}.`);
    return {};
  }
  const reading = readField(key, value, report.path);
  if (typeof reading === 'object') return reading;
  report.error('front-matter-value', valueAt, `${key} must be ${reading}.`);
  return {};
}
