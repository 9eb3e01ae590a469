import { describe, expect, test } from 'vitest';
import { looksAnnotated } from '../../engine/document/form.ts';
import { parseDocument } from '../../engine/document/parse.ts';
import { path, runbook } from './problems.ts';

const ids = new Set(['take-snapshot']);

describe('Documentation stays documentation', () => {
  test.each([
    '',
    'bash',
    'js {1,3-5} title="x"',
    'bash title=foo',
    'mermaid',
    'py hl_lines="1 2" linenums="1"',
    'ts twoslash',
    'rust,ignore',
    'rust,no_run',
    'toml filename="Cargo.toml" highlight=3',
    'bash title="step=take-snapshot risk=high"',
    "sh title='How to check=x'",
    'js title: "check: all"',
    '12:34:src/check.ts',
    'diff showLineNumbers {2}',
    'csv sep=";"',
    'bash {"name":"deploy","background":"true"}',
    '{r, echo=FALSE}',
    '{.python .numberLines startFrom="100"}',
    'html href=https://example.com/?step=1&check=2',
    'text check://example',
    'bash Step 1',
    'bash timeout=5m',
    'js start=3 stop=9',
    'bash checkout',
    '~~~',
    'live noInline export=default',
  ])('%s', (info) => {
    expect(looksAnnotated(info, ids)).toBe(false);
    expect(parseDocument(path, runbook(`\`\`\`\`${info}\n\`\`\`\`\n`)).diagnostics).toEqual([]);
  });
});

describe('What may be meant for the engine is never taken for documentation', () => {
  test.each([
    'bash step=x',
    'bash check=x',
    'bash{step=x}',
    'bash{ step=x }',
    'bash {step=x}',
    'bash {"step":"x"}',
    'bash,step=x',
    'bash;check=x',
    'bash:step=x',
    'bashstep=x',
    'step=x',
    '{.bash step=x}',
    'bash step = x',
    'bash step =x',
    'bash step= x',
    'bash setp = x',
    'bash Step=x',
    'bash STEP=x',
    'bash setp=x',
    'bash steps=x',
    'bash stp=x',
    'bash step',
    'bash step:x',
    'bash step: x',
    'bash --step=x',
    'bash "step=x"',
    "bash 'step=x'",
    'bash step="x',
    'bash st ep=x',
    'bash dry run=x',
    'bash dry_run=x',
    'bash dryrun=x',
    'bash dryRun=x',
    'bash roll-back=x',
    'bash rollbak=x',
    'bash chekc=x',
    'text expected=x',
    'text expects=x',
    'text exepct=x',
    'bash step\u00a0=x',
    'bash\u00a0step=x',
    'bash\tstep=x',
    'bash st\u200bep=x',
    'bash ѕtep=x',
    'bash step＝x',
    'bash risk=high',
    'bash risk = high',
    'bash timeout=5mcheck=x',
    'bash timeout=" check="x',
    'bash awscheck=x',
    'bash check take-snapshot',
    'bash checktake-snapshot',
    'bash check-take-snapshot',
  ])('%s', (info) => {
    expect(looksAnnotated(info, ids)).toBe(true);
    expect(
      parseDocument(
        path,
        runbook(`## A\n\n\`\`\`bash step=take-snapshot risk=low\ntrue\n\`\`\`\n\n\`\`\`${info}\ntrue\n\`\`\`\n`),
      ).diagnostics.filter(({ severity }) => severity === 'error'),
    ).not.toEqual([]);
  });
});
