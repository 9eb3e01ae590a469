import { expect, test } from 'vitest';
import { fence, makeProject, runbookOf } from '../helpers/project.ts';

const inputs = '## Inputs\n\n| Input | Meaning | Allowed | Default |\n| --- | --- | --- | --- |\n| box | Which box | text | red |\n\n';
const body = `${inputs}## Tidy up\n\n### Count\n\n${fence('bash step=count-bricks risk=low', 'true')}`;

const plan = ['plan', 'tidy', '--stage', 'dev'];
const cases: readonly (readonly [what: string, args: readonly string[], meant: string])[] = [
  ['command', ['lsit'], 'list'],
  ['option', ['run', 'tidy', '--stag', 'dev'], '--stage'],
  ['document', ['run', 'tidi', '--stage', 'dev'], 'tidy'],
  ['procedure', ['plan', 'tidy#tidy-pu', '--stage', 'dev'], 'tidy-up'],
  ['stage', ['run', 'tidy', '--stage', 'stagin'], 'staging'],
  ['stage of runs', ['runs', '--stage', 'stagin'], 'staging'],
  ['step', [...plan, '--from', 'count-brick'], 'count-bricks'],
  ['input', ['run', 'tidy', '--stage', 'dev', '--yes', '--var', 'bxo=red'], 'box'],
  ['action of the sandbox', ['sandbox', 'strat'], 'start'],
  ['fault', ['sandbox', 'fault', 'lock-hold', 'on'], 'lock-held'],
  ['state of a fault', ['sandbox', 'fault', 'lock-held', 'onn'], 'on'],
  ['kind of document', ['new', 'runbok', 'x'], 'runbook'],
  ['annotation key', ['lint', 'runbooks/key.md'], 'risk'],
  ['front matter key', ['lint', 'runbooks/front.md'], 'owner'],
];

test('what was meant is told wherever a name is typed', async () => {
  using made = makeProject({
    'runbooks/tidy.md': runbookOf(body),
    'runbooks/key.md': runbookOf(body.replace('risk=', 'rsik=')),
    'runbooks/front.md': runbookOf(body, 'ownr: us\n'),
  });
  for (const [what, args, meant] of cases) {
    const { code, stdout, stderr } = await made.runbook(args);
    expect(stdout + stderr, what).toMatch(new RegExp(`[Dd]id you mean[^\\n]*${meant}`));
    expect(code, what).not.toBe(0);
  }
  made.write({ 'runbook.yaml': 'stagse:\n  dev: {}\n' });
  expect((await made.runbook(['list'])).stderr).toMatch(/[Dd]id you mean[^\n]*stages/);
});
