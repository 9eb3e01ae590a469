/** `runbook doctor`: whether this machine, this project and a stage have what runs need; each line is ok, or says what to do. */

import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { escapeText, safeJson } from '../core/escape.ts';
import { sizeWords } from '../core/words.ts';
import { readOutline } from '../document/outline.ts';
import { exitCodes, Fault, messageOf } from '../fault.ts';
import { findBash } from '../kernels/kernel.ts';
import { packageFolder } from '../place.ts';
import { refusalWords } from '../runtime/account.ts';
import { ptyMissing } from '../runtime/attempt/pty.ts';
import type { Database } from '../runtime/connection.ts';
import { gitState, lookAtTool } from '../runtime/preflight.ts';
import { stageConfig } from '../runtime/prepare.ts';
import { documentPaths, openProject, type Project, readText } from '../runtime/project.ts';
import { stateFolder } from '../runtime/root.ts';
import { askServer } from '../runtime/target.ts';
import { hasColour, hasUnicode, type Io } from './io.ts';

/** One line: `wrong` stops runs, `worse` does not. */
type Finding = { readonly about: string; readonly state: 'ok' | 'worse' | 'wrong'; readonly found: string; readonly todo?: string };

/** Prints what was found. Gives exit code 7 when something that runs need is wrong. */
export async function doctor(io: Io, options: { readonly stage?: string; readonly json: boolean }): Promise<number> {
  const findings: Finding[] = [];
  const say = (finding: Finding): void => {
    findings.push(finding);
    if (!options.json) io.stdout.write(`${escapeText(lineOf(io, finding), { colour: false, newlines: true })}\n`);
  };
  say({ about: 'runbook', state: 'ok', found: `${io.version} with Node ${process.versions.node} on ${process.platform}` });
  say(await bashHere(io));
  say(terminalHere(io));
  say(await ptyHere());
  const project = openProject(io.cwd);
  say(configHere(project));
  say(recordHere(project));
  say(await gitHere(project));
  for (const finding of await toolsHere(io, project)) say(finding);
  if (options.stage !== undefined) for await (const finding of stageHere(io, project, options.stage)) say(finding);
  const wrong = findings.filter(({ state }) => state === 'wrong').length;
  if (options.json) io.stdout.write(`${safeJson({ version: 1, findings })}\n`);
  else io.stdout.write(`${conclusion(wrong, options.stage)}\n`);
  return wrong === 0 ? exitCodes.finished : exitCodes.preflight;
}

function lineOf(io: Io, { about, state, found, todo }: Finding): string {
  const mark = (hasUnicode(io) ? { ok: '✔', worse: '!', wrong: '✖' } : { ok: 'ok  ', worse: '!   ', wrong: 'FAIL' })[state];
  return `${mark} ${about.padEnd(10)} ${found}${todo === undefined ? '' : `\n${' '.repeat(mark.length + 12)}${todo}`}`;
}

function conclusion(wrong: number, stage: string | undefined): string {
  if (wrong > 0) return `${wrong === 1 ? 'One thing is' : `${wrong} things are`} in the way of runs.`;
  return stage === undefined ? 'Ready. A stage is looked at with: runbook doctor --stage <stage>' : `Ready for stage ${stage}.`;
}

/** A fault becomes a line: its hint says what to do. */
async function orFault(about: string, look: () => Promise<Finding>): Promise<Finding> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { about, state: 'wrong', found: error.message, ...(error.hint !== undefined && { todo: error.hint }) };
  }
}

function bashHere(io: Io): Promise<Finding> {
  return orFault('bash', async () => ({ about: 'bash', state: 'ok', found: await findBash(io.env.PATH) }));
}

function terminalHere(io: Io): Finding {
  const { stdin, stdout, env } = io;
  const about = 'terminal';
  if (!stdin.isTTY || !('columns' in stdout) || !stdout.isTTY)
    return { about, state: 'ok', found: 'none here: runs print lines of text, and need --yes or --confirm' };
  const { columns, rows } = stdout;
  const found = `${env.TERM ?? 'unknown'}, ${columns}x${rows}, ${hasColour(io, stdout) ? 'colours' : 'no colours'}, ${hasUnicode(io) ? 'UTF-8' : 'ASCII only'}`;
  if (columns < 80 || rows < 24)
    return { about, state: 'worse', found, todo: 'Screens are drawn for 80x24 and larger. Make it larger, or use --plain.' };
  return { about, state: 'ok', found };
}

async function ptyHere(): Promise<Finding> {
  if ((await ptyMissing()) === undefined) return { about: 'tty steps', state: 'ok', found: 'can be run' };
  return { about: 'tty steps', state: 'worse', found: 'cannot be run here', todo: 'Beside runbook: npm install @lydell/node-pty' };
}

function configHere({ root, config, configText }: Project): Finding {
  const about = 'project';
  if (configText === undefined)
    return { about, state: 'wrong', found: `${root} has no runbook.yaml, so there is no stage to run on`, todo: 'Make one: runbook init' };
  const names = Object.keys(config.stages);
  if (names.length === 0) return { about, state: 'wrong', found: `${root} names no stages`, todo: 'Name one in runbook.yaml under stages.' };
  return { about, state: 'ok', found: `${root}, stages ${names.join(', ')}` };
}

/** Below this a long log may not find room. */
const scarceBytes = 200_000_000;

