/** What is the same as when a run was left, and what is not. */

import type { Event, Person } from './event.ts';
import { present } from './present.ts';
import type { Run } from './run.ts';

/** Something about a run that was one thing when it was left, and is that or another thing now. */
export type Compared = { readonly what: string; readonly before: string; readonly now: string };

/** The comparison of a run that `event` has just resumed with what it was before: who drives it, from where, with what, on which commit. */
export function comparedAtResume(run: Run, event: Extract<Event, { type: 'run-resumed' }>): readonly Compared[] {
  const last = present(run.people.at(-2), 'A run that was resumed has somebody who drove it before.');
  const of = (what: string, key: keyof Person): readonly Compared[] => {
    const [before, now] = [last[key], event[key]];
    return before === undefined && now === undefined ? [] : [{ what, before: before ?? 'none', now: now ?? 'none' }];
  };
  const commit = (git: Run['git']): string =>
    git === undefined ? 'none' : `${git.commit.slice(0, 12)}${git.dirty ? ' with uncommitted changes' : ''}`;
  return [
    ...of('operator', 'operator'),
    ...of('host', 'host'),
    ...of('engine', 'engine'),
    ...of('account', 'account'),
    ...of('acting as', 'arn'),
    ...(run.git === undefined && event.git === undefined ? [] : [{ what: 'commit', before: commit(run.git), now: commit(event.git) }]),
  ];
}
