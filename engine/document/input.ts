/** What an input may hold, and what is wrong with a value that it may not. */

import type { Input } from '../core/plan.ts';
import { isDay } from './day.ts';
import { nearest } from './nearest.ts';
import { matchesWhole } from './pattern.ts';

/** What is wrong with a value given for an input, or undefined when it is fine. Says nothing of the value where it is a secret. */
export function checkInput(input: Input, text: string): string | undefined {
  const { name, allowed } = input;
  if (text === '') return `${name} must not be empty.`;
  // Nothing that an operator means to type; a line feed could end the line of a command or of a record. A key may have several lines.
  if (allowed.kind === 'secret') return text.includes('\0') ? `${name} must not hold a NUL character.` : undefined;
  if (/\p{Cc}/u.test(text)) return `${name} must be one line without control characters.`;
  switch (allowed.kind) {
    case 'text':
      return undefined;
    case 'pattern':
      return matchesWhole(allowed.pattern, text) ? undefined : `${name} must match /${allowed.pattern}/; "${text}" does not.`;
    case 'choices': {
      if (allowed.choices.includes(text)) return undefined;
      const near = nearest(text, allowed.choices);
      const asked = near === undefined ? '' : ` Did you mean "${near}"?`;
      return `${name} must be one of ${allowed.choices.join(', ')}; "${text}" is not.${asked}`;
    }
    case 'number':
      return /^-?(0|[1-9][0-9]*)(\.[0-9]+)?$/.test(text) ? undefined : `${name} must be a number such as 4 or 0.5; "${text}" is not.`;
    case 'time':
      return isTime(text) ? undefined : `${name} must be a time with Z or an offset, such as 2026-01-31T18:05:00Z; "${text}" is not.`;
  }
}

const isoTime = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/** True for a point in time that exists: the platform takes 31 February for a day in March, so the day is looked at by itself. */
function isTime(text: string): boolean {
  const day = isoTime.exec(text)?.[1];
  return day !== undefined && !Number.isNaN(Date.parse(text)) && isDay(day);
}
