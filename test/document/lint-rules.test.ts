import { describe, expect, test } from 'vitest';
import { secret, withoutSecrets } from '../../engine/document/lint/secret.ts';
import { brokenRules, found } from './lint-project.ts';

const path = 'runbooks/tidy.md';
const failure = 'playbooks/failure.md';
const fence = (info: string, block = 'true') => `\`\`\`${info}\n${block}\n\`\`\`\n\n`;
const change = (id: string, risk = 'medium') => fence(`bash step=${id} risk=${risk} timeout=2m`);

/** What a rule says of a text, one line a finding. */
const messages = (rule: string, text: string, files: Readonly<Record<string, string>> = {}) =>
  found(rule, { [path]: text, ...files })
    .split('\n')
    .filter((line) => line.startsWith('runbooks/tidy.md'));

describe('Danger', () => {
  const high = (above: string) => `## A\n\n### Do it\n\n${above}\n\n${change('throw-away', 'high')}`;

  test('is said by an alert or in words, between the heading and the block', () => {
    expect(messages('risk-unsaid', high(''))).toHaveLength(1);
    expect(messages('risk-unsaid', high('> [!CAUTION]\n> It is gone then.'))).toEqual([]);
    expect(messages('risk-unsaid', high('This is a *high risk*.'))).toEqual([]);
    expect(messages('risk-unsaid', high('| Step | Danger |\n| --- | --- |\n| this | High risk |'))).toEqual([]);
  });

  test('is not said by a note, by a plain quote, by an alert that GitHub does not show, or in a comment', () => {
    for (const above of ['> [!NOTE]\n> It costs.', '> It is gone then.', '> > [!WARNING]\n> > x', '> - a list', '<!-- High risk -->'])
      expect(messages('risk-unsaid', high(above)), above).toHaveLength(1);
  });

  test('that is said above one heading is not said above the next', () => {
    expect(messages('risk-unsaid', `## A\n\n### One\n\nHigh risk.\n\n### Two\n\n${change('two', 'high')}`)).toHaveLength(1);
    expect(messages('risk-unsaid', `## A\n\nHigh risk.\n\n${change('one', 'high')}${change('two', 'high')}`)).toEqual([]);
  });
});

describe('The way back', () => {
  test('is a rollback, a note, or the words that there is none', () => {
    const undo = (below: string, above = '') => messages('undo-unsaid', `## A\n\n${above}\n\n${change('sort')}${below}`);
    expect(undo('')).toEqual(['runbooks/tidy.md:5:9 The step sort changes something, and nothing says how to take it back.']);
    expect(undo(`**Undo:** mixes them.\n\n${fence('bash rollback=sort')}`)).toEqual([]);
    expect(undo('**Undo:** the step after next does it.')).toEqual([]);
    expect(undo('**Cannot be undone**, and need not be.')).toEqual([]);
    expect(undo('', '> **High risk.** This cannot\n> be undone.')).toEqual([]);
    expect(undo('This can’t be undone.')).toEqual([]);
    expect(undo('There is nothing to undo.')).toEqual([]);
  });

  test('of one step is not that of the next', () => {
    const text = `## A\n\n${change('one')}**Undo:** mixes them.\n\n${fence('bash rollback=one')}${change('two')}`;
    expect(messages('undo-unsaid', text)).toEqual(['runbooks/tidy.md:13:9 The step two changes something, and nothing says how to take it back.']);
  });

  test('stands behind its own step', () => {
    expect(messages('undo-unsaid', `## A\n\n${change('one')}${change('two')}**Undo:** by hand.\n`)).toEqual([
      'runbooks/tidy.md:3:9 The step one changes something, and nothing says how to take it back.',
    ]);
  });

  test('is nothing to ask of a step that only reads, or that a person does', () => {
    const text = `## A\n\n${fence('bash step=look risk=low')}${fence('text step=tell risk=medium manual')}`;
    expect(brokenRules({ [path]: text }).filter((rule) => /undo|check|way/.test(rule))).toEqual([]);
  });
});

test('A check is not asked for where a step leaves nothing behind', () => {
  const check = (below: string) => messages('check-missing', `## A\n\n${change('try-it')}${below}`);
  expect(check('')).toHaveLength(1);
  expect(check('It leaves nothing behind.')).toEqual([]);
  expect(check(`**Check:** it is there.\n\n${fence('bash check=try-it')}`)).toEqual([]);
});

test('An alert is one of five names, alone on its line, and in nothing else', () => {
  expect(messages('alert-broken', '> [!DANGER]\n> x\n\n> [!note] x\n\n- > [!TIP]\n  > x\n\n> [!Note]\n> x\n\n> [x]\n\n> - [!NOTE]')).toEqual([
    'runbooks/tidy.md:1:3 Warning: GitHub has no alert [!DANGER].',
    'runbooks/tidy.md:4:3 Warning: GitHub shows no alert where text follows its marker.',
    'runbooks/tidy.md:6:5 Warning: GitHub shows no alert inside a list or a quote.',
  ]);
});

