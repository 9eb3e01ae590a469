/** Sessions that a fault holds on a database, as a client of an application would: they are real, and whoever ends them ends the fault. */

import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from 'pg';
import { hasCode } from '../../fault.ts';
import { connectionOf, type Login } from './database-secrets.ts';
import type { FaultName } from './faults.ts';

/** What the sessions call themselves. */
const application = 'lego-api';

/** More is not tried at once: each is a process of its own. */
const batch = 16;

/** So many rounds in which nobody got in, and so long between them, are taken for a full server. */
const fullRounds = 3;
const fullMs = 200;

/** The sessions of the faults that are on. They live as long as the control plane's process. */
export class FaultSessions {
  readonly #held = new Map<FaultName, Set<Client>>();

  /** How many sessions of a fault are still connected. */
  count(name: FaultName): number {
    return this.#held.get(name)?.size ?? 0;
  }

  /** Locks a table, and stays in that transaction. Without a table, the first one of the user's. Gives its name. */
  async lock(name: FaultName, login: Login, table: string | undefined): Promise<string> {
    const client = connectionOf(login, application);
    await client.connect();
    try {
      await client.query('SET idle_in_transaction_session_timeout = 0');
      const found = await client.query<{ name: string }>(
        `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
          WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'drizzle')
            AND ($1::text IS NULL OR $1 IN (tablename, format('%I.%I', schemaname, tablename)))
          ORDER BY 1 LIMIT 1`,
        [table ?? null],
      );
      const wanted = found.rows[0]?.name;
      if (wanted === undefined) {
        throw new Error(table === undefined ? 'The database has no table that could be locked.' : `The database has no table ${table}.`);
      }
      await client.query('BEGIN');
      await client.query("SET LOCAL lock_timeout = '5s'");
      await client.query(`LOCK TABLE ${wanted} IN ACCESS EXCLUSIVE MODE`);
      this.#hold(name, client);
      return wanted;
    } catch (error) {
      await client.end().catch(() => {});
      throw error;
    }
  }

  /** Opens idle sessions until the server lets nobody in any more. Gives how many there are. */
  async fill(name: FaultName, login: Login): Promise<number> {
    // A session that was closed a moment ago still has its slot, so it is full when nobody got in for a while.
    for (let full = 0; full < fullRounds; ) {
      const tried = await Promise.allSettled(
        Array.from({ length: batch }, async () => {
          const client = connectionOf(login, application);
          try {
            await client.connect();
          } catch (error) {
            await client.end().catch(() => {});
            throw error;
          }
          this.#hold(name, client);
        }),
      );
      const refused = tried.filter((each) => each.status === 'rejected').map(({ reason }): unknown => reason);
      const other = refused.find((reason) => !isFull(reason));
      if (other !== undefined) {
        await this.end(name);
        throw other;
      }
      full = refused.length === batch ? full + 1 : 0;
      if (refused.length > 0) await pause(fullMs);
    }
    return this.count(name);
  }

  /** Ends the sessions of a fault. */
  async end(name: FaultName): Promise<void> {
    const clients = [...(this.#held.get(name) ?? [])];
    this.#held.delete(name);
    await Promise.all(clients.map((client) => client.end().catch(() => {})));
  }

  /** Ends them all. */
  async close(): Promise<void> {
    await Promise.all([...this.#held.keys()].map((name) => this.end(name)));
  }

  #hold(name: FaultName, client: Client): void {
    const held = this.#held.get(name) ?? new Set();
    this.#held.set(name, held.add(client));
    // A leak does not come back: what was ended stays ended.
    client.once('end', () => held.delete(client));
  }
}

/** `too_many_connections`: with this answer the server is full. */
function isFull(reason: unknown): boolean {
  return hasCode(reason, '53300');
}
