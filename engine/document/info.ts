/** The info string of an annotated fence, read strictly: every word is understood or refused at its place. */

import { type Collector, didYouMean, type Span, type Words } from './collector.ts';
import { keys, flags as knownFlags } from './keys.ts';
import { nearest } from './nearest.ts';

/** A value and where its `key=value` stands. */
export type Setting = { readonly value: string; readonly at: Span };

/** What an info string says. Words that were refused are missing. */
export type Info = {
  readonly language: string;
  readonly settings: ReadonlyMap<string, Setting>;
  readonly flags: ReadonlyMap<string, Span>;
  /** Keys that are written but were refused, under the names that they were most likely meant to have. */
  readonly refused: ReadonlySet<string>;
};

type Reading = { readonly settings: Map<string, Setting>; readonly flags: Map<string, Span>; readonly refused: Set<string> };

/** Where an info string stands. */
export type InfoSource = { readonly info: string; readonly line: number; readonly column: number };

type Word = { readonly text: string; readonly at: Span };

/** Reads an info string that is meant for the engine; undefined when not even its language can be told. */
export function readInfo(source: InfoSource, report: Collector): Info | undefined {
  const language = readLanguage(source, report);
  if (language === undefined) return undefined;
  const reading: Reading = { settings: new Map(), flags: new Map(), refused: new Set() };
  for (const word of wordsOf(source, report).slice(1)) {
    const key = /^([^=]*)=/.exec(word.text)?.[1];
    if (key === undefined) readFlag(word, reading, report);
    else readSetting(word, key, reading, report);
  }
  return { language, ...reading };
}

function readLanguage({ info, line, column }: InfoSource, report: Collector): string | undefined {
  const text = info.slice(0, info.search(/\s|$/));
  if (/^[A-Za-z][A-Za-z0-9+#._-]*$/.test(text)) return text;
  const missing = /^([^A-Za-z]|[\w-]+=)/.test(text);
  report.error('language', { line, column, length: text.length }, [
    missing ? 'The info string does not begin with a language.' : 'A space is missing after the language.',
    'Write the language, a space, and words such as step=take-snapshot risk=medium timeout=2m.',
  ]);
  return undefined;
}

/** The words, with nothing but spaces between them; a quoted value belongs to its word. */
function wordsOf({ info, line, column }: InfoSource, report: Collector): readonly Word[] {
  const words: Word[] = [];
  for (const match of info.matchAll(/([^\s"=]+)[^\S\n]+=\s*\S*|(?:"[^"]*"|[^\s"]|")+|([^\S ]+)/gu)) {
    const [text, torn, blank] = match;
    const at = { line, column: column + match.index, length: text.length };
    if (torn !== undefined) report.error('separator', at, [`Spaces stand around the equals sign of ${torn}.`, `Write ${torn}=… in one piece.`]);
    else if (blank !== undefined)
      report.error('separator', at, ['A tab or another blank stands between the words of the info string.', 'Write a space.']);
    else words.push({ text, at });
  }
  return words;
}

function readFlag({ text, at }: Word, { flags, refused }: Reading, report: Collector): void {
  const first = flags.get(text);
  if (first !== undefined) {
    report.error('duplicate', at, `The flag ${text} stands here twice; first in column ${first.column}.`);
  } else if (knownFlags.has(text)) {
    flags.set(text, at);
  } else if (keys.has(text)) {
    refused.add(text);
    report.error('value-missing', at, noValue(text));
  } else {
    report.error('key', at, [`Unknown flag "${text}".`, didYouMean(nearest(text, [...knownFlags.keys(), ...keys.keys()])) ?? allWords]);
  }
}

const allWords = `Keys are ${[...keys.keys()].join(', ')}; flags are ${[...knownFlags.keys()].join(', ')}.`;

function noValue(key: string): Words {
  return [`The key ${key} has no value.`, `Write ${key}=… without spaces around the equals sign.`];
}

function readSetting({ text, at }: Word, name: string, { settings, refused }: Reading, report: Collector): void {
  const key = keys.get(name);
  if (key === undefined) {
    const near = nearest(name, keys.keys());
    refused.add(near ?? name);
    const hint = knownFlags.has(name) ? `${name} is a flag: write it without a value.` : (didYouMean(near) ?? allWords);
    report.error('key', { ...at, length: Math.max(1, name.length) }, [`Unknown key "${name}".`, hint]);
    return;
  }
  const first = settings.get(name);
  if (first !== undefined) {
    report.error('duplicate', at, `The key ${name} stands here twice; first in column ${first.at.column}.`);
    return;
  }
  const value = readValue(name, { text: text.slice(name.length + 1), at: { ...at, column: at.column + name.length + 1 } }, report);
  if (value !== undefined && key.valid(value)) {
    settings.set(name, { value, at });
    return;
  }
  refused.add(name);
  if (value !== undefined)
    report.error('value', at, [`${name} must be ${key.expected}; "${value}" is not.`, didYouMean(nearest(value, key.choices ?? []))]);
}

/** The value without its quotes, if it has only characters that survive every markdown reader. */
function readValue(name: string, { text, at }: Word, report: Collector): string | undefined {
  if (text === '' || text === '""') {
    report.error('value-missing', { ...at, length: 1 }, noValue(name));
    return undefined;
  }
  const quoted = /^"([^"]*)"$/.exec(text)?.[1];
  const value = quoted ?? text;
  const bad = value.search(quoted === undefined ? /[^A-Za-z0-9._:/@,+#{}*-]/ : /[`~&\\\p{Cc}\p{Cf}]/u);
  if (bad === -1) return value;
  const [character] = value.slice(bad);
  const column = at.column + bad + text.indexOf(value);
  report.error('value', { line: at.line, column, length: String(character).length }, [
    `The character ${character} may not stand in the value of ${name}.`,
    quoted === undefined
      ? 'A value with other characters than letters, digits and . _ : / @ , + # { } * - stands in double quotes.'
      : 'Backtick, ~, &, \\ and invisible characters may not stand in a value, not even in quotes.',
  ]);
  return undefined;
}
