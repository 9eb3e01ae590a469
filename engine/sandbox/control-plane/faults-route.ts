/** How another process on this machine looks at the faults of a sandbox and switches them. */

import { z } from 'zod';
import { Fault } from '../../fault.ts';
import type { World } from './action.ts';
import { tidyFaults } from './fault-ends.ts';
import type { FaultSessions } from './fault-sessions.ts';
import { switchOff, switchOn } from './fault-switch.ts';
import { type FaultEntry, type FaultName, faultList, isOn } from './faults.ts';

/** The path that is no service of AWS. */
export const faultsPath = '/sandbox/faults';

const wish = z.object({ name: z.string(), on: z.boolean(), table: z.string().optional() });

/** A fault as it stands. */
export type FaultStatus = FaultEntry & { readonly on: boolean };

/** Answers: the faults as they are, after what was asked for was done. An empty body asks for nothing. */
export async function answerFaults(world: World, sessions: FaultSessions, body: string): Promise<{ status: number; body: string }> {
  try {
    await tidyFaults(world, sessions);
    if (body !== '') {
      const { name, on, table } = wish.parse(JSON.parse(body));
      const entry = faultList.find((each) => each.name === name);
      if (entry === undefined) throw new Error(`There is no fault "${name}". There are: ${faultList.map((each) => each.name).join(', ')}`);
      if (on) await switchOn(world, sessions, entry.name, { table });
      else await switchOff(world, sessions, entry.name);
    }
    const all: FaultStatus[] = faultList.map((entry) => ({ ...entry, on: isOn(world.state, entry.name) }));
    return { status: 200, body: JSON.stringify(all) };
  } catch (error) {
    return { status: 400, body: error instanceof Error ? error.message : String(error) };
  }
}

/** The way to a control plane. */
export type ControlPlaneAccess = { readonly endpoint: string; readonly accessKeyId: string };

const answer = z.array(z.object({ name: z.string(), does: z.string(), ends: z.string(), on: z.boolean() }));

/** What every fault does, what ends it, and whether it is on. */
export function listFaults(access: ControlPlaneAccess): Promise<FaultStatus[]> {
  return ask(access, undefined);
}

/** Switches a fault, and gives them all as they are then. `table`: which one `lock-held` locks. */
export function setFault(access: ControlPlaneAccess, wanted: { name: FaultName; on: boolean; table?: string | undefined }): Promise<FaultStatus[]> {
  return ask(access, wanted);
}

async function ask({ endpoint, accessKeyId }: ControlPlaneAccess, wanted: object | undefined): Promise<FaultStatus[]> {
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260101/us-east-1/sandbox/aws4_request, SignedHeaders=host, Signature=0`;
  const response = await fetch(new URL(faultsPath, endpoint), {
    method: 'POST',
    headers: { authorization },
    ...(wanted !== undefined && { body: JSON.stringify(wanted) }),
    signal: AbortSignal.timeout(60_000),
  }).catch((cause: unknown) => {
    throw new Fault('preflight', `The sandbox's control plane at ${endpoint} does not answer.`, { hint: 'runbook sandbox start', cause });
  });
  const text = await response.text();
  if (!response.ok) throw new Fault('preflight', text.trim(), { hint: 'runbook sandbox faults' });
  return faultList.map((entry) => ({ ...entry, on: answer.parse(JSON.parse(text)).some(({ name, on }) => name === entry.name && on) }));
}
