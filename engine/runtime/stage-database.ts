/** The database of a stage that is no sandbox: from a connection URL in the operator's environment, or from a secret of AWS. */

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Fault } from '../fault.ts';
import type { Access } from './account.ts';
import type { StageConfig } from './config.ts';
import { type Database, parseConnectionUrl } from './connection.ts';
import type { Environment } from './credentials.ts';
import { readDatabaseSecret } from './database-secret.ts';
import type { Project } from './project.ts';

/** A stage by its name, in its project. */
export type NamedStage = { readonly project: Project; readonly name: string; readonly stage: StageConfig };

/**
 * The database behind the variable that the stage names.
 * @throws Fault `preflight` when the variable holds no connection.
 */
export function urlDatabase({ project, name, stage }: NamedStage, variable: string, inherited: Environment): Database {
  const text = inherited[variable];
  if (text === undefined || text === '')
    throw new Fault('preflight', `Stage ${name} takes its database from $${variable}, which is not set.`, {
      hint: `Set ${variable} to postgres://user:password@host:5432/database and try again.`,
    });
  const { tls, ...connection } = parseConnectionUrl(text, variable);
  return { ...connection, tls: stage.database?.tls ?? tls ?? 'verify-full', ...certificates({ project, name, stage }) };
}

/**
 * The database that a secret describes, as it is now.
 * @throws Fault `preflight` when it cannot be read.
 */
export async function secretDatabase({ project, name, stage }: NamedStage, secret: string, access: Access): Promise<Database> {
  const trusted = certificates({ project, name, stage });
  const connection = await readDatabaseSecret(withStage(secret, name), access);
  return { ...connection, tls: stage.sandbox ? 'disable' : (stage.database?.tls ?? 'verify-full'), ...trusted };
}

/** A name in `runbook.yaml` with the stage's own name filled in. */
export function withStage(text: string, name: string): string {
  return text.replaceAll('{stage}', name);
}

function certificates({ project, name, stage }: NamedStage): { readonly ca?: string } {
  if (stage.database?.ca === undefined) return {};
  const ca = resolve(project.root, stage.database.ca);
  if (!existsSync(ca))
    throw new Fault('preflight', `The certificates of stage ${name}'s database are not there: ${ca}`, {
      hint: `Correct stages.${name}.database.ca in runbook.yaml.`,
    });
  return { ca };
}
