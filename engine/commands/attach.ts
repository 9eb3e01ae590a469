/** `runbook attach`: puts the report of a run into its ticket, once; giving the command again updates it. */

import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { escapeText } from '../core/escape.ts';
import { sizeWords } from '../core/words.ts';
import { Fault } from '../fault.ts';
import { openWords, summaryDocument, summaryText, ticketSummary } from '../report/ticket-summary.ts';
import { recordedRun } from '../runtime/prepare.ts';
import { openProject, type Project } from '../runtime/project.ts';
import { findRun, type RunFolder, readRun, runFolder } from '../runtime/run-store.ts';
import { githubTicket } from '../runtime/ticket/github.ts';
import { jiraTicket } from '../runtime/ticket/jira.ts';
import { type Target, targetOf, targetWords } from '../runtime/ticket/target.ts';
import type { Attached, Parcel, Ticket, TicketFile } from '../runtime/ticket/ticket.ts';
import type { Io } from './io.ts';
import { reportBytes, reportText } from './report.ts';

/** Shows what is sent where, asks, sends it, and prints where it is. */
export async function attach(io: Io, wanted: string, options: { readonly to: string; readonly yes: boolean }): Promise<void> {
  const target = targetOf(options.to);
  const project = openProject(io.cwd);
  const folder = runFolder(project, findRun(project, wanted));
  const ticket = ticketOf(io, target);
  // Reading it checks the chain: nothing is sent of a record that is not intact.
  const text = readRun(folder);
  const { plan, run, documents } = recordedRun(project, folder, text);
  const report = reportText(project, folder);
  const summary = ticketSummary({ plan: { ...plan, documents }, run, events: text.events, head: text.head });
  const open = openWords(run);
  const parcel: Parcel = {
    run: run.id,
    markdown: `${open === undefined ? '' : `> [!WARNING]\n> ${escapeText(open, { colour: false })}\n\n`}${report}`,
    document: summaryDocument(summary),
    text: summaryText(summary),
    files: target.kind === 'github' ? [] : await attachments(project, folder, { report, bytes: text.bytes }),
  };
  show(io, target, { parcel, open });
  await confirm(io, target, { run: run.id, yes: options.yes });
  const attached = await ticket.attach(parcel);
  print(io, target, run.id, attached);
}

function ticketOf({ env }: Io, target: Target): Ticket {
  return target.kind === 'github' ? githubTicket(env, target) : jiraTicket(env, target);
}

/** The files of a run that go with it. The journal is sent as far as it was read, whatever is written to it meanwhile. */
async function attachments(
  project: Project,
  folder: RunFolder,
  { report, bytes }: { readonly report: string; readonly bytes: number },
): Promise<readonly TicketFile[]> {
  const files = [
    { name: 'report.md', type: 'text/markdown', content: Buffer.from(report) },
    { name: 'report.html', type: 'text/html', content: await reportBytes(project, folder, 'html') },
    { name: 'journal.jsonl', type: 'application/x-ndjson', content: readFileSync(folder.journal).subarray(0, bytes) },
  ];
  return files.map(({ name, type, content }) => ({ name: named(folder.run, name, content), type, content: new Uint8Array(content) }));
}

/** `20261122-140233-7f3k-report-1a2b3c4d.md`: the same name is the same content. */
function named(run: string, name: string, content: Uint8Array): string {
  const dot = name.indexOf('.');
  return `${run}-${name.slice(0, dot)}-${hash('sha256', content).slice(0, 8)}${name.slice(dot)}`;
}

function show(io: Io, target: Target, { parcel, open }: { parcel: Parcel; open: string | undefined }): void {
  const comment = target.kind === 'github' ? `${parcel.markdown.length} characters: the report` : `${parcel.text.length} characters: the summary`;
  const lines = [
    `Ticket   ${targetWords(target)} at ${hostOf(io, target)}`,
    `Run      ${parcel.run}${open === undefined ? '' : ', which has not ended'}`,
    `Comment  ${comment}`,
    ...(target.kind === 'github'
      ? ['Files    none: GitHub has no API for files in a comment']
      : parcel.files.map(({ name, content }, index) => `${index === 0 ? 'Files  ' : '       '}  ${name}, ${sizeWords(content.length)}`)),
  ];
  io.stdout.write(`${lines.join('\n')}\n`);
}

function hostOf({ env }: Io, { kind }: Target): string {
  // The addresses were checked when the ticket was made.
  const address = kind === 'github' ? env.GITHUB_API_URL || 'https://api.github.com' : env.JIRA_BASE_URL;
  return escapeText(new URL(address ?? '').host, { colour: false });
}

/** No terminal never means yes. */
async function confirm(io: Io, target: Target, { run, yes }: { run: string; yes: boolean }): Promise<void> {
  if (yes) return;
  const command = `runbook attach ${run} --to '${targetWords(target)}' --yes`;
  if (!io.stdin.isTTY)
    throw new Fault('unconfirmed', 'Sending has to be confirmed, and there is no terminal to ask. Nothing was sent.', { hint: command });
  const lines = createInterface({ input: io.stdin, output: io.stderr });
  const over = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  const answer = await Promise.race([lines.question('Send this? y/N '), over]);
  lines.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new Fault('unconfirmed', 'Nothing was sent.', { hint: command });
}

function print(io: Io, target: Target, run: string, { url, comment, files }: Attached): void {
  const lines = [
    ...files.map(({ name, what, why }) => `${name}: ${what}${why === undefined ? '' : `, ${why}`}`),
    `Comment ${comment}: ${url}`,
    ...(target.kind === 'github' ? [`To attach everything by hand: runbook report ${run} --format zip -o ${run}.zip`] : []),
  ];
  io.stdout.write(`${lines.map((line) => escapeText(line, { colour: false })).join('\n')}\n`);
}
