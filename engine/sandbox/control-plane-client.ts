/** The engine's own calls to a control plane that runs: whether it answers, and its faults. */

import { z } from 'zod';
import { Fault } from '../fault.ts';
import { type FaultStatus, type FaultWish, faultList, faultsPath } from './control-plane/faults/faults.ts';

/** How clients of a sandbox reach its control plane. */
export type AwsAccess = { readonly endpoint: string; readonly accessKeyId: string };

const pingMs = 5_000;

/** A fault that fills a server takes its time. */
const faultMs = 60_000;

/** True if it answers a call that needs no data. Whoever answers and knows the key is the control plane; what it answers does not matter. */
export async function isAnswering(access: AwsAccess): Promise<boolean> {
  const body = new URLSearchParams({ Action: 'GetCallerIdentity', Version: '2011-06-15' });
  try {
    const answer = await post(access, { path: '/', service: 'sts', body, patienceMs: pingMs });
    await answer.body?.cancel();
    return answer.headers.has('x-amzn-requestid') && answer.status !== 403;
  } catch {
    return false;
  }
}

/** What every fault does, what ends it, and whether it is on. */
export function listFaults(access: AwsAccess): Promise<readonly FaultStatus[]> {
  return askFaults(access, '');
}

/** Switches a fault, and gives them all as they are then. */
export function setFault(access: AwsAccess, wish: FaultWish): Promise<readonly FaultStatus[]> {
  return askFaults(access, JSON.stringify(wish));
}

const statuses = z.array(z.object({ name: z.string(), on: z.boolean() }));

async function askFaults(access: AwsAccess, body: string): Promise<readonly FaultStatus[]> {
  const answer = await post(access, { path: faultsPath, service: 'sandbox', body, patienceMs: faultMs }).catch((cause: unknown) => {
    throw new Fault('preflight', `The sandbox's control plane at ${access.endpoint} does not answer.`, { hint: 'runbook sandbox start', cause });
  });
  const text = await answer.text();
  if (!answer.ok) throw new Fault('preflight', text.trim(), { hint: 'runbook sandbox faults' });
  const on = new Set(statuses.parse(JSON.parse(text)).flatMap((status) => (status.on ? [status.name] : [])));
  return faultList.map((entry) => ({ ...entry, on: on.has(entry.name) }));
}

type Post = { readonly path: string; readonly service: string; readonly body: string | URLSearchParams; readonly patienceMs: number };

/** Signed as far as the control plane looks: it wants the key id, and no request leaves the machine. */
function post({ endpoint, accessKeyId }: AwsAccess, { path, service, body, patienceMs }: Post): Promise<Response> {
  const credential = `${accessKeyId}/20260101/us-east-1/${service}/aws4_request`;
  return fetch(new URL(path, endpoint), {
    method: 'POST',
    headers: { authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0` },
    body,
    signal: AbortSignal.timeout(patienceMs),
  });
}
