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
export function isAnswering({ endpoint, accessKeyId }: AwsAccess): Promise<boolean> {
  // Every run on a sandbox asks this, and fetch would take longer to load than the answer to come; so would an import of node:http.
  const { request } = process.getBuiltinModule('node:http');
  const headers = { authorization: authorization(accessKeyId, 'sts'), 'content-type': 'application/x-www-form-urlencoded' };
  return new Promise((resolve) => {
    const options = { method: 'POST', headers, agent: false, signal: AbortSignal.timeout(pingMs) };
    const asked = request(endpoint, options, (answer) => {
      answer.on('error', () => {}).resume();
      resolve(answer.headers['x-amzn-requestid'] !== undefined && answer.statusCode !== 403);
    });
    asked.on('error', () => resolve(false));
    asked.end('Action=GetCallerIdentity&Version=2011-06-15');
  });
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

type Post = { readonly path: string; readonly service: string; readonly body: string; readonly patienceMs: number };

function post({ endpoint, accessKeyId }: AwsAccess, { path, service, body, patienceMs }: Post): Promise<Response> {
  return fetch(new URL(path, endpoint), {
    method: 'POST',
    headers: { authorization: authorization(accessKeyId, service) },
    body,
    signal: AbortSignal.timeout(patienceMs),
  });
}

/** Signed as far as the control plane looks: it wants the key id, and no request leaves the machine. */
function authorization(accessKeyId: string, service: string): string {
  return `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;
}
