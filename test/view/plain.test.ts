import { expect, test } from 'vitest';
import type { Event } from '../../engine/core/event.ts';
import type { View } from '../../engine/core/need.ts';
import { jsonView } from '../../engine/view/json.ts';
import { plainView } from '../../engine/view/plain.ts';
import { attempted, drainFailed, type Moment, planOn, playbookEnded, played, staging, untilDrain } from './sample.ts';

const plan = planOn(staging);
const moments: readonly Moment[] = [
  ...untilDrain(plan),
  ...drainFailed,
  ...playbookEnded,
  [160, { type: 'playbook-left', frame: 1, as: 'retry' }],
  [170, { type: 'run-stopped', because: 'operator' }],
];

/** Shows a run event by event, with output in two chunks before the end of each attempt. */
function show(view: View): void {
  const { events } = played(plan, moments);
  events.forEach((event: Event, index) => {
    if (event.type === 'attempt-ended') {
      void view.output(event.attempt, new TextEncoder().encode(`one\n10 %\r20 %\r\u{1b}[3`));
      void view.output(event.attempt, new TextEncoder().encode('2mtwo\u{1b}[0m\u{1b}]0;x\u{7}\nlast'));
    }
    view.event(plan, played(plan, moments.slice(0, index + 1)).run, event);
  });
}

function written(viewOf: (write: (text: string) => void) => View): string {
  let text = '';
  show(viewOf((more) => (text += more)));
  return text;
}

test('plain output has one line an event, and the output of each step behind its number', () => {
  expect(written((write) => plainView(write, { colour: false }))).toMatchInlineSnapshot(`
    "19:02:08Z staging run 9c2m1 started: database-operations by admin on bastion-2
    19:02:28Z staging step 1/5 check-replicas confirmed
    19:02:28Z staging step 1/5 check-replicas started, attempt 1
    1| one
    1| two^[]0;x^G
    1| last
    19:02:31Z staging step 1/5 check-replicas ok exit=0 3.1s
    19:03:08Z staging step 2/5 tell-orders done by hand: they know
    19:03:18Z staging step 3/5 drain-connections confirmed
    19:03:18Z staging step 3/5 drain-connections started, attempt 2
    3| one
    3| two^[]0;x^G
    3| last
    19:03:48Z staging step 3/5 drain-connections FAILED exit=4 error=InFlight 30.0s
    19:03:48Z staging step 3/5 drain-connections gave up after 30 s with 8 queries in flight (runbooks/database-operations.md:62)
    19:04:08Z staging step 3/5 drain-connections playbook entered: Queries stay in flight (step drain-connections, exit 4)
    19:04:18Z staging step 3.1/3.2 find-blockers confirmed
    19:04:18Z staging step 3.1/3.2 find-blockers started, attempt 3
    3.1| one
    3.1| two^[]0;x^G
    3.1| last
    19:04:19Z staging step 3.1/3.2 find-blockers ok exit=0 1.2s
    19:04:38Z staging step 3.2/3.2 end-blockers confirmed
    19:04:38Z staging step 3.2/3.2 end-blockers started, attempt 4
    3.2| one
    3.2| two^[]0;x^G
    3.2| last
    19:04:38Z staging step 3.2/3.2 end-blockers ok exit=0 0.8s
    19:04:48Z staging back from the playbook to step 3 drain-connections: to be run again
    19:04:58Z staging run 9c2m1: STOPPED by the operator
    "
  `);
});

test('plain output says what was confirmed without being shown, what a dry run was, and what was noted', () => {
  const told: readonly Moment[] = [
    ...untilDrain(plan),
    [70, { type: 'companion-chosen', frame: 0, step: 'drain-connections', purpose: 'dry-run' }],
    [71, { type: 'companion-declined', frame: 0, step: 'drain-connections', purpose: 'dry-run' }],
    [72, { type: 'companion-declined', frame: 0, step: 'drain-connections' }],
    ...attempted(73, 'drain-connections', 2, 1, { purpose: 'dry-run' }),
    [80, { type: 'note-added', operator: 'admin', text: 'they know\u{1b}[2J' }],
    [90, { type: 'step-confirmed', frame: 0, step: 'verify-writes', purpose: 'run', how: 'onward', sha256: 'ab' }],
  ];
  let text = '';
  const write = (more: string): void => {
    text += more;
  };
  const view = plainView(write, { colour: false });
  played(plan, told).events.forEach((event, index) => {
    view.event(plan, played(plan, told.slice(0, index + 1)).run, event);
  });
  expect(text.split('\n').slice(4)).toMatchInlineSnapshot(`
    [
      "19:03:08Z staging step 2/5 tell-orders done by hand: they know",
      "19:03:18Z staging step 3/5 drain-connections dry run chosen",
      "19:03:19Z staging step 3/5 drain-connections dry run not wanted after all",
      "19:03:20Z staging step 3/5 drain-connections undo not wanted after all",
      "19:03:21Z staging step 3/5 drain-connections dry run confirmed",
      "19:03:21Z staging step 3/5 drain-connections dry run started, attempt 2",
      "19:03:22Z staging step 3/5 drain-connections dry run pending exit=0 1.0s",
      "19:03:28Z staging note by admin: they know^[[2J",
      "19:03:38Z staging step 5/5 verify-writes confirmed onward",
      "",
    ]
  `);
});

test('with colour, plain output keeps the colour of commands and nothing else of theirs', () => {
  const text = written((write) => plainView(write, { colour: true }));
  expect(text).toContain('3| \u{1b}[32mtwo\u{1b}[0m^[]0;x^G\n');
  expect(text).toMatch(/\u{1b}\[1;31m[^\n]*drain-connections FAILED exit=4[^\n]*\u{1b}\[22;39m\n/u);
});

test('JSON begins with its version, has every event, and output that is safe to print', () => {
  const records: Record<string, unknown>[] = written((write) => jsonView(write, '0.1.0'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(records[0]).toEqual({ type: 'version', schema: 'runbook.events/1.0', runbook: '0.1.0' });
  expect(records.filter(({ type }) => type !== 'output' && type !== 'version').map(({ type }) => type)).toEqual(moments.map(([, fact]) => fact.type));
  expect(records.filter(({ type }) => type === 'output').slice(0, 3)).toEqual([
    { type: 'output', attempt: 1, text: 'one\n' },
    { type: 'output', attempt: 1, text: 'two^[]0;x^G\n' },
    { type: 'output', attempt: 1, text: 'last' },
  ]);
  expect(records.filter(({ run, type }) => run === undefined && type !== 'output' && type !== 'version')).toEqual([]);
});

test('JSON escapes what an event quotes from outside', () => {
  const lines: string[] = [];
  const view = jsonView((line) => void lines.push(line), '0.1.0');
  const { run, events } = played(plan, untilDrain(plan));
  const first = events[0];
  if (first === undefined) throw new Error('There are events.');
  view.event(plan, run, { type: 'note-added', operator: 'admin', text: 'a\u{1b}[2J\u{202e}b\nc', at: first.at });
  view.progress(3, undefined, 'x\u{7}');
  expect(JSON.parse(lines[1] ?? '')).toMatchObject({ text: 'a^[[2J<U+202E>b\nc' });
  expect(JSON.parse(lines[2] ?? '')).toEqual({ type: 'progress', attempt: 3, message: 'x^G' });
});
