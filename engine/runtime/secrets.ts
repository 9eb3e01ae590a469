/** The secret values that this engine knows at the moment. They live in memory only. */

import { randomBytes } from 'node:crypto';
import type { Fact } from '../core/event.ts';
import { type Redactor, redactor, redactText } from '../core/redact.ts';
import { sha256 } from './approved.ts';

/** Secrets by name. The stage's own have no name. */
export class Secrets {
  readonly #named = new Map<string, string>();
  readonly #others: string[] = [];

  constructor(values: readonly string[]) {
    this.#others.push(...values);
  }

  /** Keeps a secret input, for the environment of the steps. */
  set(name: string, value: string): void {
    this.#named.set(name, value);
  }

  get(name: string): string | undefined {
    return this.#named.get(name);
  }

  names(): readonly string[] {
    return [...this.#named.keys()];
  }

  /** A redactor for one stream. */
  redactor(): Redactor {
    return redactor(this.#values());
  }

  /** A text without secrets. */
  clean(text: string): string {
    return redactText(text, this.#values());
  }

  /** A fact without secrets in the words that came from outside. Names, ids and hashes stay as they are. */
  cleanFact(fact: Fact): Fact {
    const values = this.#values();
    // A map over strings keeps the shape of what it maps.
    return cleaned(fact, (text) => redactText(text, values)) as Fact;
  }

  #values(): readonly string[] {
    return [...this.#others, ...this.#named.values()];
  }
}

const kept = new Set([
  'type',
  'kind',
  'at',
  'run',
  'document',
  'procedures',
  'stage',
  'step',
  'purpose',
  'how',
  'by',
  'as',
  'because',
  'result',
  'folder',
  'sha256',
  'files',
  'engine',
  'commit',
  'target',
  'salt',
  'then',
]);

function cleaned(value: unknown, clean: (text: string) => string): unknown {
  if (typeof value === 'string') return clean(value);
  if (Array.isArray(value)) return value.map((item) => cleaned(item, clean));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, kept.has(key) ? inner : cleaned(inner, clean)]));
}

/** What the record keeps of a secret: enough to check on resume that the same one was typed. */
export function seal(value: string, salt = randomBytes(16).toString('hex')): { readonly salt: string; readonly sha256: string } {
  return { salt, sha256: sha256(`${salt}:${value}`) };
}
