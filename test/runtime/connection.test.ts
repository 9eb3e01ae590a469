import { existsSync } from 'node:fs';
import { execa } from 'execa';
import pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { connectionEnvironment, connectionUrl, type Database, parseConnectionUrl } from '../../engine/runtime/connection.ts';
import { faultOf } from '../helpers/fault.ts';
import { postgres } from '../helpers/postgres.ts';

const refusal = (text: string) => faultOf(() => parseConnectionUrl(text, 'LEGO_URL'));

describe('a connection URL', () => {
  const usual = { host: 'db.example.com', port: 5432, database: 'lego', user: 'app', password: 'bricks' };
  test.for<[string, object]>([
    ['postgres://app:bricks@db.example.com:5432/lego', usual],
    ['postgresql://app:bricks@db.example.com/lego', usual],
    ['postgres://app:bricks@db.example.com:6543/lego', { ...usual, port: 6543 }],
    ['postgres://app:bricks@db.example.com/lego?sslmode=require', { ...usual, tls: 'require' }],
    ['postgres://app:a%40b%3Ac%2Fd%3F%23%25%20%C3%A9@db.example.com/lego', { ...usual, password: 'a@b:c/d?#% é' }],
    ['postgres://app%40lego:bricks@db.example.com/le%2Fgo', { ...usual, user: 'app@lego', database: 'le/go' }],
    ['postgres://app:bricks@[2001:db8::1]:5432/lego', { ...usual, host: '2001:db8::1' }],
    ['postgres://app:bricks@%2Fvar%2Frun%2Fpostgresql/lego', { ...usual, host: '/var/run/postgresql' }],
    ['postgres://app@db.example.com/lego', { ...usual, password: '' }],
  ])('%s is read', ([text, expected]) => expect(parseConnectionUrl(text, 'LEGO_URL')).toEqual(expected));

  test.for([
    'lego',
    'mysql://app:bricks@db.example.com/lego',
    'postgres://app:bricks@db.example.com',
    'postgres://app:bricks@db.example.com/',
    'postgres:///lego',
    'postgres://db.example.com/lego',
    'postgres://app:bri#cks@db.example.com/lego',
    'postgres://app:bri/cks@db.example.com/lego',
    'postgres://app:bricks@db.example.com/lego#cks',
    'postgres://app:100%@db.example.com/lego',
    'postgres://app:bricks@one:5432,two:5432/lego',
  ])('%s is refused without being shown', (text) => {
    const fault = refusal(text);
    expect(fault.exit).toBe('preflight');
    expect(fault.message).toBe('$LEGO_URL is not a connection URL.');
    expect(`${fault.message}${fault.hint}${fault.cause}`).not.toMatch(/bricks|bri#cks|100%@/);
  });

  test('with a parameter that not every client would get is refused by its name', () => {
    const fault = refusal('postgres://app:bricks@db.example.com/lego?options=-c%20search_path%3Dbricks');
    expect(fault.message).toContain('$LEGO_URL has the parameter "options"');
    expect(fault.message).not.toContain('search_path');
  });

  test.for(['prefer', 'allow', 'no-verify'])('with sslmode=%s, which leaves open what happens, is refused', (mode) => {
    expect(refusal(`postgres://app:bricks@db.example.com/lego?sslmode=${mode}`).message).toContain(`sslmode=${mode}`);
  });
});

test('what is written is read as the same connection, whatever its parts hold', () => {
  const nasty = `a@b:c/d?e#f[g]%h i&j=k+l"m'n\\o$p\`q é`;
  for (const host of ['db.example.com', '2001:db8::1', '/var/run/postgresql']) {
    const database: Database = { host, port: 6543, database: nasty, user: nasty, password: nasty, tls: 'require' };
    expect(parseConnectionUrl(connectionUrl(database), 'LEGO_URL')).toEqual(database);
  }
});

test('certificates are named to libpq by path', () => {
  const database: Database = { host: 'h', port: 1, database: 'd', user: 'u', password: 'p', tls: 'verify-full', ca: '/etc/ca & more.pem' };
  expect(connectionEnvironment(database)).toMatchObject({ PGSSLMODE: 'verify-full', PGSSLROOTCERT: '/etc/ca & more.pem' });
  expect(connectionUrl(database)).toBe('postgres://u:p@h:1/d?sslmode=verify-full&sslrootcert=%2Fetc%2Fca%20%26%20more.pem');
});

describe('a real server lets in, with a password of every kind of character,', () => {
  const password = `a@b:c/d?e#f%20g h&i=j+k"l'm\\n$o é`;
  const server = postgres();
  let database: Database;

  beforeAll(async () => {
    const url = await server.createDatabase();
    await server.query(`ALTER ROLE app PASSWORD ${pg.escapeLiteral(password)}`);
    database = { ...parseConnectionUrl(url, 'URL'), password, tls: 'disable' };
  });

  test('a client that reads the URL', async () => {
    const client = new pg.Client(connectionUrl(database));
    await client.connect();
    const { rows } = await client.query('SELECT current_user AS me');
    await client.end();
    expect(rows).toEqual([{ me: 'app' }]);
  });

  // libpq, where it is installed, is what most tools connect with.
  const psql = '/usr/bin/psql';
  test.skipIf(!existsSync(psql))('psql by the URL, and psql by the variables', async () => {
    const env = connectionEnvironment(database);
    const question = ['-Atc', 'SELECT current_user'];
    const byUrl = await execa(psql, [connectionUrl(database), ...question], { extendEnv: false, env: { PATH: process.env.PATH } });
    const byVariables = await execa(psql, question, { extendEnv: false, env: { PATH: process.env.PATH, ...env } });
    expect([byUrl.stdout, byVariables.stdout]).toEqual(['app', 'app']);
  });
});
