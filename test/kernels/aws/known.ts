/** What the AWS CLI of this machine knows of answers: it may be older than the SDK, and drops what it does not know. */

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { Cli } from './cli.ts';

/** Members of structures by `service.structure`. What is not there is not known, and nothing is kept from it. */
export type Known = ReadonlyMap<string, ReadonlySet<string>>;

const services = ['rds', 'secretsmanager', 'cloudwatch', 'sns', 'sts'];

/** Asks the CLI's own python, or reads the models that a CLI without one brings along. */
export function knownTo(cli: Cli): Known {
  const told = cli.kind === 'python' ? askPython(cli.python) : services.flatMap((service) => fromModels(modelsOf(cli.program), service));
  return new Map(told.map(([name, members]) => [name, new Set(members)]));
}

type Structures = readonly (readonly [name: string, members: readonly string[]])[];

function askPython(python: string): Structures {
  const script = fileURLToPath(new URL('cli-members.py', import.meta.url));
  const told: Record<string, string[]> = JSON.parse(execFileSync(python, [script, ...services], { encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 }));
  return Object.entries(told);
}

/** The second version of the CLI is one folder with everything in it, and `aws` on the PATH is a link to there. */
function modelsOf(program: string): string {
  return join(dirname(realpathSync(program)), 'awscli/botocore/data');
}

/** Structures in a service's model; none where there is no such file. */
function fromModels(folder: string, service: string): Structures {
  const versions = existsSync(join(folder, service)) ? readdirSync(join(folder, service)).sort() : [];
  const path = ['service-2.json', 'service-2.json.gz'].map((name) => join(folder, service, versions.at(-1) ?? '', name)).find(existsSync);
  if (path === undefined) return [];
  const bytes = readFileSync(path);
  const model: { readonly shapes: Readonly<Record<string, { readonly type: string; readonly members?: object }>> } = JSON.parse(
    (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString(),
  );
  return Object.entries(model.shapes).flatMap(([name, { type, members = {} }]) =>
    type === 'structure' ? [[`${service}.${name}`, Object.keys(members)]] : [],
  );
}
