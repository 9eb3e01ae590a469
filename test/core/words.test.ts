import { expect, test } from 'vitest';
import type { StopCause } from '../../engine/core/event.ts';
import type { Run, StepState } from '../../engine/core/run.ts';
import {
  clockWords,
  confirmedWords,
  countOf,
  countWords,
  durationWords,
  originWords,
  outcomeWords,
  purposeWord,
  resultWords,
  riskWords,
  sizeWords,
  stateDetail,
  stateWord,
} from '../../engine/core/words.ts';

test.each([
  [0, '0 s'],
  [300, '0.3 s'],
  [6200, '6.2 s'],
  [30_000, '30 s'],
  [59_960, '1m'],
  [60_000, '1m'],
  [129_400, '2m 9s'],
  [2_700_000, '45m'],
  [3_599_900, '1h'],
  [3_900_000, '1h 5m'],
  [-5, '0 s'],
])('%d ms read %s', (ms, words) => expect(durationWords(ms)).toBe(words));

test.each([
  [0, '00:00:00'],
  [151_900, '00:02:31'],
  [36_000_000, '10:00:00'],
])('a clock of %d ms shows %s', (ms, words) => expect(clockWords(ms)).toBe(words));

test.each([
  [812, '812 B'],
  [6100, '6.1 kB'],
  [1_400_000, '1.4 MB'],
])('%d bytes read %s', (bytes, words) => expect(sizeWords(bytes)).toBe(words));

test.each([
  [{ kind: 'exited', code: 3 }, 'exit 3'],
  [{ kind: 'signalled', signal: 'SIGKILL' }, 'ended by SIGKILL'],
  [{ kind: 'timed-out' }, 'timed out'],
  [{ kind: 'stopped' }, 'stopped by the operator'],
  [{ kind: 'not-started', why: 'no psql' }, 'not started: no psql'],
  [{ kind: 'lost', why: 'the machine went down' }, 'end not known: the machine went down'],
] as const)('an end of %j reads %s', (outcome, words) => expect(outcomeWords(outcome)).toBe(words));

test.each([
  [{ kind: 'skipped', by: 'operator', reason: 'done by hand' }, 'skipped: done by hand'],
  [{ kind: 'skipped', by: 'stage', reason: 'only on local' }, 'skipped, only on local'],
  [{ kind: 'recovered', by: 'playbook' }, 'recovered by its playbook'],
  [{ kind: 'overridden', reason: 'known' }, 'failed, went on: known'],
  [{ kind: 'recovered', by: 'operator', reason: 'it is there' }, 'recovered by the operator: it is there'],
  [{ kind: 'ok', settled: 'it is there' }, 'ok, settled by the operator: it is there'],
  [{ kind: 'failed', settled: 'no table' }, 'FAILED, settled by the operator: no table'],
  [{ kind: 'ok' }, 'ok'],
  [{ kind: 'unknown', why: 'it timed out' }, 'UNKNOWN: it timed out'],
  [{ kind: 'asked', purpose: 'rollback', before: { kind: 'failed' } }, 'FAILED'],
] as const)('a step that is %j reads %s', (state, words) => expect(stateDetail(state)).toBe(words));

const confirmed = { kind: 'confirmed', purpose: 'run', how: 'key', sha256: '', before: { kind: 'pending' } } as const;

test.each([
  [{ kind: 'pending' }, 'pending'],
  [confirmed, 'confirmed'],
  [{ kind: 'running', purpose: 'run', attempt: 1, before: { kind: 'pending' } }, 'running'],
  [{ kind: 'waiting', until: '2026-01-31T18:05:00Z', sha256: '' }, 'waiting'],
  [{ kind: 'verifying' }, 'verifying'],
  [{ kind: 'skipped', by: 'stage', reason: 'only on local' }, 'skipped'],
  [{ kind: 'recovered', by: 'retry' }, 'recovered'],
  [{ kind: 'ok' }, 'ok'],
  [{ kind: 'failed' }, 'FAILED'],
  [{ kind: 'overridden', reason: 'known' }, 'failed, went on'],
  [{ kind: 'unknown', why: 'it timed out' }, 'UNKNOWN'],
] as const)('a step that is %j is %s in one word', (state, word) => expect(stateWord(state)).toBe(word));

const empty: Run = {
  id: 'r',
  document: 'd.md',
  stage: 'dev',
  startedAt: '2026-01-31T18:05:00Z',
  lastAt: '2026-01-31T18:05:00Z',
  people: [],
  frames: [],
  stack: [0],
  values: {},
  secrets: {},
  files: {},
  notes: [],
  attempts: 0,
  status: { kind: 'open' },
};
const withStep = (state: StepState, run: Run = empty): Run => ({
  ...run,
  frames: [{ id: 0, document: 'd.md', procedures: [], steps: { one: { state, attempts: [], repeats: 0, playbooks: [] } } }],
});
const stopped = (because: StopCause): Run => ({ ...empty, status: { kind: 'stopped', because } });

test.each([
  [empty, 'not finished'],
  [{ ...empty, status: { kind: 'ended', result: 'finished' } }, 'FINISHED'],
  [{ ...empty, status: { kind: 'ended', result: 'finished with exceptions' } }, 'FINISHED WITH EXCEPTIONS'],
  [stopped('operator'), 'STOPPED by the operator'],
  [stopped('failure'), 'FAILED, stopped after a failure'],
  [stopped('signal'), 'STOPPED by a signal'],
  [stopped('changes'), 'STOPPED: files changed and that was not accepted'],
  [withStep({ kind: 'unknown', why: 'it timed out' }, stopped('unknown')), 'UNKNOWN, stopped: nobody said what became of a step'],
] as const)('a run reads %#: %s', (run, words) => expect(resultWords(run as Run)).toBe(words));

test('counts name an unknown step only where there is one', () => {
  expect(countWords(withStep({ kind: 'ok' }))).toBe('ok 1   recovered 0   skipped 0   failed 0');
  expect(countWords(withStep({ kind: 'unknown', why: '' }))).toBe('ok 0   recovered 0   skipped 0   failed 0   UNKNOWN 1');
});

test('the other words are nouns and short predicates', () => {
  expect([purposeWord('run'), purposeWord('rollback')]).toEqual(['step', 'undo']);
  expect([riskWords('low'), riskWords('high')]).toEqual(['risk low, only reads', 'risk HIGH']);
  expect(originWords('capture', 'count-bricks')).toBe('captured, count-bricks');
  expect([countOf(1, 'line'), countOf(2, 'line')]).toEqual(['1 line', '2 lines']);
});

test.each([
  ['key', 'confirmed'],
  ['typed', 'confirmed (typed)'],
  ['flag', 'confirmed (flag)'],
  ['onward', 'confirmed onward'],
] as const)('confirmed by %s: %s', (how, words) => {
  expect(confirmedWords(how)).toBe(words);
});
