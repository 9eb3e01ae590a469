import { renderToString, Text } from 'ink';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import type { Context, FileChange, Question } from '../../engine/core/need.ts';
import type { Input, Plan } from '../../engine/core/plan.ts';
import { lookOf } from '../../engine/view/look.ts';
import { finishLines } from '../../engine/view/permanent.ts';
import { Screen } from '../../engine/view/screen.tsx';
import { drawFrame } from '../../engine/view/screens/frame.ts';
import { type Action, type Asked, initial, type State } from '../../engine/view/state.ts';
import { createStore } from '../../engine/view/store.ts';
import { update } from '../../engine/view/update.ts';
import { drawnGrid } from '../helpers/grid.ts';
import {
  attempted,
  drainFailed,
  drainOutput,
  type Moment,
  planOn,
  playbookEnded,
  played,
  production,
  questionOf,
  running,
  staging,
  started,
  startedAt,
  throughPlaybook,
  untilDrain,
  words,
} from './sample.ts';

type Size = { readonly columns: number; readonly rows: number };
type Show = {
  readonly plan: Plan;
  readonly moments: readonly Moment[];
  readonly ask?: (question: Question) => Asked;
  readonly keys?: readonly string[];
  readonly actions?: readonly Action[];
  /** After the keys. */
  readonly after?: readonly Action[];
  /** The operator runs on. */
  readonly onward?: boolean;
};

const asked =
  (context: Context = { cwd: '~/ops' }) =>
  (question: Question): Asked => ({ kind: 'question', question, context });

function stateOf(
  { plan, moments, ask, keys = [], actions = [], after = [], onward = false }: Show,
  size: Size,
  style = { colour: false, unicode: true },
): State {
  const { run, events } = played(plan, moments);
  const scene = { plan, run, folder: '.runbook/runs/9c2m1', lock: 'this host only' };
  const press = (name: string): Action => ({ kind: 'key', press: { name, text: [...name].length === 1 ? name : '' } });
  const all: readonly Action[] = [
    ...events.slice(-1).map((event): Action => ({ kind: 'event', scene, event, at: startedAt + 190_000 })),
    ...(ask === undefined
      ? []
      : [{ kind: 'ask', scene, asked: ask(questionOf(plan, run)), at: startedAt + 200_000 } as const, { kind: 'armed' } as const]),
    ...actions,
    ...keys.map(press),
    ...after,
  ];
  const stretch = onward ? { stretch: { frame: 0, anchor: 'take-connections-off' } } : {};
  const first = { ...initial(lookOf(size, style), startedAt), last: drainOutput, ...stretch };
  return all.reduce((state: State, action) => {
    const next = update(state, action).state;
    // What an attempt wrote comes by output; here it is simply there.
    return action.kind === 'event' ? { ...next, last: drainOutput } : next;
  }, first);
}

