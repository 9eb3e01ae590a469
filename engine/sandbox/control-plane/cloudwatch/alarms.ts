/** Alarms: what one watches, and the state that the metric puts it in. Pure. */

import { z } from 'zod';
import { type Sample, statistics, valuesOf } from './metrics.ts';

/** The statistics that an alarm can watch. */
export const statisticNames = ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum'] as const;
/** How a datapoint is compared with the threshold, in words and as a rule. */
const comparisons = {
  GreaterThanOrEqualToThreshold: { words: 'greater than or equal to', crosses: (value: number, threshold: number) => value >= threshold },
  GreaterThanThreshold: { words: 'greater than', crosses: (value: number, threshold: number) => value > threshold },
  LessThanThreshold: { words: 'less than', crosses: (value: number, threshold: number) => value < threshold },
  LessThanOrEqualToThreshold: { words: 'less than or equal to', crosses: (value: number, threshold: number) => value <= threshold },
} as const;
/** What can be put as the comparison. */
export const comparisonNames = ['GreaterThanOrEqualToThreshold', 'GreaterThanThreshold', 'LessThanThreshold', 'LessThanOrEqualToThreshold'] as const;
/** What an alarm can do with periods in which nothing was seen. */
export const missingNames = ['breaching', 'notBreaching', 'ignore', 'missing'] as const;

/** An alarm as it was put, and the state that it is in. */
export const alarmSchema = z.object({
  name: z.string(),
  arn: z.string(),
  description: z.string().optional(),
  namespace: z.string(),
  metric: z.string(),
  statistic: z.enum(statisticNames),
  dimensions: z.array(z.object({ Name: z.string(), Value: z.string() })),
  periodSeconds: z.number(),
  periods: z.number(),
  toAlarm: z.number().optional(),
  threshold: z.number(),
  comparison: z.enum(comparisonNames),
  missing: z.enum(missingNames).optional(),
  unit: z.string().optional(),
  actionsEnabled: z.boolean(),
  actions: z.object({ ok: z.array(z.string()), alarm: z.array(z.string()), insufficient: z.array(z.string()) }),
  put: z.string(),
  /** False until its first evaluation is due. */
  watched: z.boolean(),
  state: z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA']),
  reason: z.string(),
  reasonData: z.string().optional(),
  updated: z.string(),
  transitioned: z.string(),
});

/** An alarm as it was put, and the state that it is in. */
export type Alarm = z.infer<typeof alarmSchema>;

/** What stands as the reason before anything was evaluated. */
export const unchecked = 'Unchecked: Initial alarm creation';

/** The alarm after one look at its metric. Where nothing changed, the alarm that was given. */
export function evaluated(alarm: Alarm, samples: readonly Sample[], now: Date): Alarm {
  if (!alarm.watched) return alarm;
  const periodMs = alarm.periodSeconds * 1000;
  const end = new Date(now.getTime() + 1);
  const start = new Date(Math.floor(now.getTime() / periodMs) * periodMs - (alarm.periods - 1) * periodMs);
  const values = alarm.namespace === 'AWS/RDS' ? valuesOf(samples, { metric: alarm.metric, dimensions: alarm.dimensions }) : [];
  const points = statistics(values, { start, end, periodMs });
  const { words, crosses } = comparisons[alarm.comparison];
  const crossing = points.filter((point) => crosses(point[alarm.statistic], alarm.threshold));
  const absent = alarm.periods - points.length;
  const needed = alarm.toAlarm ?? alarm.periods;
  if (points.length === 0 && alarm.missing !== 'breaching' && alarm.missing !== 'notBreaching') {
    if (alarm.missing === 'ignore' || alarm.reason === unchecked) return alarm;
    const none = `Insufficient Data: ${alarm.periods} datapoint${alarm.periods === 1 ? ' was' : 's were'} unknown.`;
    return moved(alarm, { state: 'INSUFFICIENT_DATA', reason: none }, now);
  }
  // What is missing at the beginning is no reason to keep quiet: with treat-missing "missing", AWS decides on the datapoints that there are.
  const counted = crossing.length + (alarm.missing === 'breaching' ? absent : 0);
  const wanted = alarm.missing === 'notBreaching' || alarm.missing === 'breaching' ? needed : Math.min(needed, Math.max(points.length, 1));
  const fires = counted >= wanted;
  const said = fires ? crossing : points.filter((point) => !crossing.includes(point));
  const list = said.map((point) => `${point[alarm.statistic]} (${stamp(point.at)})`).join(', ');
  const direction = fires ? 'OK -> ALARM' : 'ALARM -> OK';
  const were = said.length === 1 ? 'datapoint' : 'datapoints';
  const reason = `Threshold Crossed: ${said.length} out of the last ${points.length} ${were} [${list}] ${said.length === 1 ? 'was' : 'were'} ${fires ? '' : 'not '}${words} the threshold (${alarm.threshold}) (minimum ${wanted} datapoint${wanted === 1 ? '' : 's'} for ${direction} transition).`;
  return moved(alarm, { state: fires ? 'ALARM' : 'OK', reason }, now);
}

/** A state and its reason are set when it changes, not at each look, as CloudWatch does. */
function moved(alarm: Alarm, to: Pick<Alarm, 'state' | 'reason'>, now: Date): Alarm {
  if (to.state === alarm.state) return alarm;
  const at = now.toISOString();
  return { ...alarm, ...to, updated: at, transitioned: at };
}

/** `22/11/26 10:05:00`, the way CloudWatch writes a time into a reason. */
function stamp(at: Date): string {
  const [date = '', time = ''] = at.toISOString().split('T');
  const [year = '', month = '', day = ''] = date.split('-');
  return `${day}/${month}/${year.slice(2)} ${time.slice(0, 8)}`;
}
