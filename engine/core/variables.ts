/** Variables: which names a document declares, where they stand in a block, and what a block becomes with its values filled in. */

import type { ResolvedBlock } from './need.ts';
import type { Block, Companion, Document, Procedure, Stage, Step } from './plan.ts';
import { own } from './present.ts';
import type { Value } from './run.ts';

/** Names that every document has. `region` has a value only where the stage has one. */
export const builtIns = ['stage', 'run', 'operator', 'region'] as const;

const placeholder = /(?<![$\\])\{([a-z][a-z0-9_]*)\}/g;

/** Every `{word}` of a text, whether declared or not. `${word}` is the shell's and is not among them. */
export function placeholders(source: string): readonly { readonly name: string; readonly start: number; readonly end: number }[] {
  return Array.from(source.matchAll(placeholder), (match) => ({
    name: match[0].slice(1, -1),
    start: match.index,
    end: match.index + match[0].length,
  }));
}

/** True when a value may stand in the text of a command: nothing in it can end a word, start an option or a comment. */
export function pasteable(text: string): boolean {
  return /^[A-Za-z0-9._:/@+,=-]+$/.test(text) && !text.startsWith('-') && !text.includes('--');
}

const reserved = new Set([
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'SHELLOPTS', 'TERM', 'TMPDIR', 'LANG', 'PWD', 'OLDPWD', 'IFS', 'ENV', 'UID', 'EUID', 'PPID'],
  ...['CDPATH', 'GLOBIGNORE', 'PROMPT_COMMAND', 'PS1', 'PS2', 'PS4', 'HOSTNAME', 'RANDOM', 'SECONDS', 'LINENO', 'OPTARG', 'OPTIND', 'REPLY'],
  ...['PYTHONPATH', 'PYTHONSTARTUP', 'PERL5LIB', 'PERL5OPT', 'RUBYOPT', 'RUBYLIB', 'JAVA_TOOL_OPTIONS', 'EDITOR', 'VISUAL', 'PAGER', 'DATABASE_URL'],
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS'],
]);
const reservedPrefixes = ['AWS_', 'PG', 'LD_', 'DYLD_', 'NODE_', 'NPM_', 'BASH', 'LC_', 'GIT_', 'SSH_', 'RUNBOOK_', 'XDG_'];

/** True when the environment variable of this name (it stands there in upper case) has a meaning to programs or to the engine. */
export function reservedName(name: string): boolean {
  const upper = name.toUpperCase();
  return reserved.has(upper) || reservedPrefixes.some((prefix) => upper.startsWith(prefix));
}

/** All procedures of a document that hold steps, `Before you start` first. */
export function sections(document: Document): readonly Procedure[] {
  return document.before === undefined ? document.procedures : [document.before, ...document.procedures];
}

/** The names that `{name}` can mean in a document on a stage. */
export function declaredNames(document: Document, stage: Stage): ReadonlySet<string> {
  const names = new Set<string>([...builtIns, ...Object.keys(stage.variables), ...document.inputs.map((input) => input.name)]);
  for (const section of sections(document)) for (const step of section.steps) if (step.capture !== undefined) names.add(step.capture);
  return names;
}

/** True when a step reads a variable: as `{name}`, as `$NAME` in its environment, or in SQL as `current_setting('runbook.name')`. */
export function reads(step: Step, name: string): boolean {
  const companions = [step.check, step.rollback, step.dryRun].filter((companion): companion is Companion => companion !== undefined);
  const blocks = [step.block, ...companions.map((companion) => companion.block)];
  const texts = [...blocks.map((block) => block.source), step.host ?? '', step.retype ?? ''];
  return texts.some((text) => placeholders(text).some((found) => found.name === name)) || blocks.some((block) => readsByName(block, name));
}

/** Without a mark such as `$`, since every language has its own; upper-case words of SQL are its keywords. */
function readsByName({ language, source }: Block, name: string): boolean {
  return new RegExp(language === 'sql' ? `\\brunbook\\.${name}\\b` : `\\b${name.toUpperCase()}\\b`).test(source);
}

/** Why a block cannot be completed. */
export type Unresolved =
  /** A declared variable has no value yet. */
  { readonly kind: 'missing'; readonly name: string } | { readonly kind: 'impossible'; readonly message: string; readonly hint: string };

/** What a block is filled in with. */
export type Scope = { readonly declared: ReadonlySet<string>; readonly values: Readonly<Record<string, Value>> };

/**
 * Fills the values into a block of a step, and into the step's `host=` and `retype=`.
 * A `{word}` that is not declared stays as it is. A value that is missing, secret or not pasteable refuses the block.
 */
export function resolve(step: Step, block: Block, scope: Scope): ResolvedBlock | Unresolved {
  const used = new Map<string, Value>();
  const texts = new Map<string, string>();
  for (const { name } of [block.source, step.host ?? '', step.retype ?? ''].flatMap(placeholders)) {
    if (!scope.declared.has(name) || used.has(name)) continue;
    const value = own(scope.values, name);
    if (value === undefined) return { kind: 'missing', name };
    const pasted = paste(step, block, name, value);
    if (typeof pasted === 'object') return pasted;
    used.set(name, value);
    texts.set(name, pasted);
  }
  const fill = (source: string): string => fillIn(source, (name) => texts.get(name));
  return {
    text: fill(block.source),
    ...(step.host !== undefined && { host: fill(step.host) }),
    ...(step.retype !== undefined && { retype: fill(step.retype) }),
    used: [...used].map(([name, value]) => ({ name, value })),
  };
}

/** The text with values in the place of their `{name}`; one without a value stays as it is. */
export function fillIn(source: string, textOf: (name: string) => string | undefined): string {
  let text = '';
  let last = 0;
  for (const { name, start, end } of placeholders(source)) {
    const value = textOf(name);
    if (value === undefined) continue;
    text += source.slice(last, start) + value;
    last = end;
  }
  return text + source.slice(last);
}

/** The text of a value, or why it may not be pasted into a command. */
function paste(step: Step, block: Block, name: string, value: Value): string | Unresolved {
  const place = `${step.place.path}:${step.place.line}`;
  const hint =
    block.language === 'sql'
      ? `Write current_setting('runbook.${name}') instead of {${name}}.`
      : `Write "$${name.toUpperCase()}" instead of {${name}}.`;
  if (!('text' in value))
    return { kind: 'impossible', message: `${place}: {${name}} is a secret, and a secret is never pasted into a command.`, hint };
  if (pasteable(value.text)) return value.text;
  const shown = JSON.stringify(value.text.length > 60 ? `${value.text.slice(0, 60)}…` : value.text);
  return {
    kind: 'impossible',
    message: `${place}: the value of {${name}} is ${shown}. A value pasted into a command may hold only letters, digits and . _ : / @ + , = - and no leading or double hyphen.`,
    hint,
  };
}
