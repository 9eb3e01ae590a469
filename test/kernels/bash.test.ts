// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shell's own ${…}
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Block } from '../../engine/core/plan.ts';
import { findBash, kernelFor } from '../../engine/kernels/kernel.ts';
import type { AttemptEnd } from '../../engine/runtime/attempt/attempt.ts';
import { checkSyntax } from '../../engine/runtime/block-problems.ts';
import { type Bench, bench, engine, watched } from '../helpers/attempts.ts';

const block = (language: string, flags: Block['flags'] = []): Block => ({ language, flags, source: '', place: { path: 'r.md', line: 1, column: 1 } });
const command = kernelFor(block('bash'), {})?.command ?? [];

type Shell = Bench & { readonly sh: (text: string, env?: Record<string, string>, more?: object) => Promise<AttemptEnd> };

/** A run whose blocks share a session. */
function shell(): Shell {
  const at = bench();
  const session = join(at.folder, 'session');
  const base = { PATH: process.env.PATH ?? '', HOME: at.folder };
  return { ...at, sh: (text, env = {}, more = {}) => at.run(text, { command, session, env: { ...base, ...env }, ...more }) };
}

const ok = { kind: 'exited', code: 0 };

describe('state', () => {
  test('variables, functions, aliases, options and the working folder carry on to the next block', async () => {
    const { sh, folder } = shell();
    mkdirSync(join(folder, 'here'));
    await sh(`shopt -s extglob globstar
n=1; list=(a "b c"); declare -A map=([k]='v w'); declare -i sum=4; declare -n ref=n; export SEEN=yes
multi=$'one\\ntwo "quoted" \\\\ back'
greet() { case $1 in @(x|y)) echo "hello $1";; esac; }
alias hey='echo hey'
set -o noglob; set +o braceexpand
cd here`);
    const end = await sh(`hey you; greet x; echo "$n \${list[1]} \${map[k]} $ref *"; sum+=3; echo $sum
bash -c 'echo "exported $SEEN"'; printf '%s\\n' "$multi" {a,b}; shopt -q globstar && echo globstar; echo "\${PWD##*/}"`);
    expect(end.tail.split('\n')).toEqual([
      'hey you',
      'hello x',
      '1 b c v w 1 *',
      '7',
      'exported yes',
      'one',
      'two "quoted" \\ back',
      '{a,b}',
      'globstar',
      'here',
      '',
    ]);
    expect(end.outcome).toEqual(ok);
    expect(end.remarks).toEqual([]);
  });

  test('the state carries on across the death of the engine, also out of the block that was running then', async () => {
    const at = shell();
    const gate = at.gate('gate');
    await at.sh('a=1; b=1');
    const session = join(at.folder, 'session');
    const spec = at.spec(`b=2; echo >${gate.path}; read -r _ <${gate.path}; c=3`, { command, session });
    const first = engine(spec);
    await gate.reached();
    first.process.kill('SIGKILL');
    await first.exited;
    const following = at.follow(spec);
    await gate.open();
    expect(await following).toMatchObject({ outcome: ok, remarks: [] });
    expect((await at.sh('echo $a $b $c')).tail).toBe('1 2 3\n');
    expect(readFileSync(join(session, 'state'), 'utf8')).toContain('declare -- b="2"');
  });

  test('a variable that is unset, a function that is removed and an alias that is taken back stay away', async () => {
    const { sh } = shell();
    await sh('a=1; f() { :; }; alias g=true');
    await sh('unset a; unset -f f; unalias g');
    expect((await sh('echo "${a-none}"; type f g 2>/dev/null || echo gone')).tail).toBe('none\ngone\n');
  });

  test('engine variables are set after the saved state', async () => {
    const { sh } = shell();
    await sh('CLUSTER=mine; SNAPSHOT=mine; declare -i PORT=1');
    expect((await sh('echo $CLUSTER $SNAPSHOT $PORT', { CLUSTER: 'theirs', PORT: 'text' })).tail).toBe('theirs mine text\n');
  });

  test('what the engine gave comes back as it was, changed or not', async () => {
    const { sh } = shell();
    await sh('export CLUSTER=changed; unset HOME', { CLUSTER: 'given' });
    expect((await sh('echo $CLUSTER ${HOME:+home}', { CLUSTER: 'given' })).tail).toBe('given home\n');
  });

  test('PATH as changed by a block carries on, around the PATH that the engine gives', async () => {
    const { sh } = shell();
    const own = process.env.PATH ?? '';
    await sh('PATH=/opt/tools/bin:$PATH', { PATH: `/a:${own}` });
    expect((await sh('echo $PATH', { PATH: `/a:${own}` })).tail).toBe(`/opt/tools/bin:/a:${own}\n`);
    expect((await sh('echo $PATH', { PATH: `/b:${own}` })).tail).toBe(`/opt/tools/bin:/b:${own}\n`);
  });

  test('read-only variables, names of the wrapper and of the engine are not saved', async () => {
    const { sh, folder } = shell();
    await sh('readonly fixed=1; declare -r also=2; declare -ar list=(3); plain=4');
    expect((await sh('echo ${fixed-} ${also-} ${list-} $plain; fixed=5; echo ${!RUNBOOK_@}')).tail).toBe(
      '4\nRUNBOOK_BLOCK RUNBOOK_ERROR RUNBOOK_OUTPUT RUNBOOK_PROGRESS\n',
    );
    const state = readFileSync(join(folder, 'session', 'state'), 'utf8');
    expect(state).not.toMatch(/declare [^\n]*(__runbook|RUNBOOK_)|__runbook_hidden/);
  });

  test('variables that hold a secret are not saved, and that is told', async () => {
    const { sh, folder } = shell();
    const env = { PGPASSWORD: 'hunter$22', RUNBOOK_SECRETS: 'PGPASSWORD UNSET' };
    const end = await sh(
      'copy=$PGPASSWORD; url="postgres://u:$PGPASSWORD@h"; list=(a "$PGPASSWORD"); declare -A map=(["$PGPASSWORD"]=1); eval "f() { echo \'$PGPASSWORD\'; }"; alias a="echo $PGPASSWORD"; fine=1; echo "${RUNBOOK_SECRETS-hidden}"',
      env,
    );
    expect(end.tail).toBe('hidden\n');
    expect(end.remarks).toEqual(['Not carried on to the next block, as it holds a secret: copy list map url f() a']);
    expect((await sh('echo "${copy-}${url-}${list-}" $fine', env)).tail).toBe(' 1\n');
    expect(readFileSync(join(folder, 'session', 'state'), 'utf8')).not.toContain('hunter');
    for (const name of ['scratch', 'state']) expect(readIfThere(join(folder, 'attempts', '01-step.1', 'private', name))).not.toContain('hunter');
  });

  test('strict options are set anew for each block', async () => {
    const { sh } = shell();
    expect((await sh('set +e +u +o pipefail +E; shopt -u inherit_errexit; false | true; echo $nothing; echo on')).tail).toBe('\non\n');
    expect((await sh('false | true; echo never')).outcome).toEqual({ kind: 'exited', code: 1 });
    expect((await sh('echo $nothing')).outcome).toEqual({ kind: 'exited', code: 1 });
    expect((await sh('x=$(false; echo never); echo never')).outcome).toEqual({ kind: 'exited', code: 1 });
  });

  test.each([
    'set -o noclobber',
    'set -o noglob',
    'IFS=,o_r; unset -v nothing',
    'unset -v IFS',
    'set -o posix',
    'set -o allexport',
    'set -o keyword; true',
    'shopt -s nocasematch nullglob failglob extdebug',
    'set -o verbose; set +o verbose',
    'shopt -u extglob expand_aliases',
    'printf() { :; }; read() { :; }; declare() { :; }; trap() { :; }; set() { :; }',
    'alias printf=false local=false trap=false source=false builtin=false',
    'trap "echo debug >/dev/null" DEBUG; trap "true" RETURN',
    'set -o functrace; trap ": debug" DEBUG',
  ])('`%s` does not break what hands the state on', async (text) => {
    const { sh } = shell();
    for (const part of [`${text}\nkept=1`, 'also=2', 'false || :']) expect(await sh(part)).toMatchObject({ outcome: ok, remarks: [] });
    expect((await sh('echo "$kept$also"')).tail).toBe('12\n');
  });

  test('an IFS carries on exactly', async () => {
    const { sh } = shell();
    await sh("IFS=$' :\\n'");
    expect((await sh('builtin printf %q "$IFS"')).tail).toBe("$' :\\n'");
  });

  test('tracing carries on and shows only the block', async () => {
    const { sh } = shell();
    expect((await sh('set -x; true')).tail).toBe('++ true\n');
    const end = await sh('echo on');
    expect(end.tail.split('\n').slice(1)).toEqual(['++ echo on', 'on', '']);
  });

  test('a failed block leaves the state that it had reached, as a terminal would', async () => {
    const { sh } = shell();
    await sh('a=1; b=1');
    expect((await sh('a=2; cd /; false; b=2')).outcome).toEqual({ kind: 'exited', code: 1 });
    expect((await sh('echo $a $b $PWD')).tail).toBe('2 1 /\n');
  });

  test('a block that was killed leaves the state before it, and that is told', async () => {
    const { sh } = shell();
    await sh('a=1');
    expect((await sh('a=2; kill -KILL $$')).remarks).toEqual([
      'The state of the shell was lost with the process. The next block starts from the state before this one.',
    ]);
    expect((await sh('echo $a')).tail).toBe('1\n');
  });

  test('a block that the engine ended in time leaves what it had reached', async () => {
    const { sh } = shell();
    expect((await sh('a=2; sleep 60', {}, { timeoutMs: 500 })).outcome).toEqual({ kind: 'timed-out' });
    expect((await sh('echo $a')).tail).toBe('2\n');
  });

  test('names that are local to a function are no state', async () => {
    const { sh } = shell();
    await sh('x=global; f() { local x=1 y=2; exit 3; }; f');
    expect((await sh('echo ${y-none}')).tail).toBe('none\n');
  });

  test('the working folder is the one of the step when it has `cwd=`', async () => {
    const { sh, folder } = shell();
    mkdirSync(join(folder, 'elsewhere'));
    await sh('cd /usr');
    expect((await sh('pwd; cd - >/dev/null; pwd')).tail).toBe(`/usr\n${folder}\n`);
    const cwd = join(folder, 'elsewhere');
    expect((await sh('pwd', { RUNBOOK_CWD: cwd }, { cwd })).tail).toBe(`${cwd}\n`);
  });

  test('in a working folder that is gone nothing runs', async () => {
    const { sh, folder } = shell();
    const gone = join(folder, 'gone');
    mkdirSync(gone);
    await sh('cd gone');
    rmSync(gone, { recursive: true });
    const end = await sh('touch ran');
    expect(end.outcome).toEqual({ kind: 'not-started', why: `The working folder that the block before left is gone: ${gone}` });
    expect(() => readFileSync(join(folder, 'ran'))).toThrow('ENOENT');
  });
});

