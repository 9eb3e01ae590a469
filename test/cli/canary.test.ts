import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawn as spawnPty } from '@lydell/node-pty';
import { describe, expect, test } from 'vitest';
import { awsConfig } from '../helpers/aws-config.ts';
import { awsServer } from '../helpers/aws-server.ts';
import { canaryIn, filesWithCanary, formsOfCanary } from '../helpers/canary.ts';
import { postgres } from '../helpers/postgres.ts';
import { cleanEnvironment, cli, fence, makeProject, runbookOf, type TestProject } from '../helpers/project.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { untilFile } from '../helpers/wait.ts';

const verifier = fileURLToPath(new URL('../../docs/verify.py', import.meta.url));
const python = spawnSync('python3', ['--version']).status === 0;

const canary = `Qz7'k2&<9f>/+"é$w\\8~m-7zQ`;
const inputs = '## Inputs\n\n| Input | Meaning | Allowed | Default |\n| --- | --- | --- | --- |\n| token | The key of the box | secret | |\n\n';

/** Writes every form to a stream, cut anywhere. */
const drip = `import { readFileSync, writeSync } from 'node:fs';
const bytes = readFileSync('forms');
for (let at = 0; at < bytes.length; ) { const size = 1 + Math.floor(Math.random() * 9); writeSync(Number(process.argv[2]), bytes.subarray(at, at + size)); at += size; }
`;
const given = { drip, forms: `${formsOfCanary(canary).join('\n')}\n` };
const everywhere = 'cp drip drip.mjs; node drip.mjs 1; node drip.mjs 2';
const environment = { TOKEN: canary, RUNBOOK_DEBUG: '1' };

function held(project: TestProject, extra: readonly string[] = []): readonly string[] {
  const shown = extra.flatMap((text) => canaryIn(Buffer.from(text), canary) ?? []);
  return [...filesWithCanary(join(project.root, '.runbook'), canary), ...shown];
}

function start(project: TestProject, args: readonly string[]): ChildProcess {
  return spawn('node', [cli, ...args], { cwd: project.root, env: cleanEnvironment(environment), stdio: ['ignore', 'pipe', 'pipe'] });
}

describe('a canary in all that a run prints', () => {
  const database = postgres();

  test('stands in no file, no report and on no terminal: output, SQL results, AWS answers, errors, captures, commands, reasons', async () => {
    const aws = await awsServer({ accounts: { ASIAONE: '222222222222' }, secrets: { box: JSON.stringify({ password: canary, more: canary }) } });
    const config = awsConfig(temporaryFolder(), aws.url, { lego: { AccessKeyId: 'ASIAONE', SecretAccessKey: 'brick-secret-key' } });
    await database.query('CREATE TABLE canaries (form text)');
    for (const form of formsOfCanary(canary)) await database.query(`INSERT INTO canaries VALUES ($canary$${form}$canary$)`);
    const { PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE } = database.environment();
    const steps = [
      fence('bash step=print risk=low', everywhere),
      fence('sql step=ask risk=low', 'SELECT form FROM canaries;\n'),
      fence('bash aws step=fetch risk=low', 'aws secretsmanager get-secret-value --secret-id box'),
      fence('bash step=progress risk=low', 'printf "50 %s\\n" "$TOKEN" >> "$RUNBOOK_PROGRESS"; sleep 0.2'),
      fence('bash step=carry risk=low', 'copy=$TOKEN; spoken() { echo hello; }; echo carried'),
      fence('bash step=complain risk=low', `printf 'E1 it is %s\\n' "$TOKEN" > "$RUNBOOK_ERROR"; eval "false $(printf %q "$TOKEN")"`),
    ];
    using project = makeProject({
      'runbook.yaml':
        'stages:\n  dev:\n    aws: { profile: lego, region: eu-central-1, account: "222222222222" }\n    database: { env: DATABASE_URL, tls: disable }\n',
      'runbooks/tidy.md': runbookOf(
        `${inputs}## Tidy up\n\n${steps.map((step, index) => `### Part ${index + 1}\n\n\`$TOKEN\`\n\n${step}`).join('\n')}`,
      ),
      ...given,
    });
    const env = { ...environment, ...config.environment, DATABASE_URL: `postgres://${PGUSER}:${PGPASSWORD}@${PGHOST}:${PGPORT}/${PGDATABASE}` };
    const args = ['run', 'tidy', '--stage', 'dev', '--yes', '--on-failure', 'stop', '--reason', `because of ${canary}`];
    const { code, stdout, stderr } = await project.runbook(args, { env });
    expect(stdout).toContain('complain FAILED');
    expect(code).toBe(4);
    const report = await project.runbook(['report', runOf(project)]);
    expect(report.stdout).toContain('complain');
    expect(held(project, [stdout, stderr, report.stdout, report.stderr])).toEqual([]);
    expect(globSync('.runbook/runs/*/attempts/*/private', { cwd: project.root })).toEqual([]);

    const terminal = await inTerminal(project, ['run', 'tidy', '--stage', 'dev', '--yes', '--on-failure', 'stop', '--plain'], env);
    expect(terminal).toContain('complain');
    expect(canaryIn(Buffer.from(terminal), canary)).toBeUndefined();
    const json = await project.runbook(['run', 'tidy', '--stage', 'dev', '--yes', '--on-failure', 'stop', '--json'], { env });
    expect(json.stdout).toContain('attempt-ended');
    expect(held(project, [json.stdout, json.stderr])).toEqual([]);
  }, 120_000);
});

