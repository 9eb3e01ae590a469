import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type DefaultTreeAdapterMap, parse } from 'parse5';
import { describe, expect, test } from 'vitest';
import { fold } from '../../engine/core/apply.ts';
import { htmlReport } from '../../engine/report/html.ts';
import { planOf, procedure, runbook, step } from '../core/plan-builder.ts';
import { findChromium, visitPages } from '../helpers/chromium.ts';
import { hostileOutput, hostileWords } from '../helpers/hostile.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { attempt, evidenceOf, head, recovered, toldIn, toldOf } from './sample-run.ts';

type Element = DefaultTreeAdapterMap['element'];

function pageOf(...given: Parameters<typeof htmlReport>): string {
  return [...htmlReport(...given)].join('');
}

/** Every element of a page, as the parser of browsers reads it. */
function elementsOf(html: string): readonly Element[] {
  const found: Element[] = [];
  const walk = (node: DefaultTreeAdapterMap['node']): void => {
    if ('tagName' in node) found.push(node);
    if ('childNodes' in node) for (const child of node.childNodes) walk(child);
  };
  walk(parse(html));
  return found;
}

/** The text of an element. */
function textOf(node: DefaultTreeAdapterMap['node']): string {
  if (node.nodeName === '#text') return 'value' in node ? node.value : '';
  return 'childNodes' in node ? node.childNodes.map(textOf).join('') : '';
}

const tags = new Set(
  'html head meta title style body header main footer section div p span b strong em del code pre h1 h2 h3 h4 dl dt dd ul ol li a br hr blockquote figure figcaption table thead tbody tr th td time details summary svg desc g line rect text'.split(
    ' ',
  ),
);
const attributes = new Set(
  'lang charset http-equiv content name class id href rel datetime open scope start viewbox role aria-labelledby aria-hidden x y x1 x2 y1 y2 width height rx text-anchor'.split(
    ' ',
  ),
);