describe('A way out', () => {
  const playbook = (rows: string) =>
    `---\nkind: playbook\n---\n\n# F\n\n## Symptoms\n\n| Step | Error | Go to | Then |\n| --- | --- | --- | --- |\n${rows}\n\n## A box\n\n${fence('bash step=empty risk=low')}`;
  const front = '---\nkind: runbook\nplaybook: ../playbooks/failure.md\n---\n\n';
  const out = (head: string, rows: string, below = '') =>
    messages('way-out-missing', `${head}## A\n\n${change('sort')}${below}## B\n\n${change('wash')}`, { [failure]: playbook(rows) });

  test('is a row that names the step or any, or a failure link', () => {
    expect(out(front, '')).toHaveLength(2);
    expect(out(front, '| `sort` | `exit 3` | [A box](#a-box) | `ask` |')).toEqual([
      'runbooks/tidy.md:14:9 When the step wash fails, nothing leads to an entry of a playbook.',
    ]);
    expect(out(front, '| any | `exit 3` | [A box](#a-box) | `ask` |')).toEqual([]);
    expect(out(front, '', '**If this fails:** [A box](../playbooks/failure.md#a-box)\n\n')).toHaveLength(1);
  });

  test('is not asked for where the document leads to no playbook, or to one that is not there', () => {
    expect(out('', '')).toEqual([]);
    expect(out('', '', '**If this fails:** [A](#a)\n\n')).toEqual([]);
    expect(out(front.replace('failure', 'lost'), '')).toEqual([]);
  });

  test('is found by a failure link alone, too', () => {
    expect(out('', '', '**If this fails:** [A box](../playbooks/failure.md#a-box)\n\n')).toHaveLength(1);
  });

  test('of an entry is in its own playbook', () => {
    const entry = `## B\n\n${change('mend')}`;
    expect(found('way-out-missing', { [failure]: playbook('| `x` | `exit 3` | [A box](#a-box) | `ask` |') + entry })).toContain(
      'the step mend fails',
    );
    expect(found('way-out-missing', { [failure]: playbook('| any | `exit 3` | [A box](#a-box) | `ask` |') + entry })).toBe('');
  });

  test('leads to each entry: a symptom, or a failure link of any document of the project', () => {
    const files = { [failure]: `${playbook('')}## B box\n\n${fence('bash step=b risk=low')}` };
    expect(found('entry-unreachable', files).match(/the entry "(.*)"/g)).toEqual(['the entry "A box"', 'the entry "B box"']);
    const link = `## A\n\n${change('sort')}**If this fails:** [B](../playbooks/failure.md#b-box)\n`;
    const elsewhere = { ...files, [path]: link.replace('failure.md', 'other.md') };
    expect(found('entry-unreachable', elsewhere, { paths: [failure] })).toContain('the entry "B box"');
    expect(found('entry-unreachable', { ...files, [path]: link }, { paths: [failure] }).match(/the entry "(.*)"/g)).toEqual(['the entry "A box"']);
  });
});

test('The parts of an entry stand in bold or as headings', () => {
  const text = `---\nkind: playbook\n---\n\n# F\n\n## A box\n\n### Symptoms\n\n**Impact.** None.\n\n### Cause\n\n${fence('bash step=empty risk=low')}`;
  expect(found('entry-part-missing', { [failure]: text })).toMatchInlineSnapshot(`
    "playbooks/failure.md:7:1 Warning: The entry "A box" has no **Go back**.
      ## A box
      ^^^^^^^^
      Write **Go back** and whether to retry the failed step, count it as done, or stop."
  `);
});

