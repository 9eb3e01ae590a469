/** The control plane: answers the calls of AWS clients on loopback, with the sandbox behind it. */

import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { sandboxAccount } from '../../runtime/config.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { checkKey, isEngine, isLocal, type Scope, scopeOf } from './access.ts';
import type { Action, Call, World } from './action.ts';
import { keepLooking } from './cloudwatch-look.ts';
import { tidyFaults } from './fault-ends.ts';
import { resourceOf } from './fault-resource.ts';
import { FaultSessions } from './fault-sessions.ts';
import { faultsPath, interfere, isOn } from './faults.ts';
import { answerFaults } from './faults-route.ts';
import { type Answer, type Protocol, protocolOf, type Request } from './protocol.ts';
import { keepUp } from './rds/automated-backups.ts';
import { Refusal, refuse } from './refusal.ts';
import { allServices, allTransitions, type Service } from './services.ts';
import type { State } from './state.ts';
import { Store } from './store.ts';
import { callerArn } from './sts.ts';
import { Transitions } from './transitions.ts';

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

/** A longer request is no call of a client. */
const requestBytes = 1024 * 1024;

/** Longer than any client waits between two packets. */
const requestMs = 30_000;

/** How often the control plane does what AWS does by itself. */
const upkeepMs = 60_000;

/** Starts it, and goes on with the changes of status that an earlier process left. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const store = await Store.open(options.statePath);
  const transitions = new Transitions(allTransitions, { scale: options.delays ?? 1, save: () => store.save() });
  const world = worldOf(options, store.state, transitions);
  const services = allServices();
  const sessions = new FaultSessions();
  const server = createServer((incoming, outgoing) => void respond(incoming, outgoing, { options, store, world, services, sessions }));
  server.requestTimeout = requestMs;
  server.headersTimeout = requestMs;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('A TCP server has an address with a port.');
  transitions.resume(world);
  const looking = keepLooking(world, () => store.save());
  const upkeep = startUpkeep(world, store);
  return {
    port: address.port,
    endpoint: `http://127.0.0.1:${address.port}`,
    world,
    change: async (work) => {
      const result = await work(world);
      await store.save();
      return result;
    },
    settled: () => transitions.settled(),
    close: async () => {
      clearInterval(upkeep);
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await looking.close();
      await sessions.close();
      await transitions.close();
      await store.save();
    },
  };
}

function startUpkeep(world: World, store: Store): NodeJS.Timeout {
  const once = async (): Promise<void> => {
    try {
      await keepUp(world);
      await store.save();
    } catch (error) {
      world.log(`upkeep: ${error instanceof Error ? error.stack : String(error)}`);
    }
  };
  return setInterval(() => void once(), upkeepMs);
}

type Desk = {
  readonly options: ControlPlaneOptions;
  readonly store: Store;
  readonly world: World;
  readonly services: readonly Service[];
  readonly sessions: FaultSessions;
};

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

async function respond(incoming: IncomingMessage, outgoing: ServerResponse, desk: Desk): Promise<void> {
  const requestId = randomUUID();
  try {
    const body = await readBody(incoming);
    const answer = body === undefined ? tooLong() : await answerTo({ path: incoming.url ?? '/', headers: incoming.headers, body }, requestId, desk);
    if (answer === undefined) return void outgoing.destroy();
    // Clients read the id of a JSON or CBOR answer from the header, that of an XML answer from the text.
    outgoing.writeHead(answer.status, { ...answer.headers, 'x-amzn-requestid': requestId });
    if (answer.cut === true) outgoing.write(answer.body.slice(0, answer.body.length / 2), () => incoming.socket.destroy());
    else outgoing.end(answer.body);
  } catch (error) {
    // A client that went away in mid-request ends here.
    desk.world.log(`${requestId}: ${error instanceof Error ? error.stack : String(error)}`);
    outgoing.destroy();
  }
}

/** Undefined if it is longer than any call. */
async function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of incoming) {
    length += part.length;
    // The rest is read and dropped: a client that still sends would not see an answer.
    if (length <= requestBytes) parts.push(part);
  }
  return length <= requestBytes ? Buffer.concat(parts) : undefined;
}

/** What the sandbox's own commands ask. */
async function answerAboutFaults(request: Request, scope: Scope, desk: Desk): Promise<Answer> {
  if (scope.keyId !== desk.options.keyId) return plain(403, 'This is not the access key id of this sandbox.');
  const { status, body } = await answerFaults(desk.world, desk.sessions, request.body.toString());
  await desk.store.save();
  return { status, headers: { 'content-type': status === 200 ? 'application/json' : 'text/plain' }, body };
}

/** Undefined: the connection is dropped without an answer. */
async function answerTo(request: Request, requestId: string, desk: Desk): Promise<Answer | undefined> {
  if (!isLocal(request)) return plain(403, 'The control plane of a sandbox answers calls to 127.0.0.1 only.');
  const scope = scopeOf(request);
  if (scope?.signingName === 'sandbox' && request.path === faultsPath) return answerAboutFaults(request, scope, desk);
  const service = scope && desk.services.find((each) => each.signingName === scope.signingName);
  if (scope === undefined) return plain(403, 'The request has no signature: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of the sandbox.');
  if (service === undefined) return plain(400, `The sandbox does not have the service ${scope.signingName}.`);
  const protocol = protocolOf(service, request);
  try {
    checkKey(scope, desk.options.keyId, request);
    const action = findAction(service, protocol.operation());
    const call: Call = { ...desk.world, service: service.name, operation: action.name, region: scope.region, requestId };
    return await answerCall(call, { protocol, action, desk, engine: isEngine(request) });
  } catch (error) {
    if (error instanceof Refusal) return protocol.failure(error, requestId);
    desk.world.log(`${requestId}: ${error instanceof Error ? error.stack : String(error)}`);
    return protocol.failure(new Refusal('InternalFailure', `The sandbox failed at this call; its log says why, at ${requestId}.`), requestId);
  }
}

type Asked = { readonly protocol: Protocol; readonly action: Action; readonly desk: Desk; readonly engine: boolean };

async function answerCall(call: Call, { protocol, action, desk, engine }: Asked): Promise<Answer | undefined> {
  await tidyFaults(call, desk.sessions);
  const interference = interfere(call.state, {
    ...call,
    changes: action.changes,
    engine,
    caller: callerArn(call),
    resource: resourceOf(call, protocol.input(action)),
  });
  if (interference?.kind === 'refuse') throw interference.refusal;
  const output = await handled(action, call, { input: protocol.input(action), store: desk.store });
  const answer = protocol.result(action, output, call.requestId);
  return interference?.kind === 'drop-answer' ? { ...answer, cut: true } : answer;
}

/** Nobody hears of a change before it is on disk. */
async function handled(action: Action, call: Call, { input, store }: { readonly input: unknown; readonly store: Store }): Promise<object> {
  try {
    return await action.handle(call, input);
  } finally {
    await store.save();
  }
}

function findAction(service: Service, operation: string): Action {
  const action = service.actions.get(operation);
  if (action !== undefined) return action;
  const what = service.knows(operation)
    ? `The sandbox does not have the action ${operation} of ${service.name}.`
    : `The action ${operation} is not valid for this endpoint: ${service.name} has no such action.`;
  return refuse('InvalidAction', what);
}

function tooLong(): Answer {
  return plain(413, `A request to the control plane may have ${requestBytes} bytes.`);
}

/** For those whose protocol is not known. */
function plain(status: number, message: string): Answer {
  return { status, headers: { 'content-type': 'text/plain' }, body: `${message}\n` };
}