/** What may stand on a page; anything else could run, load or lead somewhere. */
function expectHarmless(html: string): void {
  for (const { tagName, attrs } of elementsOf(html)) {
    expect(tags).toContain(tagName);
    for (const { name, value } of attrs) {
      expect(attributes).toContain(name.toLowerCase());
      if (name === 'href') expect(value).toMatch(/^(#[\w-]+|https:\/\/\S+)$/);
    }
  }
  expect(html).not.toMatch(/[\0-\u{8}\u{b}-\u{1f}\u{7f}-\u{9f}\u{ad}\u{200b}\u{202a}-\u{202e}\u{2066}-\u{2069}\u{feff}]/u);
}

test('the page tells the whole chain in its order, with a picture of it', () => {
  const html = pageOf(toldOf(recovered), evidenceOf('it is locked\n'));
  const elements = elementsOf(html);
  const cards = elements.filter(({ tagName }) => tagName === 'section').map(({ attrs }) => attrs.find(({ name }) => name === 'id')?.value);
  expect(cards).toEqual(['step-0-apply-migrations', 'playbook-1', 'step-1-end-blockers']);
  const attempts = elements.filter(({ attrs }) => attrs.some(({ value }) => value === 'attempt')).map((element) => textOf(element).slice(0, 9));
  expect(attempts).toEqual(['Attempt 1', 'Attempt 2', 'Attempt 3']);
  expect(html).toContain('FINISHED, 1 recovered');
  expect(html).toContain(head);
  const bars = elements
    .filter(({ tagName, attrs }) => tagName === 'rect' && attrs.some(({ name, value }) => name === 'x' && value !== '1'))
    .map(textOf);
  expect(bars).toEqual([
    'Attempt 1 (step): exit 1, 1 s',
    'Attempt 3 (step): exit 0, 1 s',
    'Playbook no lock (55P03)',
    'Attempt 2 (step): exit 0, 1 s',
  ]);
  const links = elements.flatMap(({ attrs }) => attrs.flatMap(({ name, value }) => (name === 'href' ? value.slice(1) : [])));
  expect(links.every((id) => cards.includes(id))).toBe(true);
});

test('in the picture a night without anybody takes little room, and of very many steps it shows the first', () => {
  const ids = Array.from({ length: 130 }, (_, index) => `step-${index + 1}`);
  const documents = planOf({ documents: [runbook([procedure('apply', ...ids.map((id) => step(id)))])] });
  const told = toldOf(
    ids.flatMap((id, index) => attempt(index + 1, 0, id, 0)),
    undefined,
    documents,
  );
  const night = 8 * 3_600_000;
  const events = told.events.map((event, index) => (index < 301 ? event : { ...event, at: new Date(Date.parse(event.at) + night).toISOString() }));
  const html = pageOf({ ...told, events, run: fold(documents, events) }, evidenceOf(''));
  const rects = elementsOf(html).filter(({ tagName, attrs }) => tagName === 'rect' && attrs.some(({ name, value }) => name === 'x' && value !== '1'));
  const [gap, ...bars] = rects.map((rect) => ({
    says: textOf(rect),
    from: Number(rect.attrs.find(({ name }) => name === 'x')?.value),
    width: Number(rect.attrs.find(({ name }) => name === 'width')?.value),
  }));
  expect(gap?.says).toBe('Nothing ran for 8h');
  expect(gap?.width).toBeLessThan(50);
  expect(bars).toHaveLength(120);
  for (const [index, { from }] of bars.entries()) expect(from).toBeGreaterThanOrEqual(bars[index - 1]?.from ?? 270);
  expect(html).toContain('10 more steps ran than are drawn here.');
});

test('nothing may be loaded or run, and the one style sheet is the one of the policy', () => {
  const elements = elementsOf(pageOf(toldOf(recovered), evidenceOf('')));
  const policy = elements
    .find(({ attrs }) => attrs.some(({ value }) => value === 'Content-Security-Policy'))
    ?.attrs.find(({ name }) => name === 'content')?.value;
  const style = elements.filter(({ tagName }) => tagName === 'style').map(textOf);
  const sha256 = createHash('sha256').update(style.join('')).digest('base64');
  expect(policy).toBe(`default-src 'none'; style-src 'sha256-${sha256}'; base-uri 'none'; form-action 'none'`);
  expect(style).toHaveLength(1);
});

describe('output keeps its colours, as colours of the page that can be read', () => {
  const shown = (output: string): string =>
    /<summary>.*?<pre>([\s\S]*?)\n?<\/pre>/.exec(pageOf(toldOf(attempt(1, 0, 'apply-migrations', 0)), evidenceOf(`${output}\n`)))?.[1] ?? '';

  test.each([
    ['one of the eight', '\u{1b}[1;31mERROR\u{1b}[0m: no', '<span class="red bold">ERROR</span>: no'],
    ['a bright one', '\u{1b}[92mgood\u{1b}[39m', '<span class="green">good</span>'],
    ['one of 256', '\u{1b}[38;5;208morange\u{1b}[0m', '<span class="yellow">orange</span>'],
    ['any colour, with colons', '\u{1b}[38:2::0:0:255mblue\u{1b}[0m', '<span class="blue">blue</span>'],
    ['a background', '\u{1b}[41mred\u{1b}[0m', '<span class="on-red">red</span>'],
    ['black on black', '\u{1b}[30;40mhidden\u{1b}[0m', '<span class="on-plain">hidden</span>'],
    ['hidden text', '\u{1b}[8mhidden\u{1b}[0m', 'hidden'],
    ['a style that is not ended', '\u{1b}[3mone\ntwo', '<span class="italic">one</span>\ntwo'],
    ['markup in colour', '\u{1b}[31m<b>&amp;\u{1b}[0m', '<span class="red">&lt;b&gt;&amp;amp;</span>'],
  ])('%s', (_name, output, html) => {
    expect(shown(output)).toBe(html);
  });
});

test('of a log that is too long for a page its beginning and end are shown, and where the rest is', () => {
  const lines = Array.from({ length: 600_000 }, (_, index) => `line ${index}\n`).join('');
  const html = pageOf(toldOf(attempt(1, 0, 'apply-migrations', 0)), evidenceOf(lines));
  expect(html.length).toBeLessThan(5_000_000);
  expect(html).toMatch(/line 0\nline 1\n/);
  expect(html).toContain('line 599999\n');
  const mark = html.match(/<span class="cut">[^<]*<\/span>/g);
  expect(mark).toEqual([
    '<span class="cut">About 2.9 MB are not shown here. All of it is in attempts/01-apply-migrations.1/log of the run\'s folder.</span>',
  ]);
});

test('a run of 2,000 attempts takes no more than 40 MB whatever they print', () => {
  const facts = Array.from({ length: 2000 }, (_, index) => [
    ...attempt(index + 1, 0, 'apply-migrations', 1),
    { type: 'retry-chosen', frame: 0, step: 'apply-migrations' } as const,
  ]).flat();
  let length = 0;
  for (const part of htmlReport(toldOf(facts), evidenceOf('<'.repeat(79).concat('\n').repeat(12_500)))) length += part.length;
  // Each `<` of these takes four characters.
  expect(length).toBeLessThan(4 * 40_000_000);
});

describe('hostile output is harmless', () => {
  const ordinary = elementsOf(pageOf(toldOf(recovered), evidenceOf('output\n'))).map(({ tagName }) => tagName);
  test.each(hostileOutput)('%s', (_name, output) => {
    const html = pageOf(toldOf(recovered), evidenceOf(output));
    expectHarmless(html);
    expect(
      elementsOf(html)
        .map(({ tagName }) => tagName)
        .filter((tag) => tag !== 'span'),
    ).toEqual(ordinary.filter((tag) => tag !== 'span'));
  });
});

describe('hostile words are harmless', () => {
  const ordinary = elementsOf(pageOf(toldIn('word'), evidenceOf('word'))).map(({ tagName }) => tagName);
  test.each(hostileWords)('%s', (_name, words) => {
    const html = pageOf(
      toldIn(words),
      evidenceOf(words, () => words),
    );
    expectHarmless(html);
    expect(
      elementsOf(html)
        .map(({ tagName }) => tagName)
        .filter((tag) => tag !== 'span'),
    ).toEqual(ordinary.filter((tag) => tag !== 'span'));
  });

  test('a link leads only to the web', () => {
    const to = (address: string): readonly string[] => {
      const told = toldIn('word');
      const links = [{ kind: 'paragraph', spans: [{ kind: 'link', address, spans: [{ kind: 'text', text: 'here' }] }] }] as const;
      const [document] = Object.values(told.plan.documents).filter(({ frontMatter }) => frontMatter.kind === 'runbook');
      const procedures =
        document?.procedures.map((one) => ({ ...one, steps: one.steps.map((step) => ({ ...step, reading: { above: links, below: [] } })) })) ?? [];
      const plan = { ...told.plan, documents: { ...told.plan.documents, [String(document?.path)]: { ...document!, procedures } } };
      const hrefs = elementsOf(pageOf({ ...told, plan }, evidenceOf(''))).flatMap(({ attrs }) =>
        attrs.flatMap(({ name, value }) => (name === 'href' ? value : [])),
      );
      return [...new Set(hrefs)].filter((href) => !href.startsWith('#'));
    };
    expect(to('https://example.org/a?b="c"')).toEqual(['https://example.org/a?b="c"']);
    for (const address of [
      'javascript:alert(1)',
      'JaVaScRiPt:alert(1)',
      'data:text/html,x',
      'http://example.org',
      '//example.org',
      '../a.md',
      'https://a\u{202e}b',
      ' https://a',
    ])
      expect(to(address)).toEqual([]);
  });
});

const chromium = findChromium();

describe.skipIf(chromium === undefined)('in a browser (set RUNBOOK_CHROMIUM, or have chromium on PATH)', () => {
  test('nothing runs, nothing is requested but the page, and its style is allowed', async () => {
    const folder = temporaryFolder();
    const all = hostileOutput.map(([, bytes]) => bytes.subarray(0, 20_000));
    const pages = [
      pageOf(toldOf(recovered), evidenceOf(Buffer.concat(all))),
      pageOf(toldIn(hostileWords.map(([, words]) => words).join(' ')), evidenceOf(Buffer.concat(all))),
    ];
    const addresses = pages.map((html, index) => {
      const path = join(folder, `${index}.html`);
      writeFileSync(path, html);
      return pathToFileURL(path).href;
    });
    // A page that does all of it shows that this browser would tell.
    writeFileSync(
      join(folder, 'open.html'),
      `<script src="data:text/javascript,document.title='ran'"></script><img src="https://evil.invalid/"><style>@import url(https://evil.invalid/a.css)</style>`,
    );
    const visits = await visitPages(String(chromium), [pathToFileURL(join(folder, 'open.html')).href, ...addresses]);
    expect(visits[0]?.requests.filter((url) => url.includes('evil.invalid'))).not.toEqual([]);
    expect(visits[0]?.scripts).not.toEqual([]);
    for (const [index, { requests, scripts, messages, text }] of visits.slice(1).entries()) {
      expect(requests).toEqual([addresses[index]]);
      expect(scripts).toEqual([]);
      expect(messages).toEqual([]);
      expect(text).toContain('<script>fetch("https://evil.example/a")</script>');
    }
  });
});
