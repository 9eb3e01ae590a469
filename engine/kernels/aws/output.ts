/** Prints answers as the CLI does: `--output json`, `text` or `table`. */

import { isFields, type Value } from './answer-value.ts';
import type { AwsOutput } from './call.ts';
import { indentedJson } from './json-text.ts';
import { textLines } from './output-text.ts';

/** The text for an answer, after its query; nothing for an answer that holds nothing. `title` stands above a table. */
export async function printed(value: Value, output: AwsOutput, title: string): Promise<string> {
  switch (output) {
    case 'json':
      return isFields(value) && Object.keys(value).length === 0 ? '' : `${indentedJson(value)}\n`;
    case 'text':
      return textLines(value);
    case 'table':
      // What measures the width of characters takes longer to load than most answers to come.
      return (await import('./output-table.ts')).tableText(value, title);
    default:
      return output satisfies never;
  }
}
