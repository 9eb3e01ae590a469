import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Event } from '../../engine/core/event.ts';
import { type AwsConfig, awsConfig, type Keys, secondsFromNow } from '../helpers/aws-config.ts';
import { type AwsServer, awsServer } from '../helpers/aws-server.ts';
import { cli, fence, makeProject, runbookOf, type TestProject } from '../helpers/project.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { openTerminal } from '../helpers/terminal.ts';

const stages = 'stages:\n  dev: { aws: { profile: lego, region: eu-central-1, account: "222222222222" } }\n';
const look = fence('bash step=look risk=low', 'echo "I am $AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY"; export key=$AWS_SECRET_ACCESS_KEY');
const build = fence('bash step=build risk=medium timeout=1m', 'echo built >> built; echo "still $(printenv key || echo forgotten)"');
const one: Keys = { AccessKeyId: 'ASIAONE', SecretAccessKey: 'brick-secret-key', SessionToken: 'brick-session-token' };

type Site = { readonly project: TestProject; readonly aws: AwsServer; readonly config: AwsConfig };

/** A project on a stage in account 222222222222, whose operator has a profile for it. `steps` run in this order. */
async function site(steps: string, keys: Keys = one): Promise<Site> {
  const aws = await awsServer({ accounts: { ASIAONE: '222222222222', ASIATWO: '222222222222', ASIAOTHER: '333333333333' } });
  const config = awsConfig(temporaryFolder(), aws.url, { lego: keys });
  return { project: makeProject({ 'runbook.yaml': stages, 'runbooks/tidy.md': runbookOf(`## Tidy up\n\n${steps}`) }), aws, config };
}

function run({ project, config }: Site, ...more: readonly string[]) {
  return project.runbook(['run', 'tidy', '--stage', 'dev', '--yes', ...more], { env: config.environment });
}

function journal({ project }: Site): readonly Event[] {
  const [file] = globSync('.runbook/runs/*/journal.jsonl', { cwd: project.root });
  // Written by the engine of this test.
  return readFileSync(join(project.root, file ?? ''), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Event);
}

function built({ project }: Site): number {
  return globSync('built', { cwd: project.root }).length;
}

/** A step that exchanges the operator's keys for others, as time or a colleague would. */
function exchange(keys: Keys, folder = temporaryFolder()): { readonly step: string; readonly from: (site: Site) => void } {
  const next = join(folder, 'next.json');
  writeFileSync(next, JSON.stringify({ Version: 1, ...keys }));
  const step = fence('bash step=exchange risk=low', `cp ${next} "$(cat keys-file)"`);
  const from = ({ project, config }: Site): void =>
    project.write({ 'keys-file': config.environment.AWS_CONFIG_FILE?.replace('aws-config', 'lego.keys.json') ?? '' });
  return { step, from };
}