describe('the end', () => {
  test.each([
    ['exit 3', 3],
    ['exec bash -c "exit 4"', 4],
    ["trap 'echo bye' EXIT; exit 5", 5],
    ["trap 'echo bye; exit 6' EXIT", 6],
    ['set +e; (exit 7)', 7],
    ['return 8', 8],
    ['exit 0; false', 0],
  ])('`%s` ends with %i', async (text, code) => {
    expect((await shell().sh(text)).outcome).toEqual({ kind: 'exited', code });
  });

  test('the state at `exit` is kept', async () => {
    const { sh } = shell();
    expect((await sh('a=1; exit 0')).remarks).toEqual([]);
    expect((await sh('echo $a')).tail).toBe('1\n');
  });

  test.each(['a=2; exec true', "a=2; trap 'true' EXIT; exit 0", 'a=2; trap - EXIT; exit 0'])(
    'the state after `%s` is lost, which is told',
    async (text) => {
      const { sh } = shell();
      await sh('a=1');
      const end = await sh(text);
      expect(end.outcome).toEqual(ok);
      expect(end.remarks).toEqual([
        'The state of the shell was lost: the block ended by exec, or by an EXIT trap of its own. The next block starts from the state before this one.',
      ]);
      expect((await sh('echo $a')).tail).toBe('1\n');
    },
  );

  test('an EXIT trap of the block runs at its end, after the state was saved', async () => {
    const { sh } = shell();
    const end = await sh('a=1; trap \'echo "bye $?"\' EXIT; echo hi');
    expect(end.tail).toBe('hi\nbye 0\n');
    expect(end.remarks).toEqual([]);
    expect((await sh('echo $a')).tail).toBe('1\n');
  });

  test('an engine without a session asks for no state', async () => {
    const end = await bench().run('echo on; exit 2', { command });
    expect(end).toMatchObject({ outcome: { kind: 'exited', code: 2 }, remarks: [], tail: 'on\n' });
  });
});

