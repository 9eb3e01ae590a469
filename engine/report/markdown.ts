/** The executed runbook as markdown: a summary first, then every step with what was run and what came of it. */

import { escapeText } from '../core/escape.ts';
import { documentOf, proceduresOf, stepRun } from '../core/frame.ts';
import type { Plan, Procedure, Step } from '../core/plan.ts';
import { countsOf, resultOf } from '../core/result.ts';
import type { Attempt, Frame, Run, StepRun } from '../core/run.ts';
import { confirmedWords, durationWords, outcomeWords, purposeWord, stateDetail, stateWord } from '../core/words.ts';

/** What a report needs beside the run: the journal's head, and the bytes that an attempt ran and printed. */
export type Evidence = {
  readonly head: string;
  readonly block: (attempt: number) => string;
  readonly log: (attempt: number) => { readonly text: string; readonly cut: number };
};

/** GitHub takes comments up to 65,536 characters; the summary is never cut. */
const longest = 60_000;

/** The report of a run. Under 60,000 characters whatever was printed: logs give way first, then the details of the steps. */
export function markdownReport(plan: Plan, run: Run, evidence: Evidence): string {
  const head = summary(plan, run, evidence.head);
  const frames = run.frames.filter((frame) => frame.opener === undefined);
  for (const logCharacters of [8000, 2000, 500, 0]) {
    const details = frames.map((frame) => frameDetails(plan, run, frame, evidence, logCharacters)).join('\n');
    if (head.length + details.length < longest) return `${head}\n${details}`;
  }
  return `${head}\nThe details do not fit here; they are in the run's folder.\n`;
}

function summary(plan: Plan, run: Run, head: string): string {
  const document = documentOf(plan, run.document);
  const counts = countsOf(run);
  const [first] = run.people;
  const later = run.people
    .slice(1)
    .map(({ operator, host, arn }) => `${operator} on ${host}${arn === undefined || arn === first?.arn ? '' : ` as ${arn}`}`);
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Result', `**${resultOf(run)}**${counts.recovered === 0 ? '' : `, after ${counts.recovered} of its steps had failed and recovered`}`],
    ['Stage', run.stage],
    ['Run', `\`${run.id}\``],
    ['Document', `\`${run.document}\``],
    ['Operator', first === undefined ? undefined : `${cell(first.operator)} on ${cell(first.host)}`],
    ['Account', first?.account === undefined ? undefined : `${cell(first.account)}${first.arn === undefined ? '' : ` as ${code1(first.arn)}`}`],
    ['Resumed by', later.length === 0 ? undefined : cell(later.join(', '))],
    ['Ticket', run.ticket === undefined ? undefined : cell(run.ticket)],
    ['Reason', run.reason === undefined ? undefined : cell(run.reason)],
    ['Faults rehearsed', run.faults === undefined ? undefined : cell(run.faults.join(', '))],
    ['Started', run.startedAt],
    ['Last event', `${run.lastAt} (${durationWords(Date.parse(run.lastAt) - Date.parse(run.startedAt))})`],
    ['Commit', run.git === undefined ? undefined : `\`${run.git.commit}\`${run.git.dirty ? ', with uncommitted changes' : ''}`],
    ['Steps', `${counts.ok} ok, ${counts.recovered} recovered, ${counts.skipped} skipped, ${counts.failed} failed, ${counts.unknown} unknown`],
    [
      'Stopped because',
      run.status.kind === 'stopped' ? cell(`${run.status.because}${run.status.reason === undefined ? '' : `: ${run.status.reason}`}`) : undefined,
    ],
    ['Journal head', `\`${head}\``],
    ['Engine', first?.engine],
  ];
  const table = facts.flatMap(([name, value]) => (value === undefined ? [] : [`| ${name} | ${value} |`]));
  const notes = run.notes.map((note) => `- ${note.at} ${cell(note.operator)}: ${cell(note.text)}`);
  return [
    `# ${heading(document.title)}: ${resultOf(run)} on ${run.stage}`,
    '',
    '| | |',
    '| --- | --- |',
    ...table,
    '',
    '| | Step | State | Started | Took | Attempts |',
    '| --- | --- | --- | --- | --- | --- |',
    ...run.frames.filter((frame) => frame.opener === undefined).flatMap((frame) => rows(plan, run, frame, 0)),
    '',
    ...(notes.length === 0 ? [] : ['## Notes', '', ...notes, '']),
  ].join('\n');
}

