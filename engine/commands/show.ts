/** `runbook show`: what a document holds: its procedures, steps, inputs and symptoms; or the IAM policy that it needs. */

import { escapeText, safeJson } from '../core/escape.ts';
import { sections } from '../core/variables.ts';
import { durationWords } from '../core/words.ts';
import { parseDocument } from '../document/parse.ts';
import { Fault } from '../fault.ts';
import { findDocument, openProject, readText } from '../runtime/project.ts';
import { refuseInvalid } from './invalid.ts';
import type { Io } from './io.ts';

/** The options of `show`. */
export type ShowOptions = { readonly json: boolean; readonly iam: boolean; readonly stage?: string };

/** Prints the structure of a document; with `json`, all that was read from it; with `iam`, its policy. */
export async function show(io: Io, name: string, options: ShowOptions): Promise<void> {
  if (options.stage !== undefined && !options.iam)
    throw new Fault('usage', '--stage fills in the policy of --iam, which was not asked for.', {
      hint: `runbook show ${name} --iam --stage ${options.stage}`,
    });
  const project = openProject(io.cwd);
  const found = findDocument(project, io.cwd, name);
  const source = readText(project, found.path) ?? '';
  const { document, diagnostics } = parseDocument(found.path, source);
  refuseInvalid(found.path, diagnostics, source);
  if (options.iam) {
    const { showPolicy } = await import('./iam.ts');
    const { procedure } = found;
    const { stage } = options;
    return showPolicy(io, project, { document, source, ...(procedure !== undefined && { procedure }), ...(stage !== undefined && { stage }) });
  }
  if (options.json) {
    // The markdown is there already; how the views read it is theirs to change.
    io.stdout.write(`${safeJson({ version: 1, document }, (key, value: unknown) => (key === 'reading' ? undefined : value))}\n`);
    return;
  }
  const { owner, severity, reviewed, stages, escalation } = document.frontMatter;
  const about = { owner, severity, reviewed, stages: stages?.join(', '), escalation, playbook: document.frontMatter.playbook };
  const lines = [
    document.title,
    document.summary,
    '',
    ...Object.entries(about).flatMap(([key, value]) => (value === undefined ? [] : [`${key.padEnd(11)}${value}`])),
    '',
  ];
  for (const input of document.inputs)
    lines.push(`input {${input.name}}: ${input.meaning}${input.default === undefined ? '' : ` (default ${input.default})`}`);
  for (const procedure of sections(document).filter((section) => found.procedure === undefined || section.anchor === found.procedure)) {
    lines.push('', `${procedure.title}  #${procedure.anchor}`);
    for (const step of procedure.steps) {
      const kind = step.manual ? 'manual' : [step.block.language, ...step.block.flags].join(' ');
      const more = [step.check && 'check', step.rollback && 'undo', step.dryRun && 'dry run'].filter((part) => part !== undefined).join(', ');
      lines.push(
        `  ${step.id.padEnd(28)} risk ${step.risk.padEnd(7)} ${kind.padEnd(9)} ${durationWords(step.timeoutMs).padEnd(7)} ${more}`.trimEnd(),
      );
    }
  }
  io.stdout.write(
    `${escapeText(
      lines
        .join('\n')
        .replace(/\n{3,}/g, '\n\n')
        .trimEnd(),
      { colour: false, newlines: true },
    )}\n`,
  );
}
