/** What is wrong with the blocks of documents, as far as it can be told without running them: their kernels, their AWS calls, their shell syntax. */

import { blocksOf } from '../core/block.ts';
import type { Block, Document } from '../core/plan.ts';
import { declaredNames, fillIn } from '../core/variables.ts';
import type { Diagnostic } from '../document/diagnostic.ts';
import { kernelFor } from '../kernels/kernel.ts';
import { callsOf } from './aws-blocks.ts';
import type { Config } from './config.ts';
import { ask } from './programs.ts';

/** What the blocks are looked at with. Without a bash, shell syntax is not checked. */
export type BlockChecks = { readonly config: Config; readonly bash: string | undefined };

/** Checks every block of some documents. Whatever has a value on some stage has an unknown one here. */
export async function blockProblems(documents: readonly Document[], { config, bash }: BlockChecks): Promise<readonly Diagnostic[]> {
  const names = Object.values(config.stages).flatMap(({ variables }) => Object.keys(variables));
  const variables = Object.fromEntries(names.map((name) => [name, '']));
  const anyStage = { name: '', sandbox: false, confirm: 'ask', onFailure: 'ask', variables } as const;
  const found = documents.map(async (document) => {
    const declared = declaredNames(document, anyStage);
    const blocks = blocksOf(document).map(({ block }) => block);
    const { diagnostics } = await callsOf(document, declared);
    const shell = blocks.filter(({ language, flags }) => (language === 'bash' || language === 'sh') && !flags.includes('aws'));
    const syntax = bash === undefined ? [] : await wrongSyntax(shell, bash, declared);
    return [...blocks.filter((block) => kernelFor(block, config.kernels) === undefined).map(withoutKernel), ...diagnostics, ...syntax];
  });
  return (await Promise.all(found)).flat();
}

function withoutKernel({ language, place }: Block): Diagnostic {
  return {
    severity: 'error',
    rule: 'kernel-unknown',
    message: `There is no kernel for ${language} blocks.`,
    place,
    length: 1,
    hint: 'There are bash, sh, sql, js and python, and what runbook.yaml names under kernels.',
  };
}

/** Asks bash about each block; what stands in braces is a word by then. */
async function wrongSyntax(blocks: readonly Block[], bash: string, declared: ReadonlySet<string>): Promise<readonly Diagnostic[]> {
  const texts = blocks.map(({ source }) => fillIn(source, (name) => (declared.has(name) ? 'x' : undefined)).replaceAll('\0', ''));
  const readable = await readableTexts(texts, bash);
  const found: Diagnostic[] = [];
  for (const [index, block] of blocks.entries()) {
    if (readable[index] === true) continue;
    const problem = await checkSyntax(bash, String(texts[index]));
    if (problem !== undefined) found.push(unreadable(block, problem));
  }
  return found;
}

/**
 * Takes texts with NUL behind each, prints an exit code for each. A child reads the text and by `set -n` runs none of it; were that not in force,
 * `exit` would end the child first.
 */
const reader = `while IFS= read -r -d '' text; do (eval "set -n"$'\\n'"exit 3"$'\\n'"$text") 2>/dev/null; echo $?; done`;

/** Which texts bash can read. One program for all of them: its children start in a fraction of the time that a new bash takes. */
async function readableTexts(texts: readonly string[], bash: string): Promise<readonly boolean[]> {
  if (texts.length === 0) return [];
  const input = texts.map((text) => `${text}\0`).join('');
  const { stdout } = await ask(bash, ['-p', '-c', reader], { input, env: { LC_ALL: 'C' } });
  return stdout.split('\n').map((code) => code === '0');
}

/** Asks bash whether it can read a block; undefined when it can. Patterns of `extglob` pass, as the block may turn it on. */
export async function checkSyntax(bash: string, text: string): Promise<{ readonly line: number; readonly message: string } | undefined> {
  const read = (options: readonly string[]) => ask(bash, ['-p', ...options, '-n'], { input: text, env: { LC_ALL: 'C' } });
  const { code, stderr } = await read([]);
  if (code === 0 || (await read(['-O', 'extglob'])).code === 0) return undefined;
  const [, line = '1', message = stderr] = /line (\d+): (.*)/.exec(stderr) ?? [];
  return { line: Number(line), message };
}

function unreadable({ source, place }: Block, { line, message }: { readonly line: number; readonly message: string }): Diagnostic {
  const lines = source.trimEnd().split('\n');
  // What is open at the end is reported below the last line.
  const index = Math.min(line, lines.length) - 1;
  const length = Math.max(1, String(lines[index]).trimEnd().length);
  return {
    severity: 'error',
    rule: 'shell-syntax',
    message: `bash cannot read this: ${message.trim()}.`,
    place: { ...place, line: place.line + index },
    length,
  };
}
