/** Answers one request to the control plane: who asks is checked, the fault that it meets is applied, its action is done and kept. */

import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { stackOf } from '../../fault.ts';
import { checkKey, isEngine, isLocal, type Scope, scopeOf } from './access.ts';
import type { Action, Call, World } from './action.ts';
import { tidyFaults } from './faults/ends.ts';
import { faultsPath, interfere } from './faults/faults.ts';
import { resourceOf } from './faults/resource.ts';
import { answerFaults } from './faults/route.ts';
import type { FaultSessions } from './faults/sessions.ts';
import { type Answer, type Protocol, protocolOf, type Request } from './protocol.ts';
import { Refusal, refuse } from './refusal.ts';
import type { Service } from './services.ts';
import type { Store } from './store.ts';
import { callerArn } from './sts.ts';

/** What requests are answered with. */
export type Desk = {
  /** The one access key id that is let in. */
  readonly keyId: string;
  readonly store: Store;
  readonly world: World;
  readonly services: readonly Service[];
  readonly sessions: FaultSessions;
};

/** A longer request is no call of a client. */
const requestBytes = 1024 * 1024;

/** Reads a request and answers it. */
export async function respond(incoming: IncomingMessage, outgoing: ServerResponse, desk: Desk): Promise<void> {
  const requestId = randomUUID();
  try {
    const body = await readBody(incoming);
    const tooLong = `A request to the control plane may have ${requestBytes} bytes.`;
    const answer =
      body === undefined ? plain(413, tooLong) : await answerTo({ path: incoming.url ?? '/', headers: incoming.headers, body }, requestId, desk);
    // Clients read the id of a JSON or CBOR answer from the header, that of an XML answer from the text.
    outgoing.writeHead(answer.status, { ...answer.headers, 'x-amzn-requestid': requestId });
    if (answer.cut === true) outgoing.write(answer.body.slice(0, answer.body.length / 2), () => incoming.socket.destroy());
    else outgoing.end(answer.body);
  } catch (error) {
    // A client that went away in mid-request ends here.
    desk.world.log(`${requestId}: ${stackOf(error)}`);
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
  if (scope.keyId !== desk.keyId) return plain(403, 'This is not the access key id of this sandbox.');
  const { status, body } = await answerFaults(desk.world, desk.sessions, request.body.toString());
  await desk.store.save();
  return { status, headers: { 'content-type': status === 200 ? 'application/json' : 'text/plain' }, body };
}

async function answerTo(request: Request, requestId: string, desk: Desk): Promise<Answer> {
  if (!isLocal(request)) return plain(403, 'The control plane of a sandbox answers calls to 127.0.0.1 only.');
  const scope = scopeOf(request);
  if (scope?.signingName === 'sandbox' && request.path === faultsPath) return answerAboutFaults(request, scope, desk);
  const service = scope && desk.services.find((each) => each.signingName === scope.signingName);
  if (scope === undefined) return plain(403, 'The request has no signature: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of the sandbox.');
  if (service === undefined) return plain(400, `The sandbox does not have the service ${scope.signingName}.`);
  const protocol = protocolOf(service, request);
  try {
    checkKey(scope, desk.keyId, request);
    const action = findAction(service, protocol.operation());
    const call: Call = { ...desk.world, service: service.name, operation: action.name, region: scope.region, requestId };
    return await answerCall(call, { protocol, action, desk, engine: isEngine(request) });
  } catch (error) {
    if (error instanceof Refusal) return protocol.failure(error, requestId);
    desk.world.log(`${requestId}: ${stackOf(error)}`);
    return protocol.failure(new Refusal('InternalFailure', `The sandbox failed at this call; its log says why, at ${requestId}.`), requestId);
  }
}

type Asked = { readonly protocol: Protocol; readonly action: Action; readonly desk: Desk; readonly engine: boolean };

async function answerCall(call: Call, { protocol, action, desk, engine }: Asked): Promise<Answer> {
  await tidyFaults(call, desk.sessions);
  const input = protocol.input(action);
  const interference = interfere(call.state, {
    ...call,
    changes: action.changes,
    engine,
    caller: callerArn(call),
    resource: resourceOf(call, input),
  });
  if (interference?.kind === 'refuse') throw interference.refusal;
  // Nobody hears of a change before it is on disk.
  const output = await action.handle(call, input).finally(() => desk.store.save());
  const answer = protocol.result(action, output, call.requestId);
  return interference?.kind === 'drop-answer' ? { ...answer, cut: true } : answer;
}

function findAction(service: Service, operation: string): Action {
  const action = service.actions.get(operation);
  if (action !== undefined) return action;
  const what = service.knows(operation)
    ? `The sandbox does not have the action ${operation} of ${service.name}.`
    : `The action ${operation} is not valid for this endpoint: ${service.name} has no such action.`;
  return refuse('InvalidAction', what);
}

/** For those whose protocol is not known. */
function plain(status: number, message: string): Answer {
  return { status, headers: { 'content-type': 'text/plain' }, body: `${message}\n` };
}
