/** Did you mean: the known word that a mistyped one is most likely to stand for. */

import { distance } from 'fastest-levenshtein';

/** The candidate nearest to `word`, or undefined when none is near enough to be worth naming. Of several the shortest is the one that was meant. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const away = howFar(word.toLowerCase(), candidate.toLowerCase());
    const nearer = away < least || (away === least && best !== undefined && candidate.length < best.length);
    if (nearer) [best, least] = [candidate, away];
  }
  return best;
}

/** A hint for a word that is none of the candidates: the one that was meant, or else what to type. */
export function meantOr(otherwise: string, word: string, candidates: Iterable<string>): string {
  const meant = nearest(word, candidates);
  return meant === undefined ? otherwise : `Did you mean "${meant}"?`;
}

/** Up to two in five letters may differ; a beginning of three letters or more counts as one slip. */
function howFar(word: string, candidate: string): number {
  const limit = Math.max(1, Math.floor(Math.max(word.length, candidate.length) * 0.4));
  if (word.length >= 3 && candidate.startsWith(word)) return 1;
  if (isSwapped(word, candidate)) return 1;
  // Comparing costs time by the product of the lengths, so what cannot be near is not compared.
  if (Math.abs(word.length - candidate.length) > limit) return Number.POSITIVE_INFINITY;
  const away = distance(word, candidate);
  return away <= limit && away < Math.min(word.length, candidate.length) ? away : Number.POSITIVE_INFINITY;
}

/** True when two neighbouring letters have changed places: `setp`. */
export function isSwapped(word: string, candidate: string): boolean {
  if (word.length !== candidate.length) return false;
  const at = Array.from(candidate).findIndex((letter, index) => letter !== word[index]);
  return at !== -1 && word === candidate.slice(0, at) + candidate.charAt(at + 1) + candidate.charAt(at) + candidate.slice(at + 2);
}
