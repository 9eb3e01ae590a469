/**
 * Connections that tell whether one was ever made. A call that fails before that has not left this machine: no word of it is written to a socket
 * that is not connected, and none to one whose certificate is not trusted.
 */

import type { Agent as PlainAgent } from 'node:http';
import type { Agent as SecureAgent } from 'node:https';

// An import statement asks node:http for everything that it exports, and so loads the whole of its WebSocket and fetch.
const { Agent: HttpAgent } = process.getBuiltinModule('node:http');
const { Agent: HttpsAgent } = process.getBuiltinModule('node:https');

/** Agents for one client. `made`: a server was reached, so what was sent may have arrived. */
export type Connection = { readonly httpAgent: PlainAgent; readonly httpsAgent: SecureAgent; readonly made: () => boolean };

/** Agents that have made no connection yet. */
export function newConnection(): Connection {
  let made = false;
  const note = (): void => {
    made = true;
  };
  return { httpAgent: new NotingHttpAgent(note), httpsAgent: new NotingHttpsAgent(note), made: () => made };
}

class NotingHttpAgent extends HttpAgent {
  readonly #note: () => void;

  constructor(note: () => void) {
    super({ keepAlive: true });
    this.#note = note;
  }

  override createConnection(...given: Parameters<PlainAgent['createConnection']>): ReturnType<PlainAgent['createConnection']> {
    return super.createConnection(...given)?.once('connect', this.#note);
  }
}

class NotingHttpsAgent extends HttpsAgent {
  readonly #note: () => void;

  constructor(note: () => void) {
    super({ keepAlive: true });
    this.#note = note;
  }

  override createConnection(...given: Parameters<SecureAgent['createConnection']>): ReturnType<SecureAgent['createConnection']> {
    return super.createConnection(...given)?.once('secureConnect', this.#note);
  }
}
