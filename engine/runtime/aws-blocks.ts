/** The AWS calls that the blocks of a document make, read without running anything. */

import { blocksOf } from '../core/block.ts';
import type { Block, Document, Plan } from '../core/plan.ts';
import { declaredNames, fillIn } from '../core/variables.ts';
import type { Diagnostic } from '../document/diagnostic.ts';
import type { AwsReading } from '../kernels/aws/call.ts';

/** Calls of a document, and what is wrong with its blocks. */
export type DocumentCalls = { readonly calls: AwsReading['calls']; readonly diagnostics: readonly Diagnostic[] };

/** Reads every block of a document that has the flag `aws`. Values by name are filled in; the others are known only when a step runs. */
export async function callsOf(
  document: Document,
  declared: ReadonlySet<string>,
  known: Readonly<Record<string, string>> = {},
): Promise<DocumentCalls> {
  const blocks = blocksOf(document).filter(({ block }) => block.flags.includes('aws'));
  if (blocks.length === 0) return { calls: [], diagnostics: [] };
  // The client of a service is a large module, and most documents need none.
  const { checkAwsBlock } = await import('../kernels/aws/check.ts');
  const readings = await Promise.all(
    blocks.map(async ({ step, purpose, block }) => {
      const risk = purpose === 'check' || purpose === 'dry-run' ? 'low' : step.risk;
      const { calls, problems } = await checkAwsBlock(
        fillIn(block.source, (name) => known[name]),
        { risk, declared },
      );
      return { calls, diagnostics: problems.map((problem) => diagnosticOf(block, problem)) };
    }),
  );
  return { calls: readings.flatMap(({ calls }) => calls), diagnostics: readings.flatMap(({ diagnostics }) => diagnostics) };
}

/** What is wrong with the AWS blocks of all documents that a run can reach. */
export async function wrongCalls({ documents, stage }: Plan): Promise<readonly Diagnostic[]> {
  const readings = await Promise.all(Object.values(documents).map((document) => callsOf(document, declaredNames(document, stage))));
  return readings.flatMap(({ diagnostics }) => diagnostics);
}

function diagnosticOf({ place }: Block, { line, column, ...problem }: AwsReading['problems'][number]): Diagnostic {
  return { severity: 'error', ...problem, place: { path: place.path, line: place.line + line - 1, column: place.column + column - 1 } };
}