const plan = planOn(staging);
const typed = planOn(production);
const input: Input = {
  name: 'target',
  meaning: 'The replica that becomes the primary.',
  allowed: { kind: 'pattern', pattern: '^db-[a-z]+-[0-9]{2}$' },
  default: 'db-stg-03',
  place: { path: 'a.md', line: 1, column: 1 },
};
const asksFor = (asks: Input) => (): Asked => ({
  kind: 'question',
  question: { kind: 'input', frame: 0, input: asks, usedBy: ['fail-over'] },
  context: {},
});
const changes: readonly FileChange[] = [
  {
    path: 'runbooks/database-operations.md',
    kind: 'changed',
    diff: '@@ -60,3 +60,3 @@\n pgbouncer-ctl pause {service}\n-wait-idle --max 60s\n+wait-idle --max 30s \u{1b}[2J\n',
  },
  { path: 'drizzle/0003_orders.sql', kind: 'removed', diff: '' },
];
const renewal = {
  profile: 'lego-staging',
  why: 'The AWS profile "lego-staging" gives no credentials: The SSO session associated with this profile has expired. To refresh this SSO session run aws sso login with the corresponding profile.',
  hint: 'aws sso login --profile lego-staging',
};
const long = (question: Question): Asked => {
  if (question.kind !== 'confirm') throw new Error('A confirmation was expected.');
  const text = Array.from(
    { length: 40 },
    (_, line) => `pgbouncer-ctl pause orders-${line} --host db-stg-01 --reason "${'maintenance '.repeat(line % 9)}"`,
  ).join('\n');
  return { kind: 'question', question: { ...question, block: { ...question.block, text } }, context: { cwd: '~/ops' } };
};
const since = {
  kind: 'compared',
  run: '20261104-190208-5e11',
  at: '2026-11-04T19:02:08.000Z',
  lines: 1,
  diff: '--- runbooks/database-operations.md:61 (run 20261104-190208-5e11)\n+++ runbooks/database-operations.md:61 (now)\n@@ -1,2 +1,2 @@\n pgbouncer-ctl pause {service} --host {host}\n-wait-idle --max 60s --host {host}\u{1b}[2J\n+wait-idle --max 30s --host {host}\n',
} as const;
const files = [
  'scripts/wait-idle.sh',
  'drizzle/0001_init.sql',
  'drizzle/0002_set_owners.sql',
  'drizzle/0003_\u{1b}[2Jorders.sql',
  'drizzle/meta/_journal.json',
];
/** Documents that say whom to call. */
const calling: Plan = {
  ...plan,
  documents: Object.fromEntries(
    Object.entries(plan.documents).map(([path, document]) => [
      path,
      {
        ...document,
        frontMatter: { ...document.frontMatter, escalation: 'data-primary' },
        escalation: words(
          'Page **data-primary** after 10 minutes, or at once if the lag is above 60 s.\n\n- say since when writes are refused\n- give them this run',
        ),
      },
    ]),
  ),
};
const target = { host: 'db-stg-01.internal', port: 5432, database: 'orders', user: 'app', role: 'writer' } as const;
const output: readonly Action[] = [
  {
    kind: 'output',
    attempt: 2,
    lines: [...drainOutput, ...Array.from({ length: 30 }, (_, line) => `in_flight=${line} ${'x'.repeat(line * 8)}`)],
    total: 635,
    bytes: 61_000,
    at: startedAt + 195_000,
  },
  { kind: 'progress', attempt: 2, percent: 42, message: 'waiting for queries' },
  { kind: 'tick', at: startedAt + 200_000 },
];

