import { describe, expect, test } from 'vitest';
import { readOutline } from '../../engine/document/outline.ts';
import { parseDocument } from '../../engine/document/parse.ts';
import { path, runbook } from './problems.ts';

describe('An outline', () => {
  test.each([
    runbook('text\n'),
    runbook('text\n', 'kind: playbook\nowner: data\nrehearsal: run-migrations'),
    '---\nkind: runbook\n---\n# Database `operations` for *all*\n',
    'Database operations\n===\n\ntext\n',
    '```md\n# Not this\n```\n\n# This\n',
    '~~~md\n```\n# Not this\n```\n~~~\n# [This](x.md) ##\n',
    '```\nnever closed\n# Not this\n',
    '## No title\n',
    'text\n\n===\n',
    '#hashtag\n',
    '#\n',
    '# ##\n',
    '# a#\n',
    '# a # b ##  \n',
    '',
    '\u{feff}---\r\nkind: runbook\r\n---\r\n# Windows\r\n',
  ])('has the title that the whole document has: %j', (source) => {
    const { document } = parseDocument(path, source);
    const outline = readOutline(path, source);
    expect(outline.title).toBe(document.title);
    expect(outline.frontMatter.kind).toBe(document.frontMatter.kind);
  });

  test('reports what is wrong with the front matter', () => {
    expect(readOutline(path, '---\nknd: runbook\n---\n').diagnostics.map(({ rule, place }) => [rule, place.line])).toEqual([
      ['kind-missing', 1],
      ['front-matter-key', 2],
    ]);
  });

  test.each([
    ['spaces in a title', `# ${' '.repeat(500_000)}x${' '.repeat(400_000)}#a`],
    ['hash marks', `# ${'#'.repeat(900_000)}a`],
    ['brackets', `# ${'['.repeat(900_000)}`],
    ['fences', `${'`'.repeat(900_000)}a`],
  ])('is read in one go with many %s, which a search that goes back would not end in the time of a test', (_, source) => {
    expect(readOutline(path, source).diagnostics).toEqual([]);
  });

  test('is read without loading the markdown parser', async () => {
    const { execFileSync } = await import('node:child_process');
    const program = `
      const { readOutline } = await import('./engine/document/outline.ts');
      const { title } = readOutline('x.md', '# Title');
      const { registerHooks } = await import('node:module');
      console.log(title);
    `;
    const hook = `data:text/javascript,import { registerHooks } from 'node:module'; registerHooks({ load(url, context, next) { if (/remark|micromark|mdast|re2js|string-width/.test(url)) console.log('loaded ' + url); return next(url, context); } });`;
    expect(execFileSync(process.execPath, ['--import', hook, '--input-type=module', '--eval', program], { encoding: 'utf8' })).toBe('Title\n');
  });
});
