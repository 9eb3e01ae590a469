/** The least IAM policy that a list of calls needs, for a person to paste. */

import { type AwsCall, isLater, nameOf } from './call.ts';
import { actionNames, actsOn, extraActions, resourceTypes, withoutRegion } from './iam-resources.ts';

/** Where the calls are made; what is not known is `*`. */
export type PolicyScope = { readonly region?: string; readonly account?: string; readonly partition?: string };

/** One statement of a policy. */
type PolicyStatement = {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
};

/** A policy document, as IAM reads it. */
export type PolicyDocument = { readonly Version: '2012-10-17'; readonly Statement: readonly PolicyStatement[] };

type Scope = Required<PolicyScope>;

/** The policy for calls. Reading is allowed on everything, but for secrets; a change on what its call names, with `*` for what is not known yet. */
export function policyFor(calls: readonly AwsCall[], { region = '*', account = '*', partition = 'aws' }: PolicyScope): PolicyDocument {
  // The engine asks who it is before the first step and before each that changes something.
  const allowed = new Map<string, Set<string>>([['sts:GetCallerIdentity', new Set(['*'])]]);
  const allow = (action: string, resources: readonly string[]): void => {
    const known = allowed.get(action) ?? new Set();
    for (const resource of resources) known.add(resource);
    allowed.set(action, known);
  };
  for (const call of calls) {
    const name = nameOf(call);
    const resources = resourcesOf(call, { region, account, partition });
    allow(actionNames[name] ?? name, resources);
    for (const { when, given, actions, on } of extraActions) {
      if (!when.test(name) || call.input[given] === undefined || call.input[given] === false) continue;
      const at = on.startsWith('@') && on.length > 1 ? [pattern(call.input[on.slice(1)])] : on === '@' ? resources.slice(0, 1) : ['*'];
      for (const action of actions) allow(action, at);
    }
  }
  return { Version: '2012-10-17', Statement: statements(allowed) };
}

/** What is allowed on everything first, in one statement; then one for each action, in the order of their names. */
function statements(allowed: ReadonlyMap<string, ReadonlySet<string>>): readonly PolicyStatement[] {
  const actions = [...allowed].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const [anywhere, scoped] = [actions.filter(([, on]) => on.has('*')), actions.filter(([, on]) => !on.has('*'))];
  return [
    { Sid: 'OnEverything', Effect: 'Allow', Action: anywhere.map(([action]) => action), Resource: ['*'] },
    ...scoped.map(([action, on]) => ({
      Sid: sidOf(action),
      Effect: 'Allow' as const,
      Action: [action],
      Resource: withoutCovered([...on].toSorted()),
    })),
  ];
}

/** `RdsCreateDBCluster`: a Sid holds letters and digits only. */
function sidOf(action: string): string {
  return action.replace(/(^|:)([a-z])/gi, (_, __, letter: string) => letter.toUpperCase());
}

/** The resources, but for those that a pattern among them covers. */
function withoutCovered(resources: readonly string[]): readonly string[] {
  return resources.filter((resource) => !resources.some((other) => other !== resource && covers(other, resource)));
}

/** True when every name that fits `narrow` fits `wide`: its stars take in whatever stands there, stars included. */
function covers(wide: string, narrow: string): boolean {
  const [first = '', ...rest] = wide.split('*');
  const last = rest.pop();
  if (last === undefined || !narrow.startsWith(first) || !narrow.endsWith(last)) return false;
  let at = first.length;
  for (const piece of rest) {
    const found = narrow.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return at <= narrow.length - last.length;
}

function resourcesOf(call: AwsCall, scope: Scope): readonly string[] {
  const { service, input } = call;
  const specs = actsOn[nameOf(call)]?.split(' ') ?? [];
  const found = specs.flatMap((spec) => {
    const [, type = '', optional, parameter = '', fallback] = /^([a-z-]+)(\??)=(\w*)(?:\|(.*))?$/.exec(spec) ?? [];
    const given = input[parameter];
    if (given === undefined) return optional === '?' ? [] : [arnOf({ service, type, name: fallback ?? '*' }, scope)];
    return (Array.isArray(given) ? given : [given]).map((value) => arnOf({ service, type, name: pattern(value) }, scope));
  });
  return found.length === 0 ? ['*'] : [...new Set(found)];
}

type Resource = { readonly service: string; readonly type: string; readonly name: string };

function arnOf({ service, type, name }: Resource, { partition, region, account }: Scope): string {
  if (name.startsWith('arn:')) return name;
  const kind = resourceTypes[service]?.[type];
  // A resource of any type is named by its ARN alone; the beginning of that is known even where its end is not.
  if (kind === undefined) return `arn:${partition}:${service}:${region}:${account}:*`;
  const where = `arn:${partition}:${service}:${withoutRegion.has(type) ? '' : region}:${account}:${kind}`;
  if (kind.endsWith('*')) return where;
  // Secrets Manager puts a hyphen and six characters behind the name.
  if (type === 'secret') return name === '*' ? `${where}*` : `${where}${name}-??????`;
  // RDS keeps identifiers in lower case; the names of event subscriptions it keeps as they are.
  return `${where}${service === 'rds' && type !== 'es' ? name.toLowerCase() : name}`;
}

/** A value as a pattern: what is not known of it is `*`. */
function pattern(value: unknown): string {
  if (!isLater(value)) return typeof value === 'string' ? value : '*';
  return value.parts.map((part) => (typeof part === 'string' ? part : '*')).join('');
}