describe('the failing line', () => {
  const cases: readonly (readonly [title: string, text: string, line: number, command: string])[] = [
    ['a command', 'echo a\nfalse\necho b', 2, 'false'],
    ['a command that is not there', '\n\nno-such-command --x', 3, 'no-such-command --x'],
    ['a command over more lines', 'true\nls \\\n  --no-such-option \\\n  /', 2, 'ls --no-such-option /'],
    ['a function of the block', 'f() {\n  false\n}\n\nf', 2, 'false'],
    ['a subshell', '(\n  true\n  false\n)', 3, 'false'],
    ['a pipeline', 'true |\n  false |\n  cat', 3, 'cat'],
    ['a loop', 'for i in 1 2; do\n  [ $i = 1 ]\ndone', 2, '[ $i = 1 ]'],
    ['an unset variable', 'echo a\n\necho "$nothing"', 3, 'echo "$nothing"'],
    ['an unset variable in a function', 'f() {\n  echo $nothing\n}\nf', 2, 'echo $nothing'],
    ['a parameter that must be set', 'true\n: "${cluster:?is missing}"', 2, ': "${cluster:?is missing}"'],
    ['an exit', 'echo a\n[ -e /no/such ] || { echo "not there"; exit 3; }', 2, '[ -e /no/such ] || { echo "not there"; exit 3; }'],
    ['a failure after one that was survived', 'set +e; false; set -e\ntrue\nls /no/such', 3, 'ls /no/such'],
    ['an assignment to a read-only variable', 'readonly r=1\nr=2', 2, 'r=2'],
    ['a syntax error that eval meets', 'true\neval "echo ("', 2, 'eval "echo ("'],
  ];
  test.each(cases)('of %s is told, with its command', async (_, text, line, failed) => {
    const end = await shell().sh(text);
    expect(end.outcome).not.toEqual(ok);
    expect(end.failedLine).toEqual({ line, command: failed });
  });

  test('of a function of an earlier block, or of a file, is the line that called it', async () => {
    const { sh, folder } = shell();
    await sh('helper() {\n  true\n  true\n  false\n}');
    expect((await sh('echo a\nhelper')).failedLine).toEqual({ line: 2, command: 'false' });
    writeFileSync(join(folder, 'lib.sh'), 'true\n\n\nfalse\n');
    expect((await sh('true\n\nsource ./lib.sh')).failedLine).toEqual({ line: 3, command: 'false' });
  });

  test('is not told when the block chose its end, or when it succeeded', async () => {
    const { sh } = shell();
    expect((await sh('set +e; false; exit 4 # one\nexit 4')).failedLine).toBeUndefined();
    expect((await sh('set +e; false; true')).failedLine).toBeUndefined();
  });

  test('is told although the block has an EXIT trap of its own', async () => {
    expect((await shell().sh("trap 'echo bye' EXIT\nfalse")).failedLine).toEqual({ line: 2, command: 'false' });
  });
});

