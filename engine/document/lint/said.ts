/** What GitHub shows must agree with what runs: the info string is not shown there, so danger and the way back stand in words. */

import type { Rule } from './rule.ts';
import { changingSteps, type StepPlace, stepPlaces } from './step-places.ts';

/** A step of high risk without a warning above its block. */
export const riskUnsaid: Rule = {
  id: 'risk-unsaid',
  severity: 'error',
  scope: 'frame',
  check: (read) =>
    stepPlaces(read)
      .filter(({ step, warned }) => step.risk === 'high' && !warned)
      .map(({ step, at }) => ({
        at,
        words: [
          `The step ${step.id} has risk=high, and on GitHub nothing between its heading and its block says so.`,
          'Write an alert above it: > [!WARNING], and below that > **High risk.** What happens to whom.',
        ],
      })),
};

/** A step that changes something says how to take it back, or that nobody can. */
export const undoUnsaid: Rule = {
  id: 'undo-unsaid',
  severity: 'error',
  scope: 'frame',
  check: (read) =>
    changingSteps(read)
      .filter((place) => !saysUndo(place))
      .map(({ step, at }) => ({
        at,
        words: [
          `The step ${step.id} changes something, and nothing says how to take it back.`,
          `Write **Undo:** and a fence with rollback=${step.id}, or **Cannot be undone.** and what to do then.`,
        ],
      })),
};

function saysUndo({ step, above, below }: StepPlace): boolean {
  const never = /\b(?:cannot|can not|can['’]t) be undone\b|\bnothing to undo\b/i;
  return step.rollback !== undefined || [above, ...below].some((text) => never.test(text)) || below.some((text) => /^undo\b/i.test(text));
}

/** A step of a runbook with a playbook, below which no reader is told where to go when it fails. The engine knows it by the table of symptoms alone. */
export const failureUnsaid: Rule = {
  id: 'failure-unsaid',
  severity: 'warning',
  scope: 'frame',
  check: (read) => {
    const { kind, playbook } = read.document.frontMatter;
    if (kind === 'playbook' || playbook === undefined) return [];
    return changingSteps(read)
      .filter(({ step }) => step.failureLink === undefined)
      .map(({ step, at }) => ({
        at,
        words: [
          `The step ${step.id} changes something, and nothing below it says which entry of the playbook helps when it fails.`,
          'Write **If this fails:** [text](playbook.md#entry) below it; one link is enough for all steps below a heading.',
        ],
      }));
  },
};

/** A change that cannot be verified: when its end is not known, only a person could tell what became of it. */
export const checkMissing: Rule = {
  id: 'check-missing',
  severity: 'warning',
  scope: 'frame',
  check: (read) =>
    changingSteps(read)
      .filter(({ step, above, below }) => step.check === undefined && ![above, ...below].some((text) => traceless.test(text)))
      .map(({ step, at }) => ({
        at,
        words: [
          `The step ${step.id} changes something, and nothing can tell whether the change is in place.`,
          `Write **Check:** and a fence with check=${step.id} that only reads. If it leaves nothing behind, say so in these words.`,
        ],
      })),
};

/** What only locks or tries something has no effect to look for. */
const traceless = /\bleaves? nothing behind\b|\bnothing is left behind\b/i;
