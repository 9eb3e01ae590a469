/**
 * Connections that tell whether one was ever made. A call that fails before that has not left this machine: no word of it is written to a socket
 * that is not connected, and none to one whose certificate is not trusted.
 */

import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';

/** Agents for one client. `made`: a server was reached, so what was sent may have arrived. */
export type Connection = { readonly httpAgent: HttpAgent; readonly httpsAgent: HttpsAgent; readonly made: () => boolean };

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

  override createConnection(...given: Parameters<HttpAgent['createConnection']>): ReturnType<HttpAgent['createConnection']> {
    return super.createConnection(...given)?.once('connect', this.#note);
  }
}

class NotingHttpsAgent extends HttpsAgent {
  readonly #note: () => void;

  constructor(note: () => void) {
    super({ keepAlive: true });
    this.#note = note;
  }

  override createConnection(...given: Parameters<HttpsAgent['createConnection']>): ReturnType<HttpsAgent['createConnection']> {
    return super.createConnection(...given)?.once('secureConnect', this.#note);
  }
}
