/** Calls made in this process: what the program around them would have been told. */

import type { Around } from '../../../engine/kernels/aws/around.ts';
import type { AwsCall } from '../../../engine/kernels/aws/call.ts';
import type { Service } from './run-service.ts';

/** An around that keeps what it is told. Its patience is short. */
export function listening({ url }: Pick<Service, 'url'>): {
  readonly around: Around;
  readonly requests: string[];
  readonly underWay: (string | undefined)[];
} {
  const requests: string[] = [];
  const underWay: (string | undefined)[] = [];
  const nothing = (): void => undefined;
  const credentials = { accessKeyId: 'AKIDTEST', secretAccessKey: 'of-no-account' };
  const around: Around = {
    session: { region: 'us-east-1', endpoint: url, credentials, run: '01JRUN', connectMs: 300, answerMs: 100 },
    stop: new AbortController().signal,
    underWay: (what) => void underWay.push(what),
    answered: (operation, id) => {
      if (id !== undefined) requests.push(`${operation} ${id}`);
    },
    print: nothing,
    say: nothing,
    progress: nothing,
    renewal: undefined,
  };
  return { around, requests, underWay };
}

/** A call on RDS. */
export function rdsCall(operation: string, more: Partial<AwsCall> = {}): AwsCall {
  const command = operation.replace(/([a-z])([A-Z])/g, '$1-$2').toLowerCase();
  const paging = { paginate: false };
  return { service: 'rds', command, operation, input: {}, changes: false, output: 'json', paging, line: 1, text: `aws rds ${command}`, ...more };
}
