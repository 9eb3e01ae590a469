/** What must be there before the first step: the tools that the documents require, and the repository in the state that the stage wants. */

import { hostname, userInfo } from 'node:os';
import { execa } from 'execa';
import type { Plan, Requirement } from '../core/plan.ts';
import { Fault } from '../fault.ts';
import type { StageConfig } from './config.ts';
import { findProgram } from './programs.ts';

/** The commit of the work tree and whether it was dirty; undefined outside a git repository. */
export type GitState = { readonly commit: string; readonly dirty: boolean; readonly branch: string };

/** Who runs the engine: the login name behind sudo where there is one. */
export function whoAmI(environment: Readonly<Record<string, string | undefined>>): { readonly operator: string; readonly host: string } {
  return { operator: environment.SUDO_USER || loginName() || environment.USER || `uid ${process.getuid?.()}`, host: hostname() };
}

/** A container can run as a number that has no name. */
function loginName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}

/** Calls git in a folder. */
function gitIn(root: string) {
  // A hook of git sets GIT_… variables that name another repository; the operator's settings must not hide files.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));
  return (...args: readonly string[]) =>
    execa('git', ['--no-optional-locks', '-C', root, ...args], { reject: false, stdin: 'ignore', env, extendEnv: false });
}

/** Whether git ignores a path of a folder; undefined where there is no repository, or no git. */
export async function isIgnored(root: string, path: string): Promise<boolean | undefined> {
  const { exitCode } = await gitIn(root)('check-ignore', '--quiet', path);
  return exitCode === 0 ? true : exitCode === 1 ? false : undefined;
}

/** The state of the repository around a folder. */
export async function gitState(root: string): Promise<GitState | undefined> {
  const git = gitIn(root);
  const [commit, status, branch] = await Promise.all([
    git('rev-parse', '--verify', 'HEAD'),
    git('status', '--porcelain', '--untracked-files=normal', '--ignore-submodules=none'),
    git('branch', '--show-current'),
  ]);
  if (commit.exitCode !== 0) return undefined;
  // Where git cannot tell, nobody can say that the tree is clean.
  return { commit: commit.stdout, dirty: status.exitCode !== 0 || status.stdout !== '', branch: branch.stdout };
}

/**
 * Checks what a stage demands of the repository.
 * @throws Fault `preflight` when it is on another branch, or has uncommitted changes.
 */
export function checkGit(name: string, stage: StageConfig, git: GitState | undefined): void {
  const wanted = stage.git;
  if (wanted === undefined) return;
  if (git === undefined)
    throw new Fault('preflight', `Stage ${name} wants a git repository with a commit, and here is none that git can read.`, {
      hint: 'See what git says of it with: git log -1',
    });
  if (wanted.clean && git.dirty)
    throw new Fault('preflight', `Stage ${name} wants a clean work tree, and this one has uncommitted changes.`, {
      hint: 'See them with: git status',
    });
  if (wanted.branch !== undefined && git.branch !== wanted.branch)
    throw new Fault('preflight', `Stage ${name} wants branch ${wanted.branch}, and this is ${git.branch === '' ? 'no branch' : git.branch}.`, {
      hint: `git switch ${wanted.branch}`,
    });
}

/**
 * Checks that the tools that the documents require are on PATH and new enough.
 * @throws Fault `preflight` that names all that are missing or too old.
 */
export async function checkTools(plan: Plan, path: string): Promise<void> {
  const required = new Map<string, Requirement>();
  for (const document of Object.values(plan.documents))
    for (const requirement of document.frontMatter.requires) required.set(`${requirement.tool} ${requirement.minimum}`, requirement);
  const tools = await Promise.all([...required.values()].map((requirement) => lookAtTool(requirement, path)));
  const problems = tools.flatMap(({ problem }) => problem ?? []);
  if (problems.length > 0) throw new Fault('preflight', problems.join('\n'), { hint: 'Install what is missing, or correct PATH, and try again.' });
}

/** A tool that a document requires: where it is and its version, as far as that had to be asked, and what is wrong with it. */
export async function lookAtTool(
  { tool, minimum }: Requirement,
  path: string,
): Promise<{ readonly at?: string; readonly version?: string; readonly problem?: string }> {
  const at = findProgram(tool, path, process.cwd());
  if (at === undefined) return { problem: `${tool} is required and was not found on PATH.` };
  if (minimum === undefined) return { at };
  const version = await versionOf(tool, path);
  if (version === undefined) return { at, problem: `${tool} ${minimum} or newer is required, and it does not tell its version.` };
  return { at, version, ...(older(version, minimum) && { problem: `${tool} ${minimum} or newer is required; found ${version}.` }) };
}

/** What a tool says of its version. A few do not know `--version`: go, kubectl, ssh. */
async function versionOf(tool: string, path: string): Promise<string | undefined> {
  for (const argument of ['--version', 'version', '-V']) {
    const { exitCode, stdout, stderr } = await execa(tool, [argument], { reject: false, stdin: 'ignore', timeout: 20_000, env: { PATH: path } });
    const version = exitCode === 0 ? (numberIn(stdout) ?? numberIn(stderr)) : undefined;
    if (version !== undefined) return version;
  }
  return undefined;
}

/** The first dotted number, else the first number, that is no part of a name such as sha256sum. */
function numberIn(text: string): string | undefined {
  const [, dotted] = /(?<![\w.])[vV]?(\d+(?:\.\d+)+)/.exec(text) ?? [];
  return dotted ?? /(?<![\w.])[vV]?(\d+)/.exec(text)?.[1];
}

/** Compares dotted numbers part by part. */
function older(found: string, minimum: string): boolean {
  const have = found.split('.').map(Number);
  for (const [index, wanted] of minimum.split('.').map(Number).entries()) {
    const part = have[index] ?? 0;
    if (part !== wanted) return part < wanted;
  }
  return false;
}
