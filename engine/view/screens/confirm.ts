/** The screen before a step: what will run, where, with what values, and the question; also that of a step done by hand. */

import stringWidth from 'string-width';
import type { Question } from '../../core/need.ts';
import { stretchOf } from '../../core/onward.ts';
import { type Card, cardOf } from '../card.ts';
import { fieldLine } from '../field.ts';
import { allot, breakLine, cut, type Part, rule, stack, wrap } from '../layout.ts';
import { type Look, narrowed } from '../look.ts';
import { inline } from '../place.ts';
import { drawProse, foldedProse } from '../prose.ts';
import { toneOf } from './changes.ts';
import { type Asked, type Drawn, extent, numbered, windowed } from './drawn.ts';
import { writingLines } from './writing.ts';

/** How many lines of a dry run's output are shown without asking. */
const shownOutput = 5;

/** A part that depends on how much room the others leave. */
type Placed = Part & { readonly at?: 'prose' | 'title' | 'command' | 'tried' | 'since' };

type Confirming = Extract<Question, { kind: 'confirm' | 'attest' }>;

/** The card of the step, its command, and the question. */
export function confirmScreen(screen: Asked, question: Confirming, look: Look, height: number): Drawn {
  const { asking, plan, run } = screen;
  const context = asking.asked.kind === 'question' ? asking.asked.context : {};
  const card = cardOf(plan, run, question, context);
  const command = numbered(asking.raw ? card.raw : card.command, card.language, look);
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
  const asks = asking.writing === undefined ? questionLines(screen, question, card, look, !tight) : writingLines(asking, look);
  const inner = narrowed(look, look.columns - 2);
  const prose = drawProse(card.prose, inner, height > 24);
  const parts: readonly Placed[] = [
    { lines: [rule(heading(card), look, tone(card, look))], rank: 0 },
    { at: 'prose', lines: prose.lines, rank: 3, least: tight ? 0 : 1 },
    { lines: [''], rank: 9 },
    { at: 'title', lines: [''], rank: 0 },
    { at: 'command', lines: command, rank: 1, least: tight ? 2 : 3 },
    { lines: [''], rank: 8 },
    { lines: wrapped([...folder, ...target], look), rank: 0 },
    { at: 'tried', lines: wrapped(card.tried === undefined ? [] : [card.tried], look), rank: 2 },
    { at: 'since', lines: sinceLine(card, look), rank: 2 },
    { lines: wrapped(card.values, look), rank: 5 },
    { lines: wrapped(facts, look).map((line) => look.paint('quiet', line)), rank: 4 },
    { lines: [''], rank: 7 },
    { lines: asks, rank: 0 },
  ];
  const sizes = allot(parts, height);
  const sizeOf = (name: Placed['at']) => sizes[parts.findIndex(({ at }) => at === name)] ?? 0;
  const visible = sizeOf('command');
  const room = height - sizes.reduce((sum, size) => sum + size, 0);
  const tried = triedLines(card, screen.state.last, room, look);
  const fitted = parts.map((part): Part => {
    switch (part.at) {
      case 'prose':
        return { lines: foldedProse(prose, sizeOf('prose'), asking.typing ? 'esc, p' : 'p', inner).map((line) => ` ${line}`), rank: 0 };
      case 'title':
        return { lines: [rule(words, look, extent(command.length, asking.scroll, visible))], rank: 0 };
      case 'command':
        return { lines: windowed(command, asking.scroll, visible), rank: 0 };
      case 'tried':
        return { ...part, lines: [...part.lines, ...tried] };
      case 'since':
        return { ...part, lines: [...part.lines, ...differenceLines(card, room - tried.length, look)] };
      default:
        return part;
    }
  });
  return { lines: stack(fitted, height, look), scroll: { total: command.length, visible } };
}

function wrapped(lines: readonly string[], look: Look): readonly string[] {
  return lines.flatMap((line) => wrap(line, look.columns - 2)).map((line) => ` ${line}`);
}

function heading(card: Card): string {
  return card.heading === '' ? card.title : `${card.title}   ${card.heading}`;
}

function tone({ alarm, risk }: Card, look: Look): string {
  return alarm === 'none' ? risk : look.paint(alarm, risk);
}

/** What changed since the step last went well here, in one line. */
function sinceLine({ since }: Card, look: Look): readonly string[] {
  if (since === undefined) return [];
  if (since.diff.length === 0) return wrapped([since.words], look).map((line) => look.paint('quiet', line));
  const words = `! ${since.words}`;
  const long = `${words}   (D shows it)`;
  return [look.paint('warn', cut(` ${stringWidth(long) + 1 > look.columns ? words : long}`, look))];
}

/** The difference, where there is room for all of it. What names the two texts is left out. */
function differenceLines({ since }: Card, room: number, look: Look): readonly string[] {
  const lines = (since?.diff ?? [])
    .slice(2)
    .flatMap((line) => breakLine(line, look.columns - 6).map((part) => look.paint(toneOf(line), `     ${part}`)));
  return lines.length <= room ? lines : [];
}

/** The last lines of a dry run, as many as there is room for. */
function triedLines({ tried }: Card, last: readonly string[], room: number, look: Look): readonly string[] {
  const shown = Math.min(shownOutput, room);
  return tried === undefined || shown <= 0 ? [] : last.slice(-shown).map((line) => cut(`     ${look.glyphs.column} ${line}`, look));
}

function questionLines(screen: Asked, question: Confirming, card: Card, look: Look, roomy: boolean): readonly string[] {
  const { asking, plan, run } = screen;
  const notice = asking.notice === '' ? [] : wrapped([`! ${asking.notice}`], look).map((line) => look.paint('warn', line));
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
  const word = { run: 'run it', check: 'run it', rollback: 'undo it', 'dry-run': 'run the dry run' }[question.purpose];
  const yes = asking.raw || !asking.seenEnd ? look.paint('warn', `   y  ${off}`) : `   y  ${word}`;
  const onward = roomy && stretchOf(plan, run, question) !== undefined ? ['   a  run it, and on through steps that only read'] : [];
  const rest = {
    run: [...onward, '   n  do not run it (back to the list of steps)', '   s  skip it, with a reason'],
    check: [],
    rollback: ['   n  do not undo it (back to the choices)'],
    'dry-run': [`   n  do not (back to the question of step ${card.at.label})`],
  }[question.purpose];
  return [rule(card.question, look), yes, ...rest, ...notice];
}
