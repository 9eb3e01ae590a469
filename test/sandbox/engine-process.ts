/** An engine of its own for tests: does one thing with a project's sandbox and prints the answer. */

import { Fault } from '../../engine/fault.ts';
import { resetSandbox, startSandbox, stopSandbox } from '../../engine/sandbox/sandbox.ts';
import { sandboxStatus } from '../../engine/sandbox/status.ts';

const [root = '', action, uid, gid] = process.argv.slice(2);
if (process.env.TEST_UMASK !== undefined) process.umask(Number.parseInt(process.env.TEST_UMASK, 8));
// Everything is loaded by now, so the checkout itself may be one that this user cannot read.
if (uid !== undefined && gid !== undefined) {
  process.setgroups?.([]);
  process.setgid?.(Number(gid));
  process.setuid?.(Number(uid));
}

const progress: string[] = [];
const actions: Record<string, () => Promise<unknown>> = {
  start: () => startSandbox(root, { database: 'lego_api', onProgress: (message) => progress.push(message) }),
  stop: () => stopSandbox(root),
  reset: () => resetSandbox(root),
  status: () => sandboxStatus(root),
};
const answer = await actions[action ?? '']?.().catch((error: unknown) => {
  if (!(error instanceof Fault)) throw error;
  return { fault: error.exit, message: error.message, hint: error.hint };
});
process.stdout.write(JSON.stringify({ answer: answer ?? null, progress }));
