/** `runbook lint --fix`: writes what the linter mended, each file whole or not at all. */

import { randomUUID } from 'node:crypto';
import { closeSync, fchmodSync, fsyncSync, lstatSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { escapeText } from '../core/escape.ts';
import { fix } from '../document/lint/fix.ts';
import { messageOf } from '../fault.ts';

/** Mends documents; `tell` gets a line for each that was mended or could not be. `read` gives the text of one, undefined when there is none. */
export function fixFiles(root: string, paths: readonly string[], read: (path: string) => string | undefined, tell: (line: string) => void): void {
  for (const path of paths) {
    const source = read(path);
    if (source === undefined) continue;
    const { text, fixes } = fix(path, source);
    if (text === source) continue;
    const refused = replace(join(root, path), { source, text });
    const name = escapeText(path, { colour: false });
    if (refused !== undefined) tell(`Not fixed: ${name}: ${refused}`);
    else for (const { rule, line, did } of fixes) tell(`Fixed: ${name}:${line} ${did} [${rule}]`);
  }
}

/** Puts a text in the place of another. Says why not, where it is not a file of its own or no longer what was read. */
function replace(file: string, { source, text }: { readonly source: string; readonly text: string }): string | undefined {
  const draft = `${file}.${randomUUID()}.draft`;
  try {
    const { mode, nlink } = lstatSync(file);
    if (!lstatSync(file).isFile()) return 'it is no regular file.';
    if (nlink > 1) return 'it has several names (hard links), and only one of them would change.';
    const draftFile = openSync(draft, 'wx', mode);
    try {
      fchmodSync(draftFile, mode);
      writeFileSync(draftFile, text);
      fsyncSync(draftFile);
    } finally {
      closeSync(draftFile);
    }
    // As bytes: what is not UTF-8 was read as something else. As late as can be, since an editor may have saved it meanwhile.
    if (!readFileSync(file).equals(Buffer.from(source))) return 'it has changed since it was read, or is not UTF-8.';
    renameSync(draft, file);
    return undefined;
  } catch (error) {
    return escapeText(messageOf(error), { colour: false });
  } finally {
    rmSync(draft, { force: true });
  }
}
