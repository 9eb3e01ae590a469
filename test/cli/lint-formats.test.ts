import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { marked } from 'marked';
import { SaxesParser } from 'saxes';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { cleanEnvironment, fence, makeProject, runbookOf, type TestProject } from '../helpers/project.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
/** A name that means something to each of the formats. */
const name = 'a, b:100% | <x> "y".md';
const errors = Array.from({ length: 12 }, (_, index) => `[gone ${index}](gone-${index}.md)`).join('\n\n');
const hostile = runbookOf(`## Tidy up\n\nTODO @admin ::error::x\n\n${errors}\n\n${fence('bash step=look risk=low', 'echo ::set-output::')}`);

function project(): TestProject {
  return makeProject({ [`ops/runbooks/${name}`]: hostile, 'ops/runbook.yaml': 'stages: { dev: {} }\n', 'ops/docs/fine.md': '# Fine\n' });
}

const lint = async ({ root, runbook }: TestProject, format: string, env: Readonly<Record<string, string>> = {}) =>
  await runbook(['lint', '--format', format, `runbooks/${name}`, 'docs/fine.md'], { cwd: join(root, 'ops'), env });

const found = z.object({ diagnostics: z.array(z.object({ rule: z.string(), severity: z.string(), message: z.string(), line: z.number() })) });

async function asJson(made: TestProject): Promise<z.infer<typeof found>['diagnostics']> {
  return found.parse(JSON.parse((await lint(made, 'json')).stdout)).diagnostics;
}

