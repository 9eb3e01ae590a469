import { expect, test } from 'vitest';
import { editorArguments, editorOf } from '../../engine/commands/editor.ts';

test.each([
  ['vi', ['+61', '/p/a b.md']],
  ['/usr/bin/nvim -u NONE', ['+61', '/p/a b.md']],
  [' nano', ['+61', '/p/a b.md']],
  ['emacsclient -t', ['+61', '/p/a b.md']],
  ['hx', ['+61', '/p/a b.md']],
  ['micro', ['+61', '/p/a b.md']],
  ['code', ['--goto', '/p/a b.md:61', '--wait']],
  ['/opt/bin/codium --new-window', ['--goto', '/p/a b.md:61', '--wait']],
  ['ed', ['/p/a b.md']],
])('%s is told the line as it wants it', (editor, expected) => {
  expect(editorArguments(editor, '/p/a b.md', 61)).toEqual(expected);
});

test.each([
  [{ VISUAL: 'code', EDITOR: 'vi' }, 'code'],
  [{ VISUAL: '', EDITOR: 'vi' }, 'vi'],
  [{ EDITOR: '' }, undefined],
  [{}, undefined],
])('%j', (env, expected) => {
  expect(editorOf({ env })).toBe(expected);
});
