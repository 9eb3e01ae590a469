/** What was meant to be written over: placeholders, notes to oneself, and the text of the templates. */

import type { Rule } from './rule.ts';
import { frontMatterLines, templateTexts } from './template-texts.ts';
import { matchesIn, matchesInTexts, passagesOf } from './text-places.ts';

/** The elements that GitHub lets through, and those of pages that nobody writes as placeholders. */
const elements = new Set(
  [
    'a abbr article aside audio b bdo big blockquote body br button caption center cite code col colgroup dd del details dfn div dl dt em',
    'figcaption figure font footer form h1 h2 h3 h4 h5 h6 head header hr html i iframe img input ins kbd label li link main mark meta nav',
    'nobr ol p path picture pre q rp rt ruby s samp script section small source span strike strong style sub summary sup svg table tbody',
    'td tfoot th thead time tr tt u ul var video wbr',
  ].flatMap((names) => names.split(' ')),
);

/** Something in angle brackets that somebody was to fill in. GitHub takes it for an unknown element and shows nothing of it. */
export const placeholder: Rule = {
  id: 'placeholder',
  severity: 'error',
  scope: 'text',
  check: (read) => {
    const tags = matchesInTexts(read, ['html'], /<!--.*?-->|<[A-Za-z][^<>]*>/g).filter(({ text }) => {
      const name = /^<([A-Za-z][^\s/>]*)/.exec(text)?.[1];
      return name !== undefined && !elements.has(name.toLowerCase());
    });
    const dots = matchesInTexts(read, ['text'], /<\s?(?:…|\.\.\.)\s?>/g);
    const fields = matchesInTexts(read, ['yaml'], /<[^<>]+>/g);
    return [...tags, ...dots, ...fields].map(({ text, at }) => ({
      at,
      words: [
        `${text} was left to be filled in, or GitHub shows nothing of it.`,
        'Write what it stands for; what is meant as it stands goes into backticks.',
      ],
    }));
  },
};

/** A note to oneself in what readers see. */
export const todo: Rule = {
  id: 'todo',
  severity: 'warning',
  scope: 'text',
  check: (read) =>
    matchesInTexts(read, ['text', 'yaml'], /\b(?:TODO|FIXME|TBD|XXX)\b/g).map(({ text, at }) => ({
      at,
      words: [`${text}: something is not written yet.`, 'Write it, or put the note into a comment: <!-- … -->.'],
    })),
};

/** A passage that stands in a template word for word. */
export const templateText: Rule = {
  id: 'template-text',
  severity: 'error',
  scope: 'frame',
  check: (read, { templates }) => {
    if (/(?:^|[/_-])templates?(?:\/|\.md$)/i.test(read.document.path)) return [];
    const known = templateTexts(templates);
    const lines = matchesIn(frontMatterLines(read.text), /^\S.*/g, 2);
    return [...passagesOf(read), ...lines]
      .filter(({ text }) => known.has(text))
      .map(({ at }) => ({ at, words: ['This is the text of the template.', 'Write over it, or delete it.'] }));
  },
};
