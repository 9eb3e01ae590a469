import { execFile, execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { doubles } from '../../../engine/kernels/aws/doubles.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { sortedJson } from './comparison.ts';
import { answerOf, commands } from './run-cli-answers.ts';
import { run, type Service, service } from './run-service.ts';

/** A time zone in which local time is not UTC, with another offset in summer. */
const zone = 'America/New_York';

/** The python that has the AWS CLI; undefined where there is none. */
const python = ['python3', 'python'].find((name) => {
  try {
    execFileSync(name, ['-c', 'import awscli.clidriver'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});

type Printed = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** What the real CLI prints. It ignores the variable for the endpoint in us-east-1, and a dead proxy keeps it on this machine whatever happens. */
async function theirs(given: readonly string[], { url }: Service): Promise<readonly Printed[]> {
  const folder = temporaryFolder();
  const config = join(folder, 'config');
  writeFileSync(config, '[default]\ncli_timestamp_format = iso8601\n');
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: process.env.HOME ?? '',
    TZ: zone,
    AWS_ACCESS_KEY_ID: 'AKIDTEST',
    AWS_SECRET_ACCESS_KEY: 'of-no-account',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_CONFIG_FILE: config,
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    HTTPS_PROXY: 'http://127.0.0.1:9',
    NO_PROXY: '127.0.0.1',
  };
  const script = fileURLToPath(new URL('run-cli.py', import.meta.url));
  return new Promise((resolve, reject) => {
    const child = execFile(python ?? '', [script], { env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null) resolve(JSON.parse(stdout));
      else reject(new Error(stderr));
    });
    child.stdin?.end(JSON.stringify(given.map((command) => `--endpoint-url ${url} ${command}`)));
  });
}

/** JSON is the same when only the order of names differs: the CLI has that of its service models, which the SDK does not know. */
function settled(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

describe.skipIf(python === undefined)('beside the real AWS CLI', () => {
  test(`${commands.length} commands print the same`, async () => {
    const endpoint = await service(answerOf);
    const expected = await theirs(commands, endpoint);
    // A block makes one change at most; what reads goes in one block, each answer after a line that marks it.
    const found = await ours(commands, endpoint);
    const different = commands.flatMap((command, at) => {
      const [one, other] = [expected[at]?.stdout ?? '', found[at] ?? ''];
      const json = !/--output (text|table)/.test(command);
      return one === other || (json && sortedJson(settled(one)) === sortedJson(settled(other))) ? [] : [{ command, one, other }];
    });
    expect(expected.filter(({ code }) => code !== 0)).toEqual([]);
    expect(different).toEqual([]);
    // Where the order of names is the same, so is every letter: indents, escapes, numbers.
    const exact = commands.filter((_, at) => expected[at]?.stdout === found[at]).length;
    expect(exact).toBeGreaterThan(commands.length * 0.8);
  });

  test('an error has the words and the code that the CLI prints', async () => {
    const endpoint = await service(answerOf);
    const command = 'rds describe-db-clusters --db-cluster-identifier none';
    const [expected] = await theirs([command], endpoint);
    const end = await run(`aws ${command}`, endpoint);
    expect(end).toMatchObject({ code: 1, error: expect.stringMatching(/^DBClusterNotFoundFault /), stdout: '' });
    expect(end.stderr.replace(/ \(request .*\)/, '')).toBe(expected?.stderr.replace(/^\n/, ''));
  });

  test('the members that are printed as doubles are those of the service models', () => {
    const script = fileURLToPath(new URL('run-doubles.py', import.meta.url));
    const told: readonly string[] = JSON.parse(execFileSync(python ?? '', [script], { encoding: 'utf8' }));
    expect([...doubles].toSorted()).toEqual(told.toSorted());
  });

  test('what the service marks as sensitive is the one thing that is not shown', async () => {
    const endpoint = await service(answerOf);
    const end = await run("aws secretsmanager get-secret-value --secret-id s --query '[Name,SecretString]' --output text", endpoint);
    expect(end.stdout).toBe('s\t(sensitive)\n');
  });
});

/** What the kernel prints for each command. A program is started for each change, and one for all that reads; a call between two marks where they end. */
async function ours(given: readonly string[], endpoint: Service): Promise<readonly string[]> {
  const mark = `aws sts get-caller-identity --query "'==mark=='" --output text`;
  const changing = given.filter((command) => /^\w+ (create|add|put)-/.test(command));
  const reading = given.filter((command) => !changing.includes(command));
  const whole = await run(reading.map((command) => `aws ${command}\n${mark}`).join('\n'), endpoint, { TZ: zone });
  expect(whole).toMatchObject({ code: 0, stderr: '' });
  const parts = whole.stdout.split('==mark==\n');
  const changes = await Promise.all(changing.map((command) => run(`aws ${command}`, endpoint, { TZ: zone })));
  expect(changes.filter(({ code }) => code !== 0)).toEqual([]);
  return given.map((command) => (changing.includes(command) ? changes[changing.indexOf(command)]?.stdout : parts[reading.indexOf(command)]) ?? '');
}
