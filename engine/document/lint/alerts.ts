/** Alerts that GitHub shows as plain quotes. */

import { alertOf } from '../alert.ts';
import type { DocumentRead } from '../document-read.ts';
import type { Finding, Rule } from './rule.ts';
import { quotesOf } from './step-places.ts';

/** The alerts that GitHub draws. */
export const alertNames: readonly string[] = ['NOTE', 'TIP', 'IMPORTANT', 'WARNING', 'CAUTION'];

/** A quote that wants to be an alert and is none. */
export const alertBroken: Rule = { id: 'alert-broken', severity: 'warning', scope: 'text', check: (read) => brokenAlerts(read) };

/** The alerts of a document that GitHub does not draw. */
export function brokenAlerts({ root }: DocumentRead): readonly Finding[] {
  return quotesOf(root).flatMap(({ quote, nested }): readonly Finding[] => {
    const alert = alertOf(quote);
    if (alert === undefined) return [];
    const { name, alone, at } = alert;
    if (!alertNames.includes(name)) return [{ at, words: [`GitHub has no alert [!${name}].`, `There are: ${alertNames.join(', ')}.`] }];
    if (!alone) return [{ at, words: ['GitHub shows no alert where text follows its marker.', 'Begin the text on the next line of the quote.'] }];
    return nested ? [{ at, words: ['GitHub shows no alert inside a list or a quote.', 'Let it stand by itself, without indentation.'] }] : [];
  });
}
