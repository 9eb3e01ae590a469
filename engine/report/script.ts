/** A run as a plain bash script, for the day the engine is not there: the same steps, each shown and asked for before it runs. */

import type { Block, Companion, Input, Plan, Procedure, Step } from '../core/plan.ts';
import { chosenProcedures, routesOf, skippedBecause } from '../core/routes.ts';
import { wordsOf } from '../core/suggest.ts';
import { declaredNames, pasteable, placeholders, reads } from '../core/variables.ts';
import { durationWords } from '../core/words.ts';
import { blockLines, comment, word } from './shell-words.ts';

/** What the stage says about where steps act. */
export type Surroundings = {
  /** Relative to the project's root. */
  readonly cwd: string;
  readonly aws?: { readonly profile?: string | undefined; readonly region: string; readonly account: string };
  /** Where the connection comes from: a variable of the environment, or a secret of AWS. */
  readonly database?: {
    readonly env?: string | undefined;
    readonly secret?: string | undefined;
    readonly tls: string;
    readonly ca?: string | undefined;
  };
  /** The program and arguments for blocks of a language; undefined for those that this script runs itself. */
  readonly command: (language: string) => readonly string[] | undefined;
};

/** Values that are known now, by name; those that are not are asked for, or come from steps. */
type Values = ReadonlyMap<string, { readonly text: string }>;

/** What a script is made of. */
export type ScriptSource = {
  readonly plan: Plan;
  readonly values: Values;
  readonly inputs: readonly Input[];
  readonly where: Surroundings;
  readonly version: string;
  /** Functions of bash, the same for every script. */
  readonly prelude: string;
};

/** The script. */
export function scriptOf(source: ScriptSource): string {
  const { plan } = source;
  const procedures = chosenProcedures(plan);
  const ground = plan.documents[plan.document]?.before;
  const lines = [
    '#!/usr/bin/env bash',
    ...comment(`${plan.documents[plan.document]?.title ?? plan.document}, on stage ${plan.stage.name}`),
    '#',
    ...comment(`Made of ${plan.document} by runbook ${source.version}, for the day the engine is not there.`),
    ...comment('Each step is shown and asked for before it runs; anything but a yes stops. Nothing is recorded: keep what your terminal shows.'),
    ...comment('Start it in the folder of runbook.yaml. To go on from a step: bash SCRIPT STEP'),
    '',
    source.prelude,
    ...startLines(source, procedures),
    ...procedures.flatMap((procedure) => [
      '',
      ...comment(`======== ${procedure.title}`),
      ...prose(procedure.prose),
      ...procedure.steps.flatMap((step) => stepLines(source, step, procedure === ground)),
    ]),
    '',
    "rb_say 'All steps have run.'",
  ];
  return `${lines.join('\n')}\n`;
}

function startLines(source: ScriptSource, procedures: readonly Procedure[]): readonly string[] {
  const { plan, values, inputs } = source;
  const running = procedures.flatMap(({ steps }) => steps.filter((step) => skippedBecause(plan, step) === undefined));
  const ids = running.map(({ id }) => id);
  return [
    ...comment('The steps'),
    `case \${1-} in`,
    `  '' | ${ids.map(word).join(' | ')}) rb_from=\${1-} ;;`,
    `  *)`,
    `    rb_say ${word(`There is no such step. There are: ${ids.join(', ')}.`)}`,
    '    exit 2',
    '    ;;',
    'esac',
    `if [[ ! -f ${word(plan.document)} ]]; then`,
    `  rb_say ${word(`Start this script in the folder of runbook.yaml: there is no ${plan.document} here.`)}`,
    '  exit 2',
    'fi',
    ...stageLines(source, running),
    '',
    ...comment('Values'),
    `RUN=\${RUN:-$(date -u +%Y%m%d-%H%M%S)}`,
    `OPERATOR=\${OPERATOR:-$(id -un)}`,
    'export RUN OPERATOR RUNBOOK_RUN=$RUN',
    ...[...values].filter(([name]) => name !== 'operator').map(([name, { text }]) => `export ${name.toUpperCase()}=${word(text)}`),
    ...inputs.flatMap((input) => inputLines(input, values)),
  ];
}

function inputLines({ name, meaning, allowed, default: otherwise }: Input, values: Values): readonly string[] {
  const upper = name.toUpperCase();
  if (allowed.kind === 'secret')
    return [
      ...comment(`${upper} is a secret: ${meaning}`),
      ...comment(`It never stands in this script. Put it into the environment: read -rs ${upper}; export ${upper}`),
      `: "\${${upper}:?is a secret; set it in the environment}"`,
      `export ${upper}`,
    ];
  if (values.has(name)) return [];
  const may = allowed.kind === 'choices' ? allowed.choices.join(', ') : allowed.kind === 'pattern' ? `/${allowed.pattern}/` : allowed.kind;
  return [...comment(`${upper}: ${meaning} Allowed: ${may}`), `rb_input ${upper} ${word(meaning.replace(/\s+/g, ' '))} ${word(otherwise ?? '')}`];
}

