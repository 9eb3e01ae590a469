/** The secret values that this engine knows at the moment. They live in memory only. */

import { randomBytes, scryptSync } from 'node:crypto';
import type { Event, Fact } from '../core/event.ts';
import { rules } from '../core/recognise.ts';
import { type Forms, formsOf, type Redactor, redactor, redactText, secretIn } from '../core/redact.ts';
import { Fault } from '../fault.ts';
import { sha256 } from './approved.ts';

/** Secrets by name. The stage's own have no name. With them goes what is recognised as a secret by its shape. */
export class Secrets {
  readonly #named = new Map<string, string>();
  readonly #others: Set<string>;
  #forms: Forms;
  #exact: Forms;
  #grown = 0;

  constructor(values: readonly string[]) {
    this.#others = new Set(values);
    this.#forms = formsOf(values, rules);
  }

  /** Takes secrets of the stage that were not known before, such as renewed credentials. The old ones stay secret. */
  add(values: readonly string[]): void {
    if (values.every((value) => this.#others.has(value))) return;
    for (const value of values) this.#others.add(value);
    this.#grow();
  }

  /** Keeps a secret input, for the environment of the steps. */
  set(name: string, value: string): void {
    const before = this.#named.get(name);
    if (before === value) return;
    if (before !== undefined) this.#others.add(before);
    this.#named.set(name, value);
    this.#grow();
  }

  /** How often a secret came to be known. What was written since the same count holds none of them. */
  get grown(): number {
    return this.#grown;
  }

  #grow(): void {
    this.#grown += 1;
    this.#forms = formsOf(this.#declared(), rules);
    this.#exact = undefined;
  }

  #declared(): readonly string[] {
    return [...this.#others, ...this.#named.values()];
  }

  get(name: string): string | undefined {
    return this.#named.get(name);
  }

  names(): readonly string[] {
    return [...this.#named.keys()];
  }

  /** A redactor for one stream. */
  redactor(): Redactor {
    return redactor(this.#forms);
  }

  /** A text without secrets. */
  clean(text: string): string {
    return redactText(text, this.#forms);
  }

  /** What kind of secret a text holds, in words; undefined where it holds none. */
  heldIn(text: string): string | undefined {
    return secretIn(text, this.#forms);
  }

  /** Finds only what is one whatever stands around it: for documents and shell state, in which passwords may be spoken of. */
  get exact(): Forms {
    this.#exact ??= formsOf(
      this.#declared(),
      rules.filter(({ exact }) => exact),
    );
    return this.#exact;
  }

  /**
   * A fact without secrets in the words that came from outside. Names, ids and hashes stay as they are.
   * @throws Fault `usage` when the value of an input holds a secret: masked, another value than the one given would be used.
   */
  cleanFact(fact: Fact): Fact {
    const held = fact.type === 'value-given' && fact.value !== undefined ? this.heldIn(fact.value) : undefined;
    if (fact.type === 'value-given' && held !== undefined)
      throw new Fault('usage', `The value of ${fact.name} holds ${held}, and secrets are not kept in the record.`, {
        hint: `Give another value, or make ${fact.name} a secret in the Inputs table.`,
      });
    return this.cleanData(fact);
  }

  /**
   * An event that is on record without the secrets that came to be known later. Of a value that holds one nothing is left that a step could
   * take for the value: an output has no value any more, and an input is asked for again as a secret is.
   */
  cleanEvent(event: Event): Event {
    if (event.type === 'value-given' && event.value !== undefined && this.heldIn(event.value) !== undefined) {
      const { value, ...rest } = event;
      return { ...rest, secret: seal(value) };
    }
    if (event.type !== 'attempt-ended') return this.cleanData(event);
    const values = Object.entries(event.values).filter(([, value]) => this.heldIn(value) === undefined);
    return this.cleanData({ ...event, values: Object.fromEntries(values) });
  }

  /** Data without secrets in the words that came from outside. */
  cleanData<T extends object>(data: T): T {
    // A map over strings keeps the shape of what it maps.
    return cleaned(data, (text) => this.clean(text), kept) as T;
  }
}

/** Keys of what was chosen, named or counted, by the engine or in the documents: matched again later, so it must not change. */
const kept: ReadonlySet<string> = new Set([
  ...['type', 'kind', 'at', 'run', 'document', 'procedures', 'stage', 'step', 'purpose', 'how', 'by', 'as', 'because', 'result', 'then', 'target'],
  ...['name', 'selection', 'variables', 'region', 'operator', 'host', 'engine', 'commit', 'patterns', 'unmet', 'from'],
  ...['folder', 'files', 'sha256', 'salt'],
]);

/** Keys below which a name is a variable's, whatever it is. */
const named: ReadonlySet<string> = new Set(['values']);
const none: ReadonlySet<string> = new Set();

function cleaned(value: unknown, clean: (text: string) => string, keep: ReadonlySet<string>): unknown {
  if (typeof value === 'string') return clean(value);
  if (Array.isArray(value)) return value.map((item) => cleaned(item, clean, keep));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, keep.has(key) ? inner : cleaned(inner, clean, named.has(key) ? none : keep)]),
  );
}

/**
 * What the record keeps of a secret: enough to check on resume that the same one was typed. A record is attached to tickets, so trying
 * out short secrets against it has to be slow.
 */
export function seal(value: string, salt = randomBytes(16).toString('hex')): { readonly salt: string; readonly sha256: string } {
  return { salt, sha256: sha256(scryptSync(value, salt, 32)) };
}
