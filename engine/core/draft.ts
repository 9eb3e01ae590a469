/** A copy of a run that the fold may write to. With a copy for each event, a long journal would take quadratic time. */

import { stepRun } from './frame.ts';
import { own } from './present.ts';
import type { Attempt, Frame, Run, StepRun } from './run.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** A step that the fold may write to. */
export type StepDraft = Writable<Omit<StepRun, 'attempts' | 'playbooks'>> & { readonly attempts: Attempt[]; readonly playbooks: number[] };

/** A frame that the fold may write to. */
export type FrameDraft = Writable<Omit<Frame, 'steps'>> & { readonly steps: Record<string, StepDraft> };

/** A run that the fold may write to. */
export type Draft = Writable<Omit<Run, 'frames' | 'stack' | 'values' | 'secrets' | 'files' | 'people' | 'notes'>> & {
  readonly frames: FrameDraft[];
  readonly stack: number[];
  readonly values: Record<string, Run['values'][string]>;
  readonly secrets: Record<string, Run['secrets'][string]>;
  readonly files: Record<string, string>;
  readonly people: Run['people'][number][];
  readonly notes: Run['notes'][number][];
};

/** A copy of a run that shares nothing that is written to. */
export function draftOf(run: Run): Draft {
  return {
    ...run,
    frames: run.frames.map((frame) => ({ ...frame, steps: mapped(frame.steps) })),
    stack: [...run.stack],
    values: { ...run.values },
    secrets: { ...run.secrets },
    files: { ...run.files },
    people: [...run.people],
    notes: [...run.notes],
  };
}

function mapped(steps: Frame['steps']): Record<string, StepDraft> {
  return Object.fromEntries(Object.entries(steps).map(([id, record]) => [id, copied(record)]));
}

function copied(record: StepRun): StepDraft {
  return { ...record, attempts: [...record.attempts], playbooks: [...record.playbooks] };
}

/** A step of a frame, to write to; from now on the frame knows it. */
export function draftStep(frame: FrameDraft, id: string): StepDraft {
  const known = own(frame.steps, id);
  if (known !== undefined) return known;
  const fresh = copied(stepRun(frame, id));
  frame.steps[id] = fresh;
  return fresh;
}
