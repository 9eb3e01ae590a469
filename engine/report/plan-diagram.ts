/** A plan as a Mermaid flowchart: steps in their order, and the playbook entries that can follow a failure. GitHub draws it from a ```mermaid fence. */

import { escapeText } from '../core/escape.ts';
import type { Plan, Procedure, Step } from '../core/plan.ts';
import { chosenProcedures, keyOf, type Reached, type Route, reachedEntries, routesOf, skippedBecause, skippedInEntry } from '../core/routes.ts';
import { wordsOf } from '../core/suggest.ts';
import { countOf } from '../core/words.ts';

/** Mermaid draws no more than 500 edges and 50000 characters unless a page says otherwise, and GitHub does not. Some room is left. */
const most = { edges: 450, characters: 45_000 };

/** How much is drawn: with the steps of entries, with the entries alone, or without entries and no more than so many steps. */
type Detail = { readonly entries: 'steps' | 'titles' | 'none'; readonly steps: number };

/** The diagram, ending in a line feed. One that GitHub would refuse is drawn with less in it, and says so. */
export function planDiagram(plan: Plan): string {
  const all = Number.POSITIVE_INFINITY;
  const details: readonly Detail[] = [
    { entries: 'steps', steps: all },
    { entries: 'titles', steps: all },
    { entries: 'none', steps: all },
    ...[200, 100, 50].map((steps): Detail => ({ entries: 'none', steps })),
  ];
  const drawn = details.map((detail) => () => draw(plan, detail));
  for (const one of drawn) {
    const { lines, edges } = one();
    const text = `${lines.join('\n')}\n`;
    if (edges <= most.edges && text.length <= most.characters) return text;
  }
  return 'flowchart TD\n  cut["This plan is too large for a diagram."]\n';
}

type Drawing = { readonly lines: readonly string[]; readonly edges: number };

/** What is drawn so far. Ids are counted, so nothing of a document is ever part of one. */
type Sheet = {
  readonly plan: Plan;
  readonly detail: Detail;
  readonly lines: string[];
  readonly edges: string[];
  readonly risks: Map<Step['risk'] | 'skipped', string[]>;
  /** The node of an entry at which a way into it arrives. */
  readonly doors: Map<string, string>;
};

function draw(plan: Plan, detail: Detail): Drawing {
  const sheet: Sheet = { plan, detail, lines: [], edges: [], risks: new Map(), doors: new Map() };
  const entries = detail.entries === 'none' ? [] : reachedEntries(plan);
  for (const [index, { target, entry }] of entries.entries())
    sheet.doors.set(keyOf(target), detail.entries === 'steps' && entry.steps.length > 0 ? `e${index + 1}s1` : `e${index + 1}`);
  const left = chosenSteps(sheet);
  for (const [index, reached] of entries.entries()) drawEntry(sheet, `e${index + 1}`, reached);
  const any = drawAny(sheet);
  const note = noteOf(plan, detail, left, reachedEntries(plan).length);
  const title = `${plan.document} on ${plan.stage.name}`;
  const lines = [
    'flowchart TD',
    `  start(["${label(`Start: ${title}`)}"])`,
    ...sheet.lines,
    `  done(["${label('Done')}"])`,
    ...any,
    ...(note === undefined ? [] : [`  note["${label(note, 300)}"]`]),
    ...sheet.edges.map((edge) => `  ${edge}`),
    ...classes(sheet),
  ];
  return { lines, edges: sheet.edges.length };
}

/** Draws the procedures that were chosen. Gives the number of steps for which there was no room. */
function chosenSteps(sheet: Sheet): number {
  const { plan, detail } = sheet;
  let [before, drawn, left] = ['start', 0, 0];
  for (const [index, procedure] of chosenProcedures(plan).entries()) {
    const room = Math.max(0, detail.steps - drawn);
    left += Math.max(0, procedure.steps.length - room);
    const steps = procedure.steps.slice(0, room);
    if (steps.length === 0) continue;
    sheet.lines.push(`  subgraph p${index + 1}["${label(`Procedure: ${procedure.title}`)}"]`);
    for (const step of steps) {
      const id = `s${++drawn}`;
      const skipped = skippedBecause(plan, step);
      drawStep(sheet, id, step, skipped);
      sheet.edges.push(`${before} --> ${id}`);
      before = id;
      if (skipped === undefined) drawOwn(sheet, id, routesOf(plan, plan.document, step));
    }
    sheet.lines.push('  end');
  }
  sheet.edges.push(`${before} --> done`);
  return left;
}

function drawStep({ lines, risks }: Sheet, id: string, step: Step, skipped: string | undefined): void {
  const kind = step.manual ? 'manual' : [step.block.language, ...step.block.flags].join(' ');
  const risk = `risk ${step.risk === 'high' ? 'HIGH' : step.risk}, ${kind}`;
  const about = skipped === undefined ? risk : `${risk}, skipped: ${skipped}`;
  lines.push(`    ${id}["${label(`${step.id}: ${step.title}`)}<br/>${label(about)}"]`);
  const group = skipped === undefined ? step.risk : 'skipped';
  risks.set(group, [...(risks.get(group) ?? []), id]);
}

