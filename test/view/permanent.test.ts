import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { lookOf } from '../../engine/view/look.ts';
import { finishLines, permanentLines } from '../../engine/view/permanent.ts';
import {
  attempted,
  drainFailed,
  drainOutput,
  ended,
  type Moment,
  planOn,
  playbookEnded,
  played,
  running,
  staging,
  started,
  untilDrain,
} from './sample.ts';

const plan = planOn(staging);
const look = lookOf({ columns: 80, rows: 24 }, { colour: false, unicode: true });

/** Everything that stays in the scrollback of a run. */
function scrollback(moments: readonly Moment[]): readonly string[] {
  return played(plan, moments).events.flatMap((event, index) => {
    const { run } = played(plan, moments.slice(0, index + 1));
    return permanentLines({ plan, run, folder: '' }, event, drainOutput, look);
  });
}

const recovered: readonly Moment[] = [
  ...untilDrain(plan),
  ...drainFailed,
  ...playbookEnded,
  [160, { type: 'playbook-left', frame: 1, as: 'retry' }],
  ...attempted(165, 'drain-connections', 5, 6.2),
  ...attempted(172, 'drain-connections', 6, 0.4, { purpose: 'check' }),
  [180, { type: 'step-skipped', frame: 0, step: 'fail-over', by: 'operator', reason: 'done by hand' }],
  ...running(190, 'verify-writes', 7),
  [191, ended('verify-writes', 7, { remarks: ['2 processes survive'] })],
];

test('a long line below a failure is told to its end', () => {
  const cause = `An error occurred (AccessDenied) when calling the FailoverDBCluster operation: ${'not authorized '.repeat(8)}to fail over`;
  const { events, run } = played(plan, [...untilDrain(plan), ...drainFailed]);
  const failed = events.at(-1) ?? expect.fail();
  const shown = permanentLines({ plan, run, folder: '' }, failed, [cause, 'exit 254'], look).filter((line) => line.includes('│'));
  expect(shown.map((line) => line.slice(7)).join('')).toBe(`${cause}exit 254`);
});

test('the scrollback tells the run: one line a step, the last lines of output below a failure', () => {
  expect(scrollback(recovered).join('\n')).toMatchInlineSnapshot(`
    " [ STAGING ] run 9c2m1 started: database-operations by admin on bastion-2
     ✔ 1/5 check-replicas   ok   exit 0, 3.1 s
     ✔ 2/5 tell-orders   done by hand: they know
     ✖ 3/5 drain-connections   FAILED   exit 4, error InFlight, 30 s
         gave up after 30 s with 8 queries in flight
         │ $ wait-idle --max 30s --host db-stg-01
         │ in_flight=41
         │ in_flight=9
         │ warn: client 10.2.8.14 idle in transaction 43 s
         │ wait-idle: gave up after 30s with 8 queries in flight
     → 3/5 drain-connections   playbook entered: Queries stay in flight (step drain…
     ✔ 3.1/3.2 find-blockers   ok   exit 0, 1.2 s
     ✔ 3.2/3.2 end-blockers   ok   exit 0, 0.8 s
     back from the playbook to step 3 drain-connections: to be run again
     ✔ 3/5 drain-connections   recovered   check: the effect is in place, 0.4 s
     – 4/5 fail-over   skipped: done by hand
     ✔ 5/5 verify-writes   ok   exit 0, 1 s
         ! 2 processes survive"
  `);
});

test('every line that stays fits the terminal', () => {
  expect(Math.max(...scrollback(recovered).map((line) => stringWidth(line)))).toBeLessThanOrEqual(80);
});

test('the summary ends with the next command to type', () => {
  const { run } = played(plan, [...recovered, [200, { type: 'run-ended', result: 'finished with exceptions' }]]);
  const exit = { code: 5, report: '.runbook/runs/9c2m1/report.md', head: '4be19d02' };
  expect(finishLines({ plan, run, folder: '.runbook/runs/9c2m1' }, exit, look).join('\n')).toMatchInlineSnapshot(`
    "── FINISHED WITH EXCEPTIONS   run 9c2m1   exit 5 ───────────────────────────────
     [ STAGING ]   ok 5   recovered 1   skipped 1   failed 0
     report   .runbook/runs/9c2m1/report.md
     record   .runbook/runs/9c2m1
     head     4be19d02

     Next:  runbook report 9c2m1"
  `);
});

test('after a stop the next command resumes the run', () => {
  const { run } = played(plan, [started(plan), [1, { type: 'run-stopped', because: 'operator' }]]);
  expect(finishLines({ plan, run, folder: '' }, { code: 8, report: '', head: '' }, look).at(-1)).toBe(' Next:  runbook resume 9c2m1');
});
