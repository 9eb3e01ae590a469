/** How long documents take to be read. */

import { parseDocument } from '../../../engine/document/parse.ts';
import { cli, makeProject } from '../../helpers/project.ts';
import { type Row, ratios, timed } from '../measure.ts';
import { sampleRunbook } from '../sample-runbook.ts';

const parsed = (text: string): number => {
  const begun = performance.now();
  parseDocument('runbooks/shelves.md', text);
  return performance.now() - begun;
};

/** Documents of 16 KB with which a parser can be kept busy. */
const hostile: Readonly<Record<string, string>> = {
  'nested list markers': '- '.repeat(8000),
  'rising backtick runs': Array.from({ length: 175 }, (_, index) => '`'.repeat(index + 1)).join(' '),
  'unclosed brackets': '[a]('.repeat(4000),
};

function hostileRow([what, text]: readonly [string, string]): Row {
  return {
    what: `a hostile document of 16 KB (${what}), planned or refused`,
    against: 'more than a small one takes',
    goal: 200,
    unit: 'ms',
    async measure() {
      const head = '---\nkind: runbook\n---\n\n# Sort\n\nPuts things in order.\n\n';
      using project = makeProject({ 'runbooks/hostile.md': `${head}${text}\n`, 'runbooks/small.md': head });
      const plan = (name: string): number => {
        try {
          return timed(['node', cli, 'lint', `runbooks/${name}.md`], { cwd: project.root }, 3);
        } catch {
          return timed(['node', cli, 'lint', `runbooks/${name}.md`], { cwd: project.root });
        }
      };
      return Array.from({ length: 5 }, () => plan('hostile') - plan('small'));
    },
  };
}

export const documentRows: readonly Row[] = [
  {
    what: 'a runbook of 1 MB, parsed',
    against: 'one of 0.5 MB',
    goal: 2.2,
    unit: 'x',
    async measure() {
      const [large, small] = [sampleRunbook(1e6), sampleRunbook(5e5)];
      return await ratios(
        3,
        () => parsed(large),
        () => parsed(small),
      );
    },
  },
  ...Object.entries(hostile).map(hostileRow),
];
