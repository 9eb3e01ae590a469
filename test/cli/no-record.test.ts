import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, globSync, mkdirSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readJournal } from '../../engine/runtime/journal.ts';
import { cleanEnvironment, cli, fence, makeProject, runbookOf, type TestProject } from '../helpers/project.ts';
import { untilFile } from '../helpers/wait.ts';

const asRoot = userInfo().uid === 0;
const bytes = 3_000_000;
/** Prints far more than there is room for, and tells outside of the engine that it came to its end. */
const flood = `: > running; echo begun >> outside; head -c ${bytes} /dev/zero | tr '\\0' a; until [ -e go ]; do sleep 0.02; done; echo whole >> outside`;
const patient = ': > running; echo begun >> outside; echo printed; until [ -e go ]; do sleep 0.02; done; echo whole >> outside';

function make(first: string): TestProject {
  return makeProject({
    'runbooks/tidy.md': runbookOf(
      `## Tidy up\n\n### Sort\n\n${fence('bash step=sort risk=medium timeout=2m', first)}\n### Look\n\n${fence('bash step=look risk=low', 'echo looked >> outside')}`,
    ),
  });
}

const read = ({ root }: TestProject, pattern: string): string => readFileSync(join(root, String(globSync(pattern, { cwd: root })[0])), 'utf8');

/** Mounts over a folder for this test; false where that is not permitted. */
function mounted(folder: string, ...args: readonly string[]): boolean {
  return asRoot && spawnSync('mount', [...args, folder]).status === 0;
}

/** Runs the engine in a shell, from the start until it has said what is wrong. */
async function run(
  project: TestProject,
  before: string,
  meanwhile: () => void,
  as: { readonly uid?: number; readonly gid?: number } = {},
): Promise<{ readonly code: unknown; readonly said: string }> {
  const shell = `${before} exec node '${cli}' run tidy --stage dev --yes`;
  const child = spawn('bash', ['-c', shell], { cwd: project.root, env: cleanEnvironment(), stdio: ['ignore', 'ignore', 'pipe'], ...as });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  await untilFile(join(project.root, 'running'));
  meanwhile();
  project.write({ go: '' });
  const [code] = await once(child, 'close');
  return { code, said };
}

/** The step came to its end, once; the next one was not started; what is on record is a beginning. */
function expectStopped(project: TestProject, { code, said }: { readonly code: unknown; readonly said: string }): void {
  expect(code).toBe(9);
  expect(said).toContain('The step has ended (exited with 0), but that could not be recorded in ');
  expect(said).toContain('runbook resume');
  expect(readFileSync(join(project.root, 'outside'), 'utf8')).toBe('begun\nwhole\n');
  const { events } = readJournal(join(project.root, String(globSync('.runbook/runs/*/journal.jsonl', { cwd: project.root })[0])));
  expect(events.map(({ type }) => type)).toEqual(['run-started', 'step-confirmed', 'attempt-started']);
}

async function expectGoesOn(project: TestProject): Promise<string> {
  const { code, stdout } = await project.runbook(['resume', '--yes']);
  expect(code).toBe(0);
  expect(readFileSync(join(project.root, 'outside'), 'utf8')).toBe('begun\nwhole\nlooked\n');
  expect(read(project, '.runbook/runs/*/journal.jsonl').match(/"step":"sort","type":"attempt-started"/g)).toHaveLength(1);
  return stdout;
}

/** What was kept is the beginning of the output, and the record says from which byte on nothing was. */
function expectBeginning(project: TestProject, stdout: string, why: string): void {
  const log = read(project, '.runbook/runs/*/attempts/01-sort.1/log');
  expect(log).toMatch(/^a+$/);
  expect(log.length).toBeLessThan(bytes);
  const remark = new RegExp(`Output from byte ${log.length} on was not kept: .*${why}`);
  expect(stdout).toMatch(remark);
  expect(read(project, '.runbook/runs/*/journal.jsonl')).toMatch(remark);
  expect(read(project, '.runbook/runs/*/report.md')).toContain(`Output from byte ${log.length} on was not kept`);
}

test('a full disk: the step ends, the next does not start, exit code 9; with room the run goes on and says what is missing', async ({ skip }) => {
  using project = make(flood);
  const folder = join(project.root, '.runbook');
  mkdirSync(folder);
  if (!mounted(folder, '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs')) skip('mounting a small disk takes root and a machine that permits it');
  using _ = { [Symbol.dispose]: () => void spawnSync('umount', ['-l', folder]) };
  const left = await run(project, '', () => {});
  expectStopped(project, left);
  expect(left.said).toMatch(/Its log ends after \d+ bytes of output|Output from byte \d+ on was not kept/);
  expect((await project.runbook(['resume', '--yes'])).code).toBe(9);
  execFileSync('mount', ['-o', 'remount,size=50m', folder]);
  expectBeginning(project, await expectGoesOn(project), 'No space left on device');
});

test('a limit on the size of files, for engine and pump: as a full disk', async () => {
  using project = make(flood);
  const left = await run(project, 'ulimit -f 500;', () => {});
  expectStopped(project, left);
  expect(left.said).toMatch(/Its log ends after \d+ bytes of output|Output from byte \d+ on was not kept/);
  expectBeginning(project, await expectGoesOn(project), 'File too large');
});

/** Root may write everywhere, so the engine is somebody else's then. */
const nobody = asRoot ? { uid: 65534, gid: 65534 } : {};

test('a run folder that becomes read-only while a step runs: the step ends, the next does not start, exit code 9', async ({ skip }) => {
  if (spawnSync('test', ['-r', cli], nobody).status !== 0) skip('nobody may not read the built engine here');
  using project = make(patient);
  if (asRoot) execFileSync('chown', ['-R', '65534:65534', project.root]);
  let folder = '';
  const left = await run(
    project,
    '',
    () => {
      folder = join(project.root, String(globSync('.runbook/runs/*/attempts/01-sort.1', { cwd: project.root })[0]));
      chmodSync(folder, 0o500);
    },
    nobody,
  );
  expectStopped(project, left);
  expect(left.said).toContain('EACCES');
  chmodSync(folder, 0o755);
  await expectGoesOn(project);
  expect(read(project, '.runbook/runs/*/attempts/01-sort.1/log')).toBe('printed\n');
});
