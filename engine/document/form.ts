/** The forms of an annotated fence, and how a fence is told from ordinary documentation. */

import { distance } from 'fastest-levenshtein';
import { isSwapped } from './nearest.ts';

/** What an annotated fence is: a step, or something that belongs to one. */
export const forms = ['step', 'check', 'rollback', 'dry-run', 'expect'] as const;

/** A form; its name is also the key in the info string. */
export type Form = (typeof forms)[number];

/**
 * True when an info string is meant for the engine: it has the key of a form, or something that is one slip away from it.
 * What is meant for the engine and malformed is refused, so this errs on the side of recognising; the info strings of other tools
 * (`js {1,3-5} title="x"`) do not come near it. `ids` are the document's steps: a companion may have lost its equals sign.
 */
export function looksAnnotated(info: string, ids: ReadonlySet<string>): boolean {
  // Quoted values may say anything; a quote that does not end where a value ends is itself a slip and stays.
  const bare = info.replace(/\p{Cf}/gu, '').replace(/(?<=[=:] ?)(?:"[^"]*"|'[^']*')(?=[\s}\]),]|$)/g, '');
  const [language = '', ...others] = bare.split(/[\s{}()[\],;|]+/).filter((word) => word !== '');
  if (glued.test(language)) return true;
  const whole = [language, ...others].some((word, index) => {
    // `bash step = x`: the sign is a word of its own.
    if (hasForm(word + (/^[=＝]/.test(others[index] ?? '') ? '=' : ''))) return true;
    return (
      index > 0 &&
      forms.some((form) => word === form || (word.startsWith(form) && [form.length, form.length + 1].some((at) => ids.has(word.slice(at)))))
    );
  });
  // Last, and only where it could be: this pattern takes longer to compile than a document takes to read.
  return whole || (/[=＝:]/.test(bare) && torn.test(bare));
}

const glued = /(?:step|check|rollback|dry-?_?run|expect)[=＝]/i;

/** A key with one character between its letters, or instead of one, that does not belong there: `dry run=`, `st=ep=`, `che k=`. */
const torn = new RegExp(`(?<![\\p{L}\\p{N}])(?:${forms.flatMap(tornForms).join('|')})\\s*[=＝:]`, 'iu');

function tornForms(form: Form): readonly string[] {
  const cuts = Array.from(form.slice(1), (_, index) => index + 1);
  return cuts.map((cut) => `${form.slice(0, cut)}[^\\p{L}\\p{N}]${form.charAt(cut)}?${form.slice(cut + 1)}`);
}

const ownKeys = new Set(['timeout', 'capture', 'stages', 'cwd', 'host', 'files', 'retype', 'retries', 'every']);

/** A flag that lost the space behind it: `awscheck=`, `aws:check=`. */
const joined = new RegExp(`^(?:aws|transaction|tty|manual).?(?:${forms.join('|')})[=＝]`, 'u');

/** True for a word that begins with the key of a form, or nearly. */
function hasForm(word: string): boolean {
  const [, written = '', sign = '', rest = ''] = /^[^\p{L}]*(\p{L}[\p{L}\p{N}_-]*)[^\p{L}\p{N}=]?([=＝:])(.*)$/u.exec(word) ?? [];
  const key = written.toLowerCase();
  if (sign === ':') return forms.some((form) => form === key) && !rest.startsWith('//');
  // `risk=` is nobody else's: a step that lost its `step=`.
  return isNear(key) || key === 'risk' || (ownKeys.has(key) && glued.test(rest)) || joined.test(word);
}

/** Keys of other tools that are one letter away from `step`. */
const foreign = new Set(['sep', 'stop']);

function isNear(key: string): boolean {
  if (foreign.has(key)) return false;
  return forms.some((form) => {
    // `steps`, `expected`.
    if (key.startsWith(form) && key.length - form.length <= 2) return true;
    const slips = form.length < 7 ? 1 : 2;
    // Most words of a document are not nearly as long, which is much cheaper to see.
    return Math.abs(key.length - form.length) <= slips && (distance(key, form) <= slips || isSwapped(key, form));
  });
}
