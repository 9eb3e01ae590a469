/** HTML in markdown as a reader on GitHub gets it: tags that GitHub knows do their work and are not seen, comments are not there. */

/** Tags that GitHub keeps and that begin a line of their own. */
const lineTags = new Set(
  'blockquote br caption dd details div dl dt figcaption figure h1 h2 h3 h4 h5 h6 hr li ol p picture pre summary table tbody tfoot thead tr ul'.split(
    ' ',
  ),
);

/** Tags that GitHub keeps and that stand within a line. */
const inlineTags = new Set(
  'a abbr b bdo cite code del dfn em i img ins kbd mark q rp rt ruby s samp small source span strike strong sub sup td th time tt var wbr'.split(' '),
);

/**
 * The text of a piece of HTML, with a line feed where a tag begins a line. GitHub drops every other tag; here it stays as text, because what
 * looks like one is most often a forgotten placeholder such as `<cluster>`.
 */
export function textOfHtml(html: string): string {
  // The name may not be given back letter by letter, or a long one without an end takes quadratic time.
  const mark = /<!--|<\/?([a-z][a-z0-9-]*)(?![a-z0-9-])[^<>]*>/gi;
  let text = '';
  for (let at = 0; ; ) {
    mark.lastIndex = at;
    const found = mark.exec(html);
    if (found === null) return text + html.slice(at);
    text += html.slice(at, found.index);
    if (found[0] === '<!--') {
      const end = html.indexOf('-->', found.index);
      // As for a browser, what is never closed goes to the end.
      if (end === -1) return text;
      at = end + 3;
      continue;
    }
    const name = String(found[1]).toLowerCase();
    text += lineTags.has(name) ? '\n' : inlineTags.has(name) ? '' : found[0];
    at = found.index + found[0].length;
  }
}
