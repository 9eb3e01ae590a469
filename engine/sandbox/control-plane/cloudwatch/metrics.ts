/** What CloudWatch keeps of a metric, and the statistics that it makes of it. Pure. */

import { z } from 'zod';

/** The metrics that are measured, with their units. Nothing is measured that the machine cannot tell honestly, such as the CPU of one cluster. */
export const metricUnits = { ServerlessDatabaseCapacity: 'Count', ACUUtilization: 'Percent', DatabaseConnections: 'Count' } as const;

/** A metric of the namespace AWS/RDS. */
export type MetricName = keyof typeof metricUnits;

/** One look at one cluster or instance. */
export const sampleSchema = z.object({
  at: z.string(),
  /** What it was told about: a cluster or an instance by its identifier. */
  dimension: z.enum(['DBClusterIdentifier', 'DBInstanceIdentifier']),
  id: z.string(),
  ServerlessDatabaseCapacity: z.number(),
  ACUUtilization: z.number(),
  DatabaseConnections: z.number(),
});

/** One look at one cluster or instance. */
export type Sample = z.infer<typeof sampleSchema>;

/** How long samples are kept. */
const keptMs = 3 * 60 * 60_000;

/** What a period's samples come to. */
export type Datapoint = {
  readonly at: Date;
  readonly SampleCount: number;
  readonly Average: number;
  readonly Sum: number;
  readonly Minimum: number;
  readonly Maximum: number;
};

/** A metric of one thing. */
export type Series = {
  readonly metric: string;
  readonly dimensions: readonly { readonly Name?: string | undefined; readonly Value?: string | undefined }[];
};

/** The samples with what was just seen, and without what is too old to be asked for. */
export function kept(samples: readonly Sample[], added: readonly Sample[], now: Date): Sample[] {
  const oldest = new Date(now.getTime() - keptMs).toISOString();
  return [...samples.filter(({ at }) => at >= oldest), ...added];
}

/** The values of one metric of one thing. Exactly the dimensions under which a metric was kept find it, as on AWS. */
export function valuesOf(samples: readonly Sample[], series: Series): { readonly at: number; readonly value: number }[] {
  const metric = metricNamed(series.metric);
  const [dimension, second] = series.dimensions;
  if (metric === undefined || dimension === undefined || second !== undefined) return [];
  return samples
    .filter((sample) => sample.dimension === dimension.Name && sample.id === dimension.Value)
    .map((sample) => ({ at: Date.parse(sample.at), value: sample[metric] }));
}

/** The metric of this name, if there is one. */
export function metricNamed(name: string): MetricName | undefined {
  return Object.keys(metricUnits).find((each): each is MetricName => each === name);
}

/** The statistics of each period of a time in which something was seen. The start counts, the end does not. */
export function statistics(
  values: readonly { readonly at: number; readonly value: number }[],
  asked: { readonly start: Date; readonly end: Date; readonly periodMs: number },
): Datapoint[] {
  const periods = new Map<number, number[]>();
  const first = Math.floor(asked.start.getTime() / asked.periodMs) * asked.periodMs;
  for (const { at, value } of values) {
    if (at < first || at >= asked.end.getTime()) continue;
    const period = Math.floor(at / asked.periodMs) * asked.periodMs;
    periods.set(period, [...(periods.get(period) ?? []), value]);
  }
  return [...periods].sort(([a], [b]) => a - b).map(([at, all]) => datapoint(new Date(at), all));
}

function datapoint(at: Date, values: readonly number[]): Datapoint {
  const sum = values.reduce((total, value) => total + value, 0);
  return { at, SampleCount: values.length, Average: sum / values.length, Sum: sum, Minimum: Math.min(...values), Maximum: Math.max(...values) };
}
