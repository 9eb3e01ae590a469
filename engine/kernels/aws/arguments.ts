/** The words of a command taken apart: what it calls, its options, and the words behind each. */

import { commonOptions } from './options.ts';
import type { Remark, Span } from './problem.ts';
import type { Word } from './word.ts';

/** An option as it is given. */
export type GivenOption = Span & { readonly name: string; readonly values: readonly Word[]; readonly inline: boolean };

/** A command taken apart. */
export type Arguments = { readonly called: readonly Word[]; readonly options: readonly GivenOption[] };

/** Reports a problem at a place. */
export type Report = (at: Span, remark: Remark) => void;

/** Takes the words behind `aws` apart. */
export function splitArguments(words: readonly Word[], report: Report): Arguments {
  const called: Word[] = [];
  const options: GivenOption[] = [];
  let at = 0;
  while (at < words.length) {
    const word = words[at++];
    if (word === undefined) break;
    const option = optionOf(word);
    if (option === undefined) {
      if (isValue(word, report)) called.push(word);
      continue;
    }
    if (option.name.length + 2 > word.certain) {
      report(word, { rule: 'aws-option', message: 'A variable stands in the name of an option.', hint: 'The name is written out in the block.' });
      continue;
    }
    const common = commonOptions.get(option.name);
    const most = option.inline === undefined ? { nothing: 0, value: 1 }[common?.takes ?? 'nothing'] : 0;
    const values: Word[] = option.inline === undefined ? [] : [option.inline];
    // A common option takes as many words as it takes anywhere; how many another takes is not known before its command.
    for (let taken = 0; at < words.length && (common === undefined ? option.inline === undefined : taken < most); taken++) {
      const value = words[at];
      if (value === undefined || optionOf(value) !== undefined) break;
      at += 1;
      if (isValue(value, report)) values.push(value);
    }
    options.push({ name: option.name, values, inline: option.inline !== undefined, pos: word.pos, end: word.end });
  }
  return { called, options };
}

/** Name and value of `--name` or `--name=value`; undefined for a word that is no option. */
function optionOf(word: Word): { readonly name: string; readonly inline: Word | undefined } | undefined {
  const found = word.certain === 0 ? null : /^--([^\s=]+)(?:=([\s\S]*))?$/.exec(word.text);
  if (found === null) return undefined;
  const [, name = '', text] = found;
  return { name, inline: text === undefined ? undefined : { ...word, text } };
}

/** The CLI takes a word with a hyphen for an option, unless it is a negative number or holds a space. */
function isValue(word: Word, report: Report): boolean {
  const { text } = word;
  if (!text.startsWith('-') || text.includes(' ') || /^-(\d+|\d*\.\d+)$/.test(text)) return true;
  const message =
    word.certain === 0 ? 'The value of this variable begins with "-", and would be taken for an option.' : `"${text}" is not an option.`;
  report(word, { rule: 'aws-option', message, hint: 'A value that begins with a hyphen is written as --name=value.' });
  return false;
}
