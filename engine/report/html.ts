/** The report as one page that opens anywhere: no script, no request, the full logs in their colours. */

import { createHash } from 'node:crypto';
import type { ElementContent, Root } from 'hast';
import { toHtml } from 'hast-util-to-html';
import { h, s } from 'hastscript';
import { visit } from 'unist-util-visit';
import { escapeText } from '../core/escape.ts';
import { confirmedWords, countOf, durationWords, purposeWord, sizeWords } from '../core/words.ts';
import type { Decision } from './chronicle.ts';
import {
  type AttemptFacts,
  attemptsOf,
  type Facts,
  factsOf,
  type Item,
  type PlaybookFacts,
  type ProcedureFacts,
  playbooksOf,
  type StepFacts,
  type SummaryRow,
  stepsIn,
  type Told,
} from './facts.ts';
import { logHtml, shareOf } from './html-log.ts';
import { proseElements } from './html-prose.ts';
import { style } from './html-style.ts';
import { timeline } from './html-timeline.ts';
import type { Evidence } from './output.ts';

/** A failed attempt shows its output at once, unless there is more of it than this. */
const shownAtOnce = 4000;

/** The page in pieces. Only the logs can be large, and they are never in memory as a whole. */
export function* htmlReport(told: Told, evidence: Evidence): Iterable<string> {
  const facts = factsOf(told);
  const attempts = new Map(stepsIn(facts.procedures).flatMap(({ step }) => attemptsOf(step).map((attempt) => [attempt.number, attempt])));
  const most = shareOf(attempts.size);
  // Where a log belongs stands a comment. Text cannot hold one: every `<` of it is escaped.
  for (const part of toHtml(page(facts, evidence)).split(/(<!--log \d+-->)/)) {
    const number = /^<!--log (\d+)-->$/.exec(part)?.[1];
    const attempt = number === undefined ? undefined : attempts.get(Number(number));
    if (attempt === undefined) yield part;
    else yield* logHtml(evidence.log(attempt.number), most, escapeText(`${attempt.folder}/log`, { colour: 'drop' }));
  }
  yield '\n';
}

/** Nothing is loaded and nothing runs, whatever else is on the page; the one style sheet is known by its hash. */
function policy(): string {
  return `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'`;
}

function page(facts: Facts, evidence: Evidence): Root {
  const { run, title, result } = facts;
  const tree: Root = {
    type: 'root',
    children: [
      { type: 'doctype' },
      h('html', { lang: 'en' }, [
        h('head', [
          h('meta', { charSet: 'utf-8' }),
          h('meta', { httpEquiv: ['Content-Security-Policy'], content: policy() }),
          h('meta', { name: 'referrer', content: 'no-referrer' }),
          h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
          h('title', `${title}: ${result} on ${run.stage} (${run.id})`),
        ]),
        h('body', [
          heading(facts),
          h('main', [...overview(facts), ...facts.procedures.flatMap((procedure) => procedureElements(procedure, evidence))]),
          ending(facts),
        ]),
      ]),
    ],
  };
  visit(tree, 'text', (node) => {
    node.value = escapeText(node.value, { colour: 'drop', newlines: true });
  });
  // The style sheet is ours, and its hash is that of its bytes.
  visit(tree, 'element', (node) => {
    if (node.tagName === 'head') node.children.push(h('style', style));
    for (const [name, value] of Object.entries(node.properties))
      if (typeof value === 'string') node.properties[name] = escapeText(value, { colour: 'drop' });
  });
  return tree;
}

function heading({ run, title, result, resultWords, counts }: Facts): ElementContent {
  const kind = { finished: counts.recovered > 0 ? 'recovered' : 'ok', failed: 'failed', unknown: 'unknown' }[result as string] ?? 'open';
  const recovered = counts.recovered === 0 ? '' : `, ${counts.recovered} recovered`;
  return h('header', [
    h('p', { className: 'over' }, `Executed runbook · run ${run.id}`),
    h('h1', title),
    h('div', { className: 'badges' }, [
      h('span', { className: ['badge', kind] }, `${resultWords}${recovered}`),
      h('span', { className: ['badge', 'plain'] }, run.stage.toUpperCase()),
      ...(run.ticket === undefined ? [] : [h('span', { className: ['badge', 'plain'] }, run.ticket)]),
      ...(run.faults === undefined ? [] : [h('span', { className: ['badge', 'plain'] }, 'rehearsal')]),
    ]),
  ]);
}

