import { expect, test } from 'vitest';
import { lookOf, stageBanner } from '../../engine/view/look.ts';
import { clockWords, durationWords, outcomeWords, sizeWords, stateDetail } from '../../engine/view/words.ts';
import { production, staging } from './sample.ts';

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
  [{ kind: 'unknown', why: 'it timed out' }, 'UNKNOWN: it timed out'],
  [{ kind: 'asked', purpose: 'rollback', before: { kind: 'failed' } }, 'FAILED'],
] as const)('a step that is %j reads %s', (state, words) => expect(stateDetail(state)).toBe(words));

test('the banner tells stages apart without colour: sandbox, ask and typed', () => {
  const look = lookOf({ columns: 80, rows: 24 }, { colour: false, unicode: true });
  expect(stageBanner({ ...staging, sandbox: true }, 'local', look)).toBe('[ LOCAL, a sandbox ]');
  expect(stageBanner(staging, 'staging', look)).toBe('[ STAGING ]');
  expect(stageBanner(production, 'production', look)).toBe('■■■ [ PRODUCTION ] ■■■');
});
