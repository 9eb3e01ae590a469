import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cli, fence, makeProject, runbookOf, type TestProject } from '../helpers/project.ts';
import { openTerminal } from '../helpers/terminal.ts';

const inputs = '## Inputs\n\n| Input | Meaning | Allowed | Default |\n| --- | --- | --- | --- |\n| box | Which box | `/[a-z]+/` | red |\n\n';
const tidy = runbookOf(
  `${inputs}## Tidy up\n\n### Count the bricks\n\n${fence('bash step=count-bricks risk=low capture=total', 'echo "$BOX-{box}-{stage}"')}\n### Sort them\n\n${fence('bash step=sort risk=medium timeout=2m', 'echo {nothing} $HOME {total}')}`,
  'owner: bricks team\nreviewed: 2026-01-31\n',
);

function project(options: { readonly spoilsRecords?: boolean } = {}): TestProject {
  return makeProject({ 'runbooks/tidy.md': tidy, 'playbooks/lost.md': '---\nkind: playbook\n---\n\n# Lost bricks\n' }, options);
}

test('list names every document with its title, owner and review', async () => {
  using made = project();
  const { code, stdout } = await made.runbook(['list']);
  expect(stdout).toBe('tidy  runbook   Tidy the bricks  (bricks team, reviewed 2026-01-31)\nlost  playbook  Lost bricks\n');
  expect(code).toBe(0);
  const { documents } = JSON.parse((await made.runbook(['list', '--json'])).stdout);
  expect(documents.map(({ name }: { name: string }) => name)).toEqual(['tidy', 'lost']);
});

test('show --outline tells the steps of a document, and --json all that was read from it', async () => {
  using made = project();
  const { stdout } = await made.runbook(['show', 'tidy', '--outline']);
  expect(stdout).toContain('Tidy up  #tidy-up');
  expect(stdout).toMatch(/sort +risk medium +bash +2m/);
  expect(JSON.parse((await made.runbook(['show', 'tidy', '--json'])).stdout).document.procedures[0].steps).toHaveLength(2);
});

const guide = runbookOf(
  `## Tidy up\n\n> [!WARNING]\n> Bricks are **sharp**.\n\n| Box | Colour |\n| --- | --- |\n| one | red |\n\n### Sort them\n\n- by colour \u{1b}]0;x\u{7}\n\n${fence('bash step=sort risk=high timeout=2m', `echo ${'long '.repeat(40)}`)}\n**Check:** look.\n\n${fence('bash check=sort', 'test -f box')}\n## Afterwards\n\nRest.\n`,
  'owner: bricks team\n',
);