/** A row a step, in the order in which they ran; the steps of a playbook follow the step that it was opened for. */
function rows(plan: Plan, run: Run, frame: Frame, depth: number): readonly string[] {
  return stepsIn(plan, frame).flatMap(({ step }) => {
    const record = stepRun(frame, step.id);
    const own = record.attempts.filter((attempt) => attempt.purpose === 'run');
    const name = `${'↳ '.repeat(depth)}${cell(step.title)} (\`${step.id}\`)`;
    const row = `| ${mark(record)} | ${name} | ${cell(stateDetail(record.state))} | ${own[0]?.startedAt ?? ''} | ${took(own)} | ${own.length} |`;
    const playbooks = record.playbooks.flatMap((id) => {
      const opened = run.frames[id];
      if (opened === undefined) return [];
      const why = opened.opener === undefined ? '' : ` (${cell(opened.opener.why.join(', '))})`;
      return [
        `| | ${'↳ '.repeat(depth + 1)}playbook ${cell(titleOf(plan, opened))}${why} | ${left(opened)} | | | |`,
        ...rows(plan, run, opened, depth + 1),
      ];
    });
    return [row, ...playbooks];
  });
}

function left(frame: Frame): string {
  return { retry: 'back to run the step again', done: 'counted the step as done', back: 'left unfinished' }[frame.left ?? 'back'];
}

function mark({ state }: StepRun): string {
  const marks: Partial<Record<StepRun['state']['kind'], string>> = {
    ok: '✔',
    recovered: '↻',
    failed: '✖',
    overridden: '✖',
    unknown: '?',
    skipped: '→',
  };
  return marks[state.kind] ?? '○';
}

function took(attempts: readonly Attempt[]): string {
  const ms = attempts.reduce(
    (sum, attempt) => sum + (attempt.endedAt === undefined ? 0 : Date.parse(attempt.endedAt) - Date.parse(attempt.startedAt)),
    0,
  );
  return attempts.length === 0 ? '' : durationWords(ms);
}

function titleOf(plan: Plan, frame: Frame): string {
  return proceduresOf(plan, frame)
    .map((procedure) => procedure.title)
    .join(', ');
}

type Placed = { readonly procedure: Procedure; readonly step: Step };

function stepsIn(plan: Plan, frame: Frame): readonly Placed[] {
  return proceduresOf(plan, frame).flatMap((procedure) => procedure.steps.map((step) => ({ procedure, step })));
}

function frameDetails(plan: Plan, run: Run, frame: Frame, evidence: Evidence, logCharacters: number): string {
  const level = frame.opener === undefined ? 2 : 4;
  return proceduresOf(plan, frame)
    .flatMap((procedure) => [
      `${'#'.repeat(level)} ${frame.opener === undefined ? '' : 'Playbook: '}${heading(procedure.title)}`,
      '',
      ...procedure.steps.flatMap((step) => stepDetails(plan, run, frame, step, evidence, { logCharacters, level: level + 1 })),
    ])
    .join('\n');
}

type Detail = { readonly logCharacters: number; readonly level: number };