const shows: Readonly<Record<string, Show>> = {
  confirm: { plan, moments: untilDrain(plan), ask: asked() },
  'confirm-sql': { plan, moments: untilDrain(plan), ask: asked({ cwd: '~/ops', target }) },
  'confirm-raw': { plan, moments: untilDrain(plan), ask: asked(), keys: ['x'] },
  'confirm-long': { plan, moments: untilDrain(plan), ask: long },
  'confirm-typed': { plan: typed, moments: untilDrain(typed), ask: asked(), keys: ['p', 'r', 'o'] },
  'confirm-low': { plan, moments: [started(plan)], ask: asked({ cwd: '~/ops', since: { kind: 'never', searched: 50, unread: 1 } }) },
  'confirm-onward': { plan, moments: [started(plan), ...running(20, 'check-replicas', 1)], actions: [], onward: true },
  'confirm-same': { plan, moments: untilDrain(plan), ask: asked({ cwd: '~/ops', since: { ...since, lines: 0, diff: '' } }) },
  'confirm-changed': { plan, moments: untilDrain(plan), ask: asked({ cwd: '~/ops', since, files }) },
  'confirm-changed-typed': { plan: typed, moments: untilDrain(typed), ask: asked({ cwd: '~/ops', since, files }), keys: ['p', 'r', 'o'] },
  difference: { plan, moments: untilDrain(plan), ask: asked({ since }), keys: ['D'] },
  'confirm-dry-run': {
    plan,
    moments: [...untilDrain(plan), [70, { type: 'companion-chosen', frame: 0, step: 'drain-connections', purpose: 'dry-run' }]],
    ask: asked(),
  },
  'confirm-tried': {
    plan,
    moments: [...untilDrain(plan), ...attempted(70, 'drain-connections', 2, 1.2, { purpose: 'dry-run' })],
    ask: asked({ cwd: '~/ops', since }),
  },
  'confirm-copied': { plan, moments: untilDrain(plan), ask: asked(), keys: ['c'] },
  'confirm-no-editor': {
    plan,
    moments: untilDrain(plan),
    ask: asked(),
    after: [{ kind: 'edited', problem: 'No editor is set. Before the next run: export EDITOR=vi. The file is runbooks/database-operations.md:61' }],
  },
  'confirm-masked': {
    plan,
    moments: untilDrain(plan),
    ask: asked({ masked: { text: 'login --token [secret]\n', source: 'login --token [secret]\n' } }),
    keys: ['c'],
  },
  'failure-note': { plan, moments: [...untilDrain(plan), ...drainFailed], ask: asked({}), keys: ['N', 't', 'o', 'l', 'd'] },
  note: { plan, moments: untilDrain(plan), ask: asked(), keys: ['N', 't', 'o', 'l', 'd'] },
  escalation: { plan: calling, moments: [...untilDrain(plan), ...drainFailed], ask: asked({}), keys: ['E'] },
  'confirm-undo': {
    plan,
    moments: [...untilDrain(plan), ...drainFailed, [110, { type: 'companion-chosen', frame: 0, step: 'drain-connections', purpose: 'rollback' }]],
    ask: asked(),
  },
  skip: { plan, moments: untilDrain(plan), ask: asked(), keys: ['s', 'n', 'o', 't'] },
  overview: { plan, moments: untilDrain(plan), ask: asked(), keys: ['n'] },
  values: { plan, moments: untilDrain(plan), ask: asked({ files }), keys: ['v'] },
  prose: { plan, moments: untilDrain(plan), ask: asked(), keys: ['p'] },
  help: { plan, moments: untilDrain(plan), ask: asked(), keys: ['?'] },
  stop: { plan, moments: untilDrain(plan), ask: asked(), keys: ['ctrl+c'] },
  attest: { plan, moments: untilDrain(plan).slice(0, 4), ask: asked({}) },
  input: { plan, moments: untilDrain(plan), ask: asksFor(input) },
  'input-choices': {
    plan,
    moments: untilDrain(plan),
    ask: asksFor({ ...input, allowed: { kind: 'choices', choices: ['db-stg-02', 'db-stg-03'] } }),
    keys: ['2'],
  },
  live: { plan, moments: [...untilDrain(plan), ...running(170, 'drain-connections', 2)], actions: output },
  'live-search': {
    plan,
    moments: [...untilDrain(plan), ...running(170, 'drain-connections', 2)],
    actions: output,
    keys: ['/', 'W', 'A', 'I', 'T', 'backspace', 'backspace', 'backspace', 'backspace', 'w', 'a', 'i', 't', 'enter', 'N'],
  },
  'overview-filter': { plan, moments: untilDrain(plan), ask: asked(), keys: ['n', '/', 'd', 'r'] },
  'live-stopping': {
    plan,
    moments: [...untilDrain(plan), ...running(170, 'drain-connections', 2)],
    actions: output,
    keys: ['space', 'pgup', 'ctrl+c'],
  },
  failure: { plan, moments: [...untilDrain(plan), ...drainFailed], ask: asked({}) },
  'failure-reason': { plan, moments: [...untilDrain(plan), ...drainFailed], ask: asked({}), keys: ['4', 'enter', 'b', 'e'] },
  playbook: { plan, moments: [...untilDrain(plan), ...drainFailed, ...throughPlaybook], ask: asked() },
  'playbook-overview': { plan, moments: [...untilDrain(plan), ...drainFailed, ...throughPlaybook], ask: asked(), keys: ['n'] },
  return: { plan, moments: [...untilDrain(plan), ...drainFailed, ...playbookEnded], ask: asked({}) },
  unknown: { plan, moments: [...untilDrain(plan), ...attempted(70, 'drain-connections', 2, 30, { outcome: { kind: 'timed-out' } })], ask: asked({}) },
  'confirm-aws': {
    plan,
    moments: untilDrain(plan),
    ask: asked({
      cwd: '~/ops',
      aws: { account: '222222222222', region: 'us-east-1', arn: 'arn:aws:sts::222222222222:assumed-role/operator/runbook-9c2m1' },
    }),
  },
  renewal: { plan, moments: untilDrain(plan), ask: () => ({ kind: 'renewal', renewal }) },
  changes: { plan, moments: untilDrain(plan), ask: () => ({ kind: 'changes', changes }) },
};

const sizes: readonly Size[] = [
  { columns: 60, rows: 15 },
  { columns: 80, rows: 24 },
  { columns: 100, rows: 30 },
  { columns: 120, rows: 40 },
];