/** Everything up to the steps themselves. */
function overview(facts: Facts): readonly ElementContent[] {
  const picture = timeline(facts);
  const { decisions, notes } = facts;
  return [
    h('dl', { className: 'facts' }, facts.summary.map(summaryElement)),
    ...(picture === undefined ? [] : [h('h2', 'Timeline'), h('figure', [picture.picture, caption(picture.left)])]),
    h('h2', 'Steps'),
    h('div', { className: 'scroll' }, stepTable(facts)),
    ...(decisions.length === 0 ? [] : [h('h2', 'Decisions about the run'), ...decisions.map(decisionElement)]),
    ...(notes.length === 0 ? [] : [h('h2', 'Notes'), ...notes.map(({ at, operator, text }) => decisionElement({ at, by: operator, words: text }))]),
  ];
}

function summaryElement({ name, value, as }: SummaryRow): ElementContent {
  const time = /^\d{4}-\d\d-\d\dT[\d:.]+Z(?= |$)/.exec(value)?.[0];
  const word = as === 'text' ? value : h(as, value);
  const shown = time === undefined ? h('dd', word) : h('dd', [moment(time), value.slice(time.length)]);
  return h('div', { className: value.length > 60 ? 'wide' : [] }, [h('dt', name), shown]);
}

function caption(left: number): ElementContent {
  const sign = (kind: string, words: string) =>
    h('span', [
      s('svg', { viewBox: '0 0 12 12', ariaHidden: 'true' }, [s('rect', { className: kind.split(' '), x: 1, y: 2, width: 10, height: 8, rx: 2 })]),
      words,
    ]);
  const signs = [
    sign('bar good', 'ended well'),
    sign('bar bad', 'failed'),
    sign('bar unknown', 'end not known'),
    sign('bar side', 'check, undo or dry run'),
    sign('visit', 'in a playbook'),
  ];
  return h('figcaption', [...signs, `Times are UTC.${left > 0 ? ` ${countOf(left, 'more step')} ran than are drawn here.` : ''}`]);
}

function stepTable({ procedures }: Facts): ElementContent {
  const names = ['', 'Step', 'State', 'Started', 'Took', 'Attempts'];
  const head = names.map((name, column) => h('th', { scope: 'col', className: column > 3 ? 'number' : [] }, name));
  return h('table', [h('thead', h('tr', head)), h('tbody', tableRows(procedures, 0))]);
}

function tableRows(procedures: readonly ProcedureFacts[], depth: number): ElementContent[] {
  return procedures.flatMap(({ steps }) =>
    steps.flatMap((step) => [
      h('tr', { className: step.kind }, [
        h('td', { className: 'mark' }, step.mark),
        h('td', { className: indent(depth) }, [h('a', { href: `#step-${step.key}` }, step.title)]),
        h('td', step.words),
        h('td', step.startedAt === undefined ? [] : [moment(step.startedAt)]),
        h('td', { className: 'number' }, step.tookMs === undefined ? '' : durationWords(step.tookMs)),
        h('td', { className: 'number' }, String(step.attempts)),
      ]),
      ...playbooksOf(step).flatMap((playbook) => [
        h('tr', { className: 'playbook' }, [
          h('td', { className: 'mark' }, '⤷'),
          h('td', { className: indent(depth + 1) }, [h('a', { href: `#playbook-${playbook.frame}` }, `Playbook: ${playbook.title}`)]),
          h('td', playbook.left),
          h('td', [moment(playbook.enteredAt)]),
          h('td'),
          h('td'),
        ]),
        ...tableRows(playbook.procedures, depth + 1),
      ]),
    ]),
  );
}

function indent(depth: number): string[] {
  return depth === 0 ? [] : [`d${Math.min(depth, 3)}`];
}

function procedureElements({ title, steps }: ProcedureFacts, evidence: Evidence): readonly ElementContent[] {
  return [h('h2', title), ...steps.map((step) => stepElement(step, evidence))];
}

function stepElement(step: StepFacts, evidence: Evidence): ElementContent {
  const above = step.reading?.above ?? [];
  const below = step.attempts > 0 ? (step.reading?.below ?? []) : [];
  return h('section', { className: ['step', step.kind], id: `step-${step.key}` }, [
    h('h3', [h('span', { className: step.kind }, `${step.mark} `), step.title]),
    h('div', { className: 'meta' }, [
      h('code', step.id),
      ...(step.risk === undefined ? [] : [h('span', { className: ['badge', step.risk] }, `risk ${step.risk}`)]),
      h('span', step.words),
      ...(step.tookMs === undefined ? [] : [h('span', `${countOf(step.attempts, 'attempt')}, ${durationWords(step.tookMs)}`)]),
      ...(step.place === undefined ? [] : [h('span', step.place)]),
    ]),
    ...(step.failure === undefined ? [] : [h('p', { className: 'failure' }, `It failed: ${step.failure}`)]),
    ...(above.length === 0 ? [] : [h('div', { className: 'prose' }, [...proseElements(above)])]),
    ...(step.instructions === undefined ? [] : [h('p', 'To be done by hand:'), h('pre', step.instructions)]),
    ...step.items.map((item) => itemElement(item, evidence)),
    ...(below.length === 0 ? [] : [h('div', { className: 'prose' }, [...proseElements(below)])]),
  ]);
}