describe('syntax', () => {
  test('nothing of a block that bash cannot read is run', async () => {
    const { sh, folder } = shell();
    const end = await sh('touch ran\nif true; then\n  echo "\n');
    expect(end.outcome).toMatchObject({ kind: 'not-started', why: expect.stringMatching(/^line 3: /) });
    expect(end.failedLine).toMatchObject({ line: 3 });
    expect(() => readFileSync(join(folder, 'ran'))).toThrow('ENOENT');
  });

  test('a block may turn extglob on and use it', async () => {
    expect((await shell().sh('shopt -s extglob\ncase x in !(y)) echo fine;; esac')).tail).toBe('fine\n');
  });

  test('a pattern of extglob that is not on is not read, so nothing of the block runs', async () => {
    const { sh } = shell();
    const refused = { outcome: { kind: 'not-started' }, tail: expect.not.stringMatching(/^ran/m) };
    expect(await sh('echo ran; case x in !(y)) :;; esac')).toMatchObject(refused);
    await sh('true');
    expect(await sh('echo ran; case x in !(y)) :;; esac')).toMatchObject(refused);
    await sh('shopt -s extglob');
    expect((await sh('case x in !(y)) echo fine;; esac')).tail).toBe('fine\n');
  });

  test('can be checked beforehand', async () => {
    const bash = await findBash(process.env.PATH);
    expect(await checkSyntax(bash, 'echo a\nif true; then')).toEqual({ line: 3, message: 'syntax error: unexpected end of file' });
    expect(await checkSyntax(bash, 'echo a\ndone')).toEqual({ line: 2, message: "syntax error near unexpected token `done'" });
    expect(await checkSyntax(bash, 'shopt -s extglob\nls !(a)')).toBeUndefined();
  });
});

