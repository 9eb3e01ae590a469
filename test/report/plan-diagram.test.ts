import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planDiagram } from '../../engine/report/plan-diagram.ts';
import { planOf, playbook, playbookPath, procedure, runbook, step, symptom } from '../core/plan-builder.ts';

const target = { document: playbookPath, anchor: 'wait' };

function planned(title: string, steps = 2) {
  const first = step('apply', 'high', { title, failureLink: target });
  const others = Array.from({ length: steps - 1 }, (_, index) => step(`look-${index}`, 'low', { title, stages: ['dev'] }));
  const found = symptom('wait', { steps: ['apply'], errors: [{ kind: 'pattern', pattern: title }] });
  const main = { ...procedure('migrate', first, ...others), title };
  return planOf({
    documents: [runbook([main]), playbook([{ ...procedure('wait', step('wait', 'low', { title })), title }], [found, symptom('wait')])],
  });
}

// What the diagram may consist of: no other line is one that Mermaid could take for something else.
const words = String.raw`(?:[A-Za-z0-9 .,()/-]|#\d+;)*`;
const id = String.raw`(?:start|done|any|note|[sep]\d+|e\d+s\d+)`;
const known = [
  'flowchart TD',
  String.raw`  subgraph [pe]\d+\["${words}"\]`,
  '  end',
  String.raw`  (?:start|done)\(\["${words}"\]\)`,
  String.raw`  any\{\{"${words}"\}\}`,
  String.raw`  note\["${words}"\]`,
  String.raw` +${id}\["${words}<br/>${words}"\]`,
  String.raw`  e\d+\[\["${words}<br/>${words}"\]\]`,
  `  ${id} --> ${id}`,
  String.raw`  ${id} -\. "${words}" \.-> ${id}`,
  `  classDef (?:low|medium|high|skipped) stroke[a-z0-9:#,-]+(?: 4)?`,
  `  class ${id}(?:,${id})* (?:low|medium|high|skipped)`,
].map((line) => new RegExp(`^${line}$`));

function strange(diagram: string): readonly string[] {
  return diagram
    .trimEnd()
    .split('\n')
    .filter((line) => !known.some((form) => form.test(line)));
}

test('a diagram has the steps in their order, their risk, and the entries that can follow a failure', () => {
  expect(planDiagram(planned('Apply it'))).toMatchInlineSnapshot(`
    "flowchart TD
      start(["Start#58; runbooks/database-operations.md on staging"])
      subgraph p1["Procedure#58; Apply it"]
        s1["apply#58; Apply it<br/>risk HIGH, bash"]
        s2["look-0#58; Apply it<br/>risk low, bash, skipped#58; only on dev"]
      end
      subgraph e1["Entry#58; Apply it"]
        e1s1["wait#58; Apply it<br/>risk low, bash"]
      end
      done(["Done"])
      any{{"If any step fails"}}
      start --> s1
      s1 -. "if output has /Apply it/#59; then retry or any failure#59; then ask" .-> e1s1
      s1 --> s2
      s2 --> done
      any -. "if exit 1#59; then retry" .-> e1s1
      classDef low stroke:#57ab5a
      class e1s1 low
      classDef high stroke:#e5534b,stroke-width:4px
      class s1 high
      classDef skipped stroke-dasharray:4 4
      class s2 skipped
    "
  `);
});

test('no title can be anything but text', () => {
  const titles = [
    'a"] --> b["',
    '"]; click s1 "javascript:alert(1)"',
    '%%{init: {"securityLevel": "loose"}}%%',
    'end',
    '`**bold**`',
    '1. one',
    '<img src=x onerror=alert(1)>',
    '#quot; #35; &lt;b&gt;',
    'fl°°60¶ß',
    'style a:#35; classDef x:#fff;',
    'line\nend\n  click s1',
    '\u{202e}\u{1b}[31m\u{0}',
  ];
  for (const title of titles) expect(strange(planDiagram(planned(title)))).toEqual([]);
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (title) => strange(planDiagram(planned(title))).length === 0));
});

test('a plan that GitHub would not draw is drawn with less in it, and says so', () => {
  const large = planDiagram(planned('Many', 600));
  expect(large).toContain('note["Too large to draw whole. Left out#58; 400 steps, the playbook entry. All of it#58; runbook plan with --format text');
  expect(large.match(/ --> /g)).toHaveLength(201);
  expect(strange(large)).toEqual([]);
  const long = planDiagram(planned('x'.repeat(200), 300));
  expect(long.length).toBeLessThan(45_000);
  expect(long).toContain('s200[');
  const manyEntries = Array.from({ length: 20 }, (_, index) =>
    procedure(`entry-${index}`, ...Array.from({ length: 30 }, (_, at) => step(`e-${index}-${at}`, index === 3 && at === 29 ? 'high' : 'low'))),
  );
  const symptoms = manyEntries.map(({ anchor }) => symptom(anchor));
  const folded = planDiagram(
    planOf({
      documents: [runbook([procedure('go', step('go'))]), playbook([...manyEntries, procedure('nothing')], [...symptoms, symptom('nothing')])],
    }),
  );
  expect(folded).toContain('e4[["Entry#58; entry 3<br/>30 steps, risk HIGH"]]');
  expect(folded).toContain('Left out#58; the steps of the playbook entries.');
  expect(strange(folded)).toEqual([]);
});
