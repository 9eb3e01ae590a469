/** The run as JUnit XML, for whatever shows tests: the run is the suite, a step is a case with the output of its attempts. */

import { purposeWord } from '../core/words.ts';
import { type AttemptFacts, attemptsOf, type Facts, factsOf, type StepFacts, stepsIn, type Told } from './facts.ts';
import { type Evidence, tailOf } from './output.ts';
import { attributes, content } from './xml.ts';

/** How much of the end of each log stands in the report. */
const outputCharacters = 16_000;

/** The report in pieces. A step that recovered passes and says so; one that is not known, or was not reached, is an error or skipped. */
export function* junitReport(told: Told, evidence: Evidence): Iterable<string> {
  const facts = factsOf(told);
  const steps = stepsIn(facts.procedures);
  const count = (...kinds: readonly StepFacts['kind'][]) => steps.filter(({ step }) => kinds.includes(step.kind)).length;
  const totals = attributes({
    tests: steps.length,
    failures: count('failed'),
    errors: count('unknown'),
    skipped: count('skipped', 'open'),
    time: seconds(Date.parse(facts.run.lastAt) - Date.parse(facts.run.startedAt)),
  });
  const name = attributes({ name: `${facts.title} on ${facts.run.stage}` });
  yield `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${name}${totals}>\n  <testsuite${name}${totals}${suite(facts)}>\n`;
  yield `    <properties>\n${facts.summary.map((row) => `      <property${attributes({ name: row.name, value: row.value })}/>\n`).join('')}    </properties>\n`;
  for (const { step } of steps) yield* testCase(facts, step, evidence);
  yield '  </testsuite>\n</testsuites>\n';
}

function suite({ run }: Facts): string {
  return attributes({ id: run.id, timestamp: run.startedAt.replace(/\.\d+Z$/, ''), hostname: run.people[0]?.host ?? '' });
}

function* testCase({ run }: Facts, step: StepFacts, evidence: Evidence): Iterable<string> {
  const about = { name: `${step.id}: ${step.title}`, classname: run.document.replace(/\.md$/, ''), time: seconds(step.tookMs ?? 0) };
  yield `    <testcase${attributes(about)}>\n`;
  const message = step.failure ?? step.words;
  const type = attemptsOf(step).findLast(({ purpose }) => purpose === 'run')?.words ?? step.kind;
  if (step.kind === 'failed') yield `      <failure${attributes({ message, type })}>${content(step.words)}</failure>\n`;
  if (step.kind === 'unknown') yield `      <error${attributes({ message: step.words, type: 'unknown' })}/>\n`;
  if (step.kind === 'skipped' || step.kind === 'open')
    yield `      <skipped${attributes({ message: step.kind === 'open' ? `not reached: ${step.words}` : step.words })}/>\n`;
  const recovered = step.kind === 'recovered' ? `${step.words}; it had failed: ${step.failure ?? ''}\n` : '';
  const decisions = step.items.flatMap((item) => (item.kind === 'decision' ? `${item.at} ${item.by}: ${item.words}\n` : []));
  const attempts = attemptsOf(step);
  if (attempts.length + decisions.length > 0) {
    yield `      <system-out>${content(recovered + decisions.join(''))}`;
    for (const attempt of attempts) yield content(attemptText(attempt, evidence));
    yield '</system-out>\n';
  }
  yield '    </testcase>\n';
}

function attemptText({ number, purpose, startedAt, words, error, log }: AttemptFacts, evidence: Evidence): string {
  const { text, cut } = tailOf(evidence.log(number), outputCharacters);
  const typed = error === undefined ? '' : `, ${error.code}: ${error.message}`;
  const before = cut > 0 ? `(about ${cut} bytes before this are in the log)\n` : '';
  const seal = log === undefined ? '' : `(log: ${log.bytes} bytes, SHA-256 ${log.sha256})\n`;
  return `Attempt ${number} (${purposeWord(purpose)}), ${startedAt}: ${words}${typed}\n${before}${text}${text === '' ? '' : '\n'}${seal}`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