describe('A link', () => {
  const links = (text: string, files: Readonly<Record<string, string>> = {}) =>
    messages('link-broken', text, files).map((line) => line.slice(line.indexOf(' ') + 1));

  test('leads to a file or folder that exists', () => {
    const files = { 'docs/a b.md': '# A', 'docs/pic.png': '' };
    expect(links('[a](../docs/a%20b.md) ![p](../docs/pic.png) [d](../docs) [d](../docs/) [q](../docs/a%20b.md?plain=1#L3)', files)).toEqual([]);
    expect(links('[a](a.md) ![p](p.png) [r][r]\n\n[r]: r.md', files)).toEqual([
      'There is no file runbooks/a.md.',
      'There is no file runbooks/p.png.',
      'There is no file runbooks/r.md.',
    ]);
  });

  test('leads to a heading by the anchor that GitHub gives it', () => {
    const text =
      '# A & B\n\n## Same\n\n## Same\n\n> ## In a quote\n\n<a id="by-hand"></a>\n\nNote.[^n]\n\n[^n]: x\n\n<details>\n<summary name=\'sum\'>x</summary></details>\n\n';
    const good = ['a--b', 'same', 'same-1', 'in-a-quote', 'by-hand', 'user-content-by-hand', 'fn-n', 'user-content-fn-n', 'sum', '', 'top'];
    expect(links(text + good.map((anchor) => `[x](#${anchor})`).join(' '))).toEqual([]);
    expect(found('link-broken', { [path]: `${text}[x](#sane)` })).toContain('has no heading with the anchor #sane.');
    expect(found('link-broken', { [path]: `${text}[x](#sane)` })).toContain('Did you mean "same"?');
  });

  test('among very many headings is not compared with each', () => {
    const headings = Array.from({ length: 1001 }, (_, index) => `## Heading ${index}\n`).join('\n');
    const printed = found('link-broken', { [path]: `${headings}\n[x](#heading-1x)` });
    expect(printed).toContain('has no heading with the anchor #heading-1x.');
    expect(printed).not.toContain('Did you mean');
  });

  test('leads to a heading of another markdown file, which need not be a document', () => {
    const files = { 'README.md': '# Bricks\n\n## Use', 'data.csv': '' };
    expect(links('[a](../README.md#use) [b](../data.csv#row=4) [c](../README.md#L2-L3)', files)).toEqual([]);
    expect(links('[a](../README.md#used) [b](../README.md#used)', files)).toHaveLength(2);
  });

  test('that cannot be told from here is left alone', () => {
    expect(links('[a](https://example.com/x.md) <b@example.com> [c](/README.md) [d](../../issues) [e](mailto:x@example.com)')).toEqual([]);
  });

  test('leads somewhere', () => {
    expect(links('[a]()')).toEqual(['This link leads nowhere.']);
  });

  test('to a folder that is called like a document has no headings', () => {
    expect(links('[a](odd.md#x)', { 'runbooks/odd.md/file': '' })).toEqual([]);
  });
});

describe('What is left over', () => {
  test('is something in angle brackets that GitHub does not show', () => {
    const text =
      'Ask <owner>, <Name of the team>, <cluster-id> or <…>.\n\n<details>\n<summary>More</summary>\n<!-- <z> -->\n\nx<br>y<br/> a <b>b</b> 1 < 2 > 0\n\n</details>\n\n<name>\n\n<!-- <x>\n<y> -->\n\n`<x>` <https://example.com>';
    expect(messages('placeholder', text).map((line) => line.split(' ')[0])).toEqual([
      'runbooks/tidy.md:1:5',
      'runbooks/tidy.md:1:14',
      'runbooks/tidy.md:1:34',
      'runbooks/tidy.md:1:50',
      'runbooks/tidy.md:11:1',
    ]);
  });

  test('is a field in angle brackets, but no version', () => {
    expect(messages('placeholder', '---\nkind: runbook\nowner: <team>\nrequires: [psql >=15, node >=20]\n---\n')).toEqual([
      'runbooks/tidy.md:3:8 <team> was left to be filled in, or GitHub shows nothing of it.',
    ]);
  });

  test('is a note to oneself where a reader sees it', () => {
    const text =
      '---\nkind: runbook\nowner: TBD\n---\n\n# TODO\n\nA todo list. `TODO`\nXXX\n\n> - FIXME\\* `x` TODOS\n\n```sh\n# TODO\n```\n\n| a |\n| --- |\n| TBD |\n';
    expect(messages('todo', text).map((line) => line.split(' ')[0])).toEqual(
      ['3:8', '6:3', '9:1', '11:5', '19:3'].map((place) => `runbooks/tidy.md:${place}`),
    );
  });

  describe('of a template', () => {
    const template = [
      '---\nkind: runbook\nowner: the team that keeps this document right\nstages: [local]\n---\n',
      '# Name of the runbook\n\n## When to use\n',
      '- [ ] What must be there before: *tools*, a `ticket`, [people](x.md).\n1. Short.\n> Next news about this at half past two, in UTC.\n',
      '```bash\necho "a block of the template that is fairly long"\n```\n',
    ].join('\n');
    const texts = (text: string, file = path) => found('template-text', { [file]: text }, { templates: [template] }).match(/^runbooks\S+?:\d+/gm);

    test('is a passage, a title or a field that stands there word for word', () => {
      expect(texts(template)).toEqual(['runbooks/tidy.md:3', 'runbooks/tidy.md:7', 'runbooks/tidy.md:11', 'runbooks/tidy.md:13']);
    });

    test('is nothing that anybody would write', () => {
      const own =
        '---\nkind: runbook\nowner: bricks team\nstages: [local]\n---\n\n# Tidy\n\n## When to use\n\nShort.\n\nWhat must be there.\n\necho "a block of the template that is fairly long"\n';
      expect(texts(own)).toBeNull();
      expect(found('template-text', { [path]: own }, { templates: ['# Tidy\n'] })).toBe('');
    });

    test('is right in a template', () => {
      expect(texts(template, 'runbooks/RUNBOOK-TEMPLATE.md')).toBeNull();
      expect(texts(template, 'runbooks/templates/x.md')).toBeNull();
      expect(texts(template, 'runbooks/about-my-templates-here.md')).toHaveLength(4);
    });
  });
});