/** Who acts, and where: the same for every step, as the engine has it. */
function stageLines({ plan, where }: ScriptSource, steps: readonly Step[]): readonly string[] {
  const { stage } = plan;
  const { aws, database, cwd } = where;
  const needsDatabase = database !== undefined || steps.some((step) => step.block.language === 'sql');
  return [
    '',
    ...comment(`Stage ${stage.name}`),
    ...(needsDatabase ? databaseLines(stage.name, database) : []),
    ...(stage.sandbox ? sandboxLines() : []),
    ...(aws === undefined || stage.sandbox ? [] : accountLines(stage.name, aws)),
    `cd -- ${word(cwd)}`,
    'rb_home=$PWD',
    ...comment('What the packages of the project bring, nearest first.'),
    "rb_at=$rb_home rb_bins=''",
    'while :; do',
    '  [[ ! -d $rb_at/node_modules/.bin ]] || rb_bins+=$rb_at/node_modules/.bin:',
    '  [[ -n $rb_at ]] || break',
    `  rb_at=\${rb_at%/*}`,
    'done',
    'export PATH=$rb_bins$PATH',
  ];
}

function databaseLines(stage: string, database: Surroundings['database']): readonly string[] {
  const from = database?.env;
  const what =
    database?.secret === undefined
      ? 'The connection to the database, as postgres://user:password@host:5432/database'
      : `The connection to the database, as postgres://user:password@host:5432/database. Its parts are in the secret ${database.secret} of AWS Secrets Manager`;
  return [
    ...comment(`${what}. It never stands in this script.`),
    'unset PGHOST PGHOSTADDR PGPORT PGDATABASE PGUSER PGPASSWORD PGPASSFILE PGSERVICE PGOPTIONS PGSSLMODE PGSSLROOTCERT',
    ...(from === undefined || from === 'DATABASE_URL'
      ? []
      : [`DATABASE_URL="\${${from}:?is the connection of stage ${stage}; set it in the environment}"`]),
    `: "\${DATABASE_URL:?is the connection of stage ${stage}; set it in the environment}"`,
    'export DATABASE_URL',
    ...(database === undefined ? [] : [`export PGSSLMODE=${word(database.tls)}`]),
    ...(database?.ca === undefined ? [] : [`export PGSSLROOTCERT="$PWD"/${word(database.ca)}`]),
  ];
}

/** No call of a rehearsal may reach an account: dummies for credentials, a proxy where nobody listens, and calls go to the address that is given. */
function sandboxLines(): readonly string[] {
  return [
    ...comment('A sandbox: AWS commands go to SANDBOX_ENDPOINT (runbook sandbox status tells it) and can reach nothing else.'),
    `: "\${SANDBOX_ENDPOINT:?is where the sandbox answers, which runbook sandbox status tells; set it in the environment}"`,
    `: "\${SANDBOX_KEY:?is the accessKeyId in control-plane/process.json, in the folder that runbook sandbox status names; set it in the environment}"`,
    `unset AWS_PROFILE AWS_SESSION_TOKEN AWS_IGNORE_CONFIGURED_ENDPOINT_URLS "\${!AWS_ENDPOINT_URL_@}"`,
    'export AWS_ENDPOINT_URL=$SANDBOX_ENDPOINT RUNBOOK_SANDBOX=1',
    'export AWS_ACCESS_KEY_ID=$SANDBOX_KEY AWS_SECRET_ACCESS_KEY=sandbox AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1',
    'export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true',
    'export HTTP_PROXY=http://127.0.0.1:9 HTTPS_PROXY=http://127.0.0.1:9 ALL_PROXY=http://127.0.0.1:9 NO_PROXY=127.0.0.1,localhost',
    'export http_proxy=$HTTP_PROXY https_proxy=$HTTPS_PROXY all_proxy=$ALL_PROXY no_proxy=$NO_PROXY',
    ...comment('Version 1 of the AWS CLI passes over AWS_ENDPOINT_URL for `aws rds` in us-east-1.'),
    'aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }',
  ];
}

function accountLines(stage: string, { profile, region, account }: NonNullable<Surroundings['aws']>): readonly string[] {
  return [
    ...(profile === undefined ? [] : ['unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN', `export AWS_PROFILE=${word(profile)}`]),
    `unset AWS_ENDPOINT_URL "\${!AWS_ENDPOINT_URL_@}"`,
    `export AWS_REGION=${word(region)} AWS_DEFAULT_REGION=${word(region)}`,
    'rb_account=$(aws sts get-caller-identity --query Account --output text)',
    `if [[ $rb_account != ${word(account)} ]]; then`,
    `  rb_say "The account is $rb_account, and stage "${word(stage)}" is in "${word(account)}.`,
    '  exit 7',
    'fi',
  ];
}

