/** A step that writes far more than anybody reads: 50 MB of numbered lines, and on until it is told to end. */

import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fence, makeProject, runbookOf, type TestProject } from './project.ts';

const block = `part() {
  awk -v from="$1" 'BEGIN { for (n = from; n < from + 26215; n += 1) printf "brick %08d %-182s\\n", n, "of the tower" }'
}
for ((tenth = 0; tenth < 10; tenth += 1)); do part $((tenth * 26215)); done
# A step outlives an engine that is killed, so it ends by itself.
for ((more = 0; more < 60; more += 1)); do
  if [ -e enough ]; then break; fi
  part 0
  sleep 1
done`;

/** The project; the step `pile-up` of the runbook `tower` ends when the file `enough` is there. */
export function makeFlood(): TestProject {
  return makeProject({ 'runbooks/tower.md': runbookOf(`## Pile up\n\n${fence('bash step=pile-up risk=low timeout=5m', block)}`) });
}

/** How many bytes the step wrote. */
export function spooledBytes(project: TestProject): number {
  return sizeOf(project, 'private/spool');
}

/** How many of them the engine has recorded. */
export function floodBytes(project: TestProject): number {
  return sizeOf(project, 'log');
}

function sizeOf({ root }: TestProject, file: string): number {
  return globSync(`.runbook/runs/*/attempts/*/${file}`, { cwd: root }).reduce((sum, path) => sum + statSync(join(root, path)).size, 0);
}
