/** What every row of the benchmark needs: runs that take turns, samples, and what is said when a peer is not there. */

import { execFileSync, spawnSync } from 'node:child_process';
import { cleanEnvironment } from '../helpers/project.ts';

/** One line of the table. A goal is the most that the median of the samples may be; a row without one is there for comparison. */
export type Row = {
  readonly what: string;
  readonly against: string;
  readonly goal?: number;
  /** What the samples count: a ratio to the peer (`x`), or an amount. */
  readonly unit: 'x' | 'MB' | '%' | 'ms' | 'a step';
  /** Gives one sample a round. Throws `Missing` when the peer is not on this machine. */
  readonly measure: () => Promise<readonly number[]>;
};

/** The peer of a row, or something that it needs, is not on this machine. */
export class Missing extends Error {}

/** Where, with what environment, and with what input a program runs. */
type Surroundings = { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> };

/**
 * Runs a program to its end. Gives how long that took in ms. Throws with its messages when its exit code is another one than `expected`. What it
 * prints goes nowhere, so that nobody has to read it meanwhile. It has no home: a bash whose input is a socket, as Node makes them, would run
 * the `.bashrc` there, and that is not what any row measures.
 */
export function timed(command: readonly string[], { cwd = '/', env = {} }: Surroundings = {}, expected = 0): number {
  const [program = '', ...args] = command;
  const begun = performance.now();
  const { status, error, stderr } = spawnSync(program, args, {
    cwd,
    env: cleanEnvironment({ HOME: '/nonexistent', ...env }),
    encoding: 'utf8',
    maxBuffer: 1e9,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ms = performance.now() - begun;
  if (error !== undefined) throw new Missing(`${program}: ${error.message}`);
  if (status !== expected) throw new Error(`${command.join(' ')} ended with ${status}:\n${stderr}`);
  return ms;
}

/** The ratios of two things that take turns, so that what else the machine does falls on both. The first round warms up and is left out. */
export async function ratios(
  rounds: number,
  ours: () => number | Promise<number>,
  theirs: () => number | Promise<number>,
): Promise<readonly number[]> {
  const found: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const [mine, other] = [await ours(), await theirs()];
    if (round > 0) found.push(mine / other);
  }
  return found;
}

/** The first of these programs that is on PATH. */
export function programOf(...names: readonly string[]): string {
  for (const name of names) {
    const { status, stdout } = spawnSync('sh', ['-c', 'command -v "$1"', 'sh', name], { encoding: 'utf8' });
    if (status === 0) return stdout.trim();
  }
  throw new Missing(`${names.join(' or ')} is not installed`);
}

/** A program of `test/bench/package.json`. */
export function peerOf(name: string): string {
  const path = new URL(`node_modules/.bin/${name}`, import.meta.url).pathname;
  if (spawnSync('test', ['-x', path]).status !== 0) throw new Missing(`${name} is not installed: npm ci --prefix test/bench`);
  return path;
}

/** A small C program, compiled. */
export function compiled(source: string, path: string): string {
  execFileSync(programOf('cc', 'gcc', 'clang'), ['-O2', '-x', 'c', '-o', path, '-'], { input: source });
  return path;
}

/** An option for node: say at the end how much memory the process has had at most, in kB. */
export const tellingPeak = "--import=data:text/javascript,process.on('exit',()=>process._rawDebug('peak',process.resourceUsage().maxRSS))";

/** The peak in MB that a process started with `tellingPeak` has told. */
export function peakOf(stderr: string): number {
  const [, peak] = /^peak (\d+)$/m.exec(stderr) ?? [];
  if (peak === undefined) throw new Error(`The process did not tell its peak:\n${stderr}`);
  return Number(peak) / 1024;
}

/** The middle one; of an even number the upper of the two. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
