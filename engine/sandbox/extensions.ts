/** Extensions that Aurora lets a master user install, which PostgreSQL by itself leaves to a superuser. */

import { chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Checks of indexes, which a restored database is looked at with. */
const trusted = ['amcheck'];

/** Lets the owner of a database install them there and use what they bring. Copied files are replaced: links would lead into node_modules. */
export async function trustExtensions(programs: string): Promise<void> {
  const folder = join(programs, 'share', 'postgresql', 'extension');
  const files = await readdir(folder).catch(() => []);
  for (const name of trusted) {
    const control = await readFile(join(folder, `${name}.control`), 'utf8').catch(() => undefined);
    const version = /^default_version *= *'([^']*)'/m.exec(control ?? '')?.[1];
    const last = files.find((file) => file.startsWith(`${name}--`) && file.endsWith(`--${version}.sql`));
    if (control === undefined || last === undefined) continue;
    await replace(join(folder, `${name}.control`), `${control}\ntrusted = true\n`);
    await replace(join(folder, last), `${await readFile(join(folder, last), 'utf8')}\n${grant(name)}`);
  }
}

/** The script of a trusted extension runs as the superuser, to whom its functions belong from then on. */
function grant(extension: string): string {
  return `DO $$
DECLARE
  each regprocedure;
BEGIN
  FOR each IN
    SELECT objid FROM pg_depend
    WHERE classid = 'pg_proc'::regclass AND refclassid = 'pg_extension'::regclass AND deptype = 'e'
      AND refobjid = (SELECT oid FROM pg_extension WHERE extname = '${extension}')
  LOOP
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO pg_database_owner', each);
  END LOOP;
END
$$;
`;
}

/** As elsewhere in this folder the mode is set, whatever the operator's umask is: the account that runs the server has to read it. */
async function replace(path: string, text: string): Promise<void> {
  await rm(path);
  await writeFile(path, text);
  await chmod(path, 0o644);
}
