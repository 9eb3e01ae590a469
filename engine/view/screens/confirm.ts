/** The screen before a step: what will run, where, with what values, and the question; also that of a step done by hand. */

import stringWidth from 'string-width';
import type { Question } from '../../core/need.ts';
import { type Card, cardOf } from '../card.ts';
import { fieldLine } from '../field.ts';
import { allot, type Part, rule, stack, wrap } from '../layout.ts';
import type { Look } from '../look.ts';
import { inline } from '../place.ts';
import { type Asked, type Drawn, extent, numbered, windowed } from './drawn.ts';
import { writingLines } from './writing.ts';

type Confirming = Extract<Question, { kind: 'confirm' | 'attest' }>;

/** The card of the step, its command, and the question. */
export function confirmScreen(screen: Asked, question: Confirming, look: Look, height: number): Drawn {
  const { asking, plan, run } = screen;
  const context = asking.asked.kind === 'question' ? asking.asked.context : {};
  const card = cardOf(plan, run, question, context);
  const command = numbered(asking.raw ? card.raw : card.command, look);
  const asks = asking.writing === undefined ? questionLines(screen, question, card, look) : writingLines(asking, look);
  const [target = [], facts = []] = (context.target ?? context.aws) === undefined ? [[], card.facts] : [card.facts.slice(0, 1), card.facts.slice(1)];
  const verb = question.kind === 'attest' ? 'To do' : asking.raw ? 'Raw, values not filled in' : 'Will run';
  const short = [verb, ...card.header].join('   ');
  // The folder stands in the rule where there is room for it and for the extent of the command, else on a line of its own.
  const long = card.cwd === undefined ? short : `${short}   ${card.cwd}`;
  const fits = stringWidth(long) + (command.length > height ? 28 : 6) <= look.columns;
  const words = fits ? long : short;
  const folder = fits || card.cwd === undefined ? [] : [card.cwd];
  // On the smallest screen only stage, command and question are sure of their place.
  const tight = height < 13;
  const parts: readonly Part[] = [
    { lines: [rule(heading(card), look, tone(card, look))], rank: 0 },
    { lines: wrapped(card.prose, look), rank: 3, least: tight ? 0 : 1 },
    { lines: [''], rank: 9 },
    { lines: [rule('', look)], rank: 0 },
    { lines: command, rank: 1, least: tight ? 2 : 3 },
    { lines: [''], rank: 8 },
    { lines: wrapped([...folder, ...target], look), rank: 0 },
    { lines: wrapped(card.values, look), rank: 5 },
    { lines: wrapped(facts, look).map((line) => look.paint('quiet', line)), rank: 4 },
    { lines: [''], rank: 7 },
    { lines: asks, rank: 0 },
  ];
  const visible = allot(parts, height)[4] ?? 0;
  const title = rule(words, look, extent(command.length, asking.scroll, visible));
  const fitted = parts.map((part, index) =>
    index === 3 ? { ...part, lines: [title] } : index === 4 ? { lines: windowed(command, asking.scroll, visible), rank: 0 } : part,
  );
  return { lines: stack(fitted, height, look), scroll: { total: command.length, visible } };
}

function wrapped(lines: readonly string[], look: Look): readonly string[] {
  return lines.flatMap((line) => wrap(line, look.columns - 2)).map((line) => ` ${line}`);
}

function heading(card: Card): string {
  return card.heading === '' ? card.title : `${card.title}   ${card.heading}`;
}

function tone(card: Card, look: Look): string {
  return card.at.step.risk === 'low' ? card.risk : look.paint(card.at.step.risk === 'high' ? 'bad' : 'warn', card.risk);
}

function questionLines(screen: Asked, question: Confirming, card: Card, look: Look): readonly string[] {
  const { asking, plan } = screen;
  const notice = asking.notice === '' ? [] : [look.paint('warn', ` ! ${asking.notice}`)];
  if (question.kind === 'attest') return [rule(card.question, look), '   d  I did it', '   f  it failed', '   s  skip it, with a reason', ...notice];
  if (question.typed !== undefined) {
    const what = question.typed === plan.stage.name ? `the stage's name, ${inline(question.typed)},` : inline(question.typed);
    return [
      rule(`${look.glyphs.block} This changes ${inline(plan.stage.name).toUpperCase()} ${look.glyphs.block}`, look),
      `   Type ${what} to ${question.purpose === 'rollback' ? 'undo' : 'run'} this step:`,
      ...(asking.typing
        ? [look.paint('strong', fieldLine(asking.text, look)), look.paint('quiet', '   paste is ignored here; esc leaves the field without running')]
        : ['   Enter opens the field; n does not run it']),
      ...notice,
    ];
  }
  const off = asking.raw
    ? 'is off while the raw command is shown; x shows what will run'
    : 'is off until the end of the command was shown; space goes on';
  const yes = asking.raw || !asking.seenEnd ? look.paint('warn', `   y  ${off}`) : `   y  ${question.purpose === 'rollback' ? 'undo it' : 'run it'}`;
  const rest =
    question.purpose === 'rollback'
      ? ['   n  do not undo it (back to the choices)']
      : ['   n  do not run it (back to the list of steps)', '   s  skip it, with a reason'];
  return [rule(card.question, look), yes, ...rest, ...notice];
}
