/** A document as far as it has been read: what the checks of one file and of a whole plan look at. */

import type { Root } from 'mdast';
import type { Document } from '../core/plan.ts';
import type { Collector } from './collector.ts';
import type { FailureLink } from './failure-link.ts';
import type { FrontMatterRead } from './front-matter.ts';
import type { Section } from './section.ts';
import type { SettingAt } from './steps.ts';
import type { SymptomRead } from './symptoms.ts';

/** A document, and what a plan needs to check what leads out of it. */
export type DocumentRead = {
  readonly document: Document;
  /** What was found so far; a plan adds to it. */
  readonly report: Collector;
  /** What the linter looks at: the text with line feeds only, its tree, and the tree cut at the headings. */
  readonly text: string;
  readonly root: Root;
  readonly sections: readonly Section[];
  readonly lines: readonly string[];
  readonly links: readonly FailureLink[];
  readonly symptoms: readonly SymptomRead[];
  readonly front: FrontMatterRead;
  readonly settingAt: SettingAt;
};
