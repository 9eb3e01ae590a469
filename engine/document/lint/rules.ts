/** Every rule of the linter beyond those that a plan has. */

import { alertBroken } from './alerts.ts';
import { entryPartMissing } from './entry-parts.ts';
import { fieldMissing, reviewDue, summaryMissing } from './frame.ts';
import { hiddenCharacter } from './hidden.ts';
import { placeholder, templateText, todo } from './left-over.ts';
import { linkBroken } from './links.ts';
import type { Rule } from './rule.ts';
import { checkMissing, failureUnsaid, riskUnsaid, undoUnsaid } from './said.ts';
import { secret } from './secret.ts';
import { sectionMissing } from './sections.ts';
import { pipedToShell, secretFetched, severalChanges } from './shell.ts';
import { inputUnused } from './unused.ts';
import { entryUnreachable, wayOutMissing } from './way-out.ts';

/** The rules, in the order of docs/lint.md. */
export const rules: readonly Rule[] = [
  ...[fieldMissing, summaryMissing, sectionMissing, entryPartMissing, reviewDue],
  ...[riskUnsaid, undoUnsaid, checkMissing, failureUnsaid, alertBroken],
  ...[wayOutMissing, entryUnreachable],
  ...[linkBroken, placeholder, todo, templateText],
  ...[inputUnused, severalChanges],
  ...[hiddenCharacter, secret, secretFetched, pipedToShell],
];
