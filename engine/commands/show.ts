/** `runbook show`: a document as its reader sees it; or its outline, all that was read from it, or the IAM policy that it needs. */

import { escapeText, safeJson } from '../core/escape.ts';
import type { Document } from '../core/plan.ts';
import type { Prose } from '../core/prose.ts';
import { sections } from '../core/variables.ts';
import { durationWords } from '../core/words.ts';
import { nearest } from '../document/nearest.ts';
import { readWhole } from '../document/whole.ts';
import { Fault } from '../fault.ts';
import { findDocument, openProject, readText } from '../runtime/project.ts';
import { refuseInvalid } from './invalid.ts';
import { hasColour, hasUnicode, type Io } from './io.ts';

/** The options of `show`. */
export type ShowOptions = {
  readonly json: boolean;
  readonly iam: boolean;
  readonly outline: boolean;
  readonly pager: boolean;
  readonly stage?: string;
};

/** Prints a document, or with an anchor the part below that heading. */
export async function show(io: Io, name: string, options: ShowOptions): Promise<void> {
  if (options.stage !== undefined && !options.iam)
    throw new Fault('usage', '--stage fills in the policy of --iam, which was not asked for.', {
      hint: `runbook show ${name} --iam --stage ${options.stage}`,
    });
  const project = openProject(io.cwd);
  const found = findDocument(project, io.cwd, name);
  const source = readText(project, found.path) ?? '';
  const { document, diagnostics, prose, anchors } = readWhole(found.path, source, found.procedure);
  refuseInvalid(found.path, diagnostics, source);
  if (options.iam) {
    const { showPolicy } = await import('./iam.ts');
    const { procedure } = found;
    const { stage } = options;
    return showPolicy(io, project, { document, source, ...(procedure !== undefined && { procedure }), ...(stage !== undefined && { stage }) });
  }
  if (prose === undefined) throw unknownHeading(found.path, String(found.procedure), anchors);
  if (options.json) {
    // The markdown is there already; how the views read it is theirs to change.
    const { escalation, ...told } = document;
    io.stdout.write(`${safeJson({ version: 1, document: told }, (key, value: unknown) => (key === 'reading' ? undefined : value))}\n`);
    return;
  }
  if (options.outline) io.stdout.write(outline(document, found.procedure));
  else await read(io, document, { prose, whole: found.procedure === undefined, pager: options.pager });
}

function unknownHeading(path: string, anchor: string, anchors: readonly string[]): Fault {
  const near = nearest(anchor, anchors);
  return new Fault('usage', `${path} has no heading #${anchor}.`, {
    hint: near === undefined ? `It has: ${anchors.join(', ')}.` : `Did you mean #${near}?`,
  });
}

/** At a terminal as wide as that, in its pager where it is longer; elsewhere plain lines, none of them broken. */
async function read(io: Io, document: Document, { prose, whole, pager }: { prose: Prose; whole: boolean; pager: boolean }): Promise<void> {
  const [{ drawProse }, { lookOf }] = await Promise.all([import('../view/prose.ts'), import('../view/look.ts')]);
  const { isTTY, columns, rows } = io.stdout as Partial<Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'rows'>>;
  const colour = hasColour(io, io.stdout);
  const size = { columns: isTTY === true ? (columns ?? 80) : Number.POSITIVE_INFINITY, rows: rows ?? 0 };
  const highlight = colour ? { highlight: await (await import('../view/highlight.ts')).loadHighlighter(languagesOf(prose)) } : {};
  const look = lookOf(size, { colour, unicode: hasUnicode(io), ...highlight });
  const front = whole ? frontLines(document).map((line) => look.paint('quiet', escapeText(line, { colour: false }))) : [];
  const lines = [...front, ...(front.length > 0 ? [''] : []), ...drawProse(prose, look, true).lines];
  const text = `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
  if (isTTY === true && io.stdin.isTTY && pager && lines.length >= size.rows) {
    const { page } = await import('./pager.ts');
    if (await page(io, text)) return;
  }
  io.stdout.write(text);
}

function languagesOf(prose: Prose): readonly string[] {
  return prose.flatMap((block) => {
    if (block.kind === 'code') return [block.language];
    if (block.kind === 'quote' || block.kind === 'alert') return languagesOf(block.blocks);
    return block.kind === 'list' ? block.items.flatMap(({ blocks }) => languagesOf(blocks)) : [];
  });
}

function frontLines({ frontMatter }: Document): readonly string[] {
  const { owner, severity, reviewed, stages, escalation, playbook } = frontMatter;
  const about = { owner, severity, reviewed, stages: stages?.join(', '), escalation, playbook };
  return Object.entries(about).flatMap(([key, value]) => (value === undefined ? [] : [`${key.padEnd(11)}${value}`]));
}

/** The procedures and their steps, a line each. */
function outline(document: Document, anchor: string | undefined): string {
  const lines = [document.title, document.summary, '', ...frontLines(document), ''];
  for (const input of document.inputs)
    lines.push(`input {${input.name}}: ${input.meaning}${input.default === undefined ? '' : ` (default ${input.default})`}`);
  for (const procedure of sections(document).filter((section) => anchor === undefined || section.anchor === anchor)) {
    lines.push('', `${procedure.title}  #${procedure.anchor}`);
    for (const step of procedure.steps) {
      const kind = step.manual ? 'manual' : [step.block.language, ...step.block.flags].join(' ');
      const more = [step.check && 'check', step.rollback && 'undo', step.dryRun && 'dry run'].filter((part) => part !== undefined).join(', ');
      lines.push(
        `  ${step.id.padEnd(28)} risk ${step.risk.padEnd(7)} ${kind.padEnd(9)} ${durationWords(step.timeoutMs).padEnd(7)} ${more}`.trimEnd(),
      );
    }
  }
  const text = lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trimEnd();
  return `${escapeText(text, { colour: false, newlines: true })}\n`;
}
