/** What a run will do: the documents as data, and the stage's rules. Built by document/, read by everything else. */

import type { Prose, Reading } from './prose.ts';

/** How dangerous a step is. `low` only reads. */
export type Risk = 'low' | 'medium' | 'high';

/** A place in a file: `path` relative to the project root with `/`, `line` and `column` counted from 1. */
export type Place = { readonly path: string; readonly line: number; readonly column: number };

/** The code of a fence. */
export type Block = {
  /** The first word of the info string, such as `bash`, `sh`, `sql`. */
  readonly language: string;
  /** Words of the info string that choose how a kernel runs the block: `aws` (bash), `transaction` (sql). */
  readonly flags: readonly ('aws' | 'transaction')[];
  /** The body as CommonMark gives it, with a final line feed unless it is empty; values not yet filled in. */
  readonly source: string;
  /** Where the first line of the body stands. */
  readonly place: Place;
};

/** A fence that belongs to a step: `check=`, `rollback=`, `dry-run=`. */
export type Companion = { readonly block: Block; readonly timeoutMs: number };

/** One line of a `text expect=` fence. */
export type Expectation = {
  /** As written, for messages. */
  readonly text: string;
  /** `line`: a line equal to `value` after trimming both; `pattern`: a line that matches the RE2 pattern `value`. */
  readonly kind: 'line' | 'pattern';
  readonly value: string;
  /** True when the line must not appear (a leading `!`). */
  readonly absent: boolean;
};

/** A link to a procedure or playbook entry: the document's path and the heading's anchor. */
export type Target = { readonly document: string; readonly anchor: string };

/** One thing to do: an annotated fence and what belongs to it. */
export type Step = {
  /** Kebab-case, unique in the document. */
  readonly id: string;
  /** The text of the nearest heading above. */
  readonly title: string;
  readonly risk: Risk;
  readonly block: Block;
  /** How long one attempt may take; with `every`, how long all polls together may take. */
  readonly timeoutMs: number;
  /** A person does it and attests. */
  readonly manual: boolean;
  /** Needs the terminal. */
  readonly tty: boolean;
  /** How often a failed attempt is repeated without asking (risk=low only). */
  readonly retries: number;
  /** Poll at this interval until it succeeds or the time is up (risk=low only). */
  readonly everyMs?: number;
  /** The variable that gets the trimmed standard output. */
  readonly capture?: string;
  /** Elsewhere the step is shown as skipped. Absent: every stage. */
  readonly stages?: readonly string[];
  readonly cwd?: string;
  /** sql: another host with the stage's credentials; may hold `{name}`. */
  readonly host?: string;
  /** A glob of files that the step uses. */
  readonly files?: string;
  /** The value that the operator types to run the step, on every stage; may hold `{name}`. */
  readonly retype?: string;
  readonly check?: Companion;
  readonly rollback?: Companion;
  readonly dryRun?: Companion;
  readonly expect: readonly Expectation[];
  /** The entry behind **If this fails:**. */
  readonly failureLink?: Target;
  /** Markdown of the step's section up to its fence, without the heading. */
  readonly prose: string;
  /** The step's section as a reader sees it, up to the words that belong to the next step. */
  readonly reading: Reading;
  /** Where the fence opens. */
  readonly place: Place;
};

/** An H2 section that holds steps; in a playbook it is called an entry. */
export type Procedure = {
  /** The anchor that GitHub gives the heading. */
  readonly anchor: string;
  readonly title: string;
  /** Markdown between the heading and the first heading or fence below it. */
  readonly prose: string;
  readonly steps: readonly Step[];
  readonly place: Place;
};

/** What the Allowed column of the Inputs table says. */
export type Allowed =
  | { readonly kind: 'pattern'; readonly pattern: string }
  | { readonly kind: 'choices'; readonly choices: readonly string[] }
  | { readonly kind: 'number' | 'time' | 'text' | 'secret' };

/** A row of the Inputs table. */
export type Input = {
  readonly name: string;
  readonly meaning: string;
  readonly allowed: Allowed;
  readonly default?: string;
  readonly place: Place;
};

/** What happens in the run below when a playbook entry has ended. */
export type Then = 'retry' | 'done' | 'stop' | 'ask';

/** One way in which a failure is recognised. */
export type ErrorMatch =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'timeout' | 'expect' | 'check' }
  | { readonly kind: 'pattern'; readonly pattern: string };

/** A row of a playbook's Symptoms table. */
export type Symptom = {
  /** Step ids, or `any`. */
  readonly steps: readonly string[] | 'any';
  readonly errors: readonly ErrorMatch[];
  /** Anchor of an H2 of the same document. */
  readonly entry: string;
  readonly then: Then;
  readonly place: Place;
};

/** A tool that a document needs, as in `psql >=15`. */
export type Requirement = { readonly tool: string; readonly minimum?: string };

/** The front matter. */
export type FrontMatter = {
  readonly kind: 'runbook' | 'playbook';
  readonly owner?: string;
  readonly severity?: string;
  /** ISO date of the last review. */
  readonly reviewed?: string;
  /** Days between reviews. */
  readonly reviewEvery?: number;
  readonly stages?: readonly string[];
  /** Path of the document's playbook, relative to the project root. */
  readonly playbook?: string;
  readonly requires: readonly Requirement[];
  /** Globs of files that the steps use, relative to the stage's working folder. */
  readonly files: readonly string[];
  /** Anchors in the order in which `--all` rehearses them. */
  readonly rehearsal?: readonly string[];
  readonly escalation?: string;
};

/** A runbook or a playbook. */
export type Document = {
  /** Relative to the project root, with `/`. */
  readonly path: string;
  /** The H1. */
  readonly title: string;
  /** The first paragraph below the H1, as plain text. */
  readonly summary: string;
  readonly frontMatter: FrontMatter;
  readonly inputs: readonly Input[];
  readonly symptoms: readonly Symptom[];
  /** The section `Escalation`. */
  readonly escalation?: Prose;
  /** The section `Before you start`. */
  readonly before?: Procedure;
  /** In document order, without `before`. */
  readonly procedures: readonly Procedure[];
};

/** What the core needs to know of a stage. */
export type Stage = {
  readonly name: string;
  readonly sandbox: boolean;
  /** `ask`: y runs a step. `typed`: risk=high wants the stage's name typed out. */
  readonly confirm: 'ask' | 'typed';
  readonly onFailure: 'ask' | 'playbook';
  /** As text, without the built-in ones. */
  readonly variables: Readonly<Record<string, string>>;
  readonly region?: string;
};

/** Which steps of the chosen procedures run; the others are recorded as skipped. */
export type Selection = {
  readonly from?: string;
  readonly to?: string;
  readonly only?: readonly string[];
  /** Only risk=low steps may run. */
  readonly readOnly: boolean;
};

/** Everything that a run can reach, resolved before its first step. */
export type Plan = {
  /** The document that was asked for. */
  readonly document: string;
  /** Anchors of its chosen procedures, in the order in which they run; `before` is not among them. */
  readonly procedures: readonly string[];
  /** By path: the document and every playbook that it can reach. */
  readonly documents: Readonly<Record<string, Document>>;
  readonly stage: Stage;
  readonly selection: Selection;
};
