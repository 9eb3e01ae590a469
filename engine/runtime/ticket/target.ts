/** Which ticket a report goes to, as it is typed: `github:<owner>/<repo>#<number>` or `jira:<KEY>`. */

import { Fault } from '../../fault.ts';

/** A ticket. */
export type Target =
  | { readonly kind: 'github'; readonly owner: string; readonly repo: string; readonly number: number }
  | { readonly kind: 'jira'; readonly key: string };

/** Names as GitHub gives them; a name of dots alone would lead out of its place in a path. */
const github = /^github:([A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?)\/((?!\.{1,2}#)[A-Za-z0-9._-]{1,100})#([1-9]\d{0,9})$/;
const jira = /^jira:([A-Z][A-Z0-9_]+-[1-9]\d*)$/;

/** @throws Fault `usage` when it names no ticket. */
export function targetOf(text: string): Target {
  const [, owner, repo, number] = github.exec(text) ?? [];
  if (owner !== undefined && repo !== undefined) return { kind: 'github', owner, repo, number: Number(number) };
  const [, key] = jira.exec(text) ?? [];
  if (key !== undefined) return { kind: 'jira', key };
  throw new Fault('usage', `Expected --to github:<owner>/<repo>#<number> or --to jira:<KEY>, found "${text}".`, {
    hint: 'For example: --to github:example/lego-api#42, or --to jira:OPS-1234',
  });
}

/** The ticket in one word. */
export function targetWords(target: Target): string {
  return target.kind === 'github' ? `github:${target.owner}/${target.repo}#${target.number}` : `jira:${target.key}`;
}
