import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { serviceNames } from '../../../engine/kernels/aws/clients.ts';
import { cliName } from '../../../engine/kernels/aws/names.ts';
import { pageMembers } from '../../../engine/kernels/aws/options.ts';
import { loadService, type Service } from '../../../engine/kernels/aws/service.ts';

type Model = {
  readonly operations: Readonly<
    Record<string, { readonly command: string; readonly members: readonly [string, string][]; readonly required: readonly string[] }>
  >;
  readonly waiters: Readonly<Record<string, readonly [string, string]>>;
  readonly pages: Readonly<Record<string, readonly [string, string | null]>>;
};

/** The models of botocore, which the CLI's commands are made of; undefined where there is no python with botocore. */
const models: Readonly<Record<string, Model>> | undefined = ['python3', 'python'].reduce<Readonly<Record<string, Model>> | undefined>(
  (found, python) => {
    if (found !== undefined) return found;
    try {
      const script = fileURLToPath(new URL('models.py', import.meta.url));
      return JSON.parse(
        execFileSync(python, [script, ...serviceNames], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, stdio: ['ignore', 'pipe', 'ignore'] }),
      );
    } catch {
      return undefined;
    }
  },
  undefined,
);

/** Options that the CLI has under another name, or that only botocore knows. */
const exceptions = ['sns.Subscribe.Endpoint', 'rds.ModifyOptionGroup'];

async function service(name: string): Promise<Service> {
  const loaded = await loadService(name);
  if (loaded === undefined) throw new Error(`no service ${name}`);
  return loaded;
}

describe.skipIf(models === undefined)(`beside the models of botocore${models === undefined ? ' (skipped: no python with botocore)' : ''}`, () => {
  test.for(serviceNames)('%s: every command, option and required parameter that both know', async (name, { annotate }) => {
    const operations: Model['operations'] = models?.[name]?.operations ?? {};
    const ours = await service(name);
    const known = new Set(ours.commands.values());
    const counted = { operations: 0, parameters: 0 };
    const different: string[] = [];
    for (const [operation, { command, members, required }] of Object.entries(operations)) {
      if (!known.has(operation)) {
        different.push(`${operation} is not known`);
        continue;
      }
      counted.operations += 1;
      if (cliName(operation) !== command) different.push(`${operation}: ${cliName(operation)}, botocore has ${command}`);
      if (exceptions.includes(`${name}.${operation}`)) continue;
      const parameters = [...ours.operation(operation).parameters.values()].filter(({ within }) => within === undefined);
      for (const [member, option] of members) {
        // What botocore adds to sign copies between Regions is not a parameter of the API.
        if (member === 'SourceRegion' || exceptions.includes(`${name}.${operation}.${member}`)) continue;
        counted.parameters += 1;
        const parameter = parameters.find((one) => one.member === member);
        if (parameter?.option !== option) different.push(`${operation}.${member}: --${parameter?.option}, botocore has --${option}`);
      }
      const needed = parameters.filter((one) => one.required && members.some(([member]) => member === one.member)).map(({ member }) => member);
      if (needed.toSorted().join() !== required.toSorted().join()) different.push(`${operation}: required are ${needed}, botocore has ${required}`);
    }
    await annotate(`${name}: ${counted.operations} of ${known.size} operations, ${counted.parameters} parameters compared`);
    expect(different).toEqual([]);
    expect(counted.operations / known.size).toBeGreaterThan(0.7);
  });

  test.each(serviceNames)('%s: every waiter that both know polls the same operation under the same name', async (name) => {
    const { waiters } = await service(name);
    const theirs = models?.[name]?.waiters ?? {};
    for (const [state, { waiter, operation }] of waiters) if (waiter in theirs) expect([state, operation]).toEqual(theirs[waiter]);
  });

  test.each(serviceNames)('%s: what the CLI pages is paged here, by the same parameters', async (name) => {
    const ours = await service(name);
    const { tokens, limits } = pageMembers;
    for (const [operation, [token, limit]] of Object.entries(models?.[name]?.pages ?? {})) {
      const { paged, parameters } = ours.operation(operation);
      expect([operation, paged, tokens.some((known) => known === token)]).toEqual([operation, true, true]);
      const ownLimits = [...parameters.values()].filter(({ member }) => limits.some((known) => known === member)).map(({ member }) => member);
      if (limit !== null) expect([operation, ownLimits]).toEqual([operation, [limit]]);
    }
  });
});

test.each([
  ['DBClusterIdentifier', 'db-cluster-identifier'],
  ['ServerlessV2ScalingConfiguration', 'serverless-v2-scaling-configuration'],
  ['GetOTelEnrichment', 'get-otel-enrichment'],
  ['TapeARNs', 'tape-arns'],
])('%s is %s on a command line', (api, cli) => {
  expect(cliName(api)).toBe(cli);
});

test.each(serviceNames)('%s: every waiter of the client polls what is said here', async (name) => {
  const client: Readonly<Record<string, unknown>> = await clients[name as keyof typeof clients]();
  const { waiters } = await service(name);
  const exported = Object.keys(client).filter((key) => key.startsWith('waitUntil'));
  expect([...waiters.values()].map(({ waiter }) => `waitUntil${waiter}`).toSorted()).toEqual(exported.toSorted());
  for (const { waiter, operation } of waiters.values()) {
    const stop = new AbortController();
    const sent: string[] = [];
    const wait = client[`waitUntil${waiter}`];
    if (typeof wait !== 'function') throw new Error(`no waiter ${waiter}`);
    const send = async (command: object): Promise<never> => {
      sent.push(command.constructor.name);
      stop.abort();
      throw new Error('enough');
    };
    await wait({ client: { send, config: {} }, maxWaitTime: 60, minDelay: 1, maxDelay: 1, abortSignal: stop.signal }, {}).catch(() => undefined);
    expect(sent).toEqual([`${operation}Command`]);
  }
});

const clients = {
  rds: () => import('@aws-sdk/client-rds'),
  secretsmanager: () => import('@aws-sdk/client-secrets-manager'),
  cloudwatch: () => import('@aws-sdk/client-cloudwatch'),
  sns: () => import('@aws-sdk/client-sns'),
  sts: () => import('@aws-sdk/client-sts'),
};
