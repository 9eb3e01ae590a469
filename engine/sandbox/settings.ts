/** How a server of the sandbox is set up: on loopback only, durable, and small. */

/** What every server gets. They stand on its command line, so that no file and no ALTER SYSTEM can open it to the network. */
export function serverSettings(place: { readonly port: number; readonly hba: string }): Readonly<Record<string, string>> {
  return {
    listen_addresses: '127.0.0.1',
    port: String(place.port),
    unix_socket_directories: '',
    hba_file: place.hba,
    password_encryption: 'scram-sha-256',
    // What a commit survives is part of what is rehearsed.
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    wal_level: 'replica',
    // A laptop runs this beside everything else.
    shared_buffers: '32MB',
    max_connections: '50',
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

/** Who may connect: everybody with a password, over loopback. The replication line is for base backups. */
export const accessRules = `# TYPE  DATABASE     USER  ADDRESS       METHOD
host    all          all   127.0.0.1/32  scram-sha-256
host    replication  all   127.0.0.1/32  scram-sha-256
`;
