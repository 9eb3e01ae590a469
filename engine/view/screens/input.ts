/** The screen that asks for an input: what it means, what is allowed, and a field or a list. */

import type { Question } from '../../core/need.ts';
import type { Allowed, Input } from '../../core/plan.ts';
import { countOf } from '../../core/words.ts';
import { fieldLine } from '../field.ts';
import { allot, cut, ends, type Part, rule, stack, wrap } from '../layout.ts';
import type { Look } from '../look.ts';
import { choicesOf } from '../options.ts';
import { inline } from '../place.ts';
import { type Asked, type Drawn, windowed } from './drawn.ts';

/** The input and the place for its value. */
export function inputScreen({ asking }: Asked, question: Extract<Question, { kind: 'input' }>, look: Look, height: number): Drawn {
  const { input, usedBy } = question;
  const choices = choicesOf(question, asking.filter);
  const hidden = input.allowed.kind === 'secret';
  const listed = input.allowed.kind === 'choices';
  const list = listed ? choiceLines(choices, asking.marked, look) : [];
  const parts: readonly Part[] = [
    { lines: list, rank: 1, least: Math.min(3, list.length) },
    { lines: [rule(`A value is needed: ${inline(input.name)}`, look)], rank: 0 },
    { lines: wrap(inline(input.meaning), look.columns - 2).map((line) => ` ${line}`), rank: 3, least: 1 },
    { lines: factsOf(input, usedBy).map((line) => cut(` ${line}`, look)), rank: 2, least: 1 },
    { lines: [''], rank: 5 },
    { lines: [rule(`${inline(input.name)}?`, look)], rank: 0 },
    { lines: listed ? filterLines(asking, choices.length, look) : [look.paint('strong', fieldLine(asking.text, look, hidden))], rank: 0 },
    { lines: asking.notice === '' ? [] : [look.paint('warn', ` ! ${asking.notice}`)], rank: 0 },
  ];
  const visible = allot(parts, height)[0] ?? 0;
  const shown = { lines: windowed(list, asking.marked - visible + 1, visible), rank: 0 };
  return { lines: stack([...parts.slice(1, -1), shown, ...parts.slice(-1)], height, look) };
}

function filterLines({ filter, filtering }: Asked['asking'], count: number, look: Look): readonly string[] {
  if (!filtering && filter === '') return [];
  return [
    ends(` ${look.paint('strong', `/ ${inline(filter)}${filtering ? '_' : ''}`)}`, count === 0 ? 'none has it' : countOf(count, 'choice'), look),
  ];
}

/** What an input may be, its default, and the steps that use it. */
export function factsOf(input: Input, usedBy: readonly string[]): readonly string[] {
  return [
    allowedWords(input.allowed),
    ...(input.default === undefined ? [] : [`default: ${inline(input.default)}${input.allowed.kind === 'choices' ? '' : '   (Enter takes it)'}`]),
    ...(usedBy.length === 0 ? [] : [`used in ${usedBy.map(inline).join(', ')}`]),
  ];
}

/** What the Allowed column says, as a sentence. */
function allowedWords(allowed: Allowed): string {
  switch (allowed.kind) {
    case 'pattern':
      return `must match /${inline(allowed.pattern)}/`;
    case 'choices':
      return `one of ${allowed.choices.map(inline).join(', ')}`;
    case 'number':
      return 'a number';
    case 'time':
      return 'a time such as 2026-11-22T19:05:00Z, with Z or an offset';
    case 'text':
      return 'any text';
    case 'secret':
      return 'a secret: neither shown nor recorded';
  }
}

function choiceLines(choices: readonly string[], marked: number, look: Look): readonly string[] {
  return choices.map((choice, index) => {
    const line = cut(` ${index === marked ? look.glyphs.cursor : ' '} ${index + 1}  ${inline(choice)}`, look);
    return index === marked ? look.paint('strong', line) : line;
  });
}
