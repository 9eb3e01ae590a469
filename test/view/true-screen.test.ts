import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type IPty, spawn } from '@lydell/node-pty';
import headless from '@xterm/headless';
import { rolldown } from 'rolldown';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const open: IPty[] = [];
let views = '';

/** The views by themselves, as they are built, for programs that play an engine. */
beforeAll(async () => {
  // Where packages that are not in the bundle are found from.
  mkdirSync(join(root, 'node_modules/.cache'), { recursive: true });
  views = mkdtempSync(join(root, 'node_modules/.cache/views-'));
  const bundle = await rolldown({
    cwd: root,
    input: { terminal: 'engine/view/terminal.tsx', pick: 'engine/view/pick.tsx' },
    platform: 'node',
    external: ['react-devtools-core', /^shiki/],
    transform: { define: { 'process.env.NODE_ENV': '"production"' } },
  });
  await bundle.write({ dir: views, entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' });
  await bundle.close();
});

afterAll(() => rmSync(views, { recursive: true, force: true }));

afterEach(() => {
  for (const pty of open.splice(0)) pty.kill();
});

/** A program in a real pseudo terminal, with its bytes on a real grid. */
function start(program: string, module: string, args: readonly string[], size = { cols: 80, rows: 24 }) {
  const term = new headless.Terminal({ ...size, allowProposedApi: true, scrollback: 1000 });
  const pty = spawn(process.execPath, [join(root, 'test/fixtures/view', program), join(views, module), ...args], {
    ...size,
    cwd: root,
    name: 'xterm-256color',
    env: { ...process.env, CI: '', NO_COLOR: '' },
  });
  open.push(pty);
  let bytes = '';
  pty.onData((data) => {
    bytes += data;
    term.write(data);
  });
  const lines = (from: number) => {
    const { active } = term.buffer;
    return Array.from({ length: active.length - from }, (_, index) => active.getLine(from + index));
  };
  return {
    /** What is on the screen now. */
    screen: () =>
      lines(term.buffer.active.baseY)
        .map((line) => line?.translateToString(true) ?? '')
        .join('\n')
        .trimEnd(),
    /** Everything, with what has scrolled away. */
    all: () =>
      lines(0)
        .map((line) => line?.translateToString(true) ?? '')
        .join('\n')
        .trimEnd(),
    wrapped: () => lines(0).filter((line) => line?.isWrapped === true).length,
    alternate: () => term.buffer.active.type === 'alternate',
    pasteMode: () => term.modes.bracketedPasteMode,
    cursorShown: () => bytes.lastIndexOf('\u{1b}[?25h') > bytes.lastIndexOf('\u{1b}[?25l'),
    bytes: () => bytes,
    press: (keys: string) => pty.write(keys),
    resize: (cols: number, rows: number) => {
      pty.resize(cols, rows);
      term.resize(cols, rows);
    },
  };
}

const soon = { timeout: 20_000, interval: 30 };

type Started = ReturnType<typeof start>;

/** Waits for a question and answers it. A key is dropped until the question is armed, so it is pressed until something comes of it. */
async function answer(at: Started, question: string, keys: string, then: string): Promise<void> {
  await expect.poll(at.screen, soon).toContain(question);
  await expect
    .poll(
      () => {
        at.press(keys);
        return at.screen();
      },
      { ...soon, interval: 400 },
    )
    .toContain(then);
}

describe('in a real terminal', () => {
  test('a run with a failure, its playbook and a retry is answered by keys, and the terminal is as it was before', async () => {
    const at = start('program.ts', 'terminal.mjs', ['staging']);
    await expect.poll(at.screen, soon).toContain('Run this on STAGING?');
    expect(at.screen()).toContain('[ STAGING ] database-operations');
    expect(at.screen()).toContain("1 psql -c 'select * from pg_stat_replication'");
    expect(at.pasteMode()).toBe(true);
    // The colours of the command come when they are loaded; nobody has to press a key for them.
    await expect.poll(at.bytes, soon).toContain('\u{1b}[36mpsql\u{1b}[39m \u{1b}[33m-c');
    await answer(at, 'Run this on STAGING?', 'y', 'Do this on STAGING by hand');
    await answer(at, 'Do this on STAGING', 'd', 'Anything to note?');
    await answer(at, 'Anything to note?', '\r', '2 wait-idle --max 30s --host db-stg-01');
    await answer(at, 'step 3/5', 'y', 'running');
    await expect.poll(at.screen, soon).toContain('What next?');
    expect(at.screen()).toContain('› 1  Playbook: Queries stay in flight');
    expect(at.screen()).toContain('at runbooks/database-operations.md:62: wait-idle --max 30s --host db-stg-01');
    await answer(at, 'What next?', '\r', 'step 3.1/3.2');
    await answer(at, 'step 3.1/3.2', 'y', 'step 3.2/3.2');
    await answer(at, 'step 3.2/3.2', 'y', 'Back to step 3');
    await answer(at, 'Back to step 3', '\r', 'Run this on STAGING?');
    await answer(at, 'step 3/5', 'y', 'step 4/5');
    await answer(at, 'step 4/5', 'y', 'step 5/5');
    await answer(at, 'step 5/5', 'y', 'DONE');
    expect(at.all()).toMatch(/✔ 3\/5 drain-connections {3}recovered/u);
    expect(at.all()).toContain('Next:  runbook report 9c2m1');
    expect(at.wrapped()).toBe(0);
    expect(at.all()).toContain('raw false');
    expect(at.pasteMode()).toBe(false);
    expect(at.cursorShown()).toBe(true);
    expect(at.alternate()).toBe(false);
    // Nothing of the hostile output got through, and nothing above the frame was ever wiped.
    expect(at.bytes()).not.toContain('\u{1b}]0;');
    expect(at.bytes()).not.toContain('\u{1b}[3J');
  });

  test('stage, command and question survive every resize, and no line wraps', async () => {
    const at = start('program.ts', 'terminal.mjs', ['production']);
    await answer(at, 'step 1/5', 'y', 'step 2/5');
    await answer(at, 'step 2/5', 'd', 'Anything to note?');
    await answer(at, 'Anything to note?', '\r', 'step 3/5');
    for (const [cols, rows] of [
      [120, 40],
      [60, 15],
      [100, 30],
      [80, 24],
    ] as const) {
      at.resize(cols, rows);
      const shown = [
        new RegExp(`^─{${cols}}$`, 'mu'),
        /^ ■■■ \[ PRODUCTION \] ■■■/mu,
        /1 pgbouncer-ctl pause orders --host db-prod-01/u,
        /Type the stage's name, production/u,
      ];
      await expect.poll(() => shown.filter((part) => !part.test(at.screen())), soon).toEqual([]);
    }
    // In one go it would be a paste.
    for (const [index, key] of [...'production'].entries()) {
      at.press(key);
      await expect.poll(at.screen, soon).toContain(`› ${'production'.slice(0, index + 1)}_`);
    }
    await expect.poll(at.screen, soon).toContain('› production_');
    at.press('\r');
    await expect.poll(at.screen, soon).toMatch(/running \d+ s of 30 s/u);
    at.press('\u{3}');
    await expect.poll(at.screen, soon).toContain('is UNKNOWN');
    await answer(at, 'What became of it?', '\u{3}', 'DONE');
    expect(at.all()).toContain('Next:  runbook resume 9c2m1');
    expect(at.cursorShown()).toBe(true);
  });

  test('the picker uses the alternate screen and gives it back', async () => {
    const at = start('picker.ts', 'pick.mjs', []);
    await expect.poll(at.screen, soon).toContain('Choose a runbook');
    expect(at.alternate()).toBe(true);
    at.press('j');
    await expect.poll(at.screen, soon).toContain('runbook run database-restore#restore --stage staging');
    at.press('\r');
    await expect.poll(at.screen, soon).toContain('start');
    at.press('\r');
    await expect.poll(at.screen, soon).toContain('PICKED {"kind":"run","name":"database-restore"');
    expect(at.alternate()).toBe(false);
    await expect.poll(at.screen, soon).toContain('raw false');
    expect(at.cursorShown()).toBe(true);
  });
});
