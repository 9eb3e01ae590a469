import { expect, test } from 'vitest';
import { meantOr, nearest } from '../../engine/document/nearest.ts';

test.each([
  ['stagin', ['staging', 'production'], 'staging'],
  ['tiemout', ['timeout', 'retries'], 'timeout'],
  ['RISK', ['risk', 'retries'], 'risk'],
  ['rsik', ['timeout', 'risk'], 'risk'],
  ['risk', ['risk'], 'risk'],
  ['prod', ['staging', 'production'], 'production'],
  ['run-migration', ['run-migrations', 'roll-back-a-migration'], 'run-migrations'],
  ['delete-db', ['delete-db-instance', 'delete-db-cluster'], 'delete-db-cluster'],
  ['migrations', ['run-migrations', 'check-connections'], 'run-migrations'],
])('"%s" among %j is near "%s"', (word, candidates, expected) => {
  expect(nearest(word, candidates)).toBe(expected);
});

test.each([
  ['x', ['y', 'z']],
  ['frobnicate', ['risk', 'timeout']],
  ['ab', ['cd']],
  ['anything', []],
])('"%s" is near none of %j', (word, candidates) => {
  expect(nearest(word, candidates)).toBeUndefined();
});

test('a word of any length is near nothing, and compared with nothing that is too short for it', () => {
  const long = 'x'.repeat(4_000_000);
  expect(nearest(long, [long.slice(0, 2_000_000), 'timeout'])).toBeUndefined();
});

test('a hint names what was meant, or else what to type', () => {
  expect(meantOr('runbook sandbox status', 'strat', ['start', 'stop'])).toBe('Did you mean "start"?');
  expect(meantOr('runbook sandbox status', 'elephant', ['start', 'stop'])).toBe('runbook sandbox status');
});
