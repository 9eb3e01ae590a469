import { describe, expect, test } from 'vitest';
import { parseDocument } from '../../engine/document/parse.ts';
import { path, problems, procedure, rules, runbook } from './problems.ts';

/** What is wrong with a fence of one info string, without the path. */
function refusals(infos: readonly string[], block?: string): string {
  return infos.map((info) => problems(procedure(info, block)).replaceAll(`${path}:`, '')).join('\n');
}

describe('An info string is refused at its place', () => {
  test('when its language is missing or not followed by a space', () => {
    expect(refusals(['bash{step=x}', 'bash,step=x risk=low', 'step=x risk=low', '{step=x}', 'bash\u00a0step=x'])).toMatchInlineSnapshot(`
      "[language] 9:4 A space is missing after the language.
        \`\`\`bash{step=x}
           ^^^^^^^^^^^^
        Write the language, a space, and words such as step=take-snapshot risk=medium timeout=2m.
      [language] 9:4 A space is missing after the language.
        \`\`\`bash,step=x risk=low
           ^^^^^^^^^^^
        Write the language, a space, and words such as step=take-snapshot risk=medium timeout=2m.
      [language] 9:4 The info string does not begin with a language.
        \`\`\`step=x risk=low
           ^^^^^^
        Write the language, a space, and words such as step=take-snapshot risk=medium timeout=2m.
      [language] 9:4 The info string does not begin with a language.
        \`\`\`{step=x}
           ^^^^^^^^
        Write the language, a space, and words such as step=take-snapshot risk=medium timeout=2m.
      [risk-missing] 9:1 The step x has no risk.
        \`\`\`bash step=x
        ^^^^^^^^^^^^^^
        Write risk=low if it only reads, else risk=medium or risk=high.
      [separator] 9:8 A tab or another blank stands between the words of the info string.
        \`\`\`bash step=x
               ^
        Write a space."
    `);
  });

  test('when its words are not separated by spaces', () => {
    expect(
      refusals(['bash\tstep=x\trisk=low', 'bash step=x\u00a0risk=low', 'bash step = x risk=low', 'bash step =x risk=low']),
    ).toMatchInlineSnapshot(`
      "[separator] 9:8 A tab or another blank stands between the words of the info string.
        \`\`\`bash step=x  risk=low
               ^
        Write a space.
      [separator] 9:15 A tab or another blank stands between the words of the info string.
        \`\`\`bash step=x  risk=low
                      ^^
        Write a space.
      [separator] 9:15 A tab or another blank stands between the words of the info string.
        \`\`\`bash step=x risk=low
                      ^
        Write a space.
      [separator] 9:9 Spaces stand around the equals sign of step.
        \`\`\`bash step = x risk=low
                ^^^^^^^^
        Write step=… in one piece.
      [separator] 9:9 Spaces stand around the equals sign of step.
        \`\`\`bash step =x risk=low
                ^^^^^^^
        Write step=… in one piece."
    `);
  });

  test('when a key or flag is not known', () => {
    expect(
      refusals([
        'bash Step=x',
        'bash step=x rsik=low',
        'bash step=x risk=low frobnicate=1',
        'bash step=x risk=low awz',
        'bash step=x risk=low qqqqqqq',
        'bash step=x risk=low aws=true',
        'bash step=x risk=low =3',
      ]),
    ).toMatchInlineSnapshot(`
      "[key] 9:9 Unknown key "Step".
        \`\`\`bash Step=x
                ^^^^
        Did you mean "step"?
      [key] 9:16 Unknown key "rsik".
        \`\`\`bash step=x rsik=low
                       ^^^^
        Did you mean "risk"?
      [key] 9:25 Unknown key "frobnicate".
        \`\`\`bash step=x risk=low frobnicate=1
                                ^^^^^^^^^^
        Keys are step, check, rollback, dry-run, expect, risk, timeout, capture, stages, cwd, host, files, retype, retries, every; flags are aws, transaction, tty, manual.
      [key] 9:25 Unknown flag "awz".
        \`\`\`bash step=x risk=low awz
                                ^^^
        Did you mean "aws"?
      [key] 9:25 Unknown flag "qqqqqqq".
        \`\`\`bash step=x risk=low qqqqqqq
                                ^^^^^^^
        Keys are step, check, rollback, dry-run, expect, risk, timeout, capture, stages, cwd, host, files, retype, retries, every; flags are aws, transaction, tty, manual.
      [key] 9:25 Unknown key "aws".
        \`\`\`bash step=x risk=low aws=true
                                ^^^
        aws is a flag: write it without a value.
      [key] 9:25 Unknown key "".
        \`\`\`bash step=x risk=low =3
                                ^
        Keys are step, check, rollback, dry-run, expect, risk, timeout, capture, stages, cwd, host, files, retype, retries, every; flags are aws, transaction, tty, manual."
    `);
  });

  test('when a key or flag stands there twice', () => {
    expect(refusals(['bash step=x risk=low step=y', 'bash aws step=x risk=low aws'])).toMatchInlineSnapshot(`
      "[duplicate] 9:25 The key step stands here twice; first in column 9.
        \`\`\`bash step=x risk=low step=y
                                ^^^^^^
      [duplicate] 9:29 The flag aws stands here twice; first in column 9.
        \`\`\`bash aws step=x risk=low aws
                                    ^^^"
    `);
  });

  test('when a value is missing', () => {
    expect(refusals(['bash step= risk=low', 'bash step="" risk=low', 'bash step=x risk'])).toMatchInlineSnapshot(`
      "[value-missing] 9:14 The key step has no value.
        \`\`\`bash step= risk=low
                     ^
        Write step=… without spaces around the equals sign.
      [value-missing] 9:14 The key step has no value.
        \`\`\`bash step="" risk=low
                     ^
        Write step=… without spaces around the equals sign.
      [value-missing] 9:16 The key risk has no value.
        \`\`\`bash step=x risk
                       ^^^^
        Write risk=… without spaces around the equals sign."
    `);
  });

  test('when a value has characters that not every markdown reader keeps', () => {
    expect(
      refusals([
        'bash step=x risk=low cwd=$HOME',
        'bash step=x risk=low cwd="a~b"',
        'bash step=x risk=low cwd="a&amp;b"',
        'bash step=x risk=low cwd="a\\*b"',
        'bash step=x risk=low cwd="a b',
        'bash step=x risk=low cwd="a"b',
        'bash step=x risk=low cwd="a\u200bb"',
        "bash step=x risk=low cwd='a b'",
      ]),
    ).toMatchInlineSnapshot(`
      "[value] 9:29 The character $ may not stand in the value of cwd.
        \`\`\`bash step=x risk=low cwd=$HOME
                                    ^
        A value with other characters than letters, digits and . _ : / @ , + # { } * - stands in double quotes.
      [value] 9:31 The character ~ may not stand in the value of cwd.
        \`\`\`bash step=x risk=low cwd="a~b"
                                      ^
        Backtick, ~, &, \\ and invisible characters may not stand in a value, not even in quotes.
      [value] 9:31 The character & may not stand in the value of cwd.
        \`\`\`bash step=x risk=low cwd="a&amp;b"
                                      ^
        Backtick, ~, &, \\ and invisible characters may not stand in a value, not even in quotes.
      [value] 9:31 The character \\ may not stand in the value of cwd.
        \`\`\`bash step=x risk=low cwd="a\\*b"
                                      ^
        Backtick, ~, &, \\ and invisible characters may not stand in a value, not even in quotes.
      [value] 9:29 The character " may not stand in the value of cwd.
        \`\`\`bash step=x risk=low cwd="a b
                                    ^
        A value with other characters than letters, digits and . _ : / @ , + # { } * - stands in double quotes.
      [key] 9:32 Unknown flag "b".
        \`\`\`bash step=x risk=low cwd="a b
                                       ^
        Keys are step, check, rollback, dry-run, expect, risk, timeout, capture, stages, cwd, host, files, retype, retries, every; flags are aws, transaction, tty, manual.
      [value] 9:29 The character " may not stand in the value of cwd.
        \`\`\`bash step=x risk=low cwd="a"b
                                    ^
        A value with other characters than letters, digits and . _ : / @ , + # { } * - stands in double quotes.
      [value] 9:31 The character <U+200B> may not stand in the value of cwd.
        \`\`\`bash step=x risk=low cwd="a<U+200B>b"
                                      ^^^^^^^^
        Backtick, ~, &, \\ and invisible characters may not stand in a value, not even in quotes.
      [value] 9:29 The character ' may not stand in the value of cwd.
        \`\`\`bash step=x risk=low cwd='a b'
                                    ^
        A value with other characters than letters, digits and . _ : / @ , + # { } * - stands in double quotes.
      [key] 9:32 Unknown flag "b'".
        \`\`\`bash step=x risk=low cwd='a b'
                                       ^^
        Keys are step, check, rollback, dry-run, expect, risk, timeout, capture, stages, cwd, host, files, retype, retries, every; flags are aws, transaction, tty, manual."
    `);
  });

  test('when a value is not what the key takes', () => {
    expect(
      refusals([
        'bash step=Take-Snapshot risk=low',
        'bash step=any risk=low',
        `bash step=${'a'.repeat(65)} risk=low`,
        'bash step=x risk=hihg',
        'bash step=x risk=medium timeout=5',
        'bash step=x risk=medium timeout=0s',
        'bash step=x risk=medium timeout=169h',
        'bash step=x risk=low capture=Snapshot-Id',
        'bash step=x risk=low stages=dev,,prod',
        'bash step=x risk=low retries=100',
        'bash step=x risk=low every=soon',
      ]),
    ).toMatchInlineSnapshot(`
      "[value] 9:9 step must be the kebab-case id of a step, such as take-snapshot; "Take-Snapshot" is not.
        \`\`\`bash step=Take-Snapshot risk=low
                ^^^^^^^^^^^^^^^^^^
      [value] 9:9 step must be the kebab-case id of a step, such as take-snapshot; "any" is not.
        \`\`\`bash step=any risk=low
                ^^^^^^^^
      [value] 9:9 step must be the kebab-case id of a step, such as take-snapshot; "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" is not.
        \`\`\`bash step=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa risk=low
                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      [value] 9:16 risk must be low, medium or high; "hihg" is not.
        \`\`\`bash step=x risk=hihg
                       ^^^^^^^^^
        Did you mean "high"?
      [value] 9:28 timeout must be a duration such as 90s, 20m or 2h, at most 168h; "5" is not.
        \`\`\`bash step=x risk=medium timeout=5
                                   ^^^^^^^^^
      [value] 9:28 timeout must be a duration such as 90s, 20m or 2h, at most 168h; "0s" is not.
        \`\`\`bash step=x risk=medium timeout=0s
                                   ^^^^^^^^^^
      [value] 9:28 timeout must be a duration such as 90s, 20m or 2h, at most 168h; "169h" is not.
        \`\`\`bash step=x risk=medium timeout=169h
                                   ^^^^^^^^^^^^
      [value] 9:25 capture must be a name of lower-case letters, digits and _; "Snapshot-Id" is not.
        \`\`\`bash step=x risk=low capture=Snapshot-Id
                                ^^^^^^^^^^^^^^^^^^^
      [value] 9:25 stages must be names of stages with commas between them; "dev,,prod" is not.
        \`\`\`bash step=x risk=low stages=dev,,prod
                                ^^^^^^^^^^^^^^^^
      [value] 9:25 retries must be a number from 1 to 99; "100" is not.
        \`\`\`bash step=x risk=low retries=100
                                ^^^^^^^^^^^
      [value] 9:25 every must be a duration such as 90s, 20m or 2h, at most 168h; "soon" is not.
        \`\`\`bash step=x risk=low every=soon
                                ^^^^^^^^^^"
    `);
  });

  test('when its words do not go together', () => {
    expect(
      refusals([
        'bash step=x',
        'bash risk=low',
        'bash step=x risk=medium',
        'bash step=x risk=high timeout=5m retries=3 every=5s',
        'bash step=x risk=high timeout=5m tty',
        'bash step=x risk=low tty capture=id',
        'bash step=x risk=low tty aws',
        'sql step=x risk=low tty',
        'bash step=x risk=low manual capture=id retries=1 aws',
        'bash step=x check=y',
        'bash check=x risk=low tty',
        'text expect=x timeout=5m',
        'bash step=x risk=low transaction host=db',
        'sql step=x risk=low aws',
        'console step=x risk=low',
        'text step=x risk=low',
        'bash expect=x',
        'console check=x',
      ]),
    ).toMatchInlineSnapshot(`
      "[risk-missing] 9:1 The step x has no risk.
        \`\`\`bash step=x
        ^^^^^^^^^^^^^^
        Write risk=low if it only reads, else risk=medium or risk=high.
      [step-missing] 9:1 The fence has a risk but no id, so it would never run.
        \`\`\`bash risk=low
        ^^^^^^^^^^^^^^^^
        Write step= and a kebab-case id.
      [timeout-missing] 9:1 The step x has risk=medium and no timeout.
        \`\`\`bash step=x risk=medium
        ^^^^^^^^^^^^^^^^^^^^^^^^^^
        Write how long it may take, such as timeout=10m.
      [conflict] 9:37 retries= is for risk=low only: what changes something is never repeated without a person.
        \`\`\`bash step=x risk=high timeout=5m retries=3 every=5s
                                            ^^^^^^^^^
      [conflict] 9:47 every= is for risk=low only: what changes something is never repeated without a person.
        \`\`\`bash step=x risk=high timeout=5m retries=3 every=5s
                                                      ^^^^^^^^
      [conflict] 9:37 A tty step may not have risk=high: when its terminal is lost, nobody knows how it ended.
        \`\`\`bash step=x risk=high timeout=5m tty
                                            ^^^
      [conflict] 9:29 The output of a tty step goes to the terminal and cannot be captured.
        \`\`\`bash step=x risk=low tty capture=id
                                    ^^^^^^^^^^
      [conflict] 9:29 The engine itself sends the commands of an aws block: no program is there that could use a terminal.
        \`\`\`bash step=x risk=low tty aws
                                    ^^^
      [misplaced] 9:24 tty is for bash and sh blocks; this one is sql.
        \`\`\`sql step=x risk=low tty
                               ^^^
      [conflict] 9:32 A manual step is done by a person: capture= has no meaning for it.
        \`\`\`bash step=x risk=low manual capture=id retries=1 aws
                                       ^^^^^^^^^^
      [conflict] 9:43 A manual step is done by a person: retries= has no meaning for it.
        \`\`\`bash step=x risk=low manual capture=id retries=1 aws
                                                  ^^^^^^^^^
      [conflict] 9:53 A manual step is done by a person: aws has no meaning for it.
        \`\`\`bash step=x risk=low manual capture=id retries=1 aws
                                                            ^^^
      [form] 9:16 A fence is step= or check=, not both.
        \`\`\`bash step=x check=y
                       ^^^^^^^
        Write a fence for each.
      [companion-step] 9:9 There is no step "x" in this document.
        \`\`\`bash check=x risk=low tty
                ^^^^^^^
      [misplaced] 9:17 risk= may not stand on a fence with check=.
        \`\`\`bash check=x risk=low tty
                        ^^^^^^^^
        It belongs to the fence of the step.
      [misplaced] 9:26 tty may not stand on a fence with check=.
        \`\`\`bash check=x risk=low tty
                                 ^^^
        It belongs to the fence of the step.
      [companion-step] 9:9 There is no step "x" in this document.
        \`\`\`text expect=x timeout=5m
                ^^^^^^^^
      [misplaced] 9:18 timeout= may not stand on a fence with expect=.
        \`\`\`text expect=x timeout=5m
                         ^^^^^^^^^^
        It belongs to the fence of the step.
      [misplaced] 9:25 transaction is for sql blocks; this one is bash.
        \`\`\`bash step=x risk=low transaction host=db
                                ^^^^^^^^^^^
      [misplaced] 9:37 host= is for sql blocks; this one is bash.
        \`\`\`bash step=x risk=low transaction host=db
                                            ^^^^^^^
      [misplaced] 9:24 aws is for bash and sh blocks; this one is sql.
        \`\`\`sql step=x risk=low aws
                               ^^^
      [language-unsupported] 9:1 A console block cannot run.
        \`\`\`console step=x risk=low
        ^^^^^^^^^^^^^^^^^^^^^^^^^^
        Write the language of a command, such as bash or sql; what a person does has the flag manual.
      [language-unsupported] 9:1 A text block cannot run.
        \`\`\`text step=x risk=low
        ^^^^^^^^^^^^^^^^^^^^^^^
        Write the language of a command, such as bash or sql; what a person does has the flag manual.
      [companion-step] 9:9 There is no step "x" in this document.
        \`\`\`bash expect=x
                ^^^^^^^^
      [companion-step] 9:12 There is no step "x" in this document.
        \`\`\`console check=x
                   ^^^^^^^"
    `);
  });

  test('when it captures a name that means something else', () => {
    expect(
      refusals(['bash step=x risk=low capture=path', 'bash step=x risk=low capture=pgpassword', 'bash step=x risk=low capture=stage']),
    ).toMatchInlineSnapshot(`
      "[name-reserved] 9:25 The name path would shadow $PATH in the environment.
        \`\`\`bash step=x risk=low capture=path
                                ^^^^^^^^^^^^
        Choose another name.
      [name-reserved] 9:25 The name pgpassword would shadow $PGPASSWORD in the environment.
        \`\`\`bash step=x risk=low capture=pgpassword
                                ^^^^^^^^^^^^^^^^^^
        Choose another name.
      [name-taken] 9:25 The name stage is the engine's own.
        \`\`\`bash step=x risk=low capture=stage
                                ^^^^^^^^^^^^^
        Choose another name."
    `);
  });

  test('when its block is empty', () => {
    expect(refusals(['bash step=x risk=low'], ' \n\t')).toMatchInlineSnapshot(`
      "[block-empty] 9:1 The block of x is empty.
        \`\`\`bash step=x risk=low
        ^^^^^^^^^^^^^^^^^^^^^^^"
    `);
  });

  test('with everything that is wrong with it at once', () => {
    expect(rules(procedure('bash step=X risk=hihg timeout aws aws'))).toEqual(['value', 'value', 'value-missing', 'duplicate']);
  });
});

describe('An info string is read as written', () => {
  test('not with escapes and entities decoded', () => {
    const { document } = parseDocument(path, procedure('bash step=x risk=low cwd="a #{b} *c* _d_ :smile:"'));
    expect(document.procedures[0]?.steps[0]?.cwd).toBe('a #{b} *c* _d_ :smile:');
  });

  test('with several spaces, and with spaces around it', () => {
    expect(rules(procedure('  bash   step=x    risk=low  '))).toEqual([]);
  });

  test('on a tilde fence, and on one with more marks', () => {
    const source = runbook('## A\n\n~~~~bash step=x risk=low\necho "~~~"\n~~~~\n\n`````bash step=y risk=low\n```\n`````\n');
    expect(rules(source)).toEqual([]);
    expect(parseDocument(path, source).document.procedures[0]?.steps.map((step) => step.block.source)).toEqual(['echo "~~~"\n', '```\n']);
  });
});