function runOf(project: TestProject): string {
  return globSync('.runbook/runs/*', { cwd: project.root }).sort().at(-1)?.replace(/^.*\//, '') ?? '';
}

/** Every byte that a command sends to a real terminal. */
async function inTerminal(project: TestProject, args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const pty = spawnPty('node', [cli, ...args], { cols: 100, rows: 30, cwd: project.root, env: cleanEnvironment({ TERM: 'xterm-256color', ...env }) });
  let sent = '';
  pty.onData((data) => {
    sent += data;
  });
  await new Promise<void>((resolve) => pty.onExit(() => resolve()));
  return sent;
}

test('while a step runs only its private files hold it, no command line does; after a kill and a resume nothing does', async () => {
  const wait = `${everywhere}; export TOKEN; : > running; until [ -e go ]; do sleep 0.02; done`;
  using project = makeProject({
    'runbooks/tidy.md': runbookOf(`${inputs}## Tidy up\n\n${fence('bash step=print risk=medium timeout=1m', wait)}`),
    ...given,
  });
  const engine = start(project, ['run', 'tidy', '--stage', 'dev', '--yes']);
  await untilFile(join(project.root, 'running'));
  const files = filesWithCanary(join(project.root, '.runbook'), canary).map((file) => file.replace(/ .*$/, ''));
  expect(files.filter((file) => !/\/private\//.test(file))).toEqual([]);
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) {
    const path = join(project.root, '.runbook', file);
    expect([statSync(path).mode & 0o777, statSync(dirname(path)).mode & 0o777]).toEqual([0o600, 0o700]);
  }
  for (const path of globSync('/proc/[0-9]*/cmdline')) expect(canaryIn(readOrNothing(path), canary)).toBeUndefined();
  engine.kill('SIGKILL');
  await once(engine, 'exit');
  project.write({ go: '' });
  const { code, stdout, stderr } = await project.runbook(['resume', '--yes'], { env: environment });
  expect(code).toBe(0);
  expect(held(project, [stdout, stderr])).toEqual([]);
}, 60_000);

function readOrNothing(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch {
    return new Uint8Array();
  }
}

const late = `${inputs}## Look\n\n${fence('bash step=look risk=low capture=seen', 'cat forms >&2; head -n 1 forms; folder=$(head -n 1 forms)')}\n## Use\n\n${fence('bash step=use risk=low', 'test -n "$TOKEN"; exit "$(cat end)"')}`;

describe('a secret that became known only after it was printed', () => {
  test.each([
    ['ends', '0', 0],
    ['stops', '3', 4],
  ])('is masked in all that was written before when the run %s, and the record tells of it', async (_, end, expected) => {
    using project = makeProject({ 'runbooks/tidy.md': runbookOf(late), ...given, end });
    const args = ['run', 'tidy', '--stage', 'dev', '--yes', '--on-failure', 'stop', '--procedure', 'look', '--procedure', 'use'];
    const { code, stdout } = await project.runbook(args, { env: environment });
    expect(code).toBe(expected);
    expect(stdout).toContain('a secret was found in what was already written, and was masked there: logs of attempts 1; events 4');
    expect(held(project)).toEqual([]);
    const lines = readFileSync(join(project.root, '.runbook/runs', runOf(project), 'journal.jsonl'), 'utf8')
      .trimEnd()
      .split('\n');
    expect(lines.map((line) => JSON.parse(line).type).slice(-2)).toEqual(['record-repaired', end === '0' ? 'run-ended' : 'run-stopped']);
    // The chain is whole, also for who reads it another way, and a report can be made of it.
    const proof = await project.runbook(['verify', runOf(project)]);
    expect(proof.stdout).toContain('The record is intact.');
    expect(proof.code).toBe(0);
    if (python)
      expect(execFileSync('python3', [verifier, join(project.root, '.runbook/runs', runOf(project))], { encoding: 'utf8' })).toBe('intact\n');
    expect((await project.runbook(['report', runOf(project)])).code).toBe(0);
    if (end === '0') return;
    project.write({ end: '0' });
    const resumed = await project.runbook(['resume', '--yes', '--on-failure', 'stop'], { env: environment });
    expect(resumed.stderr).toBe('');
    expect(held(project, [resumed.stdout])).toEqual([]);
  });

  test('and stands in a document is named, with what to do', async () => {
    const said = `## Use\n\n${fence('bash step=use risk=low', 'echo "postgres://bricks:f9Xk27bQ@db.internal/bricks"')}`;
    using project = makeProject({ 'runbooks/tidy.md': runbookOf(said) });
    const { code, stdout } = await project.runbook(['run', 'tidy', '--stage', 'dev', '--yes']);
    expect(code).toBe(0);
    expect(stdout).toContain('A secret stands in runbooks/tidy.md. Take it out there');
    expect(readFileSync(join(project.root, '.runbook/runs', runOf(project), 'report.md'), 'utf8')).not.toContain('f9Xk27bQ');
  });
});

test('a capture that looks like a secret fails its step and says what to do', async () => {
  using project = makeProject({
    'runbooks/tidy.md': runbookOf(`## Use\n\n${fence('bash step=use risk=low capture=key', `printf 'ghp_%s' ${'a1B2'.repeat(9)}`)}`),
  });
  const { code, stdout } = await project.runbook(['run', 'tidy', '--stage', 'dev', '--yes', '--on-failure', 'stop']);
  expect(code).toBe(4);
  expect(stdout).toContain('The value of {key} holds a GitHub token. Secrets are not kept in variables: fetch it in the block that needs it');
  expect(stdout).not.toContain('a1B2a1B2');
});
