/** Which program runs a block, and whether it can. */

import type { Block } from '../core/plan.ts';
import { Fault } from '../fault.ts';
import { ownProgram, ownScript } from '../place.ts';
import { ask, findProgram } from '../runtime/programs.ts';

/** A kernel: its kind decides what the engine prepares for it. A word `$RUNBOOK_BLOCK` of the command stands for the block's path. */
export type Kernel = { readonly kind: 'bash' | 'sql' | 'aws' | 'command'; readonly command: readonly string[] };

/** Commands by language, as `runbook.yaml` gives them under `kernels`. For `bash` it is the program alone. */
type Commands = Readonly<Record<string, readonly string[]>>;

const wrapper = ownScript('kernels/bash-wrapper.sh');
const sqlProgram = ownProgram('kernels/sql-program');
const awsProgram = ownProgram('kernels/aws-program');

/** The kernel for a block, undefined when there is none for its language. */
export function kernelFor(block: Block, commands: Commands): Kernel | undefined {
  if (block.flags.includes('aws')) return { kind: 'aws', command: [process.execPath, awsProgram] };
  switch (block.language) {
    case 'bash':
    case 'sh':
      // -p: nothing that is hidden in the environment (BASH_ENV, exported functions, SHELLOPTS) takes part in what was approved.
      return { kind: 'bash', command: [...(commands.bash ?? ['bash']), '-p', wrapper] };
    case 'sql':
      return { kind: 'sql', command: [process.execPath, sqlProgram] };
    default: {
      const command = commands[block.language] ?? ownCommands(block.language);
      return command && { kind: 'command', command: command.includes('$RUNBOOK_BLOCK') ? command : [...command, '$RUNBOOK_BLOCK'] };
    }
  }
}

function ownCommands(language: string): readonly string[] | undefined {
  switch (language) {
    case 'js':
      return [process.execPath];
    case 'python':
      return ['python3'];
    default:
      return undefined;
  }
}

/** The oldest bash that has `inherit_errexit`. */
const oldestBash = [4, 4] as const;

/** Where a newer bash than the system's is put, by Homebrew on macOS and Linux; it need not be on PATH. */
const otherBashes = ['/opt/homebrew/bin/bash', '/usr/local/bin/bash', '/home/linuxbrew/.linuxbrew/bin/bash'];

/**
 * The bash to run blocks with: the first on `path`, else one of Homebrew's, that is new enough.
 * @throws Fault `preflight` when there is none.
 */
export async function findBash(path: string | undefined): Promise<string> {
  const first = findProgram('bash', path, '/');
  const seen: string[] = [];
  for (const bash of new Set([...(first === undefined ? [] : [first]), ...otherBashes])) {
    const version = await versionOf(bash);
    if (version === undefined) continue;
    const [major = 0, minor = 0] = version.split('.').map(Number);
    if (major > oldestBash[0] || (major === oldestBash[0] && minor >= oldestBash[1])) return bash;
    seen.push(`${version} (${bash})`);
  }
  const found = seen.length === 0 ? 'none' : seen.join(', ');
  const how = process.platform === 'darwin' ? 'brew install bash' : 'apt-get install bash, or the like for your system';
  throw new Fault('preflight', `Blocks need bash 4.4 or newer; found ${found}.`, { hint: `Install it: ${how}` });
}

async function versionOf(bash: string): Promise<string | undefined> {
  const { code, stdout } = await ask(bash, ['-p', '-c', 'echo "$BASH_VERSION"'], { env: {} });
  return code === 0 ? /^\d+\.\d+/.exec(stdout)?.[0] : undefined;
}
