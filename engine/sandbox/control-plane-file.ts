/** What is kept of the control plane's process and of how it was last started, beside its state. */

import { readFileSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ownProgram, packageFolder } from '../place.ts';
import { isProcessIdentity, type ProcessIdentity } from '../runtime/process-identity.ts';
import type { Home } from './home.ts';
import { readJson, writeJson } from './json-file.ts';

const settings = z.object({
  /** Identifier of the stage's cluster. */
  cluster: z.string(),
  /** Name of the secret with the credentials of its master user. */
  secret: z.string(),
  database: z.string(),
  /** Multiplies the time that changes of status take. */
  delays: z.number().optional(),
});

const running = z.object({
  process: z.custom<ProcessIdentity>(isProcessIdentity),
  port: z.number().int(),
  accessKeyId: z.string(),
  /** Of the engine that started it: a control plane of another version is replaced. */
  version: z.string(),
  startedAt: z.string(),
  settings,
});

/** What a control plane is told by the project. */
export type ControlPlaneSettings = z.infer<typeof settings>;
/** A control plane as it wrote itself down when it began to listen. */
export type ControlPlaneProcess = z.infer<typeof running>;

/** The files of a control plane. */
export type ControlPlaneFiles = {
  readonly folder: string;
  readonly settings: string;
  readonly process: string;
  readonly state: string;
  readonly log: string;
};

/** Where a home keeps them. */
export function controlPlaneAt(home: Home): ControlPlaneFiles {
  const folder = join(home.folder, 'control-plane');
  return {
    folder,
    settings: join(folder, 'settings.json'),
    process: join(folder, 'process.json'),
    state: join(folder, 'state.json'),
    log: join(folder, 'log'),
  };
}

/** The program that is the control plane. */
export const controlPlaneProgram = ownProgram('sandbox/control-plane-program');

/** Differs between versions of the engine, and between two builds of one. */
export function engineVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
  const { version } = z.object({ version: z.string() }).parse(manifest);
  return `${version} ${Math.floor(statSync(controlPlaneProgram).mtimeMs)}`;
}

/** How it was told to be last. */
export function readSettings(files: ControlPlaneFiles): Promise<ControlPlaneSettings | undefined> {
  return readJson(files.settings, settings);
}

/** How it shall be from its next start on. */
export async function writeSettings(files: ControlPlaneFiles, next: ControlPlaneSettings): Promise<void> {
  await mkdir(files.folder, { recursive: true, mode: 0o700 });
  await writeJson(files.settings, next);
}

/** The process that was written down last; it may have ended. */
export function readProcess(files: ControlPlaneFiles): Promise<ControlPlaneProcess | undefined> {
  return readJson(files.process, running);
}

/** Tells everybody that it listens. */
export async function writeProcess(files: ControlPlaneFiles, next: ControlPlaneProcess): Promise<void> {
  await writeJson(files.process, next);
}
