import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { at, connections, fileOf, noted, sharedSandbox } from './rig.ts';

const rig = sharedSandbox();
const names = 'SELECT name FROM sets ORDER BY name';

describe('a cluster that is recovered to a time', () => {
  it('has the rows that were deleted later, on an address of its own, and the source stays as it is', async () => {
    const { fleet, database } = rig;
    await at(rig, database, 'CREATE TABLE sets (name text)', "INSERT INTO sets VALUES ('Galaxy Explorer'), ('Blacktron')");
    const before = await noted();
    await at(rig, database, "DELETE FROM sets WHERE name = 'Blacktron'", "INSERT INTO sets VALUES ('Ice Planet')");
    const segments = (): string[] => readdirSync(fileOf(rig, 'local', 'wal'));
    await fleet.recover('local', 'restored', before);
    const archive = segments();
    expect(await fleet.running('restored')).toBeUndefined();
    const address = await fleet.start('restored', connections);
    expect(await at(rig, address, names)).toEqual([{ name: 'Blacktron' }, { name: 'Galaxy Explorer' }]);
    expect(await at(rig, database, names)).toEqual([{ name: 'Galaxy Explorer' }, { name: 'Ice Planet' }]);
    // On macOS loopback has one address.
    if (process.platform === 'linux') expect(address).toEqual({ host: expect.stringMatching(/^127\.0\.1\.\d+$/), port: database.port });
    // It writes, and its WAL goes to an archive of its own, on a timeline of its own.
    await at(rig, address, "INSERT INTO sets VALUES ('M-Tron')");
    await fleet.backUp('restored', 'after-restore');
    expect(segments()).toEqual(archive);
    expect(readdirSync(fileOf(rig, 'restored', 'wal'))).toContainEqual(expect.stringMatching(/^00000002[0-9A-F]{16}$/));
  });

  it('has everything that was committed up to a moment ago where no time is given, also over many segments', async () => {
    const { fleet, database } = rig;
    await at(rig, database, 'CREATE TABLE bricks (id int, colour text)');
    for (let part = 0; part < 3; part += 1) {
      await at(rig, database, `INSERT INTO bricks SELECT n, repeat('red', 40) FROM generate_series(1, 20000) AS n`);
      await fleet.query('local', 'SELECT pg_switch_wal()');
    }
    await at(rig, database, 'INSERT INTO bricks VALUES (0)');
    await fleet.recover('local', 'newest', undefined);
    const address = await fleet.start('newest', connections);
    expect(await at(rig, address, 'SELECT count(*)::int AS count FROM bricks')).toEqual([{ count: 60001 }]);
    await fleet.remove('newest');
  });

  it('can be recovered again, to a time of its own life', async () => {
    const { fleet } = rig;
    const address = await fleet.start('restored', connections);
    await at(rig, address, "INSERT INTO sets VALUES ('Spyrius')");
    const then = await noted();
    await at(rig, address, 'DELETE FROM sets');
    await fleet.recover('restored', 'twice', then);
    const twice = await fleet.start('twice', connections);
    expect(await at(rig, twice, "SELECT count(*)::int AS count FROM sets WHERE name IN ('M-Tron', 'Spyrius')")).toEqual([{ count: 2 }]);
    expect(twice.host).not.toBe(address.host);
    await fleet.stop('restored');
    // Its server does not run now; one is started for a moment.
    await fleet.recover('restored', 'thrice', then);
    expect(await fleet.running('restored')).toBeUndefined();
    const thrice = await fleet.start('thrice', connections);
    expect(await at(rig, thrice, "SELECT count(*)::int AS count FROM sets WHERE name = 'Spyrius'")).toEqual([{ count: 1 }]);
    await Promise.all([fleet.remove('twice'), fleet.remove('thrice')]);
  });

  it('takes a time in whole seconds for the whole of that second', async () => {
    const { fleet, database } = rig;
    await at(rig, database, 'CREATE TABLE themes (name text)');
    // So that the row is neither on the border of a second nor in the second of what comes after it.
    while (new Date().getUTCMilliseconds() > 500 || new Date().getUTCMilliseconds() < 10) await new Promise(setImmediate);
    await at(rig, database, "INSERT INTO themes VALUES ('Space')");
    const second = new Date(Math.floor(Date.now() / 1000) * 1000);
    await fleet.recover('local', 'second', second);
    expect(await at(rig, await fleet.start('second', connections), 'SELECT name FROM themes')).toEqual([{ name: 'Space' }]);
    await fleet.remove('second');
  });

  it.each([
    ['before the first backup', () => new Date(Date.now() - 3_600_000), /^Cluster local can be restored to times from \S+ on; \S+ is before that\.$/],
    ['in the future', () => new Date(Date.now() + 3_600_000), /^Cluster local cannot be restored to \S+, which is yet to come\.$/],
  ])('is refused for a time %s, and nothing is left of it', async (_, when, message) => {
    const before = await rig.fleet.clusters();
    await expect(rig.fleet.recover('local', 'never', when())).rejects.toThrow(message);
    expect(await rig.fleet.clusters()).toEqual(before);
  });

  it('fails with the reason that PostgreSQL gives, and nothing is left of it', async () => {
    const { fleet, home } = rig;
    // What the archive of the restored cluster has since its backup is damaged.
    const [base = ''] = readdirSync(join(home.folder, 'backups')).filter((name) => name.startsWith('base.restored.'));
    const { firstWal } = JSON.parse(readFileSync(join(home.folder, 'backups', base, 'backup.json'), 'utf8'));
    const since = readdirSync(fileOf(rig, 'restored', 'wal')).filter((name) => /^[0-9A-F]{24}$/.test(name) && name >= firstWal);
    expect(since.length).toBeGreaterThan(1);
    for (const name of since) writeFileSync(fileOf(rig, 'restored', `wal/${name}`), 'x');
    await fleet.removeBackup('after-restore');
    await expect(fleet.recover('restored', 'never', undefined)).rejects.toThrow(
      /^Cluster restored was not restored to the newest state\. .*archive file/,
    );
    expect(readdirSync(join(home.folder, 'clusters')).sort()).toEqual(['local', 'restored']);
  });
});
