/** The control plane: a server on loopback that answers the calls of AWS clients, with the sandbox behind it. */

import { sandboxAccount } from '../../runtime/sandbox-account.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { loopback } from '../place.ts';
import type { World } from './action.ts';
import { isOn } from './faults/faults.ts';
import { FaultSessions } from './faults/sessions.ts';
import { respond } from './respond.ts';
import { allServices, allTransitions } from './services.ts';
import type { State } from './state.ts';
import { Store } from './store.ts';
import { Transitions } from './transitions.ts';
import { startUpkeep } from './upkeep.ts';

// An import statement asks node:http for everything that it exports, and so loads the whole of its WebSocket and fetch.
const { createServer } = process.getBuiltinModule('node:http');

/** What a control plane is started with. */
export type ControlPlaneOptions = {
  readonly fleet: Fleet;
  /** File that keeps its state. */
  readonly statePath: string;
  /** The one access key id that is let in. */
  readonly keyId: string;
  /** 0 or undefined: any free port. */
  readonly port?: number | undefined;
  readonly account?: string | undefined;
  /** Multiplies the time that changes of status take; 1 is made for watching, 0 for tests. */
  readonly delays?: number | undefined;
  readonly clock?: (() => Date) | undefined;
  readonly log?: ((message: string) => void) | undefined;
};

/** A control plane that runs. */
export type ControlPlane = {
  readonly port: number;
  readonly endpoint: string;
  readonly world: World;
  /** Changes the state from this side, with what the change begins, and puts it on disk. */
  change<T>(work: (world: World) => T | Promise<T>): Promise<T>;
  /** Waits until no change of status is under way. */
  settled(): Promise<void>;
  close(): Promise<void>;
};

/** Longer than any client waits between two packets. */
const requestMs = 30_000;

/** Starts it, and goes on with the changes of status that an earlier process left. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const store = await Store.open(options.statePath);
  const transitions = new Transitions(allTransitions, { scale: options.delays ?? 1, save: () => store.save() });
  const world = worldOf(options, store.state, transitions);
  const sessions = new FaultSessions();
  const desk = { keyId: options.keyId, store, world, services: allServices(), sessions };
  const server = createServer((incoming, outgoing) => void respond(incoming, outgoing, desk));
  server.requestTimeout = requestMs;
  server.headersTimeout = requestMs;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, loopback, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('A TCP server has an address with a port.');
  transitions.resume(world);
  const upkeep = startUpkeep(world, () => store.save());
  return {
    port: address.port,
    endpoint: `http://${loopback}:${address.port}`,
    world,
    change: async (work) => {
      const result = await work(world);
      await store.save();
      return result;
    },
    settled: () => transitions.settled(),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await upkeep.close();
      await sessions.close();
      await transitions.close();
      await store.save();
    },
  };
}

function worldOf(options: ControlPlaneOptions, state: State, transitions: Transitions): World {
  const world: World = {
    state,
    fleet: options.fleet,
    account: options.account ?? sandboxAccount,
    clock: options.clock ?? (() => new Date()),
    fault: (name) => isOn(state, name),
    begin: (kind, subject, details = {}) => transitions.begin(world, { kind, subject, details: { ...details } }),
    log: options.log ?? (() => {}),
  };
  return world;
}
