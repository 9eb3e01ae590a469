/** What the first call of an AWS step costs, at the control plane of the sandbox. */

import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { resetSandbox } from '../../../engine/sandbox/sandbox.ts';
import { cli, fence, makeProject, runbookOf } from '../../helpers/project.ts';
import { programOf, type Row, timed } from '../measure.ts';

/** The same call with nothing but Node, signed by hand (AWS Signature Version 4). */
const signed = `import { createHash, createHmac } from 'node:crypto';
import { request } from 'node:http';
const { AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION } = process.env;
const body = 'Action=DescribeDBClusters&Version=2014-10-31';
const { host, hostname, port } = new URL(AWS_ENDPOINT_URL);
const date = new Date().toISOString().replace(/[-:]|\\.\\d+/g, '');
const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
const headers = { 'content-type': 'application/x-www-form-urlencoded', host, 'x-amz-date': date, ...(AWS_SESSION_TOKEN && { 'x-amz-security-token': AWS_SESSION_TOKEN }) };
const names = Object.keys(headers).join(';');
const canonical = ['POST', '/', '', ...Object.entries(headers).map(([name, value]) => name + ':' + value), '', names, sha256(body)].join('\\n');
const scope = [date.slice(0, 8), AWS_REGION, 'rds', 'aws4_request'];
const key = scope.reduce((secret, part) => hmac(secret, part), 'AWS4' + AWS_SECRET_ACCESS_KEY);
const signature = hmac(key, ['AWS4-HMAC-SHA256', date, scope.join('/'), sha256(canonical)].join('\\n')).toString('hex');
headers.authorization = 'AWS4-HMAC-SHA256 Credential=' + [AWS_ACCESS_KEY_ID, ...scope].join('/') + ', SignedHeaders=' + names + ', Signature=' + signature;
const answer = await new Promise((resolve) => request({ hostname, port, method: 'POST', headers }, resolve).end(body));
for await (const part of answer) process.stdout.write(part);
process.exitCode = answer.statusCode === 200 ? 0 : 1;
`;

const rounds = 7;

/** A step that runs a command and writes to the file \`name\` how long it took in ms. */
const timedStep = (name: string, command: string): string =>
  fence(`bash step=${name} risk=low`, `begun=$EPOCHREALTIME\n${command} > /dev/null\necho "$begun $EPOCHREALTIME" > ${name}`);

/** Runs the call as an AWS step and as a peer by turns. Gives the ratios; the time of the step is that of its whole attempt. */
async function against(peer: (root: string) => string): Promise<readonly number[]> {
  const own = fence('bash aws step=ours risk=low', 'aws rds describe-db-clusters');
  const project = makeProject({
    'runbook.yaml': 'stages:\n  local: { sandbox: true, delays: 0, database: { name: lego, cluster: "lego-{stage}" } }\n',
    'signed.mjs': signed,
  });
  try {
    project.write({ 'runbooks/calls.md': runbookOf(`## Go\n\n${own}\n${timedStep('theirs', peer(project.root))}`) });
    const found: number[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      timed(['node', cli, 'run', 'calls', '--stage', 'local', '--yes'], { cwd: project.root });
      const [begun = Number.NaN, ended = Number.NaN] = readFileSync(join(project.root, 'theirs'), 'utf8').trim().split(' ').map(Number);
      if (round > 0) found.push(attemptTime(project.root) / (1000 * (ended - begun)));
    }
    return found;
  } finally {
    await resetSandbox(project.root);
    project[Symbol.dispose]();
  }
}

/** How long the first attempt of the newest run took, in ms. */
function attemptTime(root: string): number {
  const path = globSync('.runbook/runs/*/journal.jsonl', { cwd: root }).toSorted().at(-1) ?? '';
  const lines = readFileSync(join(root, path), 'utf8').trim().split('\n');
  const events = lines.map((line): { readonly type: string; readonly at: string } => JSON.parse(line));
  const at = (type: string): number => Date.parse(events.find((event) => event.type === type)?.at ?? '');
  return at('attempt-ended') - at('attempt-started');
}

export const awsRows: readonly Row[] = [
  {
    what: 'the first call of an AWS step',
    against: 'the same call by the `aws` CLI',
    goal: 0.5,
    unit: 'x',
    async measure() {
      const program = programOf('aws');
      spawnSync(program, ['--version']);
      // A sandbox stage lets no program out by a proxy; its own `aws` knows that no proxy stands before this machine,
      // and where the sandbox is, which version 1 of the CLI does not learn from the environment for this service.
      return await against(
        () => `env -u HTTP_PROXY -u HTTPS_PROXY -u http_proxy -u https_proxy ${program} --endpoint-url "$AWS_ENDPOINT_URL" rds describe-db-clusters`,
      );
    },
  },
  {
    what: 'the first call of an AWS step',
    against: 'the same call signed by hand in Node',
    goal: 2.3,
    unit: 'x',
    measure: async () => await against((root) => `node ${join(root, 'signed.mjs')}`),
  },
];
