import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa, execaSync } from 'execa';
import { expect, test } from 'vitest';
import { knownValues, neededInputs } from '../../engine/commands/plan-object.ts';
import { surroundings } from '../../engine/commands/to-sh.ts';
import { parseDocument } from '../../engine/document/parse.ts';
import { buildPlan } from '../../engine/document/plan.ts';
import { scriptOf } from '../../engine/report/script.ts';
import { parseConfig, stageOf } from '../../engine/runtime/config.ts';
import { startSandbox } from '../../engine/sandbox/sandbox.ts';
import { makeLegoProject } from '../helpers/lego-project.ts';
import { cleanEnvironment, fence, makeProject, runbookOf, type TestProject } from '../helpers/project.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const prelude = readFileSync(join(root, 'engine/kernels/by-hand.sh'), 'utf8');

async function bash(
  made: TestProject,
  script: string,
  input: string,
  { args = [], env = {} }: { args?: readonly string[]; env?: Record<string, string> } = {},
) {
  made.write({ 'script.sh': script });
  const { exitCode, stdout, stderr } = await execa('bash', ['script.sh', ...args], {
    cwd: made.root,
    env: cleanEnvironment(env),
    extendEnv: false,
    reject: false,
    input,
  });
  return { code: exitCode, stdout, stderr };
}

test('every shipped document makes a script that bash can read, on every stage', () => {
  const { config } = parseConfig('runbook.yaml', readFileSync(join(root, 'runbook.yaml'), 'utf8'));
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  let scripts = 0;
  for (const document of [
    'runbooks/database-operations.md',
    'playbooks/database-operations-failure.md',
    'templates/RUNBOOK-TEMPLATE.md',
    'templates/PLAYBOOK-TEMPLATE.md',
  ]) {
    const procedures = parseDocument(document, read(document)).document.procedures.map(({ anchor }) => anchor);
    for (const [name, stage] of Object.entries(config.stages)) {
      const request = { document, procedures, stage: stageOf(name, stage), knownStages: Object.keys(config.stages), selection: { readOnly: false } };
      const { plan } = buildPlan(request, (path) => (path.startsWith('playbooks/x') ? undefined : read(path)));
      if (plan === undefined) continue;
      const source = {
        plan,
        values: knownValues(plan, []),
        inputs: neededInputs(plan),
        where: surroundings(name, stage, config.kernels),
        version: '1',
        prelude,
      };
      execFileSync('bash', ['-n'], { input: scriptOf(source) });
      scripts += 1;
    }
  }
  expect(scripts).toBeGreaterThanOrEqual(8);
});

const inputs =
  '## Inputs\n\n| Input | Meaning | Allowed | Default |\n| --- | --- | --- | --- |\n| box | Which `box` $(touch meaning) | `red`, `blue` | red |\n| words | Any words | text | |\n| token | The key of the box | secret | |\n\n';
const steps = [
  `### Count\n\nCounts $(touch prose) \`them\`.\n\n${fence('bash step=count risk=low capture=total', 'echo "  3-{box} "')}`,
  `### Note it\n\n${fence('bash step=note risk=medium timeout=2m', 'kept="it\'s kept"\ncat >>effects <<EOF\n{total} $BOX {stage} $((1 + 1)) {other}\nEOF\nprintf "%s|" "$WORDS" "$TOKEN" >>effects\necho level=7 >>"$RUNBOOK_OUTPUT"')}`,
  `### Write it\n\n${fence('js step=write risk=medium timeout=2m', 'process.stdout.write(""); require("node:fs").appendFileSync("effects", "js {total} " + process.env.LEVEL + "\\n");')}**Undo:** nothing.\n\n${fence('bash rollback=write', 'echo undo {box}')}`,
  `### End\n\n${fence('bash step=end risk=high timeout=2m', 'echo "end $kept" >>effects\nexit 0')}`,
  `### Wait\n\n${fence('bash step=wait risk=low every=1s timeout=30s', 'printf x >>polls; [[ $(wc -c <polls) -ge 2 ]]')}**Expected:**\n\n${fence('text expect=wait', '!/never/')}`,
  `### Ask\n\n${fence('text step=ask risk=low manual', 'Call the owner.')}`,
  `### Elsewhere\n\n${fence('bash step=elsewhere risk=low stages=production', 'touch elsewhere')}`,
];
const tidy = runbookOf(`${inputs}## Tidy up\n\n${steps.join('\n')}\n`);
const hostile = `it's "$(touch pwned)" \`touch pwned\` \\ {stage} end`;
const secret = 'se"cret\'$(touch pwned)';

