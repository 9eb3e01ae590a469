/** A project that is dangerous to bang keys at, and keys as nobody in their right mind presses them. */

import { fence, makeProject, runbookOf, type TestProject } from './project.ts';

/** What has to be typed before a step of high risk, and before the step that wants its cluster's name. */
export const stageName = 'production';
export const clusterName = 'lego-api-eu-1';

const runbook = runbookOf(
  `## Inputs

| Input | Meaning | Allowed | Default |
| --- | --- | --- | --- |
| \`window\` | The hour in which this is done | \`/^[0-9]{2}$/\` | 03 |
| \`replica\` | Which replica | ${Array.from({ length: 14 }, (_, index) => `\`db-${index}\``).join(', ')} | db-1 |

## Before you start

${fence('bash step=look-around risk=low', ': {stage}')}
## Turn it over

### Count

${fence('bash step=count risk=low capture=total', 'echo 42')}
### Prepare

${fence('bash step=prepare risk=medium timeout=1m', 'echo prepare {replica} {window} >> changed')}
**Dry run:**

${fence('bash dry-run=prepare', ': would prepare')}
### Look for the box

It is often not there.

${fence('bash step=look-for-box risk=medium timeout=1m', 'echo look-for-box >> changed; test -e box')}
**Undo:**

${fence('bash rollback=look-for-box', 'echo undo-look-for-box >> changed')}
### Cut over

${fence('bash step=cut-over risk=high timeout=1m', 'echo cut-over >> changed; exit $((RANDOM % 2))')}
**Check:**

${fence('bash check=cut-over timeout=20s', 'exit $((RANDOM % 3))')}
**Undo:**

${fence('bash rollback=cut-over', 'echo undo-cut-over >> changed')}
### Tell the others

${fence('text step=tell-others risk=medium timeout=1m manual', 'Tell the others.')}
### Drop the old cluster

${fence(`bash step=drop-old risk=medium timeout=1m retype=${clusterName}`, 'echo drop-old >> changed; sleep 0.2')}
### See what is left

${fence('bash step=see-rest risk=low retries=1 every=1s timeout=3s', 'exit $((RANDOM % 2))')}`,
  'playbook: ../playbooks/lost.md\n',
);

const playbook = `---
kind: playbook
---

# Lost

Something is not there.

## Symptoms

| Step | Error | Go to | Then |
| --- | --- | --- | --- |
| \`look-for-box\` | \`exit 1\` | [No box](#no-box) | retry |
| any | \`exit 1\` | [No idea](#no-idea) | ask |

## No box

${fence('bash step=find-wood risk=low', ': wood')}
${fence('bash step=make-box risk=high timeout=1m', 'echo make-box >> changed; : > box')}
## No idea

${fence('bash step=think risk=medium timeout=1m', 'echo think >> changed')}`;

/** Inputs, every risk, a value to retype, a manual step, undo, checks, failures, a playbook; each change leaves a line in the file `changed`. */
export function makeDanger(): TestProject {
  return makeProject({
    'runbook.yaml': `stages:\n  ${stageName}: { confirm: typed }\n`,
    'runbooks/turn-over.md': runbook,
    'playbooks/lost.md': playbook,
  });
}

/** One thing that happens at the keyboard. `chunk` is text that comes in one go and is not marked as a paste. */
export type Whim =
  | { readonly kind: 'key'; readonly name: string; readonly text: string }
  | { readonly kind: 'paste' | 'chunk'; readonly text: string }
  | { readonly kind: 'resize'; readonly columns: number; readonly rows: number };

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const named = ['enter', 'esc', 'up', 'down', 'pgup', 'pgdn', 'home', 'end', 'tab', 'backspace', 'ctrl+u', 'ctrl+w', 'ctrl+h', 'ctrl+l', 'ctrl+z'];
const bound = [...'ysndfxvaectlrgGjkNoqY?/ 123456789'];
const pasted = [stageName, `${stageName}\r`, clusterName, 'y', 'y\r', '\r', `${stageName}\n${stageName}`, 'because it is late'];
const sizes = { columns: [60, 61, 80, 80, 100, 120, 200], rows: [15, 18, 24, 24, 30, 40, 60] };
const tiny = { columns: [26, 45, 60, 100], rows: [6, 10, 14] };

/** What the monkey does next: mostly single keys, at times a word that means something here, in full or almost. `mayType`: also the right ones. */
export function whims(random: () => number, mayType: boolean): () => readonly Whim[] {
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const key = (name: string): Whim => ({ kind: 'key', name: name === ' ' ? 'space' : name, text: [...name].length === 1 ? name : '' });
  const words = [
    ...['Production', 'productionn', 'staging', 'lego-api-eu-2', 'yes', 'it is late, go on', '07'],
    ...(mayType ? ['productio', stageName, stageName, clusterName] : []),
  ];
  const end = (): readonly Whim[] => (random() < 0.8 ? [key('enter')] : []);
  return () => {
    const dice = random();
    if (dice < 0.32) return [key(one(bound))];
    if (dice < 0.55) return [key(one(named))];
    if (dice < 0.72) return [key('y')];
    if (dice < 0.78) return [key(one([...stageName]))];
    if (dice < 0.88) return [...[...one(words)].map(key), ...end()];
    if (dice < 0.92) return [{ kind: 'paste', text: one(pasted) }, ...end()];
    if (dice < 0.95) return [{ kind: 'chunk', text: one(pasted.filter((text) => text.length > 1)) }, ...end()];
    if (dice < 0.99) return [{ kind: 'resize', columns: one(sizes.columns), rows: one(sizes.rows) }];
    if (dice < 0.996) return [{ kind: 'resize', columns: one(tiny.columns), rows: one(tiny.rows) }];
    return [key('ctrl+c')];
  };
}