test('show renders the document: plain and unbroken where nobody sees it, and one part of it by its heading', async () => {
  using made = makeProject({ 'runbooks/tidy.md': guide });
  const whole = await made.runbook(['show', 'tidy']);
  expect(whole.stdout).toMatchInlineSnapshot(`
    "owner      bricks team

    # Tidy the bricks

    Puts every brick back into its box.

    ## Tidy up

    │ WARNING  Bricks are sharp.

    • Box: one
      Colour: red

    ### Sort them

    • by colour ^[]0;x^G

    → step sort, risk HIGH, 2m
        echo long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long

    Check: look.

    → check of sort
        test -f box

    ## Afterwards

    Rest.
    "
  `);
  const part = await made.runbook(['show', 'tidy#sort-them'], { env: { FORCE_COLOR: '1', NO_COLOR: '' } });
  expect(part.stdout).toMatch(/^\u{1b}\[1m### /u);
  expect(part.stdout).toContain('\u{1b}[1;31m\u{2192} step sort, risk HIGH, 2m\u{1b}[22;39m\n');
  expect(part.stdout).toContain('\u{1b}[36mecho\u{1b}[39m long');
  expect(part.stdout).not.toContain('Rest');
  expect(part.stdout).not.toContain('\u{1b}]');
  const none = await made.runbook(['show', 'tidy#sort-then']);
  expect([none.code, none.stderr]).toEqual([2, 'runbooks/tidy.md has no heading #sort-then.\nDid you mean #sort-them?\n']);
});

test('show is as wide as the terminal, and goes through the pager where it is longer', async () => {
  using made = makeProject({ 'runbooks/tidy.md': guide });
  const show = (rows: number, pager: string) =>
    openTerminal(['node', cli, 'show', 'tidy'], { cwd: made.root, columns: 60, rows, env: { PAGER: pager, NO_COLOR: '' } });
  using tall = show(60, 'echo PAGED; cat');
  expect(await tall.ended).toBe(0);
  expect(tall.history()).toContain('Box  Colour');
  expect(tall.history()).toMatch(/\n {4}echo (?:long )+l\n {4} ?ong long/);
  expect(tall.history()).not.toContain('PAGED');
  using low = show(20, 'echo PAGED; cat');
  expect(await low.ended).toBe(0);
  expect(low.history()).toMatch(/PAGED[\s\S]*Rest\./);
  using without = show(20, 'no-such-pager');
  expect(await without.ended).toBe(0);
  expect(without.history()).toContain('Rest.');
});

test('plan fills in what is known, leaves the rest as it is, and changes nothing', async () => {
  using made = project();
  const { code, stdout, stderr } = await made.runbook(['plan', 'tidy', '--stage', 'dev', '--var', 'box=blue']);
  expect(stderr).toBe('');
  expect(stdout).toContain('echo "$BOX-blue-dev"');
  expect(stdout).toContain('echo {nothing} $HOME {total}');
  expect(code).toBe(0);
  expect((await made.runbook(['runs'])).stdout).toContain('No runs yet');
  const json = JSON.parse((await made.runbook(['plan', 'tidy', '--stage', 'dev', '--json'])).stdout);
  expect(json.procedures[0].steps.map(({ id }: { id: string }) => id)).toEqual(['count-bricks', 'sort']);
});

test('plan tells what can follow a failure, as text, as JSON and as a diagram', async () => {
  const link = '**If this fails:** [Start anew](../playbooks/lost.md#start-anew).\n';
  const undo = `**Undo:** empty the box.\n\n${fence('bash rollback=sort', 'echo empty {stage}')}`;
  const entry = `## Start anew\n\n### Look below the sofa\n\n${fence('bash step=look risk=low', 'echo sofa {stage}')}\n## Never\n\n${fence('bash step=never risk=low', 'echo')}`;
  const symptoms =
    '## Symptoms\n\n| Step | Error | Go to | Then |\n| --- | --- | --- | --- |\n| `sort` | `exit 3`, `timeout` | [Start anew](#start-anew) | retry |\n\n';
  using made = makeProject({
    'runbooks/tidy.md': `${tidy.replace('---\n\n#', 'playbook: ../playbooks/lost.md\n---\n\n#')}\n${undo}\n${link}`,
    'playbooks/lost.md': `---\nkind: playbook\n---\n\n# Lost bricks\n\n${symptoms}${entry}`,
  });
  const plan = async (...args: readonly string[]) => {
    const { stdout, stderr } = await made.runbook(['plan', 'tidy', '--stage', 'dev', ...args]);
    expect(stderr).toBe('');
    return stdout;
  };
  expect(await plan('--read-only')).toContain('2. Sort them (sort, risk medium, bash, 2m)  skipped: --read-only\n');
  const text = await plan();
  expect(text).toContain('1. Count the bricks (count-bricks, risk low, bash, 10m)\n   captures {total}\n     echo "$BOX-{box}-dev"\n');
  expect(text).toContain('   Undo:\n     echo empty dev\n');
  expect(text).toContain('   If it fails:\n     exit 3, timeout -> Start anew (playbooks/lost.md#start-anew), then retry\n     in any way -> ');
  expect(text).toContain('### Start anew (playbooks/lost.md#start-anew)\n\n1. Look below the sofa (look, risk low, bash, 10m)\n     echo sofa dev\n');
  expect(text).not.toContain('Never');
  const json = JSON.parse(await plan('--json'));
  const target = { document: 'playbooks/lost.md', anchor: 'start-anew' };
  expect(json.procedures[0].steps[1].onFailure).toEqual({
    entries: [
      { target, title: 'Start anew', by: 'named', errors: [{ kind: 'exit', code: 3 }, { kind: 'timeout' }], then: 'retry' },
      { target, title: 'Start anew', by: 'linked', errors: [], then: 'ask' },
    ],
    choices: ['retry', 'rollback', 'override', 'stop'],
  });
  expect(json.playbooks[0].entries.map(({ anchor, reachable }: Record<string, unknown>) => [anchor, reachable])).toEqual([
    ['start-anew', true],
    ['never', false],
  ]);
  expect(json.playbooks[0].entries[0].steps[0].text).toBe('echo sofa dev\n');
  expect(await plan('--format', 'json')).toBe(await plan('--json'));
  expect(await plan('--format', 'mermaid')).toContain('s2 -. "if exit 3, timeout#59; then retry or any failure#59; then ask" .-> e1s1');
  const both = await made.runbook(['plan', 'tidy', '--stage', 'dev', '--json', '--format', 'mermaid']);
  expect([both.code, both.stderr]).toEqual([2, '--json and --format mermaid were both given.\nrunbook plan tidy --stage dev --format mermaid\n']);
  expect((await made.runbook(['plan', 'tidy', '--stage', 'dev', '--format', 'mermaid', '-o', 'plan.json'])).code).toBe(2);
});

test('a plan on file is what runs, and anything that differs from it is refused: exit code 7', async () => {
  using made = project();
  expect((await made.runbook(['plan', 'tidy', '--stage', 'dev', '--var', 'box=blue', '-o', 'plan.json'])).code).toBe(0);
  const run = ['run', 'tidy', '--stage', 'dev', '--yes', '--plan', 'plan.json'];
  expect((await made.runbook([...run, '--var', 'box=blue'])).code).toBe(0);
  const otherValue = await made.runbook([...run, '--var', 'box=green']);
  expect(otherValue.stderr).toContain('values: the plan says {"box":"blue"}, and this is {"box":"green"}');
  expect(otherValue.code).toBe(7);
  made.write({ 'runbooks/tidy.md': tidy.replace('Sort them', 'Sort them all') });
  const otherText = await made.runbook([...run, '--var', 'box=blue']);
  expect(otherText.stderr).toContain('runbooks/tidy.md: changed since');
  expect(otherText.code).toBe(7);
  expect((await made.runbook(['runs', '--json'])).stdout.match(/"run":/g)).toHaveLength(1);
  made.write({ 'plan.json': '{}' });
  expect((await made.runbook(run)).code).toBe(2);
});

test('runs lists unfinished ones first, and report prints the executed runbook', async () => {
  using made = project();
  await made.runbook(['run', 'tidy', '--stage', 'dev', '--yes', '--to', 'count-bricks']);
  await made.runbook(['run', 'tidy', '--stage', 'production', '--confirm', 'staging']);
  const { stdout } = await made.runbook(['runs', '--json']);
  const { runs } = JSON.parse(stdout);
  expect(runs).toHaveLength(1);
  expect(runs[0]).toMatchObject({ stage: 'dev', result: 'finished', finished: true });
  const report = await made.runbook(['report', runs[0].run.slice(-4)]);
  expect(report.stdout).toContain('# Tidy the bricks: finished on dev');
  expect(report.stdout).toContain('echo "$BOX-red-dev"');
  expect(report.stdout).toContain('red-red-dev');
  await made.runbook(['report', runs[0].run, '-o', 'ticket.md']);
  expect((await made.runbook(['list'], { cwd: join(made.root, 'runbooks') })).code).toBe(0);
});

test('runs lists those of one stage, those that have not ended, and as many of the others as are wanted', async () => {
  using made = project({ spoilsRecords: true });
  for (let index = 0; index < 3; index += 1) await made.runbook(['run', 'tidy', '--stage', 'dev', '--yes', '--to', 'count-bricks']);
  const open = join(made.root, '.runbook/runs/20260131-180500-7f3k');
  mkdirSync(open);
  const [journal = ''] = globSync('.runbook/runs/*/journal.jsonl', { cwd: made.root });
  const [first = ''] = readFileSync(join(made.root, journal), 'utf8').split('\n');
  writeFileSync(join(open, 'journal.jsonl'), `${first.replace('"stage":"dev"', '"stage":"staging"')}\n`);
  const list = async (...args: readonly string[]): Promise<{ readonly stages: readonly string[]; readonly more: boolean }> => {
    const { runs, more } = JSON.parse((await made.runbook(['runs', '--json', ...args])).stdout);
    return { stages: runs.map(({ stage }: { stage: string }) => stage), more };
  };
  expect(await list()).toEqual({ stages: ['staging', 'dev', 'dev', 'dev'], more: false });
  expect(await list('--stage', 'dev', '--limit', '2')).toEqual({ stages: ['dev', 'dev'], more: true });
  expect(await list('--unfinished')).toEqual({ stages: ['staging'], more: false });
  expect((await made.runbook(['runs', '--limit', '2'])).stdout).toContain(
    'These are the last 2 that ended. More: runbook runs --limit 20, or --all\nNext: runbook resume 2026',
  );
  expect((await made.runbook(['runs', '--stage', 'production'])).stdout).toContain('No runs on stage production.');
  expect((await made.runbook(['runs', '--limit', 'x'])).code).toBe(2);
});

test('--json gives the version first and then one event a line', async () => {
  using made = project();
  const { code, stdout, stderr } = await made.runbook(['run', 'tidy', '--stage', 'dev', '--yes', '--json']);
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines[0]).toMatchObject({ type: 'version', schema: 'runbook.events/1.0' });
  expect(lines.map(({ type }) => type).filter((type) => type !== 'output')).toEqual([
    'version',
    'run-started',
    'value-given',
    'step-confirmed',
    'attempt-started',
    'attempt-ended',
    'step-confirmed',
    'attempt-started',
    'attempt-ended',
    'run-ended',
  ]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
});

test('a document without annotations runs with --as-is, each shell fence a step', async () => {
  using made = makeProject({
    'notes/old.md': `# Old notes\n\n## Do this\n\n${fence('bash', 'echo one')}\nThen:\n\n${fence('sh', 'echo two')}\n${fence('json', '{}')}`,
  });
  const { code, stdout } = await made.runbook(['run', 'notes/old.md', '--stage', 'dev', '--as-is', '--yes']);
  expect(stdout).toContain('1| one');
  expect(stdout).toContain('2| two');
  expect(code).toBe(0);
});

test('a journal that cannot be read is exit code 9 for resume, and does not hide other runs', async () => {
  using made = project();
  mkdirSync(join(made.root, '.runbook/runs/20260131-180500-7f3k/journal.jsonl'), { recursive: true });
  const { code, stderr } = await made.runbook(['resume', '7f3k', '--yes']);
  expect(stderr).toContain('20260131-180500-7f3k');
  expect(stderr).not.toContain('fault in runbook itself');
  expect(code).toBe(9);
  expect((await made.runbook(['runs'])).stdout).toContain('record not intact');
});
