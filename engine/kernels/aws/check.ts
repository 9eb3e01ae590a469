/** A block with the flag `aws`, checked before the first step: the values of variables are not known yet, everything around them is. */

import type { AwsCall, AwsProblem, AwsReading } from './call.ts';
import { readWith } from './read.ts';

/** What a block is checked against. */
export type BlockLimits = { readonly risk: 'low' | 'medium' | 'high'; readonly declared: ReadonlySet<string> };

/** Checks a block. Values that are not known yet are `Later` in the inputs of its calls; `{name}` is one where `declared` has the name. */
export async function checkAwsBlock(text: string, { risk, declared }: BlockLimits): Promise<AwsReading> {
  const { calls, problems } = await readWith(text, { kind: 'later', declared });
  return { calls, problems: [...problems, ...(risk === 'low' ? calls.filter(({ changes }) => changes).map((call) => tooRisky(call, text)) : [])] };
}

function tooRisky({ service, command, line, text }: AwsCall, block: string): AwsProblem {
  const message = `"aws ${service} ${command}" changes something, and a step with risk=low only reads.`;
  const column = (block.split('\n')[line - 1] ?? '').indexOf(text) + 1;
  return {
    rule: 'aws-risk',
    message,
    hint: 'Give the step risk=medium or risk=high, and a timeout. A check or a dry run only reads, whatever the risk.',
    line,
    column,
    length: text.length,
  };
}
