/** What the words of one info string demand of each other. */

import type { Risk } from '../core/plan.ts';
import { builtIns, reservedName } from '../core/variables.ts';
import type { Annotation } from './annotation.ts';
import type { Collector, Span } from './collector.ts';

/** Languages for showing. Nothing could run them. */
const shownOnly = new Set([
  'text',
  'txt',
  'plaintext',
  'console',
  'shell-session',
  'shellsession',
  'output',
  'log',
  'diff',
  'markdown',
  'md',
  'mermaid',
]);

/** Checks that hold for a step and for every companion that runs. */
export function checkRunnable({ fence, language, flags, settings }: Annotation, report: Collector): void {
  if (shownOnly.has(language.toLowerCase()) && !flags.has('manual')) {
    const hint = 'Write the language of a command, such as bash or sql; what a person does has the flag manual.';
    report.error('language-unsupported', fence.at, [`A ${language} block cannot run.`, hint]);
  }
  const wants = (word: string, languages: readonly string[], at: Span | undefined): void => {
    if (at === undefined || languages.includes(language)) return;
    report.error('misplaced', at, `${word} is for ${languages.join(' and ')} blocks; this one is ${language}.`);
  };
  wants('aws', ['bash', 'sh'], flags.get('aws'));
  wants('transaction', ['sql'], flags.get('transaction'));
  // Of a manual step it is refused below, whatever the language.
  wants('tty', ['bash', 'sh'], flags.has('manual') ? undefined : flags.get('tty'));
  wants('host=', ['sql'], settings.get('host')?.at);
}

/** Checks that hold for a step. */
export function checkStep(annotation: Annotation, risk: Risk | undefined, report: Collector): void {
  checkRunnable(annotation, report);
  const { settings, flags, fence, refused, id } = annotation;
  if (risk === undefined && !refused.has('risk')) {
    report.error('risk-missing', fence.at, [`The step ${id.value} has no risk.`, 'Write risk=low if it only reads, else risk=medium or risk=high.']);
  }
  if (risk !== undefined && risk !== 'low') {
    const timed = settings.has('timeout') || refused.has('timeout') || flags.has('manual');
    if (!timed)
      report.error('timeout-missing', fence.at, [
        `The step ${id.value} has risk=${risk} and no timeout.`,
        'Write how long it may take, such as timeout=10m.',
      ]);
    for (const key of ['retries', 'every'])
      refuse(settings.get(key)?.at, `${key}= is for risk=low only: what changes something is never repeated without a person.`, report);
  }
  if (risk === 'high') refuse(flags.get('tty'), 'A tty step may not have risk=high: when its terminal is lost, nobody knows how it ended.', report);
  if (flags.has('tty')) refuse(settings.get('capture')?.at, 'The output of a tty step goes to the terminal and cannot be captured.', report);
  if (flags.has('tty'))
    refuse(flags.get('aws'), 'The engine itself sends the commands of an aws block: no program is there that could use a terminal.', report);
  if (flags.has('manual')) refuseManual(annotation, report);
  checkCapture(annotation, report);
}

function refuseManual({ settings, flags }: Annotation, report: Collector): void {
  for (const key of ['capture', 'retries', 'every', 'host'])
    refuse(settings.get(key)?.at, `A manual step is done by a person: ${key}= has no meaning for it.`, report);
  for (const flag of ['aws', 'transaction', 'tty'])
    refuse(flags.get(flag), `A manual step is done by a person: ${flag} has no meaning for it.`, report);
}

function refuse(at: Span | undefined, message: string, report: Collector): void {
  if (at !== undefined) report.error('conflict', at, message);
}

function checkCapture({ settings }: Annotation, report: Collector): void {
  const capture = settings.get('capture');
  if (capture !== undefined) checkName(capture.value, capture.at, report);
}

/** Refuses the name of an input or a capture that means something else already. */
export function checkName(name: string, at: Span, report: Collector): void {
  if (builtIns.some((builtIn) => builtIn === name)) {
    report.error('name-taken', at, [`The name ${name} is the engine's own.`, 'Choose another name.']);
  } else if (reservedName(name)) {
    report.error('name-reserved', at, [`The name ${name} would shadow $${name.toUpperCase()} in the environment.`, 'Choose another name.']);
  }
}