describe('what is approved is what runs', () => {
  test('nothing that hides in the environment takes part', async () => {
    const { sh, folder } = shell();
    writeFileSync(join(folder, 'hidden'), 'echo hidden');
    const env = {
      BASH_ENV: join(folder, 'hidden'),
      ENV: join(folder, 'hidden'),
      'BASH_FUNC_echo%%': '() { builtin echo mine; }',
      SHELLOPTS: 'xtrace',
      BASHOPTS: 'nullglob',
    };
    expect((await sh('echo theirs; shopt -q nullglob || echo off', env)).tail).toBe('theirs\noff\n');
  });

  test('the block sees itself as a file, reads nothing from standard input, and $RUNBOOK_… files are there', async () => {
    const end = await shell().sh(
      '[ "${BASH_SOURCE[0]}" = "$RUNBOOK_BLOCK" ]; read -r x || echo none; for f in OUTPUT ERROR PROGRESS; do n=RUNBOOK_$f; [ -f "${!n}" ] && echo $f; done; exec >/dev/stderr; echo err',
    );
    expect(end.tail).toBe('none\nOUTPUT\nERROR\nPROGRESS\nerr\n');
  });

  test('a secret in the output of a failing block is masked', async () => {
    const at = shell();
    const end = await at.run(
      'echo "$PGPASSWORD"; echo ${PGPASSWORD:?}; ls "/$PGPASSWORD"',
      { command, env: { PATH: process.env.PATH ?? '', PGPASSWORD: 'hunter22' } },
      watched(['hunter22']),
    );
    expect(end.tail).not.toContain('hunter22');
  });
});

describe('kernels', () => {
  test.each([
    ['bash', 'bash'],
    ['sh', 'bash'],
    ['sql', 'sql'],
    ['js', 'command'],
    ['python', 'command'],
    ['ruby', 'command'],
  ])('%s is run by a kernel of kind %s', (language, kind) => {
    expect(kernelFor(block(language), { ruby: ['ruby', '-w'] })?.kind).toBe(kind);
  });

  test('a command of runbook.yaml gets the block as its last argument, or where it says', () => {
    expect(kernelFor(block('ruby'), { ruby: ['ruby', '-w'] })?.command).toEqual(['ruby', '-w', '$RUNBOOK_BLOCK']);
    expect(kernelFor(block('hcl'), { hcl: ['terraform', '$RUNBOOK_BLOCK', '-x'] })?.command).toEqual(['terraform', '$RUNBOOK_BLOCK', '-x']);
    expect(kernelFor(block('text'), {})).toBeUndefined();
  });

  test('a block with the flag aws is sent by the engine itself, whatever bash there is', () => {
    expect(kernelFor(block('bash', ['aws']), { bash: ['/opt/bash'] })).toMatchObject({
      kind: 'aws',
      command: [process.execPath, expect.stringContaining('aws-program')],
    });
  });

  test('a js block runs', async () => {
    const js = kernelFor(block('js'), {})?.command ?? [];
    expect((await bench().run('console.log(1 + 1)', { command: js })).tail).toBe('2\n');
  });

  test('a bash that is too old or not there is told with how to get one', async () => {
    const { folder } = bench();
    writeFileSync(join(folder, 'bash'), '#!/bin/sh\necho 3.2.57\n', { mode: 0o755 });
    expect(await findBash(process.env.PATH)).toMatch(/\/bash$/);
    const found = findBash(folder);
    await expect(found).rejects.toMatchObject({ name: 'Fault', exit: 'preflight', message: expect.stringContaining(`found 3.2 (${folder}/bash)`) });
    await expect(found).rejects.toMatchObject({ hint: expect.stringContaining('install bash') });
  });
});

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
