import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readBlock } from '../../../engine/kernels/aws/block.ts';
import { findProgram } from '../../../engine/runtime/programs.ts';

const bash = findProgram('bash', process.env.PATH, '/') ?? 'bash';
const env = { STAGE: 'staging', PHRASE: 'two  words * $HOME `x` \\ "', EMPTY: '', HYPHEN: '-x' };

/** The words that bash makes of each command, in a folder whose files a pattern could match; commands are separated by an empty list. */
function wordsOfBash(blocks: readonly string[]): readonly (readonly (readonly string[])[])[] {
  // Only a function named aws can run: nothing else is on the path.
  const each = blocks.map((block) => `eval '${block.replaceAll("'", "'\\''")}'\nprintf 'b\\0'\n`);
  const separate = `aws() { printf 'c\\0'; for word; do printf 'w%s\\0' "$word"; done; }\n${each.join('')}`;
  const text = execFileSync(bash, ['--norc'], {
    input: separate,
    cwd: '/',
    env: { ...env, PATH: '/nowhere', HOME: '/home/operator' },
    encoding: 'utf8',
  });
  const result: string[][][] = [];
  let commands: string[][] = [];
  for (const item of text.split('\0').slice(0, -1)) {
    if (item === 'b') {
      result.push(commands);
      commands = [];
    } else if (item === 'c') commands.push([]);
    else commands.at(-1)?.push(item.slice(1));
  }
  return result;
}

/** The words behind `aws` of each command; undefined for a block that is refused. */
function words(block: string): string[][] | undefined {
  const { commands, problems } = readBlock(block, { kind: 'known', env });
  if (commands.some(({ words: [program] }) => program?.text !== 'aws')) return undefined;
  return problems.length > 0 ? undefined : commands.map((command) => command.words.slice(1).map(({ text }) => text));
}

describe('the words of a block are those that bash makes', () => {
  const accepted = [
    'aws rds describe-db-clusters',
    "aws a 'DBClusters[0].{retention:BackupRetentionPeriod,window:PreferredBackupWindow}'",
    `aws a "$STAGE" "\${STAGE}" "a$STAGE" "$STAGE-x" "\${STAGE}x" "$PHRASE" "$EMPTY" '$STAGE' "\\$STAGE"`,
    'aws a \\\n  b \\\n  c # a comment\n# another\naws d',
    'aws a; aws b;aws c',
    'aws lego-api-{stage} {name} "{name}" x{a:b}y {} {a {a} a} }{ {a},{b} Key={app},Value={stage}',
    'aws a\\ b \\{a,b\\} \\* \\~ \\$STAGE \\" \\\' \\\\ a\\bc',
    'aws "a\\b" "a\\\\b" "a\\"b" "a\\`b" "a\\\nb" "a\nb" "$" "a$" "$." "100%" "a!" "!=" "? * [x]"',
    "aws 'a'\"b\"c '' \"\" --x='' a''b",
    'aws a#b # c\n\n\n  aws\tb\t\tc  ',
    'aws --x=y Key=Value,Other=Value a=b a:b @x %y ^z +1 -5 é 日本 😀 a]b',
    "aws 'a\nb' 'it'\\''s' '\\' '\\n'",
    'aws a$ b$',
  ];
  test('for every form that a block may hold', () => {
    expect(accepted.map(words)).toEqual(wordsOfBash(accepted));
  });

  test('for whatever else is accepted', () => {
    const piece = fc.constantFrom(
      ...["'", '"', '\\', '$', '{', '}', ',', '..', ' ', '\n', '\t', '#', '~', '*', '?', '[', ']', '=', ':', ';', '&', '|', '<', '>', '(', ')', '!'],
      ...[
        '`',
        '$STAGE',
        `\${STAGE}`,
        '"$STAGE"',
        '"$PHRASE"',
        '"$EMPTY"',
        '{a,b}',
        '{1..3}',
        '{stage}',
        'a',
        'B',
        '0',
        '-',
        '--',
        '/',
        '@',
        '+',
        '^',
        'é',
        '\\\n',
      ],
      ...["'a b'", '"a b"', '$HOME', '$(a)', '$((1))', '<(a)', '$1', '$$', `\${a:-b}`, "$'a'", '$"a"', ' aws ', '\naws '],
    );
    const block = fc.array(piece, { maxLength: 12 }).map((pieces) => `aws ${pieces.join('')}`);
    const samples = fc.sample(block, { numRuns: 30_000, seed: 12 });
    const taken = samples.filter((sample) => words(sample) !== undefined);
    // Enough of them to mean something.
    expect(taken.length).toBeGreaterThan(2_000);
    const theirs = wordsOfBash(taken);
    const different = taken.flatMap((sample, at) => {
      const ours = words(sample);
      return JSON.stringify(ours) === JSON.stringify(theirs[at]) ? [] : [{ sample, ours, bash: theirs[at] }];
    });
    expect(different.slice(0, 5)).toEqual([]);
  });
});

