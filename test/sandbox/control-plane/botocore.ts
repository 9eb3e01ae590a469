/** botocore, the AWS CLI's own library, as a second judge of what the control plane answers: one Python process that makes calls on request. */

import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { credentials } from './rig.ts';

const program = `
import json, sys, datetime
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError
session = botocore.session.Session()
clients = {}
def plain(value):
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%S.') + '%03dZ' % (value.microsecond // 1000)
    if isinstance(value, bytes):
        return value.decode('latin-1')
    raise TypeError(type(value))
for line in sys.stdin:
    call = json.loads(line)
    service = call['service']
    if service not in clients:
        clients[service] = session.create_client(service, region_name='us-east-1', endpoint_url=sys.argv[1], config=Config(retries={'total_max_attempts': 1}))
    try:
        answer = getattr(clients[service], call['method'])(**call['input'])
        answer.pop('ResponseMetadata', None)
        out = {'answer': answer}
    except ClientError as error:
        out = {'code': error.response['Error']['Code'], 'message': error.response['Error']['Message'], 'status': error.response['ResponseMetadata']['HTTPStatusCode'], 'operation': error.operation_name}
    print(json.dumps(out, default=plain), flush=True)
`;

/** Whether this machine has it. */
export function hasBotocore(): boolean {
  try {
    execFileSync('python3', ['-c', 'import botocore.session'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** What a call ended with: the answer as plain JSON, or the error as the CLI prints it. */
export type Said = { readonly answer?: unknown; readonly code?: string; readonly message?: string; readonly status?: number };

export class Botocore {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  constructor(endpoint: string) {
    const env = {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_EC2_METADATA_DISABLED: 'true',
      // Nothing may leave the machine, whatever an endpoint is taken for.
      HTTPS_PROXY: 'http://127.0.0.1:9',
      NO_PROXY: '127.0.0.1',
    };
    this.#process = spawn('python3', ['-c', program, endpoint], { env });
    this.#process.stderr.pipe(process.stderr);
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** `method` is the Python name of the operation, such as describe_db_clusters. */
  async call(service: string, method: string, input: object = {}): Promise<Said> {
    this.#process.stdin.write(`${JSON.stringify({ service, method, input })}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('The Python process ended.');
    return JSON.parse(value);
  }

  close(): void {
    this.#process.stdin.end();
  }
}
