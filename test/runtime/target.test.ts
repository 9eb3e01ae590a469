import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Database, parseConnectionUrl } from '../../engine/runtime/connection.ts';
import { databaseTarget } from '../../engine/runtime/target.ts';
import { postgres } from '../helpers/postgres.ts';

const server = postgres();
let database: Database;

beforeAll(async () => {
  database = { ...parseConnectionUrl(await server.createDatabase(), 'URL'), tls: 'disable' };
});

/** A server that takes connections and never says a word. */
async function silent(): Promise<{ readonly server: Server; readonly port: number; readonly sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket.resume())).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { server, sockets, port: typeof address === 'object' && address !== null ? address.port : 0 };
}

describe('where a SQL block acts', () => {
  test('is asked of the server: host, port, database, user and role', async () => {
    const { host, port, database: name, user } = database;
    expect(await databaseTarget(database)).toEqual({ host, port, database: name, user, role: 'writer' });
  });

  test('is the host that a step names, with the credentials of the stage', async () => {
    expect(await databaseTarget({ ...database, host: 'nowhere.invalid' }, database.host)).toMatchObject({ host: database.host, role: 'writer' });
  });

  test('is not known when nobody listens', async () => {
    const { server, port } = await silent();
    server.close();
    await once(server, 'close');
    expect(await databaseTarget({ ...database, port })).toMatchObject({ port, role: 'unknown' });
  });

  test.for([
    ['the password is wrong', { password: 'studs' }],
    ['there is no such database', { database: 'duplo' }],
    ['the server does not speak TLS and the stage wants it', { tls: 'verify-full' }],
    ['the certificates are not there', { tls: 'verify-full', ca: '/nowhere/ca.pem' }],
  ] as const)('is not known when %s', async ([, wrong]) => {
    expect(await databaseTarget({ ...database, ...wrong })).toMatchObject({ role: 'unknown' });
  });

  test('is not known when the server does not answer, asked once and without leaving a connection', async () => {
    const { server, port, sockets } = await silent();
    expect(await databaseTarget({ ...database, port })).toMatchObject({ role: 'unknown' });
    await expect.poll(() => sockets.map((socket) => socket.readableEnded || socket.destroyed)).toEqual([true]);
    server.close();
  });
});
