/** The screen that asks for new credentials before a step can act. */

import type { Renewal } from '../../core/need.ts';
import { breakLine, type Part, rule, stack, wrap } from '../layout.ts';
import type { Look } from '../look.ts';
import { inline } from '../place.ts';
import type { Drawn } from './drawn.ts';

/** What happened, what to type elsewhere, and the question. */
export function renewalScreen(renewal: Renewal, look: Look, height: number): Drawn {
  const { why, hint, nothing } = renewalWords(renewal);
  const parts: readonly Part[] = [
    { lines: [rule(look.paint('warn', 'AWS credentials have to be renewed'), look)], rank: 0 },
    { lines: indented(why, look), rank: 2, least: 1 },
    { lines: [''], rank: 5 },
    { lines: indented(nothing, look), rank: 3 },
    { lines: [''], rank: 4 },
    // What is to be typed elsewhere is broken where the line ends and never cut.
    { lines: breakLine(hint, look.columns - 4).map((line) => look.paint('strong', `   ${line}`)), rank: 1, least: 1 },
    { lines: [''], rank: 6 },
    { lines: [rule('Renewed?', look), '   y  they are renewed: try again', '   n  stop; the run can be resumed'], rank: 0 },
  ];
  return { lines: stack(parts, height, look) };
}

/** The same as plain lines. */
export function renewalWords({ why, hint }: Renewal): { readonly why: string; readonly hint: string; readonly nothing: string } {
  return { why: inline(why), hint: inline(hint), nothing: 'Nothing was sent. What helps, in another terminal:' };
}

function indented(text: string, look: Look): readonly string[] {
  return wrap(text, look.columns - 2).map((line) => ` ${line}`);
}
