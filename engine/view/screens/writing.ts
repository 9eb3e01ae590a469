/** The field in which a reason or a note is written. */

import { fieldLine } from '../field.ts';
import { rule } from '../layout.ts';
import type { Look } from '../look.ts';
import { reasonLength } from '../options.ts';
import type { Asking } from '../state.ts';

/** The least length of the text that is being written. A note on what went well may be empty. */
export function leastLength(asking: Asking): number {
  if (asking.writing?.for === 'note') return 1;
  return asking.writing?.for === 'attest' && asking.writing.done ? 0 : reasonLength;
}

/** The question and the field, in place of the question that they belong to. */
export function writingLines(asking: Asking, look: Look): readonly string[] {
  const { writing } = asking;
  const least = leastLength(asking);
  const title =
    writing?.for === 'skip'
      ? 'Why is it skipped?'
      : writing?.for === 'note'
        ? 'What is to be noted?'
        : writing?.for === 'choice'
          ? 'For what reason?'
          : writing?.done === true
            ? 'Anything to note?'
            : 'How did it fail?';
  const length = [...asking.text.trim()].length;
  const count =
    least === 0 ? 'may be empty' : least === 1 ? 'a note' : length >= least ? 'long enough' : `at least ${least} characters, ${length} so far`;
  return [rule(title, look), look.paint('strong', fieldLine(asking.text, look)), look.paint('quiet', `   ${count}; it goes into the record`)];
}
