/** Makes docs/film.svg: a rehearsal of a migration that waits for a lock, answered in a real terminal, with the playbook that mends it. */

import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { addMigration } from '../content/migration-files.ts';
import { makeLegoProject } from '../helpers/lego-project.ts';
import { cli } from '../helpers/project.ts';
import { openTerminal } from '../helpers/terminal.ts';
import { animatedSvg, type Frame } from './svg.ts';

const size = { columns: 120, rows: 36 };

/** Nothing that only passes by is shown for longer, however long it took. In seconds. */
const longest = 0.6;

/** What the operator does at a question, and what is said of it. The first one that fits is taken. */
const answers: readonly { readonly when: RegExp; readonly key: string; readonly caption: string; readonly seconds: number }[] = [
  {
    when: /is off until the end of the command was shown/u,
    key: ' ',
    caption: 'A command that does not fit is read to its end before it can be run: space.',
    seconds: 2,
  },
  { when: /What next\?/u, key: '\r', caption: 'It failed. What fits comes first, and is run only when the operator takes it: Enter.', seconds: 5 },
  { when: /Back to step/u, key: '\r', caption: 'The playbook has done its work. It says: retry. The operator agrees: Enter.', seconds: 4 },
  {
    when: /Run this on LOCAL\?[\s\S]*a run on/u,
    key: 'a',
    caption: 'A step that only reads. a: run it, and on through steps that only read.',
    seconds: 2.5,
  },
  {
    when: /risk HIGH[\s\S]*Run this on LOCAL\?/u,
    key: 'y',
    caption: 'High risk: what will run, on what, and how it is verified. y runs it; Enter would not.',
    seconds: 4,
  },
  { when: /Run this on LOCAL\?/u, key: 'y', caption: 'The exact command, with its values. y runs it.', seconds: 2.5 },
];

await using project = makeLegoProject();
const only = ['see-pending', 'read-sql', 'note-the-time', 'apply-migrations', 'see-applied', 'application-queries'].flatMap((step) => [
  '--only',
  step,
]);
const run = ['run', 'database-operations#run-migrations', '--stage', 'local'];
const { code, stdout, stderr } = await project.runbook([...run, '--yes', '--only', 'apply-migrations', '--only', 'rehearsal-data']);
if (code !== 0) throw new Error(stdout + stderr);
addMigration(project.root, { tag: '0003_weight', sql: 'ALTER TABLE "bricks" ADD COLUMN "weight" integer;', down: undefined });

using terminal = openTerminal(['node', cli, ...run, ...only, '--fault', 'lock-held'], {
  cwd: project.root,
  ...size,
  env: { NO_COLOR: '', SUDO_USER: 'admin' },
});
const frames: Frame[] = [];
let time = 0;
let caption = '$ runbook run database-operations#run-migrations --stage local --fault lock-held';

/** Adds the screen of now, when it is another one; what was there before stays for so long. */
function shoot(seconds: number): void {
  const rows = terminal.rows();
  const last = frames.at(-1);
  if (last !== undefined && last.caption === caption && JSON.stringify(last.rows) === JSON.stringify(rows)) return;
  if (last !== undefined) time += seconds;
  frames.push({ at: time, rows, caption });
}

let over = false;
const ended = terminal.ended.finally(() => (over = true));
let changed = performance.now();
let answered = '';
const deadline = performance.now() + 300_000;
while (!over) {
  if (performance.now() > deadline) throw new Error(`The film found no end:\n${terminal.screen()}`);
  const before = frames.length;
  shoot(Math.min(longest, Math.round((performance.now() - changed) / 100) / 10));
  if (frames.length > before) changed = performance.now();
  const screen = terminal.screen();
  const answer = answers.find(({ when }) => when.test(screen));
  // A question takes no key at once; and it is the same one until something else was on the screen.
  if (answer !== undefined && screen !== answered && performance.now() - changed > 600) {
    caption = answer.caption;
    shoot(0);
    time += answer.seconds;
    answered = screen;
    terminal.press(answer.key);
    await pause(300);
    caption = '';
    changed = performance.now();
  }
  if (answer === undefined) answered = '';
  await pause(50);
}
caption = 'Recovered is not the same as never failed: the summary, the record and the report say so.';
shoot(0.2);
const seconds = time + 8;
if ((await ended) !== 0) throw new Error(terminal.history());

const path = join(import.meta.dirname, '../../docs/film.svg');
writeFileSync(
  path,
  animatedSvg(frames, seconds, size, 'A rehearsal in the terminal: a migration waits for a lock, a playbook mends it, the migration runs'),
);
process.stdout.write(`${frames.length} frames, ${seconds.toFixed(0)} s, ${(statSync(path).size / 1000).toFixed(0)} kB: ${path}\n`);
