/** A control plane on a free port with a fleet that only remembers, for tests of what goes over the wire. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RDSClient } from '@aws-sdk/client-rds';
import { type ControlPlane, type ControlPlaneOptions, startControlPlane } from '../../../engine/sandbox/control-plane/server.ts';
import { RememberedFleet } from './remembered-fleet.ts';

export const keyId = 'AKIASANDBOXTEST00000';

export const credentials = { accessKeyId: keyId, secretAccessKey: 'sandbox' };

export type Rig = {
  readonly plane: ControlPlane;
  readonly fleet: RememberedFleet;
  readonly rds: RDSClient;
  readonly log: string[];
  readonly statePath: string;
  close(): Promise<void>;
};

/** How every client of the JS SDK is made here. */
export function clientOptions(endpoint: string) {
  return { endpoint, region: 'us-east-1', credentials, maxAttempts: 1 };
}

export async function startRig(options: Partial<ControlPlaneOptions> = {}): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'runbook-control-plane-'));
  const fleet = new RememberedFleet();
  const log: string[] = [];
  const statePath = options.statePath ?? join(folder, 'state.json');
  const plane = await startControlPlane({ fleet, statePath, keyId, delays: 0, log: (message) => log.push(message), ...options });
  const rds = new RDSClient(clientOptions(plane.endpoint));
  const close = async (): Promise<void> => {
    rds.destroy();
    await plane.close();
    await rm(folder, { recursive: true, force: true });
  };
  return { plane, fleet, rds, log, statePath, close };
}

/** The name of the error that a call ends with, as the CLI prints it, and the message. */
export async function refusal(call: Promise<unknown>): Promise<{ code: string; message: string; status: number | undefined }> {
  const error: unknown = await call.then(
    () => {
      throw new Error('The call was answered.');
    },
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) throw error;
  const wire = 'Code' in error && typeof error.Code === 'string' ? error.Code : error.name;
  const metadata = '$metadata' in error ? (error.$metadata as { httpStatusCode?: number }) : {};
  return { code: wire, message: error.message, status: metadata.httpStatusCode };
}
