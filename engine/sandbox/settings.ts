/** How a server of the sandbox is set up: on loopback only, durable, and small. */

import type { Address } from './fleet/fleet.ts';

/** How many connections a server takes where nobody says: as an Aurora cluster with a maximum of 1 ACU, which the stage's own has at first. */
export const usualConnections = 189;

/**
 * A whole segment, or nothing, under its name in the cluster's archive; one that is there already has to be the same. The paths are
 * relative to the data folder, in which PostgreSQL runs the command, so no character in a project's path can be taken for the shell's.
 */
const archiveCommand =
  'if test -f ../wal/%f; then cmp -s %p ../wal/%f; else cp %p ../wal/%f.draft && sync ../wal/%f.draft && mv ../wal/%f.draft ../wal/%f && sync ../wal; fi';

/** What every server gets. They stand on its command line, so that no file and no ALTER SYSTEM can open it to the network. */
export function serverSettings(place: Address, hba: string, maxConnections: number): Readonly<Record<string, string>> {
  return {
    listen_addresses: place.host,
    port: String(place.port),
    unix_socket_directories: '',
    hba_file: hba,
    password_encryption: 'scram-sha-256',
    // What a commit survives is part of what is rehearsed.
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    // Everything that was ever committed can be brought back.
    wal_level: 'replica',
    archive_mode: 'on',
    archive_command: archiveCommand,
    // A laptop runs this beside everything else.
    shared_buffers: '32MB',
    max_connections: String(maxConnections),
    max_wal_size: '256MB',
    huge_pages: 'off',
    // What is read by people and matched by patterns must not depend on the machine.
    lc_messages: 'C',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_destination: 'stderr',
    logging_collector: 'off',
    log_line_prefix: '%m [%p] %q%u@%d %a ',
    log_lock_waits: 'on',
    cluster_name: 'runbook sandbox',
  };
}

/** Who may connect: everybody with a password, over loopback, of which each cluster has an address of its own. */
export const accessRules = `# TYPE  DATABASE     USER  ADDRESS       METHOD
host    all          all   127.0.0.0/8   scram-sha-256
host    replication  all   127.0.0.0/8   scram-sha-256
`;