function stepLines(source: ScriptSource, step: Step, ground: boolean): readonly string[] {
  const { plan } = source;
  const skipped = skippedBecause(plan, step);
  const head = ['', ...comment(`---- ${step.title} (${step.id}, risk ${step.risk}, at most ${durationWords(step.timeoutMs)})`)];
  if (skipped !== undefined) return [...head, ...comment(`Skipped: ${skipped}`)];
  const body = [
    ...prose(step.prose),
    ...companion(source, 'Check, by exit code 0 for yes and 1 for no: is the effect in place?', step.check),
    ...companion(source, 'Undo:', step.rollback),
    ...companion(source, 'Dry run:', step.dryRun),
    ...failureComments(plan, step),
    ...runLines(source, step),
  ];
  // What tests the ground is run always, and later steps use what it captures.
  return [...head, ...(ground ? body : [`if rb_wanted ${word(step.id)}; then`, ...body, 'fi'])];
}

function prose(text: string): readonly string[] {
  return text.trim() === '' ? [] : comment(text);
}

function companion(source: ScriptSource, words: string, found: Companion | undefined): readonly string[] {
  if (found === undefined) return [];
  return [...comment(words), ...comment(filledIn(source, undefined, found.block.source).text).map((line) => line.replace(/^#/, '#    '))];
}

function failures(plan: Plan, step: Step): readonly string[] {
  return routesOf(plan, plan.document, step)
    .filter(({ by }) => by !== 'any')
    .map(({ title, target, errors, then }) => {
      const when = errors.length === 0 ? 'If it fails' : `If it fails with ${errors.map(wordsOf).join(', ')}`;
      return `${when}: ${title} (${target.document}#${target.anchor}), then ${then}`;
    });
}

function failureComments(plan: Plan, step: Step): readonly string[] {
  return failures(plan, step).flatMap(comment);
}

function runLines(source: ScriptSource, step: Step): readonly string[] {
  const { plan } = source;
  const { text, later, cannot } = filledIn(source, step, step.block.source);
  const fails = failures(plan, step).join('\n');
  const limit = durationWords(step.timeoutMs);
  const about = `${step.title} (${step.id}): risk ${step.risk === 'high' ? 'HIGH' : step.risk}, at most ${limit}`;
  const start = `rb_step ${word(step.id)} ${step.risk} ${word(about)} ${word(fails)}`;
  const refused = cannot ?? unsupported(source, step);
  if (refused !== undefined)
    return [
      ...comment(`This cannot be said in a script: ${refused}`),
      start,
      `rb_say ${word(`This step cannot be run by a script: ${refused}`)}`,
      'exit 4',
    ];
  const fill = later.length === 0 ? [] : [`rb_fill ${later.join(' ')}`];
  const typed = step.retype === undefined ? { lines: [], word: "''" } : retyped(source, step.retype);
  if (step.manual) return [start, ...blockLines(text), ...fill, `rb_by_hand ${word(plan.stage.name)}`, 'rb_done'];
  return [
    start,
    ...typed.lines,
    ...blockLines(text),
    ...fill,
    `rb_ask ${step.risk} ${word(plan.stage.name)} ${typed.word}`,
    ...actLines(source, step),
    'rb_done',
  ];
}

/** What has to be typed is filled in like a block. */
function retyped(source: ScriptSource, retype: string): { readonly lines: readonly string[]; readonly word: string } {
  const { text, later } = filledIn(source, undefined, retype);
  if (later.length === 0) return { lines: [], word: word(text) };
  return { lines: [`rb_block=${word(text)}`, `rb_fill ${later.join(' ')}`, 'rb_typed=$rb_block'], word: '"$rb_typed"' };
}

type Filled = { readonly text: string; readonly later: readonly string[]; readonly cannot?: string };

/** Known values in the place of their `{name}`. `later`: names that get their value when the script runs. */
function filledIn({ plan, values }: ScriptSource, step: Step | undefined, source: string): Filled {
  const document = plan.documents[plan.document];
  const declared = document === undefined ? new Set<string>() : declaredNames(document, plan.stage);
  const secret = new Set(document?.inputs.flatMap(({ name, allowed }) => (allowed.kind === 'secret' ? [name] : [])));
  const later = new Set<string>();
  let [text, last] = ['', 0];
  for (const { name, start, end } of placeholders(source)) {
    if (!declared.has(name)) continue;
    if (secret.has(name)) return { text, later: [], cannot: `{${name}} is a secret, and a secret is never pasted into a command.` };
    const known = values.get(name);
    if (known === undefined || name === 'operator') {
      later.add(name);
      continue;
    }
    if (!pasteable(known.text))
      return { text, later: [], cannot: `the value of {${name}} may not stand in a command; "$${name.toUpperCase()}" may.` };
    text += source.slice(last, start) + known.text;
    last = end;
  }
  text += source.slice(last);
  // The script replaces {name} wherever it stands.
  const clash = [...later].find((name) => text.includes(`\${${name}}`) || text.includes(`\\{${name}}`));
  return { text, later: [...later], ...(clash !== undefined && step !== undefined && { cannot: `it holds both {${clash}} and \${${clash}}.` }) };
}

/** Why a block cannot be run by a script. */
function unsupported({ where }: ScriptSource, { block, manual }: Step): string | undefined {
  if (manual || isShell(block) || block.language === 'sql' || where.command(block.language) !== undefined) return undefined;
  return `there is no program for ${block.language} blocks.`;
}

function isShell({ language }: Block): boolean {
  return language === 'bash' || language === 'sh';
}

/** The command for the block, what it prints, and how often. */
function actLines(source: ScriptSource, step: Step): readonly string[] {
  const repeats = step.everyMs !== undefined || step.retries > 0;
  const seconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1000));
  const pause = step.everyMs === undefined ? 1 : seconds(step.everyMs);
  const command = commandOf(source, step);
  const again = repeats ? `rb_repeat ${pause} ${seconds(step.timeoutMs)} ${step.everyMs === undefined ? step.retries + 1 : 0} ${command}` : command;
  const closed = step.tty ? '<&3 3<&-' : '3<&-';
  const alone = !repeats && step.capture === undefined && leavesShell(step.block);
  const note = alone ? comment('In a shell of its own, because it may end the shell; variables that it sets are not kept.') : [];
  const run = alone ? `( ${again} ) ${closed}` : `${again} ${closed}`;
  const upper = step.capture?.toUpperCase();
  const act = [...note, ...(upper === undefined ? [run] : [`${upper}=$(${again} ${closed})`, `rb_captured ${upper}`])];
  const folder = isShell(step.block) && step.cwd !== undefined ? [`cd -- "$rb_home"/${word(step.cwd)}`] : [];
  if (step.expect.length === 0) return [...folder, ...act];
  const lines = word(step.expect.map(({ text }) => `    ${text}`).join('\n'));
  if (step.everyMs === undefined) return [...folder, ...act, `rb_expected '' ${lines}`];
  return [...folder, 'while :; do', ...act, `if rb_expected again ${lines}; then break; fi`, 'done'];
}

/** A block that ends the shell, or takes its traps, would end the script. */
function leavesShell({ language, source }: Block): boolean {
  return (language === 'bash' || language === 'sh') && /(?:^|[\s;&|({])(?:exit|exec|return|trap)(?:$|[\s;&|)}])/m.test(source);
}

function commandOf(source: ScriptSource, step: Step): string {
  const { block } = step;
  if (isShell(block)) return 'eval "$rb_block"';
  if (block.language === 'sql') return psql(source, step);
  const words = source.where.command(block.language) ?? [];
  const quoted = words.map((one) => (one === '$RUNBOOK_BLOCK' ? '"$RUNBOOK_BLOCK"' : word(one)));
  // `cd` of the function must not move the script.
  return `eval '(rb_file ${quoted.join(' ').replaceAll("'", "'\\''")})'`;
}

/** As the engine has it: risk low in a transaction that can only read, `transaction` all or nothing, else each statement by itself. */
function psql({ plan }: ScriptSource, step: Step): string {
  const { risk, block, capture } = step;
  const document = plan.documents[plan.document];
  const names = document === undefined ? [] : [...declaredNames(document, plan.stage)].filter((name) => reads({ ...step, block }, name));
  const settings = [
    ...(risk === 'low' ? ['SET TRANSACTION READ ONLY;'] : []),
    ...names.flatMap((name) => [
      `\\set rb \`printf %s "$${name.toUpperCase()}"\``,
      `SELECT set_config('runbook.${name}', :'rb', false) \\g /dev/null`,
    ]),
  ].join('\n');
  const options = [
    ...(risk === 'low' || block.flags.includes('transaction') ? ['--single-transaction'] : []),
    '--quiet',
    ...(capture === undefined ? [] : ['--tuples-only', '--no-align', '--field-separator="$(printf \'\\t\')"']),
  ];
  const host = step.host === undefined ? "''" : `"${hostOf(step.host)}"`;
  return `rb_psql ${word(settings)} ${host} ${options.join(' ')}`;
}

/** `host=` may hold names of values, which the environment has. */
function hostOf(host: string): string {
  let [text, last] = ['', 0];
  for (const { name, start, end } of placeholders(host)) {
    text += `${host.slice(last, start)}\${${name.toUpperCase()}:?}`;
    last = end;
  }
  return text + host.slice(last);
}