test('a script has the effects that the engine has, whatever the values are', async () => {
  using made = makeProject({ 'runbooks/tidy.md': tidy, effects: '' });
  const effects = () => readFileSync(join(made.root, 'effects'), 'utf8');
  const values = ['--var', 'box=blue', '--var', `words=${hostile}`];
  const ran = await made.runbook(['run', 'tidy', '--stage', 'dev', '--confirm', 'dev', '--allow', 'end', '--to', 'wait', ...values], {
    env: { TOKEN: secret },
  });
  expect([ran.code, ran.stderr]).toEqual([0, '']);
  const byEngine = effects();
  rmSync(join(made.root, 'polls'));
  made.write({ effects: '' });
  const { stdout, stderr } = await made.runbook(['to-sh', 'tidy', '--stage', 'dev', ...values], { env: { TOKEN: secret } });
  expect(stderr).toBe('');
  expect(stdout).not.toContain('se"cret');
  const script = await bash(made, stdout, 'y\ny\ny\ndev\ny\ny\ny\n', { env: { TOKEN: secret } });
  expect(script.stderr).toContain('All steps have run.');
  expect(script.code).toBe(0);
  expect(effects()).toBe(byEngine);
  expect(effects()).toBe(`3-blue blue dev 2 {other}\n${hostile}|${secret}|js 3-blue 7\nend it's kept\n`);
  expect(readFileSync(join(made.root, 'polls'), 'utf8')).toBe('xx');
  for (const trace of ['pwned', 'meaning', 'prose', 'elsewhere']) expect(() => readFileSync(join(made.root, trace))).toThrow('ENOENT');
});

test('anything but a yes stops the script; a failure names the playbook entry and stops it; it goes on from a step', async () => {
  const link = "**If this fails:** [Start 'anew'](../playbooks/lost.md#start-anew).\n";
  using made = makeProject({
    'runbooks/tidy.md': runbookOf(
      `## Tidy up\n\n### One\n\n${fence('bash step=one risk=low capture=total', 'echo 1')}\n### Two\n\n${fence('bash step=two risk=high timeout=2m', '[[ -f ready ]]\ntouch did-two-{total}-{run}')}\n${link}\n### Three\n\n${fence('bash step=three risk=low', 'touch did-three')}`,
    ),
    'playbooks/lost.md': `---\nkind: playbook\n---\n\n# Lost bricks\n\n## Start 'anew'\n\n${fence('bash step=look risk=low', 'echo')}`,
  });
  const { stdout } = await made.runbook(['to-sh', 'tidy', '--stage', 'dev', '-o', '-']);
  const refused = await bash(made, stdout, 'y\ny\n', { env: { RUN: 'r1' } });
  expect(refused.stderr).toContain('Stopped before step two: nothing of it was run. Go on from it with: RUN=r1 bash script.sh two');
  expect(refused.code).toBe(6);
  const failed = await bash(made, stdout, 'y\ndev\ny\n', { env: { RUN: 'r1' } });
  expect(failed.stderr).toContain("If it fails: Start 'anew' (playbooks/lost.md#start-anew), then ask\n");
  expect(failed.code).toBe(4);
  made.write({ ready: '' });
  const without = await bash(made, stdout, 'dev\ny\n', { args: ['two'], env: { RUN: 'r1' } });
  expect(without.stderr).toContain('{total} has no value; a step before this one gives it. Set TOTAL in the environment and start again.\n');
  const injected = await bash(made, stdout, 'dev\ny\n', { args: ['two'], env: { RUN: 'r1', TOTAL: '$(touch pwned)' } });
  expect(injected.stderr).toContain('The value of {total} may not stand in a command');
  expect(injected.code).toBe(6);
  const onward = await bash(made, stdout, 'dev\ny\n', { args: ['two'], env: { RUN: 'r1', TOTAL: '1' } });
  expect(onward.code).toBe(0);
  for (const trace of ['did-two-1-r1', 'did-three']) expect(readFileSync(join(made.root, trace), 'utf8')).toBe('');
  expect((await bash(made, stdout, '', { args: ['four'] })).code).toBe(2);
  const checklist = await made.runbook(['to-sh', 'tidy', '--stage', 'dev', '--checklist']);
  expect(checklist.stdout).toContain(
    '- [ ] **Two** (`two`, risk HIGH, at most 2m)\n\n  ```bash\n  [[ -f ready ]]\n  touch did-two-{total}-{run}\n  ```\n',
  );
});

const missing = ['aws', 'psql'].filter((program) => execaSync('which', [program], { reject: false }).exitCode !== 0);

test.skipIf(missing.length > 0)('the script of a shipped procedure does on the sandbox what it says (skipped without aws and psql)', async () => {
  await using project = makeLegoProject();
  expect((await project.runbook(['sandbox', 'start'])).code).toBe(0);
  const { host, port, database, user, password, aws } = await startSandbox(project.root, {});
  const { stdout } = await project.runbook(['to-sh', 'database-operations#take-a-snapshot', '--stage', 'local', '--to', 'list-snapshots']);
  const env = {
    RUN: 'by-hand',
    DATABASE_URL: `postgres://${user}:${password}@${host}:${port}/${database}`,
    AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:9',
  };
  const nowhere = await bash(project, stdout, '', { env });
  expect(nowhere.stderr).toContain('SANDBOX_ENDPOINT: is where the sandbox answers');
  const script = await bash(project, stdout, 'y\n'.repeat(40), { env: { ...env, SANDBOX_ENDPOINT: aws.endpoint, SANDBOX_KEY: aws.accessKeyId } });
  expect(script.stderr).toContain('All steps have run.');
  expect(script.stdout).toMatch(/ lego +\| app +\| writer /);
  expect(script.stdout).toContain('\nlego-api-local-by-hand\n');
  expect(script.stdout).toMatch(/^available\t100\t/m);
  expect(script.stdout).toMatch(/\| +lego-api-local-by-hand +\| +available +\|/);
});
