import { chmodSync, linkSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fixFiles } from '../../engine/commands/fix.ts';
import { makeProject } from '../helpers/project.ts';

const hidden = '# Bricks\n\nSort\u{200b} them.\n';

test('lint --fix mends files, says so on stderr, keeps their mode, and then tells what is left', async () => {
  using made = makeProject({ 'runbooks/tidy.md': `${hidden}\nTODO.\n` });
  const file = join(made.root, 'runbooks/tidy.md');
  chmodSync(file, 0o664);
  const { code, stdout, stderr } = await made.runbook(['lint', '--fix', '--format', 'json']);
  expect(stderr).toBe('Fixed: runbooks/tidy.md:3 deleted what cannot be seen [hidden-character]\n');
  expect(JSON.parse(stdout).diagnostics.map(({ rule }: { rule: string }) => rule)).toEqual(['todo']);
  expect(code).toBe(0);
  expect(readFileSync(file, 'utf8')).toBe('# Bricks\n\nSort them.\n\nTODO.\n');
  expect(statSync(file).mode & 0o777).toBe(0o664);
  expect(readdirSync(join(made.root, 'runbooks'))).toEqual(['tidy.md']);
});

test('a file that changed, that is no regular file, has other names or is not UTF-8 is left alone', () => {
  using made = makeProject({ 'a.md': hidden, 'b.md': hidden, 'real.txt': hidden });
  symlinkSync('real.txt', join(made.root, 'link.md'));
  linkSync(join(made.root, 'b.md'), join(made.root, 'b.txt'));
  const bytes = Buffer.concat([Buffer.from(hidden), Buffer.from([0xff, 0x0a])]);
  writeFileSync(join(made.root, 'latin.md'), bytes);
  const told: string[] = [];
  const read = (path: string): string | undefined => {
    if (path === 'none.md') return undefined;
    const text = readFileSync(join(made.root, path), 'utf8');
    // An editor saves it at this moment.
    if (path === 'a.md') writeFileSync(join(made.root, path), `${hidden}More.\n`);
    return text;
  };
  fixFiles(made.root, ['a.md', 'b.md', 'link.md', 'latin.md', 'none.md'], read, (line) => void told.push(line));
  expect(told).toEqual([
    'Not fixed: a.md: it has changed since it was read, or is not UTF-8.',
    'Not fixed: b.md: it has several names (hard links), and only one of them would change.',
    'Not fixed: link.md: it is no regular file.',
    'Not fixed: latin.md: it has changed since it was read, or is not UTF-8.',
  ]);
  expect(readFileSync(join(made.root, 'a.md'), 'utf8')).toBe(`${hidden}More.\n`);
  expect(readFileSync(join(made.root, 'latin.md'))).toEqual(bytes);
  expect(lstatSync(join(made.root, 'link.md')).isSymbolicLink()).toBe(true);
  expect(readFileSync(join(made.root, 'real.txt'), 'utf8')).toBe(hidden);
  expect(readdirSync(made.root).filter((name) => name.endsWith('.draft'))).toEqual([]);
});
