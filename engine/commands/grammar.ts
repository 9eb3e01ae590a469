/** The command line: names, options and help, and which command they lead to. */

import { Argument, Command, CommanderError, Option } from 'commander';
import { escapeText } from '../core/escape.ts';
import { meantOr } from '../document/nearest.ts';
import { exitCodes } from '../fault.ts';
import type { Shell } from './completion-scripts.ts';
import { examples } from './examples.ts';
import type { Io } from './io.ts';

/** Help is no wider, so that it can be pasted and read in the smallest terminal. */
const widest = 80;

/** Parses the arguments after `runbook` and runs the command. Gives the exit code. */
export async function parseCommand(argv: readonly string[], io: Io): Promise<number> {
  let code: number = exitCodes.finished;
  const program = grammar(io, (result) => {
    code = result;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    // Commander has printed its message already; help and version end with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.finished : exitCodes.usage;
    throw error;
  }
}

/** The whole command line. `done` is told the exit code of a command that has one of its own. */
export function grammar(io: Io, done: (code: number) => void): Command {
  const program = new Command('runbook')
    .description('Runs operations runbooks that stay plain markdown.')
    .version(io.version, '-V, --version')
    .exitOverride()
    .configureOutput({
      getOutHelpWidth: () => Math.min(widest, io.stdout.columns ?? widest),
      getErrHelpWidth: () => Math.min(widest, io.stderr.columns ?? widest),
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(escapeText(text, { colour: false, newlines: true })),
    })
    .configureHelp({
      minWidthToWrap: 20,
      // What is off, or empty, unless it is given needs no words.
      optionDescription: ({ description, argChoices, defaultValue }) =>
        [description, argChoices && `(${argChoices.join(', ')})`, typeof defaultValue === 'string' && `(default: ${defaultValue})`]
          .filter(Boolean)
          .join(' '),
      subcommandTerm: (command) => [command.name(), ...command.registeredArguments.map(argumentTerm)].join(' '),
    })
    .showHelpAfterError('(runbook --help shows the commands)')
    .option('-C <dir>', 'work in another folder')
    .allowExcessArguments()
    .allowUnknownOption()
    .hook('preAction', (_, called) => {
      if (called === program && program.args[0] !== undefined) refuseWord(program, program.args[0]);
    })
    .action(async () => done(await (await import('./pick.ts')).pickAndRun(at(io, program))));
  addRun(program, io, done);
  addResume(program, io, done);
  addReaders(program, io);
  addVerify(program, io, done);
  addAttach(program, io);
  addLint(program, io, done);
  addDoctor(program, io, done);
  addSandbox(program, io);
  addCompletion(program, io);
  for (const command of [program, ...program.commands]) addExamples(command);
  return program;
}

/** `runbook` alone is a command too, so commander takes a mistyped name, and the options behind it, for those of it. */
function refuseWord(program: Command, typed: string): never {
  const option = typed.startsWith('-');
  const names = option
    ? program.options.flatMap(({ long }) => (long === undefined ? [] : [long])).concat('--help')
    : program
        .createHelp()
        .visibleCommands(program)
        .map((command) => command.name());
  return program.error(`error: unknown ${option ? 'option' : 'command'} '${typed}'\n${meantOr('runbook --help lists them all.', typed, names)}`);
}

function argumentTerm(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

function addExamples(command: Command): void {
  const lines = examples[command.parent === null ? '' : command.name()] ?? [];
  if (lines.length > 0) command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`);
}

/** The world as seen from `-C`. */
function at(io: Io, program: Command): Io {
  const { C } = program.opts<{ C?: string }>();
  return C === undefined ? io : { ...io, cwd: inFolder(io.cwd, C) };
}

function inFolder(cwd: string, folder: string): string {
  return folder.startsWith('/') ? folder : `${cwd}/${folder}`;
}

const many = (value: string, before: readonly string[]): readonly string[] => [...before, value];

function selecting(command: Command): Command {
  return (
    command
      .optionsGroup('What runs:')
      .option('-s, --stage <stage>', 'where it runs; there is no default')
      // Not declared as required: a mistyped option is then told before a missing one.
      .hook('preAction', () => {
        if (command.getOptionValue('stage') === undefined) command.error("error: required option '-s, --stage <stage>' not specified");
      })
      .option('-p, --procedure <name>', 'a procedure, by anchor or title; may be repeated', many, [])
      .option('--all', 'every procedure, in the order of `rehearsal` (sandbox stages only)', false)
      .option('--as-is', 'take each shell fence of a document without annotations as a step', false)
      .option('--from <step>', 'start at this step')
      .option('--to <step>', 'end with this step')
      .option('--only <step>', 'only this step; may be repeated', many, [])
      .option('--read-only', 'only steps of risk low', false)
      .option('--var <name=value>', 'the value of an input; may be repeated', many, [])
  );
}

function answering(command: Command): Command {
  return command
    .optionsGroup('Answers:')
    .option('--secret-file <name=path>', 'a secret input from a file; may be repeated', many, [])
    .option('-y, --yes', 'confirm steps of risk low and medium, on a sandbox every step; never on a stage with typed confirmation', false)
    .option('--confirm <stage>', 'confirm in the place of a person, by the name of the stage')
    .option('--allow <step>', 'with --confirm: a step of risk high that may run; may be repeated', many, [])
    .addOption(
      new Option('--on-failure <way>', 'what to do when a step fails (default: ask on a terminal, else stop)').choices(['ask', 'stop', 'playbook']),
    )
    .optionsGroup('Record:')
    .option('--sign', 'sign the head of the journal at the end with an SSH key, as with sign: ssh in runbook.yaml', false)
    .option('--strict', 'exit with 5 when a step had to be recovered', false)
    .optionsGroup('Screen:')
    .option('--plain', 'lines of text instead of frames', false)
    .option('--screen-reader', 'as --plain; also INK_SCREEN_READER=true or ACCESSIBLE=1', false)
    .option('--fullscreen', 'draw on the alternate screen; what stays is printed at the end', false)
    .option('--no-notify', 'no bell and no notification when you are needed after 20 seconds')
    .option('--json', 'events as lines of JSON', false);
}

function addRun(program: Command, io: Io, done: (code: number) => void): void {
  const command = program
    .command('run')
    .description('run procedures of a runbook on a stage')
    .argument('<name[#procedure]>', 'a document by name or path');
  answering(selecting(command))
    .optionsGroup('Options:')
    .option('--plan <file>', 'refuse to run anything but this reviewed plan')
    .option('--fault <name>', 'on a sandbox: give it this fault until the run ends or stops; may be repeated', many, [])
    .option('--ticket <id>', 'the change ticket; kept in the record')
    .option('--reason <text>', 'why this is done; kept in the record')
    .action(async (name, options) => {
      await keepMemorySmall();
      done(await (await import('./run.ts')).run(at(io, program), name, options));
    });
  selecting(
    program
      .command('plan')
      .description('show everything that would run; changes nothing')
      .summary('everything that would run')
      .argument('<name[#procedure]>', 'a document by name or path'),
  )
    .optionsGroup('Options:')
    .addOption(new Option('--format <format>', 'text (default), json, or mermaid: a diagram that GitHub draws').choices(['text', 'json', 'mermaid']))
    .option('--json', 'short for --format json', false)
    .option('-o, --output <file>', 'write the plan with all hashes, for a reviewer and for run --plan')
    .action(async (name, options) => (await import('./plan.ts')).plan(at(io, program), name, options));
  selecting(
    program
      .command('to-sh')
      .description('the same steps as a plain bash script, or a checklist, for the day the engine is not there')
      .summary('the same steps as a plain bash script')
      .argument('<name[#procedure]>', 'a document by name or path'),
  )
    .optionsGroup('Options:')
    .option('--checklist', 'a list in markdown instead of a script', false)
    .option('-o, --output <file>', 'write to a file instead of standard output; replaces it')
    .action(async (name, options) => (await import('./to-sh.ts')).toSh(at(io, program), name, options));
}

function addResume(program: Command, io: Io, done: (code: number) => void): void {
  const command = program
    .command('resume')
    .description('go on with a run that has not ended')
    .argument('[run]', 'its id, or the end of it; default: the newest');
  answering(command)
    .optionsGroup('Answers:')
    .option('--var <name=value>', 'the value of an input; may be repeated', many, [])
    .action(async (id, options) => {
      await keepMemorySmall();
      done(await (await import('./resume.ts')).resume(at(io, program), id, options));
    });
}

function addReaders(program: Command, io: Io): void {
  program
    .command('runs')
    .description('the history, unfinished runs first')
    .option('-s, --stage <stage>', 'only runs on this stage')
    .option('--unfinished', 'only runs that have not ended', false)
    .option('--limit <n>', 'how many of those that ended', '20')
    .option('--all', 'all of them', false)
    .option('--json', 'as JSON', false)
    .action(async (options) => (await import('./runs.ts')).runs(at(io, program), options));
  program
    .command('list')
    .description('the runbooks and playbooks of this project')
    .option('--json', 'as JSON', false)
    .action(async (options) => (await import('./list.ts')).list(at(io, program), options));
  program
    .command('show')
    .description('read a document, or the part below one of its headings')
    .summary('read a document')
    .argument('<name[#heading]>', 'a document by name or path')
    .option('--outline', 'only its procedures and steps, a line each', false)
    .option('--no-pager', 'print it all at once, also at a terminal')
    .option('--json', 'what the engine reads from it, as JSON', false)
    .option('--iam', 'the least IAM policy that it needs, as JSON', false)
    .option('-s, --stage <stage>', 'with --iam: fill in the names of this stage')
    .action(async (name, options) => (await import('./show.ts')).show(at(io, program), name, options));
  program
    .command('schema')
    .description('the JSON Schema of runbook.yaml, for editors, or of what a command prints with --json, a report or an event')
    .summary('the JSON Schema of what is read and written')
    .argument('[what]', 'runbook.yaml, report, event, or a command that has --json', 'runbook.yaml')
    .action(async (what) => (await import('./schema.ts')).schema(at(io, program), what));
  program
    .command('new')
    .description("a new document from its template: the team's own, or ours")
    .summary('a new document from its template')
    .argument('<kind>', 'runbook or playbook')
    .argument('<name>', 'its name, such as restart-the-workers')
    .action(async (kind, name) => (await import('./new.ts')).newDocument(at(io, program), kind, name));
  program
    .command('init')
    .description('put a first runbook, its playbook and the templates into this repository; overwrites nothing')
    .summary('a first runbook, and what it needs')
    .argument('[folder]', 'where the documents go, such as docs/operations; default: where the project has them, else its root')
    .addOption(
      new Option('--content <documents>', 'which documents to begin with (default: database in docs/operations, else first)').choices([
        'first',
        'database',
      ]),
    )
    .option('--workflow', 'also a workflow of GitHub that checks them in every pull request')
    .option('--pre-commit', 'also the settings of pre-commit that check them before every commit')
    .option('-y, --yes', 'ask nothing: take what is usual, and keep every file that is there', false)
    .action(async (folder, options) => (await import('./init.ts')).init(at(io, program), folder, options));
  program
    .command('note')
    .description('write something into the record of a run, also while it runs in another terminal')
    .summary('write something into the record of a run')
    .argument('<run>', 'its id, or the end of it')
    .argument('[words...]', 'what is to be noted; `-` or nothing: read from standard input')
    .action(async (id, words) => (await import('./note.ts')).note(at(io, program), id, words));
  program
    .command('report')
    .description('the executed runbook, ready for the ticket')
    .argument('<run>', 'its id, or the end of it')
    .option('--format <format>', 'md, html, json, junit, txt or zip (default: what the name after -o says, else md)')
    .option('-o, --output <file>', 'write to a file instead of standard output; replaces it')
    .action(async (id, options) => (await import('./report.ts')).report(at(io, program), id, options));
}

function addDoctor(program: Command, io: Io, done: (code: number) => void): void {
  program
    .command('doctor')
    .description('whether this machine, this project and a stage have what runs need')
    .summary('whether everything is here that runs need')
    .option('-s, --stage <stage>', 'also this stage: its account, its database, the clocks')
    .option('--json', 'as JSON', false)
    .action(async (options) => done(await (await import('./doctor.ts')).doctor(at(io, program), options)));
}

function addVerify(program: Command, io: Io, done: (code: number) => void): void {
  program
    .command('verify')
    .description('what the record of a run proves, and what it does not; needs no network')
    .summary('what the record of a run proves')
    .argument('<run|path>', 'a run by its id or the end of it, or the path of a run folder, a journal or a bundle')
    .option('--head <sha256>', 'the hash that the last line should have, as it stands in the ticket')
    .option('--allowed-signers <file>', 'the keys that count, as ssh-keygen reads them (default: signing.signers of runbook.yaml)')
    .option('--json', 'as JSON', false)
    .action(async (wanted, options) => done(await (await import('./verify.ts')).verify(at(io, program), wanted, options)));
}

function addAttach(program: Command, io: Io): void {
  program
    .command('attach')
    .description('put the report of a run into its ticket; again: update it there')
    .summary('put the report of a run into its ticket')
    .argument('<run>', 'its id, or the end of it')
    .requiredOption('--to <ticket>', 'github:<owner>/<repo>#<number> or jira:<KEY>')
    .option('-y, --yes', 'send it without asking', false)
    .addHelpText('after', '\nTokens come from the environment: GITHUB_TOKEN, or\nJIRA_BASE_URL with JIRA_EMAIL and JIRA_API_TOKEN.')
    .action(async (id, options) => (await import('./attach.ts')).attach(at(io, program), id, options));
}

function addLint(program: Command, io: Io, done: (code: number) => void): void {
  program
    .command('lint')
    .description('find what is wrong with documents, without running anything')
    .summary('find what is wrong with documents')
    .argument('[paths...]', 'documents by name or path, or folders (default: all documents of the project)')
    .addOption(
      new Option('--format <format>', 'how to print what is found').choices(['pretty', 'json', 'sarif', 'github', 'junit']).default('pretty'),
    )
    .option('--strict', 'exit with 3 for warnings too', false)
    .option('--fix', 'mend what can be mended without a change of what runs', false)
    .action(async (paths, options) => done(await (await import('./lint.ts')).lint(at(io, program), paths, options)));
}

function addSandbox(program: Command, io: Io): void {
  program
    .command('sandbox')
    .description('the embedded stage: status, start, stop, reset, faults')
    .summary('the embedded stage by hand')
    .argument('<action>', 'status, start, stop, reset, faults or fault')
    .argument('[fault]', 'with fault: its name, as `sandbox faults` lists them')
    .argument('[state]', 'with fault: on or off')
    .option('--table <name>', 'with fault lock-held on: the table to lock (default: the first one)')
    .option('--json', 'as JSON', false)
    .action(async (action: string, fault: string | undefined, state: string | undefined, options: { json: boolean; table?: string }) => {
      const world = at(io, program);
      const { openProject } = await import('../runtime/project.ts');
      const { actionOf, sandbox } = await import('./sandbox.ts');
      await sandbox(actionOf(action, { fault, state, table: options.table }), {
        project: openProject(world.cwd),
        json: options.json,
        write: (text) => void world.stdout.write(text),
      });
    });
}

function addCompletion(program: Command, io: Io): void {
  program
    .command('completion')
    .description('a script with which a shell completes names and options')
    .summary('completion for bash, zsh or fish')
    .addArgument(new Argument('<shell>', 'which shell').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: Shell) => void io.stdout.write((await import('./completion-scripts.ts')).completionScripts[shell]));
  program
    .command('complete', { hidden: true })
    .argument('<shell>')
    .argument('[words...]')
    .action(async (shell: Shell, words: readonly string[]) => (await import('./completion.ts')).complete(at(io, program), program, shell, words));
}

/** Before anything large is loaded. */
async function keepMemorySmall(): Promise<void> {
  (await import('../runtime/memory.ts')).keepMemorySmall();
}
