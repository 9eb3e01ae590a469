/** What must be there before the first step: tools, the repository's state, a bash that is new enough. */

import { hostname, userInfo } from 'node:os';
import { execa } from 'execa';
import type { Plan, Requirement } from '../core/plan.ts';
import { Fault } from '../fault.ts';
import type { StageConfig } from './config.ts';

/** The commit of the work tree and whether it was dirty; undefined outside a git repository. */
export type GitState = { readonly commit: string; readonly dirty: boolean; readonly branch: string };

/** Who runs the engine: the login name behind sudo where there is one. */
export function whoAmI(environment: Readonly<Record<string, string | undefined>>): { readonly operator: string; readonly host: string } {
  return { operator: environment.SUDO_USER ?? userInfo().username, host: hostname() };
}

/** The state of the repository around a folder. */
export async function gitState(root: string): Promise<GitState | undefined> {
  const git = (...args: readonly string[]) => execa('git', ['-C', root, ...args], { reject: false, stdin: 'ignore' });
  const [commit, status, branch] = await Promise.all([git('rev-parse', 'HEAD'), git('status', '--porcelain'), git('branch', '--show-current')]);
  if (commit.exitCode !== 0) return undefined;
  return { commit: commit.stdout, dirty: status.stdout !== '', branch: branch.stdout };
}

/**
 * Checks what a stage demands of the repository.
 * @throws Fault `preflight` when it is on another branch, or has uncommitted changes.
 */
export function checkGit(name: string, stage: StageConfig, git: GitState | undefined): void {
  const wanted = stage.git;
  if (wanted === undefined) return;
  if (git === undefined)
    throw new Fault('preflight', `Stage ${name} wants a git repository, and here is none.`, {
      hint: 'Go to the repository of the runbook and try again.',
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
  const problems = (await Promise.all([...required.values()].map((requirement) => problemWith(requirement, path)))).filter(
    (problem) => problem !== undefined,
  );
  if (problems.length > 0) throw new Fault('preflight', problems.join('\n'), { hint: 'Install what is missing, or correct PATH, and try again.' });
}

async function problemWith({ tool, minimum }: Requirement, path: string): Promise<string | undefined> {
  const { exitCode, stdout, stderr } = await execa(tool, ['--version'], { reject: false, stdin: 'ignore', timeout: 20_000, env: { PATH: path } });
  if (exitCode === undefined) return `${tool} is required and was not found on PATH.`;
  if (minimum === undefined) return undefined;
  const found = /\d+(\.\d+)*/.exec(stdout || stderr)?.[0];
  if (found === undefined) return `${tool} ${minimum} or newer is required; ${tool} --version does not tell its version.`;
  return older(found, minimum) ? `${tool} ${minimum} or newer is required; found ${found}.` : undefined;
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
