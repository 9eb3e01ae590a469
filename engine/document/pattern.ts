/** Patterns of documents (inputs, expected output, symptoms): RE2 syntax, so that no pattern can take more than linear time. */

import { RE2JS } from 're2js';

/** Tells of texts whether the pattern is found somewhere in them; `^` and `$` also stand for the ends of a line. The pattern must be valid. */
export function matcher(pattern: string): (text: string) => boolean {
  const compiled = RE2JS.compile(pattern, RE2JS.MULTILINE);
  return (text) => compiled.matcher(text).find();
}

/** True when the pattern is found in this one text. */
export function matches(pattern: string, text: string): boolean {
  return matcher(pattern)(text);
}

/** True when the pattern covers the whole text. The pattern must be valid. */
export function matchesWhole(pattern: string, text: string): boolean {
  return RE2JS.compile(pattern).matcher(text).matches();
}

/** What is wrong with a pattern, in one line, or undefined when it is valid. */
export function patternProblem(pattern: string): string | undefined {
  // An empty pattern is found everywhere, so it says nothing.
  if (pattern === '') return 'it is empty';
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    return String(error).replace(/^.*?error parsing regexp: /, '');
  }
}
