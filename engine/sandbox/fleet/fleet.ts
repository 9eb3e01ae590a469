/** What stands behind a cluster of the control plane: PostgreSQL servers whose data can be backed up and brought back to any second. */

/** Where a server listens. */
export type Address = { readonly host: string; readonly port: number };

/** A base backup. Data as of any time from `endedAt` on can be made from it together with the archived WAL of its cluster. */
export type Backup = { readonly id: string; readonly startedAt: string; readonly endedAt: string; readonly bytes: number };

/** The master user of a new cluster, and its database. */
export type Master = { readonly database: string; readonly user: string; readonly password: string };

/** From when to when a cluster's data can be brought back. */
export type Restorable = { readonly earliest: Date; readonly latest: Date };

/**
 * The clusters of one sandbox. An `id` is the name of a folder, which never changes: letters, digits and `-`; the stage's own cluster is
 * `local`. A name of a backup may hold `.`, `_` and `:` as well. What is not there is an Error; so is a server that does not start, with
 * the line in which it says why.
 */
export interface Fleet {
  /** A new, empty cluster with its master user. It has no server until it is started. */
  create(id: string, master: Master): Promise<void>;
  /** Starts the cluster's server, or finds it running; its first start takes the base backup that restores begin from. */
  start(id: string, options: { readonly maxConnections: number }): Promise<Address>;
  /** Ends the server and keeps the data. Nothing happens where none runs. */
  stop(id: string): Promise<void>;
  /** Where the server takes connections now. */
  running(id: string): Promise<Address | undefined>;
  /** Ends the server and deletes the cluster with its archived WAL. Backups that were asked for by name stay. */
  remove(id: string): Promise<void>;
  /** The clusters that there are. */
  clusters(): Promise<readonly string[]>;
  /** A base backup of a running or stopped cluster, consistent in itself. */
  backUp(id: string, backup: string): Promise<Backup>;
  /** A backup that is whole, by its name. */
  backup(name: string): Promise<Backup | undefined>;
  removeBackup(backup: string): Promise<void>;
  /** A new cluster with the data of a backup. It has no server until it is started. */
  restoreBackup(backup: string, into: string): Promise<void>;
  /** A new cluster with the data that `source` had at a time, or has now. It has no server until it is started. The source stays as it is. */
  recover(source: string, into: string, at: Date | undefined): Promise<void>;
  /** The times that `recover` can be asked for; undefined while the cluster has no base backup. */
  restorable(id: string): Promise<Restorable | undefined>;
  /** Takes a new base backup where much was written since the last, and deletes what restores to the last `days` days do not need. */
  tend(id: string, options: { readonly days: number }): Promise<void>;
  /** Gives a role another password; that of the master user is also recorded. */
  setPassword(id: string, user: string, password: string): Promise<void>;
  /** Asks a running server as its superuser. */
  query<T>(id: string, sql: string): Promise<T[]>;
}
