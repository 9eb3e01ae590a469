import { SaxesParser } from 'saxes';
import { expect, test } from 'vitest';
import { annotations, type Finding, inertLog, junit, sarif, summary } from '../../engine/report/findings.ts';

const documents = ['runbooks/tidy up: 100%.md', 'playbooks/lost.md'];
const hostile: Finding = {
  severity: 'warning',
  rule: 'todo',
  message: 'TODO: 100% | <b>@admin</b> `x` [a](https://bricks.example) &#64; \u202e\n::error::x, y \\|',
  place: { path: 'runbooks/tidy up: 100%.md', line: 4, column: 3 },
  length: 2,
  hint: 'Write it.',
};
const whole: Finding = {
  severity: 'error',
  rule: 'summary-missing',
  message: 'There is none.',
  place: { path: 'playbooks/lost.md', line: 1, column: 1 },
  length: 0,
};
const found = [hostile, whole, { ...hostile, place: { ...hostile.place, line: 9 } }];

/** What the standard demands of the parts that are used here, and what code scanning takes. Throws where it is not so. */
function checkSarif(text: string): void {
  const log = JSON.parse(text);
  expect(Object.keys(log).toSorted()).toEqual(['$schema', 'runs', 'version']);
  expect(log.version).toBe('2.1.0');
  expect(log.runs).toHaveLength(1);
  const [{ tool, columnKind, results }] = log.runs;
  expect(columnKind).toBe('utf16CodeUnits');
  expect(tool.driver.name).toBe('runbook');
  const ids = tool.driver.rules.map(({ id }: { id: string }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { helpUri } of tool.driver.rules) if (helpUri !== undefined) expect(new URL(helpUri).protocol).toBe('https:');
  for (const { ruleId, ruleIndex, level, message, locations } of results) {
    expect(ids[ruleIndex]).toBe(ruleId);
    expect(['none', 'note', 'warning', 'error']).toContain(level);
    expect(message.text).toMatch(/^\P{Cc}+$/u);
    const [{ physicalLocation }] = locations;
    const { uri } = physicalLocation.artifactLocation;
    // A relative reference that leads below the base, of the characters of RFC 3986 only.
    expect(uri).toMatch(/^(?:[A-Za-z0-9._~!$&'()*+,;=@-]|%[0-9A-F]{2}|\/)+$/);
    expect(new URL(uri, 'file:///base/').pathname).toBe(`/base/${uri}`);
    const { startLine, startColumn = 1, endColumn = startColumn + 1 } = physicalLocation.region;
    expect(Number.isInteger(startLine) && startLine >= 1 && startColumn >= 1 && endColumn > startColumn).toBe(true);
  }
}

test('SARIF has rules that link to their pages, and places in relative references', () => {
  const text = sarif(
    { documents, found },
    { version: '0.1.0', helpOf: (rule) => (rule === 'todo' ? `https://bricks.example/lint.md#${rule}` : undefined) },
  );
  checkSarif(text);
  const [{ tool, results }] = JSON.parse(text).runs;
  expect(tool.driver.rules).toEqual([
    { id: 'todo', shortDescription: { text: 'todo' }, helpUri: 'https://bricks.example/lint.md#todo' },
    { id: 'summary-missing', shortDescription: { text: 'summary missing' } },
  ]);
  expect(results.map((result: { locations: readonly { physicalLocation: object }[] }) => result.locations[0]?.physicalLocation)).toEqual([
    { artifactLocation: { uri: 'runbooks/tidy%20up%3A%20100%25.md' }, region: { startLine: 4, startColumn: 3, endColumn: 5 } },
    { artifactLocation: { uri: 'playbooks/lost.md' }, region: { startLine: 1 } },
    { artifactLocation: { uri: 'runbooks/tidy%20up%3A%20100%25.md' }, region: { startLine: 9, startColumn: 3, endColumn: 5 } },
  ]);
  checkSarif(sarif({ documents, found: [] }, { version: '0.1.0', helpOf: () => undefined }));
});

test('annotations are errors first, at most ten, each one line that a runner reads back as it was', () => {
  const text = annotations({ documents, found });
  expect(text).toMatchInlineSnapshot(`
    "::error file=playbooks/lost.md,line=1,title=summary-missing::There is none.
    ::warning file=runbooks/tidy up%3A 100%25.md,line=4,col=3,endColumn=5,title=todo::TODO: 100%25 | <b>@admin</b> \`x\` [a](https://bricks.example) &#64; <U+202E>^J::error::x, y \\| Write it.
    ::warning file=runbooks/tidy up%3A 100%25.md,line=9,col=3,endColumn=5,title=todo::TODO: 100%25 | <b>@admin</b> \`x\` [a](https://bricks.example) &#64; <U+202E>^J::error::x, y \\| Write it.
    "
  `);
  const many = Array.from({ length: 30 }, (_, index) => ({ ...hostile, place: { ...hostile.place, line: index + 1 } }));
  expect(
    annotations({ documents, found: [...many, whole] })
      .trimEnd()
      .split('\n'),
  ).toHaveLength(10);
  expect(annotations({ documents, found: [...many, whole] })).toMatch(
    /^::error file=playbooks\/lost\.md,line=1,title=summary-missing::There is none\.\n::warning /,
  );
});

test('a log for a runner stands between commands that it obeys only with the token', () => {
  expect(inertLog('  ::error::x\n', 'a-token')).toBe('::stop-commands::a-token\n  ::error::x\n::a-token::\n');
});

test('a summary is a table whose cells stay cells', () => {
  expect(summary({ documents, found })).toMatchInlineSnapshot(`
    "### runbook lint: 2 documents, 3 problems

    | | Where | Rule | What |
    | --- | --- | --- | --- |
    | warning | runbooks/tidy up: 100%.md:4:3 | todo | TODO: 100% \\| &#60;b&#62;&#64;admin&#60;/b&#62; \\\`x\\\` \\[a\\]\\(https&#58;//bricks.example\\) &#38;\\#64; &#60;U+202E&#62;^J::error::x, y \\\\\\| Write it. |
    | error | playbooks/lost.md | summary-missing | There is none. |
    | warning | runbooks/tidy up: 100%.md:9:3 | todo | TODO: 100% \\| &#60;b&#62;&#64;admin&#60;/b&#62; \\\`x\\\` \\[a\\]\\(https&#58;//bricks.example\\) &#38;\\#64; &#60;U+202E&#62;^J::error::x, y \\\\\\| Write it. |

    "
  `);
  expect(summary({ documents: ['a.md'], found: [] })).toBe('### runbook lint: 1 document, no problems\n\n');
  const long = summary({ documents, found: Array.from({ length: 9000 }, () => hostile) });
  expect(long.length).toBeLessThan(1024 * 1024);
  expect(long).toMatch(/\n\n\d+ problems more: run `runbook lint`\.\n\n$/);
});

test('JUnit has a suite for each document, and a case for each rule that it breaks', () => {
  const text = [...junit({ documents: [...documents, 'runbooks/well.md'], found })].join('');
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.write(text).close();
  expect(text).toMatchInlineSnapshot(`
    "<?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="runbook lint" tests="3" failures="1">
      <testsuite name="runbooks/tidy up: 100%.md" tests="1" failures="0">
        <testcase name="todo" classname="runbooks/tidy up: 100%"><system-out>runbooks/tidy up: 100%.md:4:3: TODO: 100% | &lt;b&gt;@admin&lt;/b&gt; \`x\` [a](https://bricks.example) &amp;#64; &lt;U+202E&gt;^J::error::x, y \\| Write it.
    runbooks/tidy up: 100%.md:9:3: TODO: 100% | &lt;b&gt;@admin&lt;/b&gt; \`x\` [a](https://bricks.example) &amp;#64; &lt;U+202E&gt;^J::error::x, y \\| Write it.
    </system-out></testcase>
      </testsuite>
      <testsuite name="playbooks/lost.md" tests="1" failures="1">
        <testcase name="summary-missing" classname="playbooks/lost"><failure message="There is none." type="summary-missing">playbooks/lost.md: There is none.
    </failure></testcase>
      </testsuite>
      <testsuite name="runbooks/well.md" tests="1" failures="0">
        <testcase name="no problems" classname="runbooks/well"/>
      </testsuite>
    </testsuites>
    "
  `);
});