/** What the standard demands of a log with results (sarif-v2.1.0, 3.13 to 3.58), and GitHub of its rules. */
const text = z.strictObject({ text: z.string().min(1) });
const sarif = z.strictObject({
  $schema: z.url(),
  version: z.literal('2.1.0'),
  runs: z.tuple([
    z.strictObject({
      tool: z.strictObject({
        driver: z.strictObject({
          name: z.literal('runbook'),
          version: z.string(),
          rules: z.array(z.strictObject({ id: z.string(), shortDescription: text, fullDescription: text, help: text })),
        }),
      }),
      columnKind: z.literal('utf16CodeUnits'),
      results: z.array(
        z.strictObject({
          ruleId: z.string(),
          ruleIndex: z.int().min(0),
          level: z.enum(['error', 'warning']),
          message: text,
          locations: z.tuple([
            z.strictObject({
              physicalLocation: z.strictObject({
                artifactLocation: z.strictObject({ uri: z.string().regex(/^(?:[\w.~!$&'()*+,;=@/-]|%[0-9A-F]{2})+$/) }),
                region: z.strictObject({
                  startLine: z.int().min(1),
                  startColumn: z.int().min(1).optional(),
                  endColumn: z.int().min(1).optional(),
                }),
              }),
            }),
          ]),
        }),
      ),
    }),
  ]),
});

test('lint --format sarif is a log as the standard demands, with paths of the repository', async () => {
  using made = project();
  const { code, stdout } = await lint(made, 'sarif', { GITHUB_WORKSPACE: made.root });
  expect(code).toBe(3);
  const [{ tool, results }] = sarif.parse(JSON.parse(stdout)).runs;
  const diagnostics = await asJson(made);
  expect(results.map(({ ruleId, level }) => [ruleId, level])).toEqual(diagnostics.map(({ rule, severity }) => [rule, severity]));
  for (const { ruleId, ruleIndex, locations } of results) {
    expect(tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
    expect(decodeURIComponent(locations[0].physicalLocation.artifactLocation.uri)).toBe(`ops/runbooks/${name}`);
  }
});

/** As the runner reads a workflow command. */
function command(line: string): { readonly kind: string; readonly properties: Readonly<Record<string, string>>; readonly message: string } {
  const [, kind = '', all = '', message = ''] = /^::(\w+) (.*?)::(.*)$/u.exec(line) ?? [];
  const plain = (value: string): string =>
    value.replaceAll('%2C', ',').replaceAll('%3A', ':').replaceAll('%0A', '\n').replaceAll('%0D', '\r').replaceAll('%25', '%');
  const properties = all.split(',').map((each) => [each.slice(0, each.indexOf('=')), plain(each.slice(each.indexOf('=') + 1))]);
  return { kind, properties: Object.fromEntries(properties), message: plain(message) };
}

test('lint --format github annotates ten at most, errors first, and puts everything into the summary', async () => {
  using made = project();
  const summary = join(made.root, 'summary.md');
  writeFileSync(summary, 'Before\n\n');
  const { code, stdout } = await lint(made, 'github', { GITHUB_WORKSPACE: made.root, GITHUB_STEP_SUMMARY: summary });
  expect(code).toBe(3);
  const diagnostics = await asJson(made);
  expect(diagnostics.length).toBeGreaterThan(12);
  const lines = stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(11);
  const commands = lines.slice(0, 10).map(command);
  expect(commands.map(({ kind }) => kind)).toEqual(Array(10).fill('error'));
  const first = diagnostics.filter(({ severity }) => severity === 'error')[0];
  expect(commands[0]?.message).toContain(first?.message);
  expect(commands[0]?.properties).toMatchObject({ file: `ops/runbooks/${name}`, title: first?.rule });
  expect(lines[10]).toMatch(/^2 documents, \d+ errors, 1 warning; \d+ more are in the summary$/u);
  const html = await marked(readFileSync(summary, 'utf8'));
  expect(html).toMatch(/^<p>Before<\/p>/u);
  expect(html.match(/<tr>/gu)).toHaveLength(1 + diagnostics.length);
  expect(html.match(/<td>/gu)).toHaveLength(4 * diagnostics.length);
  expect(html).not.toMatch(/<x>|<a /u);
});

test('lint --format junit has a suite for each document, in which an error fails and a warning does not', async () => {
  using made = project();
  const { code, stdout } = await lint(made, 'junit');
  expect(code).toBe(3);
  const tags: { readonly name: string; readonly attributes: Readonly<Record<string, string>> }[] = [];
  const parser = new SaxesParser();
  parser.on('opentag', ({ name: tag, attributes }) => tags.push({ name: tag, attributes }));
  parser.on('error', (error) => {
    throw error;
  });
  parser.write(stdout).close();
  const diagnostics = await asJson(made);
  const failing = diagnostics.filter(({ severity }) => severity === 'error').length;
  expect(tags.filter(({ name: tag }) => tag === 'testsuite').map(({ attributes }) => attributes)).toEqual([
    { name: `runbooks/${name}`, tests: `${diagnostics.length}`, failures: `${failing}` },
    { name: 'docs/fine.md', tests: '1', failures: '0' },
  ]);
  expect(tags.filter(({ name: tag }) => tag === 'failure')).toHaveLength(failing);
  expect(tags.filter(({ name: tag }) => tag === 'testcase')).toHaveLength(diagnostics.length + 1);
});

const action = z.object({
  runs: z.object({
    using: z.literal('composite'),
    steps: z.array(z.object({ name: z.string(), shell: z.string(), run: z.string(), env: z.record(z.string(), z.string()) })),
  }),
});

/** Runs the linting step of action.yml as a runner does: its script in a file, `bash` with these options, inputs by the environment. */
function runAction(made: TestProject, paths: string): SpawnSyncReturns<string> {
  const { runs } = action.parse(parse(readFileSync(join(repository, 'action.yml'), 'utf8')));
  const step = runs.steps.find((each) => each.name === 'Lint');
  const script = join(made.root, 'step.sh');
  writeFileSync(script, step?.run ?? '');
  const expressions: Readonly<Record<string, string>> = { '${{ github.action_path }}': repository, '${{ inputs.paths }}': paths };
  const env = Object.fromEntries(Object.entries(step?.env ?? {}).map(([key, value]) => [key, expressions[value] ?? value]));
  return spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', script], {
    cwd: join(made.root, 'ops'),
    env: cleanEnvironment({ ...env, GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: made.root, GITHUB_STEP_SUMMARY: join(made.root, 'summary.md') }),
    encoding: 'utf8',
  });
}

test('the action lints what it is given, fails when there is an error, and puts no input into its script', () => {
  const { runs } = action.parse(parse(readFileSync(join(repository, 'action.yml'), 'utf8')));
  for (const { run } of runs.steps) expect(run).not.toContain('${{');
  using made = project();
  const all = runAction(made, '');
  expect(all.stdout).toContain('::error file=ops/runbooks/');
  expect(all.status).toBe(3);
  const fine = runAction(made, 'docs/fine.md\n');
  expect(fine.stdout).toBe('1 document, 0 errors, 0 warnings\n');
  expect(fine.status).toBe(0);
  const hostileInput = runAction(made, '$(touch ran); --format json\n');
  expect(hostileInput.stderr).toContain('Unknown runbook "$(touch ran); --format json"');
  expect(hostileInput.status).toBe(2);
});

const hooks = z.tuple([
  z.object({ id: z.literal('runbook-lint'), entry: z.string(), language: z.literal('node'), types: z.tuple([z.literal('markdown')]) }),
]);

test('the hook for pre-commit lints the files of a commit', async () => {
  const [hook] = hooks.parse(parse(readFileSync(join(repository, '.pre-commit-hooks.yaml'), 'utf8')));
  const [program, ...args] = hook.entry.split(' ');
  expect(program).toBe('runbook');
  using made = project();
  const { code, stdout } = await made.runbook([...args, 'docs/fine.md', `runbooks/${name}`], { cwd: join(made.root, 'ops') });
  expect(stdout).toContain('[link-broken]');
  expect(code).toBe(3);
  expect((await made.runbook([...args, 'docs/fine.md'], { cwd: join(made.root, 'ops') })).code).toBe(0);
});
