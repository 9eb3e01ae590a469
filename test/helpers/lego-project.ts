/** A copy of the example: runbook, playbook, the app and its sandbox, in a temporary folder of its own. */

import { cpSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { resetSandbox, startSandbox } from '../../engine/sandbox/sandbox.ts';
import { makeProject, type TestProject } from './project.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** The example project with a database of its own. */
export type LegoProject = TestProject & {
  /** A connection to the database of stage local, as the application has it. */
  connect(): Promise<pg.Client>;
  [Symbol.asyncDispose](): Promise<void>;
};

/** Makes the copy. The sandbox starts with the first run or connection. */
export function makeLegoProject(): LegoProject {
  const project = makeProject({});
  for (const path of ['runbook.yaml', 'runbooks', 'playbooks', 'test/fixtures/lego-api']) {
    cpSync(join(repository, path), join(project.root, path), { recursive: true });
  }
  symlinkSync(join(repository, 'node_modules'), join(project.root, 'node_modules'));
  return {
    ...project,
    async connect() {
      const { host, port, database, user, password } = await startSandbox(project.root, { database: 'lego' });
      const client = new pg.Client({ host, port, database, user, password });
      // The sandbox may be reset, or a playbook may end this session: that is what is rehearsed.
      client.on('error', () => {});
      await client.connect();
      return client;
    },
    async [Symbol.asyncDispose]() {
      await resetSandbox(project.root);
      project[Symbol.dispose]();
    },
  };
}
