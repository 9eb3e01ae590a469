import { setTimeout as pause } from 'node:timers/promises';
import { test } from 'vitest';
import { cli, fence, makeProject, runbookOf } from '../helpers/project.ts';
import { openTerminal, type TestTerminal } from '../helpers/terminal.ts';

const runbook = runbookOf(
  `## Inputs

| Input | Meaning | Allowed | Default |
| --- | --- | --- | --- |
| \`box\` | The box that the bricks are put into. | \`red\`, \`blue\` | blue |

## Tidy up

### Look for the box

It should be on the shelf.

${fence('bash step=look-for-box risk=low', 'echo looking for the {box} box; test -e box')}
**If this fails:** [No box](../playbooks/lost.md#no-box).

### Sort the bricks

Takes a while.

${fence('bash step=sort-bricks risk=medium timeout=5m', 'for colour in white black red; do echo "sorted: $colour"; done\necho "40 sorting" > "$RUNBOOK_PROGRESS"\nsleep 60')}
### Tell the others

${fence('text step=tell-others risk=low manual', 'Say that the bricks are gone.')}
### Burn the rest

> [!CAUTION]
> **High risk.** Nothing brings them back.

${fence('bash step=burn-rest risk=high timeout=1m', 'echo burnt')}`,
  'owner: brick team\nplaybook: ../playbooks/lost.md\n',
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

## No box

### Make one

${fence('bash step=make-box risk=medium timeout=1m', ': > box')}`;

/** What differs from run to run, always written in the same way; rules end where that moves them. */
function settled(text: string, root: string): string {
  return text
    .replaceAll(root, '/project')
    .replace(/\d{8}-\d{6}-[a-z0-9]{4}/gu, '20261122-190208-9c2m')
    .replace(/\d\d:\d\d:\d\d/gu, '00:00:00')
    .replace(/\b\d+(\.\d)? s\b/gu, 'N s')
    .replace(/^(.*) running {3}\d.*(following|held)$/gmu, '$1 running   … $2')
    .replace(/ (operator|record) .*?(│|$)/gmu, ' $1 … $2')
    .replace(/ head {5}\w+/gu, ' head     …')
    .replace(/[ ─]+$/gmu, '');
}

/** The frame: from the line with the stage on. */
function frame(text: string): string {
  const lines = text.split('\n');
  return lines
    .slice(
      Math.max(
        0,
        lines.findLastIndex((line) => line.startsWith(' ■■■ [ PRODUCTION ] ■■■ tidy')),
      ),
    )
    .join('\n');
}

test.concurrent.for([
  [80, 24, false],
  [100, 30, false],
  [120, 40, false],
  [80, 24, true],
] as const)('a run through every screen looks as stored at %dx%d, colour: %s', { timeout: 300_000 }, async ([columns, rows, colour], { expect }) => {
  using project = makeProject({
    'runbook.yaml': 'stages:\n  production: { confirm: typed }\n',
    'runbooks/tidy.md': runbook,
    'playbooks/lost.md': playbook,
  });
  const env = { NO_COLOR: colour ? '' : '1', USER: 'admin' };
  using terminal = openTerminal(['node', cli], { cwd: project.root, columns, rows, env });
  const shot = async (name: string, shown: string | RegExp) => {
    await terminal.shows(shown);
    const grid = await still(terminal);
    expect(grid.wrapped).toBe(0);
    const text = settled(frame(grid.text), project.root);
    await expect(`${text}\n`).toMatchFileSnapshot(`__screens__/${name}-${columns}x${rows}.txt`);
    if (colour) expect(grid.roles).toMatch(/(bold|dim|inverse|red)/u);
    else expect(grid.roles).toBe('');
  };
  await shot('picker', 'Choose a runbook');
  await terminal.answer('Choose a runbook', '\r');
  await terminal.answer('start', '\r');
  await shot('input', 'box?');
  await terminal.answer('box?', '\r');
  await shot('confirm', 'Run this on PRODUCTION?');
  await terminal.answer('Run this on PRODUCTION?', 'n');
  await shot('overview', /── Steps/u);
  await terminal.answer(/── Steps/u, '?');
  await shot('help', /── Keys/u);
  await terminal.answer(/── Keys/u, '?');
  await terminal.answer(/── Steps/u, '\r');
  await terminal.answer('Run this on PRODUCTION?', 'y');
  await shot('failure', 'What next?');
  await terminal.answer('What next?', '\r');
  await shot('playbook', 'make-box');
  await terminal.answer('Run this on PRODUCTION?', 'y');
  await shot('return', 'Back to step 1');
  await terminal.answer('Back to step 1', '\r');
  // What the first attempt printed may still be on the screen.
  await terminal.answer(/looking for the[\s\S]*Run this on PRODUCTION\?/u, 'y');
  await terminal.answer(/Sort the bricks[\s\S]*Run this on PRODUCTION\?/u, 'y');
  await shot('live', /40 %[\s\S]*sorted: red/u);
  // In mid-run the screen is made smaller and larger again: nothing is lost.
  terminal.resize(60, 15);
  await terminal.shows(/■■■ \[ PRODUCTION \] ■■■[\s\S]*40 %[\s\S]*sorted: red[\s\S]*─{60}\n space hold.*ctrl\+c stop this step$/u);
  terminal.resize(columns, rows);
  await terminal.shows(new RegExp(`─{${columns}}\n space hold`, 'u'));
  terminal.press('\u0003');
  await shot('unknown', 'What became of it?');
  await terminal.answer('What became of it?', '2');
  await terminal.answer('› 2  It happened', '\r');
  await shot('reason', 'For what reason?');
  await terminal.answer('For what reason?', 'counted them by hand\r');
  await shot('manual', 'Do this on PRODUCTION by hand');
  await terminal.answer('Do this on PRODUCTION by hand', 'd');
  await terminal.answer('Anything to note?', '\r');
  await shot('confirm-typed', "Type the stage's name");
  await terminal.answer("Type the stage's name", '\u0003');
  await shot('stop', 'Stop here and keep the run');
  await terminal.answer('Stop here and keep the run', 'n');
  await terminal.answer("Type the stage's name", 'production\r');
  // Not the heading of the step that comes next.
  await shot('finish', /^ Next: {2}runbook report/mu);
  expect(await terminal.ended).toBe(0);
});

/** The screen when it stays as it is for a moment. */
async function still(terminal: TestTerminal): Promise<ReturnType<TestTerminal['grid']>> {
  for (let last = terminal.grid(); ; ) {
    await pause(250);
    const now = terminal.grid();
    if (settled(now.text, '') === settled(last.text, '')) return now;
    last = now;
  }
}