describe('a run on a stage with an account', () => {
  test('acts with resolved keys, records account and ARN, asks AWS before a change, and keeps the secret ones out of everything', async () => {
    const at = await site(`${look}\n${build}`);
    using _ = at.project;
    const { code, stdout } = await run(at);
    expect(code).toBe(0);
    expect(stdout).toContain('I am ASIAONE [secret]');
    expect(stdout).toContain('still forgotten');
    expect(journal(at)[0]).toMatchObject({ type: 'run-started', account: '222222222222', arn: 'arn:aws:iam::222222222222:user/ASIAONE' });
    expect(at.aws.actions()).toEqual(['GetCallerIdentity', 'GetCallerIdentity']);
    const report = readFileSync(join(at.project.root, globSync('.runbook/runs/*/report.md', { cwd: at.project.root })[0] ?? ''), 'utf8');
    expect(report).toContain('| Account | 222222222222 |\n| Acting as | `arn:aws:iam::222222222222:user/ASIAONE` |');
    const kept = globSync('.runbook/**/*', { cwd: at.project.root, withFileTypes: true }).filter((entry) => entry.isFile());
    for (const entry of kept) expect(readFileSync(join(entry.parentPath, entry.name), 'utf8')).not.toMatch(/brick-se/);
  });

  test('does not begin in another account: 7', async () => {
    const at = await site(build, { AccessKeyId: 'ASIAOTHER', SecretAccessKey: 'other-secret-key' });
    using _ = at.project;
    const { code, stderr } = await run(at);
    expect(stderr).toContain('Stage dev is the AWS account 222222222222, and these credentials belong to 333333333333');
    expect(stderr).toContain('aws sts get-caller-identity --profile lego');
    expect(code).toBe(7);
    expect(built(at)).toBe(0);
    expect(globSync('.runbook/runs/*', { cwd: at.project.root })).toEqual([]);
  });

  test('does not go on to a change when its credentials suddenly belong to another account: 7, stopped and to be resumed', async () => {
    const other = exchange({ AccessKeyId: 'ASIAOTHER', SecretAccessKey: 'other-secret-key' });
    const at = await site(`${other.step}\n${build}`, { ...one, Expiration: secondsFromNow(50) });
    using _ = at.project;
    other.from(at);
    const { code, stderr } = await run(at);
    expect(stderr).toMatch(/belong to 333333333333[\s\S]*Then go on with: runbook resume /);
    expect(code).toBe(7);
    expect(journal(at).at(-1)).toMatchObject({ type: 'run-stopped', because: 'preflight', reason: expect.stringContaining('333333333333') });
    expect(built(at)).toBe(0);
  });

  test('sends nothing with credentials that ended, says how to renew them, and goes on after that: 7, then 0', async () => {
    const ended = exchange({ ...one, Expiration: secondsFromNow(-1) });
    const at = await site(`${ended.step}\n${build}`, { ...one, Expiration: secondsFromNow(50) });
    using _ = at.project;
    ended.from(at);
    const { code, stderr } = await run(at);
    expect(stderr).toContain('credential_process returned expired credentials. Nothing was sent.');
    expect(stderr).toContain('--profile lego');
    expect(code).toBe(7);
    expect(journal(at).filter(({ type }) => type === 'attempt-started')).toHaveLength(1);
    expect(built(at)).toBe(0);
    at.config.hand('lego', { AccessKeyId: 'ASIATWO', SecretAccessKey: 'stud-secret-key' });
    const resumed = await at.project.runbook(['resume', '--yes'], { env: at.config.environment });
    expect(resumed.code).toBe(0);
    expect(built(at)).toBe(1);
    expect(journal(at).find(({ type }) => type === 'run-resumed')).toMatchObject({ arn: 'arn:aws:iam::222222222222:user/ASIATWO' });
  });

  test('asks at a terminal to renew them, and goes on with the new ones', async () => {
    const ended = exchange({ ...one, Expiration: secondsFromNow(-1) });
    const at = await site(`${ended.step}\n${build}`, { ...one, Expiration: secondsFromNow(50) });
    using _ = at.project;
    ended.from(at);
    using terminal = openTerminal(['node', cli, 'run', 'tidy', '--stage', 'dev'], { cwd: at.project.root, env: at.config.environment });
    await terminal.answer('cp ', 'y');
    await terminal.answer('AWS credentials have to be renewed', 'y');
    // Nothing changed yet, so the question comes again.
    await terminal.shows('Renewed?');
    at.config.hand('lego', { AccessKeyId: 'ASIATWO', SecretAccessKey: 'stud-secret-key' });
    await terminal.answer('AWS credentials have to be renewed', 'y');
    await terminal.answer('echo built', 'y');
    expect(await terminal.ended).toBe(0);
    expect(built(at)).toBe(1);
  });
});

test('an AWS block on a stage without an account is refused before anything runs: 7', async () => {
  using project = makeProject({
    'runbooks/tidy.md': runbookOf(`## Tidy up\n\n${fence('bash aws step=look risk=low', 'aws rds describe-db-clusters')}`),
  });
  const { code, stderr } = await project.runbook(['run', 'tidy', '--stage', 'dev', '--yes']);
  expect(stderr).toContain('step look calls AWS, and stage dev names no account.');
  expect(code).toBe(7);
});