function recordHere(project: Project): Finding {
  const about = 'record';
  const state = stateFolder(project);
  const folder = existsSync(state) ? state : project.root;
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch {
    return { about, state: 'wrong', found: `${folder} cannot be written, and without a record nothing runs`, todo: `ls -ld '${folder}'` };
  }
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const found = `${join(state, 'runs')}, ${sizeWords(free)} free`;
  return free < scarceBytes
    ? { about, state: 'worse', found, todo: 'Make room: a record that cannot be written stops a run.' }
    : { about, state: 'ok', found };
}

async function gitHere({ root }: Project): Promise<Finding> {
  const git = await gitState(root);
  const found =
    git === undefined
      ? 'no repository with a commit here'
      : `${git.branch || 'no branch'} at ${git.commit.slice(0, 12)}${git.dirty ? ', with uncommitted changes' : ''}`;
  return { about: 'git', state: 'ok', found };
}

async function toolsHere(io: Io, project: Project): Promise<readonly Finding[]> {
  const required = new Map<string, { readonly tool: string; readonly minimum?: string; readonly by: string }>();
  for (const path of [...documentPaths(project, 'runbook'), ...documentPaths(project, 'playbook')])
    for (const { tool, minimum } of readOutline(path, readText(project, path) ?? '').frontMatter.requires)
      required.set(`${tool} ${minimum}`, { tool, ...(minimum !== undefined && { minimum }), by: path });
  return Promise.all(
    [...required.values()].map(async ({ by, ...requirement }): Promise<Finding> => {
      const { at, version, problem } = await lookAtTool(requirement, io.env.PATH ?? '');
      const about = requirement.tool;
      if (problem !== undefined) return { about, state: 'wrong', found: problem, todo: `${by} requires it. Install it, or correct PATH.` };
      return { about, state: 'ok', found: `${version === undefined ? '' : `${version}, `}${at}` };
    }),
  );
}

/** A stage as a run would find it. A sandbox is not started for this. */
async function* stageHere(io: Io, project: Project, name: string): AsyncGenerator<Finding> {
  const stage = stageConfig(project.config, name);
  if (stage.sandbox) return yield await sandboxHere(project);
  const { identityOf } = await import('../runtime/identity.ts');
  let database: Database | undefined;
  yield await orFault('account', async () => {
    const identity = await identityOf({ project, name, stage, run: 'doctor', inherited: io.env, onProgress: () => undefined });
    database = identity.database;
    const { caller, aws } = identity;
    const found = caller === undefined ? 'the stage names none' : `${caller.account} in ${aws?.region} as ${caller.arn}`;
    return { about: 'account', state: 'ok', found };
  });
  if (stage.aws !== undefined) yield await awsClock(stage.aws.region);
  if (database !== undefined) yield* databaseHere(database);
}

async function sandboxHere(project: Project): Promise<Finding> {
  const { sandboxStatus } = await import('../sandbox/status.ts');
  return orFault('sandbox', async () => {
    const { folder, running, version } = await sandboxStatus(project.root);
    if (folder !== undefined)
      return { about: 'sandbox', state: 'ok', found: `PostgreSQL ${version}, ${running ? 'running' : 'stopped; a run starts it'}` };
    const { findPackage } = await import('../sandbox/programs.ts');
    const found = await findPackage([join(packageFolder, 'package.json'), join(project.root, 'package.json')]);
    return { about: 'sandbox', state: 'ok', found: `PostgreSQL ${found.version}; the first run makes it` };
  });
}

async function* databaseHere(database: Database): AsyncGenerator<Finding> {
  const { host, port, user } = database;
  const at = `${database.database} on ${host}:${port} as ${user}`;
  try {
    const { role, version, now } = await askServer(database);
    yield { about: 'database', state: 'ok', found: `${at} (${role}), PostgreSQL ${version}` };
    yield clock("the database's", now);
  } catch (error) {
    yield {
      about: 'database',
      state: 'wrong',
      found: `${at}: ${messageOf(error)}`,
      todo: 'Is the address right, the network open, a VPN or tunnel up?',
    };
  }
}

/** AWS refuses a request that is signed with a time more than five minutes away from its own. */
const worstSkewMs = 300_000;
const skewMs = 30_000;

async function awsClock(region: string): Promise<Finding> {
  const url = `https://sts.${region}.amazonaws.com/`;
  try {
    const answer = await fetch(url, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(5000) });
    return clock("AWS's", new Date(answer.headers.get('date') ?? Number.NaN));
  } catch (error) {
    return {
      about: 'clock',
      state: 'worse',
      found: `${url} does not answer: ${refusalWords(causeOf(error))}`,
      todo: 'AWS steps will not go through from here.',
    };
  }
}

/** What `fetch` met; its own message says only that it failed. */
function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? error.cause : error;
}

function clock(whose: string, theirs: Date): Finding {
  const skew = Math.abs(Date.now() - theirs.getTime());
  const found = Number.isNaN(skew) ? `${whose} is not known` : `${(skew / 1000).toFixed(1)} s beside ${whose}`;
  if (!(skew > skewMs)) return { about: 'clock', state: 'ok', found };
  return {
    about: 'clock',
    state: skew > worstSkewMs ? 'wrong' : 'worse',
    found,
    todo: 'Set the clock: the record and signed requests carry its time.',
  };
}
