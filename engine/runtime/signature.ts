/** Signing the head of a journal with an SSH key, and checking such a signature: both by ssh-keygen, so agents and security keys work. */

import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { Fault, hasCode, messageOf } from '../fault.ts';
import { syncFolder } from './journal.ts';
import { findProgram } from './programs.ts';
import type { Project } from './project.ts';

/** The namespace of our signatures: one made for something else, such as a commit, is never taken for one. */
const namespace = 'runbook';

/** In the run folder: four lines that are signed, and behind them the signature as ssh-keygen writes it. One file, so there is never half of it. */
export const signatureName = 'journal.sig';

/** What a signature says: that the journal of a run had this head after so many events. */
export type SignedHead = { readonly run: string; readonly events: number; readonly head: string };

/** Signs heads with a key that was found to work. */
export type Signer = {
  /** Writes and signs the text in the run folder. Rejects with a Fault `record` when that does not work any more. */
  readonly sign: (folder: string, signed: SignedHead) => Promise<void>;
};

/** The text that is signed. */
function signedText({ run, events, head }: SignedHead): string {
  return `runbook journal\nrun ${run}\nevents ${events}\nhead ${head}\n`;
}

/** The two parts of a signature file and what the first one says; undefined for any other file. */
export function readSignature(file: string): { readonly signed: SignedHead; readonly text: string; readonly signature: string } | undefined {
  const form = /^(runbook journal\nrun (\S+)\nevents (\d{1,15})\nhead ([0-9a-f]{64})\n)(-----BEGIN SSH SIGNATURE-----\n.*)$/s;
  const [, text, run, events, head, signature] = form.exec(file) ?? [];
  if (text === undefined || run === undefined || head === undefined || signature === undefined) return undefined;
  return { signed: { run, events: Number(events), head }, text, signature };
}

/** Where a key comes from: `key` as in `runbook.yaml`, else git's `user.signingkey`. `env` is that of the caller. */
export type KeySource = { readonly project: Project; readonly key?: string | undefined; readonly env: Readonly<Record<string, string | undefined>> };

/**
 * The signer of a run. It signs something at once, so that a key that is locked or missing is known before the first step.
 * @throws Fault `preflight` when it cannot sign.
 */
export async function signerOf(source: KeySource): Promise<Signer> {
  const { env } = source;
  const program = findProgram('ssh-keygen', env.PATH, process.cwd());
  if (program === undefined)
    throw new Fault('preflight', 'ssh-keygen signs the record and was not found on PATH.', {
      hint: 'Install OpenSSH 8.2 or newer, or run without sign: ssh and --sign.',
    });
  const key = await keyOf(source);
  try {
    await signWith({ program, key, env }, 'runbook\n');
  } catch (cause) {
    throw new Fault('preflight', `The record cannot be signed with ${key.words}: ${messageOf(cause)}`, {
      hint: `A key with a passphrase has to be in an agent, since nobody is asked for it: ssh-add ${key.path ?? '<key>'}`,
      cause,
    });
  }
  return {
    async sign(run, signed) {
      const path = join(run, signatureName);
      const text = signedText(signed);
      try {
        writeFileSync(`${path}.draft`, `${text}${await signWith({ program, key, env }, text)}`, { flush: true });
        renameSync(`${path}.draft`, path);
        syncFolder(run);
      } catch (cause) {
        throw new Fault('record', `The head of the journal cannot be signed: ${messageOf(cause)}`, {
          hint: `The record itself is whole. Put its head into the ticket: ${signed.head}`,
          cause,
        });
      }
    },
  };
}

/** A key: a file, or a public key as text, whose private half an agent has. */
type Key = { readonly path?: string; readonly literal?: string; readonly words: string };

