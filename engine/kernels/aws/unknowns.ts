/**
 * Values that are not known while a block is checked. In the words of a command each stands as one character that the block does not hold, so that
 * everything around it can be read as usual.
 */

import type { Later, LaterPart } from './call.ts';

/** A variable that stands for a value. A pasted one (`{name}`) holds only characters that the engine allows there; `"$NAME"` can hold any. */
export type Unknown = { readonly name: string; readonly pasted: boolean };

/** The characters that stand for values, and what they stand for. Empty when a step runs. */
export type Unknowns = ReadonlyMap<string, Unknown>;

const firstPrivate = 0xe000;
const lastPrivate = 0xf8ff;

/** Gives out a character for each variable of a source; none of them occurs in it. */
export class Stands {
  readonly #source: string;
  readonly #given = new Map<string, Unknown>();
  #next = firstPrivate;

  constructor(source: string) {
    this.#source = source;
  }

  get unknowns(): Unknowns {
    return this.#given;
  }

  standFor(unknown: Unknown): string {
    for (const [character, { name, pasted }] of this.#given) if (name === unknown.name && pasted === unknown.pasted) return character;
    let character = String.fromCharCode(this.#next++);
    while (this.#source.includes(character)) character = String.fromCharCode(this.#next++);
    // More variables than private characters: no text that a person wrote gets here.
    if (character.charCodeAt(0) > lastPrivate) throw new RangeError('A block of AWS commands holds more than 6400 variables.');
    this.#given.set(character, unknown);
    return character;
  }
}

/** True when some of the text is not known yet. */
export function isUnknown(text: string, unknowns: Unknowns): boolean {
  return unknowns.size > 0 && Array.from(text).some((character) => unknowns.has(character));
}

/** What the first character of a text stands for, if it stands for something. */
export function opening(text: string, unknowns: Unknowns): Unknown | undefined {
  return unknowns.get(text.charAt(0));
}

/** The text, or what is known of it. */
export function settle(text: string, unknowns: Unknowns): string | Later {
  if (!isUnknown(text, unknowns)) return text;
  const parts: LaterPart[] = [];
  let known = '';
  for (const character of text) {
    const unknown = unknowns.get(character);
    if (unknown === undefined) {
      known += character;
      continue;
    }
    if (known !== '') parts.push(known);
    known = '';
    parts.push({ name: unknown.name });
  }
  if (known !== '') parts.push(known);
  return { kind: 'later', parts };
}

/** The text as the block writes it: `{name}` and `$NAME` where values are not known. */
export function asWritten(text: string, unknowns: Unknowns): string {
  if (unknowns.size === 0) return text;
  return Array.from(text, (character) => {
    const unknown = unknowns.get(character);
    if (unknown === undefined) return character;
    return unknown.pasted ? `{${unknown.name}}` : `$${unknown.name}`;
  }).join('');
}
