/**
 * The files of a data folder in one archive, by tar, which nearly every system has: to write a thousand small files takes ten times as long as to write
 * one. Only for files that nobody writes to meanwhile.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, open, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { hasCode } from '../../fault.ts';
import { programEnvironment } from '../cluster.ts';
import type { Account } from '../home.ts';

/** Packs a folder, without what `without` is true for, into a new file. False where there is no such program. */
export async function pack(from: string, file: string, { without, tar }: { without: (path: string) => boolean; tar: string }): Promise<boolean> {
  const entries = await readdir(from, { recursive: true, withFileTypes: true });
  const names = entries.map((entry) => relative(from, join(entry.parentPath, entry.name))).filter((name) => !without(name));
  // Folders are packed with what is in the list, not with all that is in them.
  return run(tar, ['--no-recursion', '-cf', file, '-C', from, '-T', '-'], { input: ['.', ...names].join('\n') });
}

/** Unpacks it into a folder that is not there yet and belongs to an account; undefined: the operator. */
export async function unpack(file: string, to: string, account: Account | undefined): Promise<void> {
  await mkdir(to, { mode: 0o700 });
  if (account !== undefined) await chown(to, account.uid, account.gid);
  // The account may not enter the folder of the file, so it is handed in.
  const packed = await open(file, 'r');
  try {
    if (!(await run('tar', ['-xpf', '-', '-C', to], { input: packed.fd, account })))
      throw new Error(`tar, which packed ${file}, is not there any more.`);
  } finally {
    await packed.close();
  }
}

type Run = { readonly input: string | number; readonly account?: Account | undefined };

/** False where there is no such program. COPYFILE_DISABLE: what macOS would add beside each file for its own use. */
async function run(program: string, args: readonly string[], { input, account }: Run): Promise<boolean> {
  const stdin = typeof input === 'number' ? input : 'pipe';
  const child = spawn(program, args, {
    cwd: '/',
    env: { ...programEnvironment, COPYFILE_DISABLE: '1' },
    stdio: [stdin, 'ignore', 'pipe'],
    ...account,
  });
  let missing = false;
  const ended = once(child, 'close').catch((error: unknown) => {
    if (!hasCode(error, 'ENOENT')) throw error;
    missing = true;
    return [0];
  });
  // Where it ends before it has read the list, its own message is the one to tell.
  child.stdin?.on('error', () => {});
  child.stdin?.end(input);
  const said = buffer(child.stderr as NonNullable<typeof child.stderr>);
  const [[code], message] = await Promise.all([ended, said]);
  if (code !== 0) throw new Error(`tar ended with ${code}: ${message.toString('utf8').trim().slice(0, 400)}`);
  return !missing;
}
