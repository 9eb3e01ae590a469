/** A document that cannot be used as it stands. */

import { type Diagnostic, formatDiagnostics } from '../document/diagnostic.ts';
import { Fault } from '../fault.ts';

/** @throws Fault `invalid` with every error of a document, if it has any. */
export function refuseInvalid(path: string, diagnostics: readonly Diagnostic[], source: string): void {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return;
  const text = formatDiagnostics(errors, () => source).join('\n\n');
  throw new Fault('invalid', text, { hint: `Correct ${path} and try again.` });
}
