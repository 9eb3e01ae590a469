/** What a rule of the linter is, and what it may look at. */

import type { Span, Words } from '../collector.ts';
import type { DocumentRead } from '../document-read.ts';

/** What surrounds a document. All of it comes from outside: rules are pure. */
export type World = {
  /** Today, as `YYYY-MM-DD`. */
  readonly today: string;
  /** Reads a markdown file of the project, each once. */
  readonly find: (path: string) => DocumentRead | undefined;
  /** True when there is a file or folder of this path, relative to the project root. */
  readonly exists: (path: string) => boolean;
  /** Every document of the project; they are read when a rule asks for them. */
  readonly documents: () => readonly DocumentRead[];
  /** The texts of the templates that documents are made from. */
  readonly templates: readonly string[];
};

/** Something that a rule does not like, and where. */
export type Finding = { readonly at: Span; readonly words: Words };

/** One demand on a document. docs/lint.md has a row, a failing and a passing example for each. */
export type Rule = {
  readonly id: string;
  readonly severity: 'error' | 'warning';
  /** `text`: holds for every markdown file, even one whose structure cannot be told. `frame`: only for runbooks and playbooks. */
  readonly scope: 'text' | 'frame';
  readonly check: (read: DocumentRead, world: World) => readonly Finding[];
};
