/** The field in which a reason or a note is written. */

import { fieldLine } from '../field.ts';
import { rule } from '../layout.ts';
import type { Look } from '../look.ts';
import { reasonLength } from '../options.ts';
import type { Asking } from '../state.ts';

/** The least length of the text that is being written. What is said of something that went well may be empty. */
export function leastLength(asking: Asking): number {
  return asking.writing?.for === 'attest' && asking.writing.done ? 0 : reasonLength;
}

/** The question and the field, in place of the question that they belong to. */
export function writingLines(asking: Asking, look: Look): readonly string[] {
  const { writing } = asking;
  const least = leastLength(asking);
  const title =
    writing?.for === 'skip'
      ? 'Why is it skipped?'
      : writing?.for === 'choice'
        ? 'For what reason?'
        : writing?.done === true
          ? 'Anything to note?'
          : 'How did it fail?';
  const length = [...asking.text.trim()].length;
  const count = least === 0 ? 'may be empty' : length >= least ? 'long enough' : `at least ${least} characters, ${length} so far`;
  return fieldLines(title, asking.text, count, look);
}

/** The field of a note, below what it is written over. */
export function noteLines(text: string, look: Look): readonly string[] {
  return fieldLines('What is to be noted?', text, 'a note', look);
}

function fieldLines(title: string, text: string, count: string, look: Look): readonly string[] {
  return [rule(title, look), look.paint('strong', fieldLine(text, look)), look.paint('quiet', `   ${count}; it goes into the record`)];
}
