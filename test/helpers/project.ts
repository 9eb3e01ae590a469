/** A project in a temporary folder, and the built engine run in it as a user would. */

import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { journalBreaches } from './journals.ts';

/** The built command line. */
export const cli: string = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** What a command left behind. */
type Ended = { readonly code: number | undefined; readonly stdout: string; readonly stderr: string };

/** A project that is deleted when the test that made it disposes of it, which fails where a journal in it breaks the rules of the machine. */
export type TestProject = {
  readonly root: string;
  write(files: Readonly<Record<string, string>>): void;
  /** Runs `runbook` with a clean environment and no terminal. */
  runbook(args: readonly string[], options?: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string }): Promise<Ended>;
  [Symbol.dispose](): void;
};

/** The environment of a test: nothing of the machine's but what programs need to be found. */
export function cleanEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '/', LANG: 'C.UTF-8', NO_COLOR: '1', TZ: 'UTC', ...extra };
}

/**
 * Makes a project of files. A `runbook.yaml` with the stages dev, production (typed) and staging is there unless it is given. `spoilsRecords`: the
 * test makes records up or damages what belongs to them, so its journals are not looked at.
 */
export function makeProject(files: Readonly<Record<string, string>>, { spoilsRecords = false } = {}): TestProject {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'runbook-test-')));
  const write = (more: Readonly<Record<string, string>>): void => {
    for (const [path, text] of Object.entries(more)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
  };
  write({ 'runbook.yaml': 'stages:\n  dev: {}\n  staging: {}\n  production: { confirm: typed }\n', ...files });
  return {
    root,
    write,
    async runbook(args, options = {}) {
      const { exitCode, stdout, stderr } = await execa('node', [cli, ...args], {
        cwd: options.cwd ?? root,
        env: cleanEnvironment(options.env),
        extendEnv: false,
        reject: false,
        stdin: 'ignore',
        stripFinalNewline: false,
      });
      return { code: exitCode, stdout, stderr };
    },
    [Symbol.dispose]() {
      try {
        const breaches = spoilsRecords ? [] : journalBreaches(root);
        if (breaches.length > 0) throw new Error(`A journal breaks the rules:\n${breaches.join('\n')}`);
      } finally {
        rmSync(root, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
      }
    },
  };
}

/** A runbook with one procedure: front matter, the given body, nothing else. */
export function runbookOf(body: string, frontMatter = ''): string {
  return `---\nkind: runbook\n${frontMatter}---\n\n# Tidy the bricks\n\nPuts every brick back into its box.\n\n${body}`;
}

/** A fence with an info string. */
export function fence(info: string, body: string): string {
  return `\`\`\`${info}\n${body}\n\`\`\`\n`;
}