describe('what a shell would do more is refused, with its place', () => {
  test.each([
    ['aws a | cat', 1, 1, 11, 'A pipeline'],
    ['aws a && aws b', 1, 1, 14, '&&'],
    ['aws a &', 1, 7, 1, '"&"'],
    ['aws a > file', 1, 7, 6, 'redirection'],
    ['aws a <<< x', 1, 7, 5, 'redirection'],
    ['aws a\nREGION=x aws b', 2, 1, 8, 'assignment'],
    ['aws $STAGE', 1, 5, 6, 'outside double quotes'],
    ['aws a\n  b "$(date)"', 2, 6, 7, 'runs in a shell'],
    ['aws `date`', 1, 5, 6, 'runs in a shell'],
    ['aws "$((1 + 1))"', 1, 6, 10, 'runs in a shell'],
    [`aws "\${STAGE:-x}"`, 1, 6, 11, 'more than the value'],
    ['aws "$1"', 1, 6, 2, 'more than the value'],
    ['aws "$RANDOM"', 1, 6, 7, 'bash sets itself'],
    ['aws "$MISSING"', 1, 6, 8, '$MISSING is not set'],
    ['aws $\\\n"$STAGE"', 1, 5, 2, 'on the next line'],
    ['aws "$[1"', 1, 6, 3, 'arithmetic'],
    ['aws ~/x', 1, 5, 3, '"~"'],
    ['aws Key=~', 1, 5, 5, '"~"'],
    ['aws {a,b}', 1, 5, 5, 'several words'],
    ['aws x{1..3}', 1, 6, 6, 'several words'],
    ['aws {stage}\\{a,b}', 1, 5, 13, 'several words'],
    ["aws {'a',b}", 1, 5, 7, 'several words'],
    ['aws DBClusters[0].Status', 1, 15, 3, 'file names'],
    ['aws *.txt', 1, 5, 1, 'file names'],
    ["aws $'a'", 1, 5, 4, 'quoting'],
    ['aws "a!b"', 1, 6, 3, 'history'],
    ['if true; then aws a; fi', 1, 1, 23, 'An if'],
    ['for x in a; do aws x; done', 1, 1, 26, 'A loop'],
    ['(aws a)', 1, 1, 7, 'A subshell'],
    ["aws 'a", 1, 5, 1, 'unterminated'],
    ['aws a\\', 1, 5, 2, 'a line that is not there'],
    ['aws a\r\naws b', 1, 6, 1, 'U+000D'],
    ['# only a comment', 1, 1, 1, 'no aws command'],
    ['', 1, 1, 1, 'no aws command'],
  ])('%j', (block, line, column, length, message) => {
    const { problems } = readBlock(block, { kind: 'known', env });
    expect(problems[0]).toMatchObject({ line, column, length, message: expect.stringContaining(message) });
    expect(problems.every(({ rule }) => rule.startsWith('aws-'))).toBe(true);
  });
});

describe('before the values are known', () => {
  const later = (block: string) => readBlock(block, { kind: 'later', declared: new Set(['stage', 'run']) });

  test('a declared {name} and "$NAME" stand for one character each, and others stay as they are', () => {
    const { commands, problems, unknowns } = later('aws {stage}-{other} "$STAGE" "x{stage}" {run}');
    expect(problems).toEqual([]);
    const shown = commands[0]?.words.map(({ text }) => Array.from(text, (character) => unknowns.get(character)?.name ?? character).join(''));
    expect(shown).toEqual(['aws', 'stage-{other}', 'STAGE', 'xstage', 'run']);
  });

  test.each([
    ['aws "$A{stage}"', 'become a part of its name'],
    ['aws {x,{stage}}', 'several words'],
    ['aws {{stage}}', 'several words'],
    [`aws "\${{stage}}"`, 'more than the value'],
  ])('%s, whose words depend on what is filled in, is refused', (block, message) => {
    expect(later(block).problems[0]?.message).toContain(message);
  });
});
