import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { kernelFor } from '../../engine/kernels/kernel.ts';
import type { AttemptEnd } from '../../engine/runtime/attempt/attempt.ts';
import { findProgram } from '../../engine/runtime/programs.ts';
import { bench } from '../helpers/attempts.ts';
import { postgres } from '../helpers/postgres.ts';

const database = postgres();
const command = kernelFor({ language: 'sql', flags: [], source: '', place: { path: 'r.md', line: 1, column: 1 } }, {})?.command ?? [];
const openssl = findProgram('openssl', process.env.PATH, '/');
const ok = { kind: 'exited', code: 0 };

function sql(block: string, env: Record<string, string>): Promise<AttemptEnd> {
  return bench().run(block, {
    command,
    env: { PATH: process.env.PATH ?? '', ...database.environment(), RUNBOOK_RISK: 'medium', RUNBOOK_RUN: '01J', RUNBOOK_STEP: 'x', ...env },
  });
}

type Certificate = { readonly key: string; readonly cert: string; readonly path: string };

/** A certificate for `localhost` that only its own path vouches for. */
function certificate(): Certificate {
  const { folder } = bench();
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const kind = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=localhost',
    '-addext',
    'subjectAltName=DNS:localhost',
  ];
  execFileSync(openssl ?? '', ['req', '-x509', ...kind, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8'), path: cert };
}

/** A way to the database that can be cut, and that speaks TLS when it has a certificate. */
async function way(tls?: Certificate): Promise<{ readonly port: string; readonly cut: () => void; readonly encrypted: () => number }> {
  const sockets = new Set<Socket>();
  let encrypted = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(database.environment().PGPORT), '127.0.0.1');
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => {}));
    client.once('data', (first) => {
      const wantsTls = first.length === 8 && first.readInt32BE(4) === 80_877_103;
      if (tls === undefined || !wantsTls) {
        upstream.write(first);
        client.pipe(upstream).pipe(client);
        return;
      }
      encrypted++;
      client.write('S');
      const inside = new TLSSocket(client, { isServer: true, key: tls.key, cert: tls.cert }).on('error', () => {});
      inside.pipe(upstream).pipe(inside);
    });
  });
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    cut();
    server.close();
  });
  // Listening on a port, so the address is no path.
  return { port: String((server.address() as AddressInfo).port), cut, encrypted: () => encrypted };
}

// Certificates are made by openssl, which is nearly everywhere.
describe.runIf(openssl !== undefined)('TLS', () => {
  const modes: readonly (readonly [mode: string, host: string, vouched: boolean, works: boolean])[] = [
    ['verify-full', 'localhost', true, true],
    ['verify-full', '127.0.0.1', true, false],
    ['verify-full', 'localhost', false, false],
    ['verify-ca', '127.0.0.1', true, true],
    ['verify-ca', 'localhost', false, false],
    ['require', '127.0.0.1', false, true],
    ['prefer', '127.0.0.1', false, true],
  ];
  test.each(modes)('by %s to %s, certificate vouched for: %s, works: %s', async (mode, host, vouched, works) => {
    const own = certificate();
    const { port, encrypted } = await way(own);
    const end = await sql('SELECT 1', { PGHOST: host, PGPORT: port, PGSSLMODE: mode, ...(vouched && { PGSSLROOTCERT: own.path }) });
    if (works) expect(end.outcome).toEqual(ok);
    else expect(end.error).toMatchObject({ code: '08001', message: expect.stringMatching(/certificate|altnames/) });
    expect(encrypted()).toBe(1);
  });

  test('is insisted on by `require`, and only preferred by `prefer`', async () => {
    expect((await sql('SELECT 1', { PGSSLMODE: 'require' })).error).toMatchObject({
      code: '08001',
      message: expect.stringContaining('does not support SSL'),
    });
    expect((await sql('SELECT 1', { PGSSLMODE: 'prefer' })).outcome).toEqual(ok);
  });
});

describe('a connection that is lost', () => {
  const sleeping = async () => {
    const asleep = () => database.query("SELECT pid FROM pg_stat_activity WHERE application_name = 'runbook 01J x' AND wait_event = 'PgSleep'");
    await expect.poll(async () => (await asleep()).length, { timeout: 15_000 }).toBe(1);
  };

  test.each([
    ['of its own', { RUNBOOK_RISK: 'high' }, { kind: 'lost', why: expect.stringMatching(/^The connection was lost: /) }, undefined],
    ['of a transaction', { RUNBOOK_TRANSACTION: '1' }, { kind: 'exited', code: 1 }, '08006'],
    ['that only reads', { RUNBOOK_RISK: 'low' }, { kind: 'exited', code: 1 }, '08006'],
  ])('during a statement %s ends as is known', async (_, env, outcome, code) => {
    const { port, cut } = await way();
    const ending = sql('SELECT 1;\nSELECT pg_sleep(5)', { PGPORT: port, ...env });
    await sleeping();
    cut();
    const end = await ending;
    expect(end.outcome).toEqual(outcome);
    expect(end.error?.code).toBe(code);
    await expect
      .poll(async () => (await database.query("SELECT pid FROM pg_stat_activity WHERE application_name = 'runbook 01J x'")).length, {
        timeout: 15_000,
      })
      .toBe(0);
  });

  test('during the commit may have been too late: nobody knows', async () => {
    await database.query(`CREATE TABLE slow (id int);
CREATE FUNCTION nap() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(3); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER nap AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION nap()`);
    const { port, cut } = await way();
    const ending = sql('INSERT INTO slow VALUES (1)', { PGPORT: port, RUNBOOK_TRANSACTION: '1' });
    await sleeping();
    cut();
    expect((await ending).outcome).toEqual({
      kind: 'lost',
      why: expect.stringMatching(/^The connection was lost while the transaction was committed: /),
    });
    // And indeed it went through.
    await expect.poll(() => database.query('SELECT id FROM slow'), { timeout: 15_000 }).toEqual([{ id: 1 }]);
  });
});