function stepDetails(plan: Plan, run: Run, frame: Frame, step: Step, evidence: Evidence, { logCharacters, level }: Detail): readonly string[] {
  const record = stepRun(frame, step.id);
  const failure = record.failure === undefined ? '' : ` It failed: ${cell(record.failure.message)}`;
  const attempts = record.attempts.map((attempt) => ({ order: attempt.attempt, lines: attemptDetails(step, attempt, evidence, logCharacters) }));
  const playbooks = record.playbooks.flatMap((id) => {
    const opened = run.frames[id];
    return opened === undefined ? [] : [{ order: firstAttempt(opened), lines: [frameDetails(plan, run, opened, evidence, logCharacters)] }];
  });
  const inOrder = [...attempts, ...playbooks].sort((a, b) => a.order - b.order);
  return [
    `${'#'.repeat(Math.min(level, 6))} ${mark(record)} ${heading(step.title)}`,
    '',
    `\`${step.id}\`, risk ${step.risk}, ${cell(stateDetail(record.state))}.${failure}`,
    '',
    ...inOrder.flatMap(({ lines }) => lines),
  ];
}

/** Attempts count over the whole run, so the first one of a playbook tells when it was opened. */
function firstAttempt(frame: Frame): number {
  return Math.min(...Object.values(frame.steps).flatMap((record) => record.attempts.map((attempt) => attempt.attempt)));
}

function attemptDetails(step: Step, attempt: Attempt, evidence: Evidence, logCharacters: number): readonly string[] {
  const { end } = attempt;
  const code = end?.error === undefined ? '' : `, \`${cell(end.error.code)}\`: ${cell(end.error.message)}`;
  const failedAt = end?.failedAt === undefined ? '' : ` at ${step.place.path}:${end.failedAt.line}`;
  const what = end === undefined ? stateWord({ kind: 'unknown', why: '' }) : `${cell(outcomeWords(end.outcome))}${code}${failedAt}`;
  const log = evidence.log(attempt.attempt);
  const shown = log.text.slice(Math.max(0, log.text.length - logCharacters));
  const cut = log.cut + Buffer.byteLength(log.text) - Buffer.byteLength(shown);
  const values = Object.entries(end?.values ?? {}).map(([name, value]) => `- \`${name}\` = ${code1(value)}`);
  return [
    `Attempt ${attempt.attempt} (${purposeWord(attempt.purpose)}${attempt.how === 'onward' ? `, ${confirmedWords(attempt.how)}` : ''}), ${attempt.startedAt}, ${took([attempt])}: ${what}`,
    '',
    ...fence(evidence.block(attempt.attempt), attempt.purpose === 'run' ? step.block.language : ''),
    ...(shown === ''
      ? []
      : [
          '<details><summary>Output</summary>',
          '',
          ...(cut > 0 ? [`${cut} bytes before this are in the log.`, ''] : []),
          ...fence(shown, 'text'),
          '</details>',
          '',
        ]),
    ...(end?.requests ?? []).map(({ operation, id }) => `- request ${code1(operation)} ${code1(id)}`),
    ...(end?.remarks ?? []).map((remark) => `- ${cell(remark)}`),
    ...(end === undefined ? [] : [...values, `- log: ${end.log.bytes} bytes, SHA-256 \`${end.log.sha256}\``, '']),
  ];
}

/** A fence that nothing inside it can close. */
function fence(text: string, language: string): readonly string[] {
  const safe = escapeText(text, { colour: false, newlines: true }).replace(/\n+$/, '');
  const longestRun = Math.max(0, ...Array.from(safe.matchAll(/`+/g), (match) => match[0].length));
  const ticks = '`'.repeat(Math.max(3, longestRun + 1));
  return [`${ticks}${language}`, safe, ticks, ''];
}

/** Text in a table cell or a line: no markup, mention or link of its own. */
function cell(text: string): string {
  return escapeText(text, { colour: false })
    .replace(/[\\`*_{}[\]<>#|~!]/g, '\\$&')
    .replaceAll('@', '@<!-- -->')
    .replaceAll('://', ':<!-- -->//');
}

function heading(text: string): string {
  return cell(text);
}

/** Text as inline code. */
function code1(text: string): string {
  const safe = escapeText(text, { colour: false });
  const ticks = '`'.repeat(Math.max(0, ...Array.from(safe.matchAll(/`+/g), (match) => match[0].length)) + 1);
  return `${ticks} ${safe.replaceAll('|', '\\|')} ${ticks}`;
}
