import { chmodSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { shelfOf } from '../../engine/runtime/kept-shelf.ts';
import { openProject } from '../../engine/runtime/project.ts';
import { readShelf } from '../../engine/runtime/shelf.ts';
import { makeProject, type TestProject } from '../helpers/project.ts';

const titled = (title: string) => `---\nkind: runbook\n---\n\n# ${title}\n`;

/** A project that has not changed for a while, with a cache of its own, and the titles that a list of it shows. */
function shelved(): { readonly made: TestProject; readonly kept: () => string[]; readonly titles: (engine?: string) => Promise<readonly string[]> } {
  const made = makeProject({ 'runbooks/sort.md': titled('Sort the bricks'), 'playbooks/lost.md': titled('Lost bricks'), 'cache/.keep': '' });
  const env = { XDG_CACHE_HOME: join(made.root, 'cache') };
  const read = async () => readShelf(openProject(made.root));
  return {
    made,
    kept: () => globSync(join(made.root, 'cache/runbook/shelves/*')),
    titles: async (engine = '1.0.0') => (await shelfOf({ root: made.root, engine, env }, read)).map(({ title }) => title),
  };
}

/** Long enough that the file system tells the next change from the one before. */
const settled = () => sleep(2200);

/** Has a list kept, and puts something else into what is kept, which shows whether it is used. */
async function marked({ titles, kept }: ReturnType<typeof shelved>): Promise<void> {
  await settled();
  await titles();
  const [path = ''] = kept();
  writeFileSync(path, readFileSync(path, 'utf8').replace('Lost bricks', 'Kept bricks'));
  expect(await titles()).toEqual(['Sort the bricks', 'Kept bricks']);
}

const changes: Readonly<Record<string, (root: string) => void>> = {
  'a document is written anew': (root) => writeFileSync(join(root, 'runbooks/sort.md'), titled('Sort the bricks')),
  'a document comes': (root) => writeFileSync(join(root, 'runbooks/more.md'), titled('More')),
  'a document goes': (root) => rmSync(join(root, 'playbooks/lost.md')),
  'a document gets another name': (root) => renameSync(join(root, 'runbooks/sort.md'), join(root, 'runbooks/tidy.md')),
  'runbook.yaml names other folders': (root) => writeFileSync(join(root, 'runbook.yaml'), 'runbooks: playbooks\n'),
  'another folder takes the place of one': (root) => {
    mkdirSync(join(root, 'other'));
    rmSync(join(root, 'playbooks'), { recursive: true });
    symlinkSync('other', join(root, 'playbooks'));
  },
};

describe('a list that is kept', { timeout: 60_000 }, () => {
  test.concurrent.each(Object.entries(changes))('is made anew when %s', async (_, change) => {
    const shelf = shelved();
    using made = shelf.made;
    await marked(shelf);
    change(made.root);
    const { documents } = readShelf(openProject(made.root));
    expect(await shelf.titles()).toEqual(documents.map(({ title }) => title));
  });

  test.concurrent('is made anew when a link begins to lead somewhere', async () => {
    const shelf = shelved();
    using made = shelf.made;
    symlinkSync('../new.md', join(made.root, 'runbooks/link.md'));
    await marked(shelf);
    writeFileSync(join(made.root, 'new.md'), titled('New'));
    expect(await shelf.titles()).toEqual(['New', 'Sort the bricks', 'Lost bricks']);
  });

  test.concurrent('is made anew for another engine, and when it is damaged', async () => {
    const shelf = shelved();
    using made = shelf.made;
    await marked(shelf);
    expect(await shelf.titles('1.0.1')).toEqual(['Sort the bricks', 'Lost bricks']);
    for (const damage of ['', '[]', '{"engine":"1.0.1"}', '{"engine":"1.0.1","stamps":{"runbooks":""},"documents":[]}']) {
      writeFileSync(shelf.kept()[0] ?? made.root, damage);
      expect(await shelf.titles('1.0.1'), damage).toEqual(['Sort the bricks', 'Lost bricks']);
    }
  });

  test('is not kept of what has just changed, nor where others can write, nor under a name that is too long', async () => {
    const shelf = shelved();
    using made = shelf.made;
    const { kept, titles } = shelf;
    await titles();
    expect(kept()).toEqual([]);
    await settled();
    chmodSync(join(made.root, 'cache/runbook'), 0o777);
    await titles();
    chmodSync(join(made.root, 'cache/runbook'), 0o700);
    expect(kept()).toEqual([]);
    await titles();
    expect(kept()).toHaveLength(1);
    const root = join(made.root, 'x'.repeat(200));
    mkdirSync(root);
    expect(
      await shelfOf({ root, engine: '1', env: { XDG_CACHE_HOME: join(made.root, 'cache') } }, async () => ({ documents: [], dependsOn: [] })),
    ).toEqual([]);
    expect(kept()).toHaveLength(1);
  });
});
