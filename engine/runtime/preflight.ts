/** What must be there before the first step: the tools that the documents require, and the repository in the state that the stage wants. */

import { hostname, userInfo } from 'node:os';
import type { Plan, Requirement } from '../core/plan.ts';
import { Fault } from '../fault.ts';
import type { StageConfig } from './config.ts';
import { ask, findProgram, type Said } from './programs.ts';

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
function gitIn(root: string): (...args: readonly string[]) => Promise<Said> {
  // A hook of git sets GIT_… variables that name another repository; the operator's settings must not hide files.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));
  return (...args) => ask('git', ['--no-optional-locks', '-C', root, ...args], { env });
}

/** Whether git ignores a path of a folder; undefined where there is no repository, or no git. */
export async function isIgnored(root: string, path: string): Promise<boolean | undefined> {
  const { code } = await gitIn(root)('check-ignore', '--quiet', path);
  return code === 0 ? true : code === 1 ? false : undefined;
}

/** The state of the repository around a folder. */
export async function gitState(root: string): Promise<GitState | undefined> {
  const git = gitIn(root);
  const status = await git('status', '--porcelain=v2', '--branch', '--no-ahead-behind', '--untracked-files=normal', '--ignore-submodules=none');
  const lines = status.stdout.split('\n');
  const told = (name: string): string => lines.find((line) => line.startsWith(`# branch.${name} `))?.slice(`# branch.${name} `.length) ?? '';
  const [commit, branch] = [told('oid'), told('head')];
  if (status.code !== 0) return await unknownState(git);
  if (commit === '(initial)') return undefined;
  return { commit, branch: branch === '(detached)' ? '' : branch, dirty: lines.some((line) => !line.startsWith('#')) };
}

/** Where git cannot tell, nobody can say that the tree is clean. */
async function unknownState(git: (...args: readonly string[]) => Promise<Said>): Promise<GitState | undefined> {
  const [commit, branch] = await Promise.all([git('rev-parse', '--verify', 'HEAD'), git('branch', '--show-current')]);
  return commit.code === 0 ? { commit: commit.stdout, branch: branch.stdout, dirty: true } : undefined;
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
    const { code, stdout, stderr } = await ask(tool, [argument], { env: { ...process.env, PATH: path }, timeoutMs: 20_000 });
    const version = code === 0 ? (numberIn(stdout) ?? numberIn(stderr)) : undefined;
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
