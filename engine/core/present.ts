/** Looking up what a record or a list may not have. */

/** The value; throws where there is none, which only a journal or a plan of another engine can bring about. */
export function present<T>(value: T | undefined, missing: string): T {
  if (value === undefined) throw new Error(missing);
  return value;
}

/** The value of a key that the record itself has: a step or an input may be called `constructor`. */
export function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