describe.each(sizes)('at $columns x $rows', (size) => {
  test.each(Object.keys(shows))('%s fits and looks as stored', async (name) => {
    const show = shows[name];
    if (show === undefined) throw new Error(name);
    const { lines } = drawFrame(stateOf(show, size));
    expect(lines.length).toBeLessThanOrEqual(size.rows - 2);
    expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(size.columns);
    expect(lines[0]).toContain(show.plan.stage.name.toUpperCase());
    const drawn = renderToString(<Text>{lines.join('\n')}</Text>, { columns: size.columns });
    expect(drawn.split('\n')).toHaveLength(lines.length);
    await expect(`${drawn}\n`).toMatchFileSnapshot(`__screens__/${name}-${size.columns}x${size.rows}.txt`);
    const plain = await onScreen(stateOf(show, size), size);
    expect(plain).toEqual({ text: drawn.replace(/ +$/gmu, '').trimEnd(), roles: '', wrapped: 0 });
    const coloured = await onScreen(stateOf(show, size, { colour: true, unicode: true }), size);
    expect(coloured).toMatchObject({ text: plain.text, wrapped: 0 });
    await expect(`${coloured.roles}\n`).toMatchFileSnapshot(`__screens__/colours/${name}-${size.columns}x${size.rows}.txt`);
  });

  test('the end of a run is a summary that stays, and looks as stored', async () => {
    const moments = [...untilDrain(plan), ...drainFailed, ...throughPlaybook];
    const { run } = played(plan, moments);
    for (const colour of [false, true]) {
      const look = lookOf(size, { colour, unicode: true });
      const lines = finishLines(
        { plan, run, folder: '.runbook/runs/9c2m1' },
        { code: 8, report: '.runbook/runs/9c2m1/report.md', head: 'ab'.repeat(32) },
        look,
      );
      const closed = update(initial(look, startedAt), { kind: 'close', lines }).state;
      const { text, wrapped, roles } = await onScreen(closed, size);
      expect(wrapped).toBe(0);
      await expect(`${text}\n`).toMatchFileSnapshot(`__screens__/finish-${size.columns}x${size.rows}.txt`);
      if (colour) await expect(`${roles}\n`).toMatchFileSnapshot(`__screens__/colours/finish-${size.columns}x${size.rows}.txt`);
    }
  });
});

/** The state in ink, on the grid of a terminal. What stays in the terminal above the frame is left out unless it is all there is. */
function onScreen(state: State, size: Size) {
  const store = createStore(state.closed ? state : { ...state, permanent: [] }, update, () => undefined);
  return drawnGrid(<Screen store={store} fullscreen={false} onPress={() => undefined} onReady={() => undefined} />, size);
}

test.each(Object.keys(shows))('%s is pure ASCII where the locale is not UTF-8', (name) => {
  const show = shows[name];
  if (show === undefined) throw new Error(name);
  expect(drawFrame(stateOf(show, { columns: 80, rows: 24 }, { colour: false, unicode: false })).lines.join('\n')).toMatch(/^[\n\x20-\x7e]*$/u);
});

test('colour says nothing that the words do not say', () => {
  const strip = (lines: readonly string[]) => lines.map((line) => line.replace(/\u{1b}\[[\d;]*m/gu, ''));
  for (const show of Object.values(shows)) {
    const size = { columns: 80, rows: 24 };
    const coloured = drawFrame(stateOf(show, size, { colour: true, unicode: true })).lines;
    expect(coloured.join('\n')).toContain('\u{1b}[');
    expect(strip(coloured)).toEqual(drawFrame(stateOf(show, size)).lines);
  }
});

test('a terminal that is too small still shows the stage and the question, and says what it needs', () => {
  const { lines } = drawFrame(stateOf({ plan: typed, moments: untilDrain(typed), ask: asked() }, { columns: 50, rows: 12 }));
  expect(lines).toMatchInlineSnapshot(`
    [
      " ■■■ [ PRODUCTION ] ■■■ database-operati… step 3/5",
      " 3 drain-connections: Run this on PRODUCTION?",
      " This terminal is 50x12; 60x15 is needed. Make it…",
    ]
  `);
});

test('a command is never cut: all of it can be scrolled through', () => {
  let state = stateOf({ plan, moments: untilDrain(plan), ask: long }, { columns: 80, rows: 24 });
  const seen = new Set<string>();
  for (let down = 0; down < 80; down += 1) {
    for (const line of drawFrame(state).lines) seen.add(line);
    state = update(state, { kind: 'key', press: { name: 'down', text: '' } }).state;
  }
  for (let line = 0; line < 40; line += 1) expect([...seen].some((shown) => shown.includes(`orders-${line} `))).toBe(true);
});
