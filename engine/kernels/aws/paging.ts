/** Answers that come in pages, put together as the CLI does: markers are left out, and `--max-items` leaves a token to go on with. */

import { type Fields, isFields, isList, type Value } from './answer-value.ts';
import { type AwsCall, type AwsPaging, nameOf } from './call.ts';
import type { Sdk } from './sdk.ts';

/** How an operation's answer comes in pages. */
export type PageShape = {
  /** Paths of what is put together; the first is what `--max-items` counts. */
  readonly results: readonly string[];
  /** Members that only the first page tells. */
  readonly kept: readonly string[];
  /** The parameter that takes the token of the page before. */
  readonly token: string;
  /** Path of the token for the next page. */
  readonly next: string;
  /** The member that says whether there is more, where the token does not. */
  readonly more?: string;
};

/** Operations whose answers the SDK can fetch in pages, and the CLI does not. */
const notInPages: ReadonlySet<string> = new Set([
  'rds:DescribeDBCapacityReservations',
  'secretsmanager:BatchGetSecretValue',
  'secretsmanager:ListSecretVersionIds',
  'cloudwatch:DescribeInsightRules',
  'cloudwatch:ListManagedInsightRules',
  'cloudwatch:ListMetricStreams',
]);

/** What does not follow from the schema: there, lists are what is put together. */
const exceptions: Readonly<Record<string, Partial<PageShape>>> = {
  'rds:DescribeCertificates': { kept: ['DefaultCertificateForNewLaunches'] },
  'rds:DescribeEngineDefaultClusterParameters': { results: ['EngineDefaults.Parameters'], next: 'EngineDefaults.Marker' },
  'rds:DescribeEngineDefaultParameters': { results: ['EngineDefaults.Parameters'], next: 'EngineDefaults.Marker' },
  'rds:DownloadDBLogFilePortion': { results: ['LogFileData'], more: 'AdditionalDataPending' },
  'cloudwatch:DescribeAlarms': { results: ['MetricAlarms', 'CompositeAlarms'] },
};

/** The pages of a call's operation; undefined when its answer comes whole, or is wanted so. */
export function pageShapeOf(call: AwsCall, sdk: Sdk): PageShape | undefined {
  const name = nameOf(call);
  if (!call.paging.paginate || notInPages.has(name) || sdk.paginate(call.operation) === undefined) return undefined;
  const members = [...sdk.input(call.operation).structIterator()].map(([member]) => member);
  const token = members.find((member) => /^(marker|nexttoken)$/i.test(member));
  // A page that is asked for by its own token is wanted alone.
  if (token === undefined || call.input[token] !== undefined) return undefined;
  const results = Array.from(sdk.output(call.operation).structIterator(), ([member, schema]) => (schema.isListSchema() ? member : '')).filter(
    Boolean,
  );
  return { results, kept: [], token, next: token, ...exceptions[name] };
}

/** The pages that were wanted, cut to size, and the token to go on with when there is more. */
export type Pages = { readonly pages: readonly Fields[]; readonly goOn?: string };

/** Fetches pages until there are enough items. @throws Error when the service gives the same token twice: it would never end. */
export async function takePages(pages: AsyncIterable<Fields>, shape: PageShape, paging: AwsPaging): Promise<Pages> {
  const [counted = '', ...others] = shape.results;
  let { token, skip } = startOf(paging.startingToken);
  let missing = paging.maxItems ?? Number.POSITIVE_INFINITY;
  const taken: Fields[] = [];
  for await (const page of pages) {
    const first = taken.length === 0 && paging.startingToken !== undefined;
    const items = itemsAt(page, counted).slice(first ? skip : 0);
    const kept = items.slice(0, missing);
    // What a page that was shown before has beside its items was shown with them.
    const shown = first ? others.reduce((all, path) => put(all, path, isList(at(all, path)) ? [] : at(all, path)), page) : page;
    taken.push(first || kept.length < items.length ? put(shown, counted, kept) : shown);
    if (kept.length < items.length) return { pages: taken, goOn: goOnToken(shape.token, token, kept.length + (first ? skip : 0)) };
    missing -= kept.length;
    const next = shape.more !== undefined && at(page, shape.more) !== true ? undefined : at(page, shape.next);
    if (typeof next !== 'string' || next === '') break;
    if (missing === 0) return { pages: taken, goOn: goOnToken(shape.token, next) };
    if (next === token) throw new Error(`The service gave the same token for the next page twice: ${next}`);
    token = next;
  }
  return { pages: taken };
}

/** The service's token in one of the CLI's, and how many items of the first page it leaves out. */
export function startOf(startingToken: string | undefined): { readonly token: string | undefined; readonly skip: number } {
  if (startingToken === undefined) return { token: undefined, skip: 0 };
  try {
    const told: unknown = JSON.parse(Buffer.from(startingToken, 'base64').toString('utf8'));
    if (typeof told === 'object' && told !== null) {
      const { boto_truncate_amount: skip = 0, ...tokens }: Record<string, unknown> = { ...told };
      const [token] = Object.values(tokens);
      return { token: typeof token === 'string' ? token : undefined, skip: Number(skip) };
    }
  } catch {
    // Not of the CLI's making: it is the service's own.
  }
  return { token: startingToken, skip: 0 };
}

function goOnToken(name: string, token: string | undefined, skip?: number): string {
  const amount = skip === undefined ? '' : `, "boto_truncate_amount": ${skip}`;
  return Buffer.from(`{"${name}": ${JSON.stringify(token ?? null)}${amount}}`).toString('base64');
}

/** All pages as one answer: what `json` and `table` show. */
export function joinPages({ pages, goOn }: Pages, shape: PageShape): Fields {
  let joined: Fields = {};
  for (const path of shape.results) {
    const parts = pages.map((page) => at(page, path)).filter((part) => part !== undefined);
    const [first] = parts;
    if (first === undefined) continue;
    joined = put(joined, path, isList(first) ? parts.flatMap((part) => (isList(part) ? part : [])) : parts.join(''));
  }
  const kept = Object.fromEntries(shape.kept.map((name): [string, Value] => [name, pages[0]?.[name] ?? null]));
  return { ...joined, ...kept, ...(goOn !== undefined && { NextToken: goOn }) };
}

/** The pages as `text` shows them, one after the other. */
export function apartPages({ pages, goOn }: Pages, shape: PageShape): readonly Fields[] {
  const shown = pages.map((page, index) => {
    const kept = index === 0 ? Object.fromEntries(shape.kept.map((name): [string, Value] => [name, page[name] ?? null])) : {};
    return shape.results.reduce<Fields>((all, path) => put(all, path, at(page, path) ?? null), kept);
  });
  return goOn === undefined ? shown : [...shown, { NextToken: { NextToken: goOn } }];
}

function itemsAt(page: Fields, path: string): readonly Value[] {
  const found = at(page, path);
  return isList(found) ? found : [];
}

function at(fields: Fields, path: string): Value | undefined {
  return path.split('.').reduce<Value | undefined>((found, name) => (isFields(found) ? found[name] : undefined), fields);
}

function put(fields: Fields, path: string, value: Value | undefined): Fields {
  if (value === undefined) return fields;
  const [name = '', ...rest] = path.split('.');
  if (rest.length === 0) return { ...fields, [name]: value };
  const inner = fields[name];
  return { ...fields, [name]: put(isFields(inner) ? inner : {}, rest.join('.'), value) };
}
