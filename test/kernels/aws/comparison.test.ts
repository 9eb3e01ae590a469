import { describe, expect, test } from 'vitest';
import type { Ran } from './cli.ts';
import { differences, type Pair, type Side } from './comparison.ts';

const asked = [{ service: 'rds', operation: 'DescribeDBClusters', parameters: { DBClusterIdentifier: 'lego-api-staging' } }];
const answered: Side = { asked, ran: { code: 0, stdout: '{\n    "Status": "é",\n    "MinCapacity": 4.0\n}\n', stderr: '' } };
const refusal = 'An error occurred (DBClusterNotFoundFault) when calling the DescribeDBClusters operation: DBCluster lego not found.';
const refused: Side = { asked, ran: { code: 255, stdout: '', stderr: `\n${refusal}\n` } };
const told: Ran = { code: 1, stdout: '', stderr: `DBClusterNotFoundFault ${refusal} (request 00000000-0000-0000-0000-000000000001)\n` };

function pair(cli: Side, kernel: Side): Pair {
  return { block: { name: 'a block', text: 'aws rds describe-db-clusters', env: {} }, cli, kernel };
}

describe('of two sides that ran a block', () => {
  test('nothing differs when both asked and printed the same, or were refused alike', () => {
    expect(differences(pair(answered, answered))).toEqual([]);
    expect(differences(pair(refused, { asked, ran: told }))).toEqual([]);
  });

  test('the order of names in JSON may differ', () => {
    const turned = '{\n    "MinCapacity": 4.0,\n    "Status": "é"\n}\n';
    expect(differences(pair(answered, { asked, ran: { ...answered.ran, stdout: turned } }))).toEqual([]);
  });

  const changes: Readonly<Record<string, (ran: Ran) => Ran>> = {
    'a number of another kind': (ran) => ({ ...ran, stdout: ran.stdout.replace('4.0', '4') }),
    'an escape': (ran) => ({ ...ran, stdout: ran.stdout.replace('é', '\\u00e9') }),
    'an indent': (ran) => ({ ...ran, stdout: ran.stdout.replaceAll('    ', '  ') }),
    'a line end': (ran) => ({ ...ran, stdout: ran.stdout.trimEnd() }),
    'a success in the place of a failure': (ran) => ({ ...ran, code: ran.code === 0 ? 1 : 0 }),
  };

  test.each(Object.entries(changes))('%s is seen', (_, change) => {
    expect(differences(pair(answered, { asked, ran: change(answered.ran) }))).not.toEqual([]);
  });

  test.each(['DBClusterNotFoundFault', 'DescribeDBClusters', 'lego not found', 'An error occurred'])(
    'another error line is seen: without "%s"',
    (words) => {
      expect(differences(pair(refused, { asked, ran: { ...told, stderr: told.stderr.replaceAll(words, 'other words') } }))).not.toEqual([]);
    },
  );

  test.each([
    ['one request more', [...asked, ...asked]],
    ['no request', []],
    ['another parameter', [{ ...asked[0], parameters: { DBClusterIdentifier: 'lego-api-production' } }]],
  ])('%s is seen', (_, requests) => {
    expect(differences(pair(answered, { ...answered, asked: requests as Side['asked'] }))).not.toEqual([]);
  });

  test('a secret that is shown is seen', () => {
    const secret: Side = { asked, ran: { code: 0, stdout: 'secret-00ff\n', stderr: '' } };
    expect(differences(pair(secret, secret))).not.toEqual([]);
    expect(differences(pair(secret, { asked, ran: { ...secret.ran, stdout: '(sensitive)\n' } }))).toEqual([]);
  });
});