function itemElement(item: Item, evidence: Evidence): ElementContent {
  switch (item.kind) {
    case 'decision':
      return decisionElement(item);
    case 'attempt':
      return attemptElement(item, evidence);
    case 'playbook':
      return playbookElement(item, evidence);
    default:
      return item satisfies never;
  }
}

function decisionElement({ at, by, words }: Decision): ElementContent {
  return h('p', { className: 'decision' }, [moment(at), ' ', h('b', by), `: ${words}`]);
}

function playbookElement(playbook: PlaybookFacts, evidence: Evidence): ElementContent {
  const why = playbook.why.length === 0 ? '' : ` (${playbook.why.join(', ')})`;
  return h('section', { className: 'playbook-visit', id: `playbook-${playbook.frame}` }, [
    h('h4', `⤷ Playbook: ${playbook.title}`),
    h('p', ['Entered ', moment(playbook.enteredAt), ` by ${playbook.by}${why}; ${playbook.left}. From `, h('code', playbook.document), '.']),
    ...playbook.procedures.flatMap(({ steps }) => steps.map((step) => stepElement(step, evidence))),
  ]);
}

function attemptElement(attempt: AttemptFacts, evidence: Evidence): ElementContent {
  const { number, purpose, confirmed, startedAt, tookMs, words, error, failedAt, outcome, log } = attempt;
  const good = outcome?.kind === 'exited' && outcome.code === 0 && error === undefined;
  const { bytes } = evidence.log(number);
  const open = !good && bytes <= shownAtOnce;
  return h('div', { className: 'attempt' }, [
    h('div', { className: 'meta' }, [
      h('b', `Attempt ${number}`),
      h('span', { className: ['badge', good ? 'ok' : outcome === undefined ? 'open' : 'failed'] }, words),
      ...(purpose === 'run' ? [] : [h('span', purposeWord(purpose))]),
      h('span', [moment(startedAt), tookMs === undefined ? '' : `, ${durationWords(tookMs)}`]),
      ...(confirmed === undefined ? [] : [h('span', `${confirmedWords(confirmed.how)} by ${confirmed.by}`)]),
    ]),
    ...(error === undefined ? [] : [h('p', [h('code', error.code), ` ${error.message}`])]),
    ...(failedAt === undefined ? [] : [h('p', ['Failed at ', h('code', failedAt)])]),
    h('pre', h('code', evidence.block(number).replace(/\n+$/, ''))),
    ...(bytes === 0
      ? []
      : [h('details', { open }, [h('summary', `Output, ${sizeWords(bytes)}`), h('pre', [{ type: 'comment', value: `log ${number}` }])])]),
    h('ul', { className: 'small' }, [
      ...attempt.requests.map(({ operation, id }) => h('li', ['request ', h('code', operation), ' ', h('code', id)])),
      ...attempt.unmet.map((line) => h('li', ['expected and not found: ', h('code', line)])),
      ...attempt.remarks.map((remark) => h('li', remark)),
      ...Object.entries(attempt.values).map(([name, value]) => h('li', [h('code', name), ' = ', h('code', value)])),
      ...(log === undefined ? [] : [h('li', [`${bytes === 0 ? 'No output; log' : 'Log'}: ${log.bytes} bytes, SHA-256 `, h('code', log.sha256)])]),
    ]),
  ]);
}

function ending({ run, head }: Facts): ElementContent {
  return h('footer', [
    h('p', [
      'The journal of this run ends with the hash ',
      h('code', head),
      '. ',
      h('code', `runbook verify ${run.id}`),
      ' checks it, the logs and the documents.',
    ]),
    h(
      'p',
      'Of the output only colours are shown as such; every other control character is shown as text. Secrets are masked before anything is recorded.',
    ),
  ]);
}

/** A time as people read it; the exact one stays in the element. */
function moment(at: string): ElementContent {
  return h('time', { dateTime: at }, at.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC'));
}