async function keyOf({ project, key, env }: KeySource): Promise<Key> {
  const named = key ?? (await gitKey(project, env));
  if (named === undefined)
    throw new Fault('preflight', 'The record is to be signed, and there is no key: neither signing.key in runbook.yaml nor user.signingkey of git.', {
      hint: 'git config user.signingkey ~/.ssh/id_ed25519.pub',
    });
  const literal = named.startsWith('key::') ? named.slice(5) : /^(ssh|ecdsa|sk)-\S+ /.test(named) ? named : undefined;
  if (literal !== undefined) return { literal, words: 'the key that user.signingkey holds' };
  const home = named.startsWith('~/') ? join(env.HOME ?? homedir(), named.slice(2)) : resolve(project.root, named);
  return { path: home, words: home };
}

async function gitKey({ root }: Project, env: KeySource['env']): Promise<string | undefined> {
  const { exitCode, stdout } = await execa('git', ['-C', root, 'config', '--get', 'user.signingkey'], {
    reject: false,
    stdin: 'ignore',
    env,
    extendEnv: false,
  });
  return exitCode === 0 && stdout.trim() !== '' ? stdout.trim() : undefined;
}

type Signing = { readonly program: string; readonly key: Key; readonly env: KeySource['env'] };

/** The signature of a text, as ssh-keygen writes it. */
async function signWith({ program, key, env }: Signing, text: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'runbook-sign-'));
  try {
    const literal = join(folder, 'key.pub');
    if (key.literal !== undefined) writeFileSync(literal, `${key.literal}\n`);
    const file = join(folder, 'head');
    writeFileSync(file, text);
    const which = key.path === undefined ? ['-U', '-f', literal] : ['-f', key.path];
    await keygen(program, ['-Y', 'sign', '-n', namespace, ...which, file], { env });
    return readFileSync(`${file}.sig`, 'utf8');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a signature is worth. `owner` is the name in the allowed-signers file; without such a file nobody knows whose the key is. */
export type Checked =
  | { readonly kind: 'good'; readonly key: string; readonly owner?: string }
  | { readonly kind: 'bad' | 'unchecked'; readonly why: string };

/** A text and its signature, and the path of an allowed-signers file where there is one. */
export type ToCheck = {
  readonly text: string;
  readonly signature: string;
  readonly signers?: string | undefined;
  readonly env: KeySource['env'];
};

/** Checks a signature offline. */
export async function checkSignature({ text, signature, signers, env }: ToCheck): Promise<Checked> {
  const program = findProgram('ssh-keygen', env.PATH, process.cwd());
  if (program === undefined) return { kind: 'unchecked', why: 'ssh-keygen was not found on PATH' };
  const folder = mkdtempSync(join(tmpdir(), 'runbook-sign-'));
  try {
    const file = join(folder, 'sig');
    writeFileSync(file, signature);
    const input = { env, input: text };
    const valid = await keygen(program, ['-Y', 'check-novalidate', '-n', namespace, '-s', file], input);
    const key = /with (.+)$/m.exec(valid)?.[1] ?? valid.trim();
    if (signers === undefined) return { kind: 'good', key };
    const [owner = ''] = (await keygen(program, ['-Y', 'find-principals', '-s', file, '-f', signers], { env })).split(/[\n,]/);
    await keygen(program, ['-Y', 'verify', '-n', namespace, '-s', file, '-f', signers, '-I', owner], input);
    return { kind: 'good', key, owner };
  } catch (error) {
    return { kind: 'bad', why: messageOf(error) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A touch of a security key is waited for this long. */
const patienceMs = 60_000;

/** Runs ssh-keygen without a terminal: a passphrase that is asked for is refused, and no run hangs. Rejects with its own words. */
async function keygen(program: string, args: readonly string[], { env, input }: { env: KeySource['env']; input?: string }): Promise<string> {
  try {
    const { stdout } = await execa(program, args, {
      env: { ...env, SSH_ASKPASS_REQUIRE: 'never', LC_ALL: 'C' },
      extendEnv: false,
      // In a session of its own there is no terminal to ask at.
      detached: true,
      timeout: patienceMs,
      ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
    });
    return stdout;
  } catch (error) {
    if (hasCode(error, 'ETIMEDOUT')) throw error;
    const words = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    throw new Error(words === '' ? messageOf(error) : words.split(/\r?\n/).at(-1), { cause: error });
  }
}
