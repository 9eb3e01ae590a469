/** What happened: noted by handlers and background work, kept for 14 days. */

import { DescribeEvents$, type DescribeEventsMessage, type EventsMessage } from '@aws-sdk/client-rds';
import { type Action, action, type Call, type World } from '../action.ts';
import { refuse } from '../refusal.ts';
import { type ArnType, arnOf, identifierIn } from './identifiers.ts';
import { page } from './paging.ts';
import type { ClusterRecord, EventRecord, InstanceRecord } from './records.ts';
import { tell } from './subscriptions.ts';

/** As long as AWS keeps events. */
const keptMs = 14 * 24 * 60 * 60 * 1000;

/** More events than a rehearsal makes; the oldest go first. */
const keptEvents = 2000;

const arnTypes: Readonly<Record<EventRecord['sourceType'], ArnType>> = {
  'db-cluster': 'cluster',
  'db-instance': 'db',
  'db-cluster-snapshot': 'cluster-snapshot',
  'db-proxy': 'db-proxy',
};

/** Source types that AWS has; some never have events here. */
const sourceTypes = [
  ...Object.keys(arnTypes),
  'db-parameter-group',
  'db-security-group',
  'db-snapshot',
  'custom-engine-version',
  'blue-green-deployment',
];

/** Adds an event. `code` is its number in AWS's list. */
export function note(world: World, event: Omit<EventRecord, 'at'>): void {
  const { events } = world.state;
  const happened = { at: world.clock().toISOString(), ...event };
  events.push(happened);
  tell(world, happened);
  if (events.length > keptEvents) events.splice(0, events.length - keptEvents);
}

/** An event without what it happened to and when. */
type Happening = Pick<EventRecord, 'code' | 'message' | 'categories'>;

/** Adds an event of a cluster. */
export function noteCluster(world: World, { identifier }: Pick<ClusterRecord, 'identifier'>, happening: Happening): void {
  note(world, { sourceType: 'db-cluster', source: identifier, ...happening });
}

/** Adds an event of an instance. */
export function noteInstance(world: World, { identifier }: Pick<InstanceRecord, 'identifier'>, happening: Happening): void {
  note(world, { sourceType: 'db-instance', source: identifier, ...happening });
}

/** Drops what AWS would have forgotten. */
export function forgetEvents(world: World): void {
  const from = new Date(world.clock().getTime() - keptMs).toISOString();
  const kept = world.state.events.filter((each) => each.at >= from);
  if (kept.length < world.state.events.length) world.state.events.splice(0, world.state.events.length, ...kept);
}

function describeEvents(call: Call, input: DescribeEventsMessage): EventsMessage {
  const { SourceType: type, SourceIdentifier: source, EventCategories: categories = [] } = input;
  if (source !== undefined && type === undefined) {
    refuse('InvalidParameterCombination', 'SourceType is required when SourceIdentifier is given.');
  }
  if (type !== undefined && !sourceTypes.includes(type))
    refuse('InvalidParameterValue', `Invalid source type: ${type}. Known are ${sourceTypes.join(', ')}.`);
  if (input.Filters !== undefined && input.Filters.length > 0) refuse('InvalidParameterValue', 'DescribeEvents supports no filters.');
  const { from, to } = spanOf(call, input);
  const known = Object.entries(arnTypes).find(([name]) => name === type)?.[1];
  const name = source === undefined ? undefined : known === undefined ? source.toLowerCase() : identifierIn(call, known, source);
  const found = call.state.events.filter((each) => {
    const at = Date.parse(each.at);
    if (at < from || at > to) return false;
    if ((type !== undefined && each.sourceType !== type) || (name !== undefined && each.source !== name)) return false;
    return categories.length === 0 || each.categories.some((category) => categories.includes(category));
  });
  // Two events may have the same time; the position keeps them apart and in order.
  const numbered = found.map((event, position) => ({ event, key: `${event.at} ${String(position).padStart(6, '0')}` }));
  const { items, Marker } = page(numbered, input, ({ key }) => key);
  return {
    Marker,
    Events: items.map(({ event }) => ({
      SourceIdentifier: event.source,
      SourceType: event.sourceType,
      Message: event.message,
      EventCategories: event.categories,
      Date: new Date(event.at),
      SourceArn: arnOf(call, arnTypes[event.sourceType], event.source),
    })),
  };
}

/** The last hour, where nothing else is asked for. */
function spanOf(call: Call, input: DescribeEventsMessage): { readonly from: number; readonly to: number } {
  const now = call.clock().getTime();
  const { Duration: minutes, StartTime: start, EndTime: end } = input;
  if (minutes !== undefined && (start !== undefined || end !== undefined)) {
    refuse('InvalidParameterCombination', 'Duration cannot be used with StartTime or EndTime.');
  }
  if (minutes !== undefined && (!Number.isInteger(minutes) || minutes < 1 || minutes > 20_160)) {
    refuse('InvalidParameterValue', `Invalid duration ${minutes}: it must be from 1 to 20160 minutes.`);
  }
  if (start !== undefined && start.getTime() < now - keptMs) refuse('InvalidParameterValue', 'StartTime must not be more than 14 days ago.');
  if (start !== undefined && end !== undefined && start > end) refuse('InvalidParameterCombination', 'StartTime must not be after EndTime.');
  const to = end?.getTime() ?? now;
  return { from: start?.getTime() ?? to - (minutes ?? 60) * 60_000, to };
}

export const eventActions: readonly Action[] = [action(DescribeEvents$, describeEvents)];
