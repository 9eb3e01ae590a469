/** A fleet without servers: it remembers what it was asked to do, and refuses what a real one could not do. */

import type { Address, Backup, Fleet, Master, Restorable } from '../../../engine/sandbox/fleet/fleet.ts';

export class RememberedFleet implements Fleet {
  readonly data = new Map<string, { from: string; running: Address | undefined; maxConnections: number }>();
  readonly backups = new Map<string, Backup>();
  readonly asked: string[] = [];
  /** What `restorable` answers for every cluster. */
  earliest: Date | undefined = new Date('2026-01-01T00:00:00Z');
  latest: (() => Date) | undefined;
  /** The next work of this name fails. */
  failing: string | undefined;

  #work(name: string, ...of: string[]): void {
    this.asked.push([name, ...of].join(' '));
    if (this.failing !== name) return;
    this.failing = undefined;
    throw new Error(`${name} failed on purpose`);
  }

  #cluster(id: string) {
    const found = this.data.get(id);
    if (found === undefined) throw new Error(`There is no cluster ${id}.`);
    return found;
  }

  #add(id: string, from: string): void {
    if (this.data.has(id)) throw new Error(`There is a cluster ${id} already.`);
    this.data.set(id, { from, running: undefined, maxConnections: 0 });
  }

  async create(id: string, master: Master): Promise<void> {
    this.#work('create', id, master.user);
    this.#add(id, 'empty');
  }

  async start(id: string, { maxConnections }: { readonly maxConnections: number }): Promise<Address> {
    this.#work('start', id, String(maxConnections));
    const cluster = this.#cluster(id);
    cluster.maxConnections = maxConnections;
    cluster.running = { host: `127.0.1.${[...this.data.keys()].indexOf(id) + 1}`, port: 5432 };
    return cluster.running;
  }

  async stop(id: string): Promise<void> {
    this.#work('stop', id);
    this.#cluster(id).running = undefined;
  }

  async running(id: string): Promise<Address | undefined> {
    return this.data.get(id)?.running;
  }

  async remove(id: string): Promise<void> {
    this.#work('remove', id);
    this.data.delete(id);
  }

  async clusters(): Promise<readonly string[]> {
    return [...this.data.keys()];
  }

  async backUp(id: string, backup: string): Promise<Backup> {
    this.#work('backUp', id, backup);
    this.#cluster(id);
    const now = new Date().toISOString();
    const taken = { id: backup, startedAt: now, endedAt: now, bytes: 1 };
    this.backups.set(backup, taken);
    return taken;
  }

  async backup(name: string): Promise<Backup | undefined> {
    return this.backups.get(name);
  }

  async removeBackup(backup: string): Promise<void> {
    this.#work('removeBackup', backup);
    this.backups.delete(backup);
  }

  async restoreBackup(backup: string, into: string): Promise<void> {
    this.#work('restoreBackup', backup, into);
    if (!this.backups.has(backup)) throw new Error(`There is no backup ${backup}.`);
    this.#add(into, backup);
  }

  async recover(source: string, into: string, at: Date | undefined): Promise<void> {
    this.#work('recover', source, into, at?.toISOString() ?? 'latest');
    this.#cluster(source);
    this.#add(into, source);
  }

  async restorable(id: string): Promise<Restorable | undefined> {
    this.#cluster(id);
    return this.earliest && { earliest: this.earliest, latest: this.latest?.() ?? new Date() };
  }

  async tend(): Promise<void> {}

  async setPassword(id: string, user: string, password: string): Promise<void> {
    this.#work('setPassword', id, user, password);
    this.#cluster(id);
  }

  async query<T>(id: string, _sql: string): Promise<T[]> {
    this.#cluster(id);
    return [];
  }
}
