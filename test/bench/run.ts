/** `npm run bench [-- words...]`: measures every row, or those whose "what" or "against" holds one of the words (quoted, several words are one text), and prints the table. */

import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { Missing, median, type Row } from './measure.ts';
import { awsRows } from './rows/aws.ts';
import { documentRows } from './rows/documents.ts';
import { historyRows } from './rows/history.ts';
import { outputRows } from './rows/output.ts';
import { sandboxRows } from './rows/sandbox.ts';
import { startRows } from './rows/start.ts';
import { stepRows } from './rows/steps.ts';
import { terminalRows } from './rows/terminal.ts';

const words = process.argv.slice(2).map((word) => word.toLowerCase());
const rows = [startRows, documentRows, stepRows, outputRows, historyRows, terminalRows, awsRows, sandboxRows].flat();
const chosen = rows.filter(({ what, against }) => words.length === 0 || words.some((word) => `${what} ${against}`.toLowerCase().includes(word)));

console.log('| What | Against | Goal | Measured | Spread | Verdict |\n| --- | --- | --- | --- | --- | --- |');
for (const row of chosen) console.log(await lineOf(row));
const cores = `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'})`;
const machine = `${cores}, ${Math.round(totalmem() / 2 ** 30)} GB, ${type()} ${release()}, Node ${process.versions.node}; load at the end ${loadavg()[0]?.toFixed(1)}.`;
console.log(`\n${machine}`);

async function lineOf(row: Row): Promise<string> {
  const [measured, spread, verdict] = await outcomeOf(row);
  const goal = row.goal === undefined ? '' : `≤ ${amount(row.goal, row)}`;
  return `| ${[row.what, row.against, goal, measured, spread, verdict].join(' | ')} |`;
}

async function outcomeOf(row: Row): Promise<readonly [string, string, string]> {
  try {
    const samples = await row.measure();
    const middle = median(samples);
    return [amount(middle, row), `${amount(Math.min(...samples), row)} to ${amount(Math.max(...samples), row)}`, verdictOn(middle, row)];
  } catch (error) {
    if (error instanceof Missing) return ['', '', `not measured: ${error.message}`];
    console.error(error);
    process.exitCode = 1;
    return ['', '', '**failed**'];
  }
}

function verdictOn(value: number, { goal }: Row): string {
  if (goal === undefined) return '';
  return value <= goal ? 'met' : '**missed**';
}

function amount(value: number, { unit }: Row): string {
  if (unit === 'x') return `${value.toFixed(2)}x`;
  return `${Number.isInteger(value) ? value : value.toFixed(value < 10 ? 1 : 0)} ${unit}`;
}
