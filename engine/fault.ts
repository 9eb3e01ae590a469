/** What can go wrong outside the documents, in words, and the exit code that each kind has. */

/** Why the engine leaves. The names are those of the exit codes table in docs/exit-codes.md. */
export type ExitKind = 'finished' | 'bug' | 'usage' | 'invalid' | 'failed' | 'exceptions' | 'unconfirmed' | 'preflight' | 'stopped' | 'record';

export const exitCodes: Readonly<Record<ExitKind, number>> = {
  finished: 0,
  bug: 1,
  usage: 2,
  invalid: 3,
  failed: 4,
  exceptions: 5,
  unconfirmed: 6,
  preflight: 7,
  stopped: 8,
  record: 9,
};

/** The world is not as it must be. `message` says what was expected and what was found, `hint` the next command to type. */
export class Fault extends Error {
  readonly exit: ExitKind;
  readonly hint: string | undefined;

  constructor(exit: ExitKind, message: string, options: { hint?: string | undefined; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Fault';
    this.exit = exit;
    this.hint = options.hint;
  }
}

/** The same error without secrets in its words, its hint, its cause and its stack. */
export function cleanError(error: unknown, clean: (text: string) => string): Error {
  const cause = error instanceof Error && error.cause !== undefined ? { cause: cleanError(error.cause, clean) } : {};
  if (error instanceof Fault) {
    const hint = error.hint === undefined ? {} : { hint: clean(error.hint) };
    return new Fault(error.exit, clean(error.message), { ...hint, ...cause });
  }
  const cleaned = new Error(clean(messageOf(error)), cause);
  cleaned.stack = clean(stackOf(error));
  return cleaned;
}

/** Takes secrets out of an error that is about to be printed by somebody else: out of its words, its stack, its cause and all that it carries. */
export function cleanInPlace(error: unknown, clean: (text: string) => string): void {
  if (!(error instanceof Error)) return;
  const words = [...Object.entries(error), ['message', error.message], ['stack', error.stack]] as const;
  for (const [key, value] of words)
    if (typeof value === 'string') Object.defineProperty(error, key, { value: clean(value), writable: true, configurable: true });
  cleanInPlace(error.cause, clean);
}

/** What went wrong, in its own words. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What went wrong and where in the engine, for a log. */
export function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** True for an error that the system, or a server, gave this code, such as `ENOENT`. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.some((code) => code === error.code);
}