describe('A character that cannot be seen', () => {
  const hidden = (text: string) => messages('hidden-character', text).map((line) => line.replace('runbooks/tidy.md:', ''));

  test.each([
    ['bidi', 'a\u{202e}b', 'U+202E'],
    ['isolate', 'a\u{2066}b', 'U+2066'],
    ['zero width', 'a\u{200b}b', 'U+200B'],
    ['a joiner in a word', 'a\u{200d}b', 'U+200D'],
    ['a byte order mark inside', 'a\u{feff}b', 'U+FEFF'],
    ['a control', 'a\u{1b}b', 'U+001B'],
    ['a soft hyphen', 'a\u{ad}b', 'U+00AD'],
    ['a tag', 'a\u{e0041}b', 'U+E0041'],
    ['a variation selector that carries data', 'a\u{e0100}b', 'U+E0100'],
    ['half a character', 'a\u{d83d}b', 'U+D83D'],
  ])('is found: %s', (_name, text, code) => {
    expect(hidden(text)).toEqual([`1:2 The character ${code} cannot be seen.`]);
  });

  test('is writing inside an emoji and in scripts that need it', () => {
    expect(hidden('👩‍💻 👩🏽‍🚒 ❤️‍🔥 می‌خواهم क्‍ष\tTab ☺️\r\nline')).toEqual([]);
  });

  test('is told once a line', () => {
    expect(hidden('a\u{200b}b\u{200b}c\n\u{200b}')).toEqual(['1:2 The character U+200B cannot be seen.', '2:1 The character U+200B cannot be seen.']);
  });

  test('is also a blank that is no space, where a program reads it', () => {
    expect(hidden(`A\u{a0}b\n\n## A\n\n${fence('bash step=look risk=low', 'ls\u{a0}-l\nls\u{2003}x')}\n\n${fence('bash', 'ls\u{a0}-l')}`)).toEqual([
      '6:3 The blank U+00A0 looks like a space, and no program takes it for one.',
      '7:3 The blank U+2003 looks like a space, and no program takes it for one.',
    ]);
  });
});

describe('A secret', () => {
  const key = `AKIA${'Q7XY'.repeat(4)}`;
  const token = `ghp_${'a1B2'.repeat(9)}`;

  test.each([
    ['The id of an AWS access key', `key ${key}.`],
    ['An AWS secret key', `aws_secret_access_key = ${'wJal3/Xp'.repeat(5)}`],
    ['An AWS secret key', `"AWS_SECRET_ACCESS_KEY": "${'wJal3/Xp'.repeat(5)}"`],
    ['A private key', '-----BEGIN RSA PRIVATE KEY-----'],
    ['A private key', '-----BEGIN PRIVATE KEY-----'],
    ['A GitHub token', token],
    ['A Slack token', `xoxb-${'1234567890'.repeat(3)}`],
    ['A password in a URL', 'postgres://lego:f9Xk27bQ@db.internal/lego'],
    ['A password in a URL', 'https://:f9Xk27bQ@db.internal'],
  ])('is found: %s', (what, text) => {
    expect(messages('secret', `\`\`\`\n${text}\n\`\`\`\n`)).toEqual([expect.stringContaining(`${what} stands in the document.`)]);
  });

  test('is not found in examples and stand-ins', () => {
    const text = [
      'AKIAIOSFODNN7EXAMPLE aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      'postgres://user:password@host/db postgres://user:$PASSWORD@host/db postgres://{user}:{password}@host postgres://u:****@h',
      'https://example.com:8443/a@b arn:aws:rds:us-east-1:123456789012:cluster:lego http://[::1]:80/ -----BEGIN PUBLIC KEY-----',
    ].join('\n');
    expect(messages('secret', text)).toEqual([]);
  });

  test('is covered in what is printed, and everything keeps its column', () => {
    expect(withoutSecrets(`a\n${key} postgres://u:f9Xk27bQ@h ${key} b`)).toBe(`a\n${'*'.repeat(20)} postgres://u:********@h ${'*'.repeat(20)} b`);
    expect(secret.id).toBe('secret');
  });
});
