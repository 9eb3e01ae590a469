/** `runbook verify`: what the record of a run proves, without a network, and what it does not. */

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { escapeText, safeJson } from '../core/escape.ts';
import { exitCodes, Fault } from '../fault.ts';
import { openProject, type Project } from '../runtime/project.ts';
import { type Proof, prove } from '../runtime/proof.ts';
import { type RecordFiles, recordAt } from '../runtime/record-files.ts';
import { findRun, runFolder } from '../runtime/run-store.ts';
import { signedBy } from '../runtime/signed.ts';
import { hasUnicode, type Io } from './io.ts';

/** The options of `verify`. */
export type VerifyOptions = { readonly head?: string; readonly allowedSigners?: string; readonly json: boolean };

/** Verifies a run of the project, or a journal, run folder or bundle by its path. Gives the exit code: 9 when something is not as it was recorded. */
export async function verify(io: Io, wanted: string, { head, allowedSigners, json }: VerifyOptions): Promise<number> {
  if (head !== undefined && !/^[0-9a-f]{64}$/i.test(head))
    throw new Fault('usage', `--head wants the 64 characters of a SHA-256, found "${head}".`, {
      hint: 'It stands in the report, and so in the ticket.',
    });
  const files = recordAt(pathOf(io, wanted));
  const signers = signersFor(io, allowedSigners);
  const proof = prove(files, { ...(head !== undefined && { head }) });
  const signed = await signedBy(files, proof, { signers, env: io.env, required: allowedSigners !== undefined });
  const whole: Proof = {
    ...proof,
    proved: [...proof.proved, ...signed.proved],
    wrong: [...proof.wrong, ...signed.wrong],
    unproved: [...proof.unproved, ...signed.unproved, ...(head !== undefined || signed.whole ? [] : [anchorWords(proof)]), ...besides(files)],
  };
  io.stdout.write(json ? asJson(whole) : asText(io, files, whole));
  return whole.wrong.length === 0 ? exitCodes.finished : exitCodes.record;
}

/** A path where there is one of that name, else a run of the project. */
function pathOf(io: Io, wanted: string): string {
  const path = resolve(io.cwd, wanted);
  if (existsSync(path)) return path;
  if (/[/.]/.test(wanted)) throw new Fault('usage', `There is no ${wanted}.`, { hint: 'Expected a run, its folder, a journal or a bundle.' });
  const project = openProject(io.cwd);
  return runFolder(project, findRun(project, wanted)).path;
}

/** The keys that count: those of the command line, else those that `runbook.yaml` names. */
function signersFor(io: Io, given: string | undefined): string | undefined {
  if (given === undefined) {
    const project = projectHere(io);
    const named = project?.config.signing?.signers;
    return project === undefined || named === undefined ? undefined : resolve(project.root, named);
  }
  const path = resolve(io.cwd, given);
  if (!existsSync(path))
    throw new Fault('usage', `The file of allowed signers ${path} is not there.`, { hint: 'See: man ssh-keygen, ALLOWED SIGNERS' });
  return path;
}

/** A record is verified anywhere, also where `runbook.yaml` is of no use. */
function projectHere({ cwd }: Io): Project | undefined {
  try {
    return openProject(cwd);
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}

function anchorWords({ requests }: Proof): string {
  const others = requests.length === 0 ? '' : `, and the ${requests.length} request ids (--json lists them) with CloudTrail`;
  return `That nobody wrote the whole journal anew, with a failed step told as a good one, or cut off its end: compare the head with the one in the ticket (--head HASH)${others}.`;
}

/** What lies beside the record for people, and is made from it. */
function besides({ alone }: RecordFiles): readonly string[] {
  return alone ? [] : ['Reports and result.json: they are made from the record, which has no hash of them.'];
}

function asJson({ run, events, head, proved, wrong, unproved, repairs, requests }: Proof): string {
  const what = {
    version: 1,
    ...(run !== undefined && { run }),
    intact: wrong.length === 0,
    events,
    head,
    proved,
    wrong,
    notProved: unproved,
    repairs,
    requests,
  };
  return `${safeJson(what)}\n`;
}

function asText(io: Io, files: RecordFiles, proof: Proof): string {
  const [good, bad] = hasUnicode(io) ? ['✔', '✖'] : ['ok', 'FAIL'];
  const { run, proved, wrong, unproved, repairs, head } = proof;
  const lines = [
    `${run === undefined ? 'A record' : `Run ${run}`} in ${files.place}`,
    ...proved.map(({ part, what }) => `${good} ${part}: ${what}.`),
    ...wrong.map(({ where, what }) => `${bad} ${where}: ${what}`),
    ...repairs.map(repairWords),
    ...unproved.map((what) => `Not proved: ${what}`),
    `Head: ${head}`,
    wrong.length === 0
      ? 'The record is intact.'
      : `The record is NOT INTACT: ${wrong.length} ${wrong.length === 1 ? 'finding' : 'findings'}. Keep it as it is.`,
  ];
  return `${lines.map((line) => escapeText(line, { colour: false })).join('\n')}\n`;
}

function repairWords({ event, events, logs, files, left, head }: Proof['repairs'][number]): string {
  const parts = [
    ...(events.length > 0 ? [`events ${events.join(', ')}`] : []),
    ...(logs.length > 0 ? [`logs of attempts ${logs.join(', ')}`] : []),
    ...files,
  ];
  if (parts.length === 0) return `Found: event ${event} says that a secret stands in ${left.join(', ')}, and could not be masked there.`;
  const before = head === undefined ? '' : ` The head before that was ${head}.`;
  return `Repaired: event ${event} says that a secret was masked in ${parts.join(' and ')} after they were written.${before}`;
}
