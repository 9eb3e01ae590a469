/** The table of inputs: `| Input | Meaning | Allowed | Default |`. */

import type { Allowed, Input } from '../core/plan.ts';
import { type Collector, didYouMean } from './collector.ts';
import { checkInput } from './input.ts';
import { isVariableName } from './keys.ts';
import { nearest } from './nearest.ts';
import { patternProblem } from './pattern.ts';
import type { Section } from './section.ts';
import { checkName } from './step-rules.ts';
import { type Cell, type Four, isList, rowsOf } from './table.ts';

const types = ['number', 'time', 'text', 'secret'] as const;

/** Reads the inputs of a section `Inputs`. A row that is not valid is reported and left out. */
export function readInputs(section: Section, report: Collector): readonly Input[] {
  const inputs: Input[] = [];
  for (const row of rowsOf(section, ['Input', 'Meaning', 'Allowed', 'Default'], report)) {
    const input = readRow(row, report);
    const first = inputs.find((other) => other.name === input?.name);
    if (first !== undefined) report.error('input', row[0].at, `The input ${first.name} stands here twice; first on line ${first.place.line}.`);
    else if (input !== undefined) inputs.push(input);
  }
  return inputs;
}

function readRow([name, meaning, allowedCell, standard]: Four<Cell>, report: Collector): Input | undefined {
  if (!isVariableName(name.text)) {
    report.error('input', name.at, `The name of an input must be lower-case letters, digits and _; "${name.text}" is not.`);
    return undefined;
  }
  checkName(name.text, name.at, report);
  const allowed = readAllowed(allowedCell, report);
  if (allowed === undefined) return undefined;
  const place = { path: report.path, line: name.at.line, column: name.at.column };
  const input = { name: name.text, meaning: meaning.text, allowed, place };
  // A dash is how authors write that there is none.
  if (/^[-–—]?$/.test(standard.text)) return input;
  const problem =
    allowed.kind === 'secret' ? `The secret ${name.text} may not have a default: it would stand in the document.` : checkInput(input, standard.text);
  if (problem === undefined) return { ...input, default: standard.text };
  report.error('input', standard.at, `The default is not allowed. ${problem}`);
  return undefined;
}

/** A `/pattern/`, some `choices`, or the name of a type. */
function readAllowed(cell: Cell, report: Collector): Allowed | undefined {
  const kind = types.find((type) => type === cell.text);
  if (kind !== undefined) return { kind };
  const [first, ...others] = cell.codes;
  if (first === undefined || !isList(cell)) {
    const expected = 'Allowed must be a `/pattern/`, a list of `choices`, or number, time, text or secret';
    report.error('input', cell.at, [`${expected}; "${cell.text}" is not.`, didYouMean(nearest(cell.text, types))]);
    return undefined;
  }
  const pattern = /^\/(.*)\/$/.exec(first)?.[1];
  if (pattern === undefined || others.length > 0) return readChoices(cell, report);
  const problem = patternProblem(pattern);
  if (problem === undefined) return { kind: 'pattern', pattern };
  report.error('input', cell.at, `The pattern ${first} is not valid: ${problem}.`);
  return undefined;
}

function readChoices(cell: Cell, report: Collector): Allowed | undefined {
  const bad = cell.codes.find((choice) => choice.trim() === '' || /^\/.*\/[gimsu]{0,2}$/.test(choice));
  if (bad === undefined) return { kind: 'choices', choices: cell.codes };
  report.error('input', cell.at, `"${bad}" cannot be a choice: it is empty, or a pattern among choices or with flags behind it.`);
  return undefined;
}
