/** The author's words as a reader on GitHub sees them: markdown without its marks. Plain data; nothing in it is escaped yet. */

/** Text within a line. Line ends of the source are blanks; a line break that the author wants is a `break`. */
export type ProseSpan =
  | { readonly kind: 'text' | 'code'; readonly text: string }
  | { readonly kind: 'strong' | 'emphasis' | 'struck'; readonly spans: readonly ProseSpan[] }
  | { readonly kind: 'link'; readonly address: string; readonly spans: readonly ProseSpan[] }
  | { readonly kind: 'break' };

/** The alerts that GitHub draws. */
export type AlertName = 'note' | 'tip' | 'important' | 'warning' | 'caution';

/** An item of a list: `number` in an ordered one, `done` where it is a task. */
export type ProseItem = { readonly number?: number; readonly done?: boolean; readonly blocks: Prose };

/** How a column of a table is aligned; undefined where the author does not say. */
export type Alignment = 'left' | 'right' | 'center' | undefined;

/** A cell of a table. */
type ProseCell = readonly ProseSpan[];

/** What stands below each other. */
export type ProseBlock =
  | { readonly kind: 'heading'; readonly depth: number; readonly spans: readonly ProseSpan[] }
  | { readonly kind: 'paragraph'; readonly spans: readonly ProseSpan[] }
  | { readonly kind: 'list'; readonly items: readonly ProseItem[] }
  | { readonly kind: 'quote'; readonly blocks: Prose }
  | { readonly kind: 'alert'; readonly name: AlertName; readonly blocks: Prose }
  /** `language` is the first word of the info string; `text` has no final line feed. `note` says what runs it, where a whole document is read. */
  | { readonly kind: 'code'; readonly language: string; readonly text: string; readonly note?: string }
  | {
      readonly kind: 'table';
      readonly align: readonly Alignment[];
      readonly head: readonly ProseCell[];
      readonly rows: readonly (readonly ProseCell[])[];
    }
  | { readonly kind: 'rule' };

/** A stretch of a document. */
export type Prose = readonly ProseBlock[];

/** What stands around the block of a step, on which side a reader meets it. */
export type Reading = { readonly above: Prose; readonly below: Prose };