/** The ways that are the step's own. Those for any step have a node of their own: they would join every step with every entry. */
function drawOwn(sheet: Sheet, from: string, routes: readonly Route[]): void {
  drawRoutes(
    sheet,
    from,
    routes.filter(({ by }) => by !== 'any'),
  );
}

/** The node for the ways from any step, where there are some. */
function drawAny(sheet: Sheet): readonly string[] {
  const { plan } = sheet;
  const steps = chosenProcedures(plan).flatMap((procedure) => procedure.steps);
  const routes = new Map(
    steps.flatMap((step) => routesOf(plan, plan.document, step)).flatMap((route) => (route.by === 'any' ? [[idOf(route), route]] : [])),
  );
  const before = sheet.edges.length;
  drawRoutes(sheet, 'any', [...routes.values()]);
  return sheet.edges.length === before ? [] : [`  any{{"${label('If any step fails')}"}}`];
}

function idOf({ target, errors, then }: Route): string {
  return JSON.stringify([target, errors, then]);
}

/** One dotted edge to each entry, with everything that leads there. */
function drawRoutes(sheet: Sheet, from: string, routes: readonly Route[]): void {
  const byDoor = Map.groupBy(routes, ({ target }) => sheet.doors.get(keyOf(target)));
  for (const [door, ways] of byDoor) {
    if (door === undefined) continue;
    const words = ways.map(({ errors, then }) => `${errors.length === 0 ? 'any failure' : errors.map(wordsOf).join(', ')}; then ${then}`);
    sheet.edges.push(`${from} -. "${label(`if ${[...new Set(words)].join(' or ')}`)}" .-> ${door}`);
  }
}

function drawEntry(sheet: Sheet, id: string, { target, entry }: Reached): void {
  const title = `Entry: ${entry.title}`;
  if (sheet.detail.entries === 'titles' || entry.steps.length === 0) {
    sheet.lines.push(`  ${id}[["${label(title)}<br/>${label(`${countOf(entry.steps.length, 'step')}, ${worst(entry)}`)}"]]`);
    return;
  }
  sheet.lines.push(`  subgraph ${id}["${label(title)}"]`);
  for (const [index, step] of entry.steps.entries()) drawStep(sheet, `${id}s${index + 1}`, step, skippedInEntry(sheet.plan, target, step));
  sheet.lines.push('  end');
  for (const [index, step] of entry.steps.entries()) {
    if (index > 0) sheet.edges.push(`${id}s${index} --> ${id}s${index + 1}`);
    if (skippedInEntry(sheet.plan, target, step) === undefined)
      drawOwn(sheet, `${id}s${index + 1}`, routesOf(sheet.plan, target.document, step, target));
  }
}

function worst({ steps }: Procedure): string {
  const found = (['high', 'medium', 'low'] as const).find((risk) => steps.some((step) => step.risk === risk));
  return `risk ${found === 'high' ? 'HIGH' : (found ?? 'low')}`;
}

function noteOf(plan: Plan, { entries }: Detail, left: number, reached: number): string | undefined {
  const missing = [
    ...(left === 0 ? [] : [countOf(left, 'step')]),
    ...(entries === 'none' && reached > 0 ? [reached === 1 ? 'the playbook entry' : `${reached} playbook entries`] : []),
    ...(entries === 'titles' ? ['the steps of the playbook entries'] : []),
  ];
  if (missing.length === 0) return undefined;
  return `Too large to draw whole. Left out: ${missing.join(', ')}. All of it: runbook plan with --format text, on stage ${plan.stage.name}`;
}

/** Only the line around a node, so that it can be read on a light page and on a dark one; the risk is always said in words as well. */
const strokes = {
  low: 'stroke:#57ab5a',
  medium: 'stroke:#c69026,stroke-width:2px',
  high: 'stroke:#e5534b,stroke-width:4px',
  skipped: 'stroke-dasharray:4 4',
};

function classes({ risks }: Sheet): readonly string[] {
  return (['low', 'medium', 'high', 'skipped'] as const).flatMap((group) => {
    const ids = risks.get(group) ?? [];
    return ids.length === 0 ? [] : [`  classDef ${group} ${strokes[group]}`, `  class ${ids.join(',')} ${group}`];
  });
}

/**
 * Text that Mermaid takes for text wherever it stands between double quotes: each character that is no letter, digit, blank or one of a few marks is
 * written by its number (`#35;`), so nothing in a title can end a label, begin markdown, HTML or a directive, or forge such a number. Longer words
 * than `longest` would make boxes that nobody can read.
 */
function label(text: string, longest = 100): string {
  const whole = escapeText(text, { colour: false }).replace(/\s+/g, ' ').trim();
  const characters = Array.from(whole);
  const short = characters.length <= longest ? characters : [...characters.slice(0, longest - 1), '\u{2026}'];
  return short.map((character) => (/[A-Za-z0-9 .,()/-]/.test(character) ? character : `#${character.codePointAt(0)};`)).join('');
}
