/** What the control plane has of CloudWatch. */

import * as client from '@aws-sdk/client-cloudwatch';
import { z } from 'zod';
import { type Action, action } from '../action.ts';
import { refuse } from '../refusal.ts';
import { alarmActions } from './alarm-actions.ts';
import { alarmSchema, statisticNames } from './alarms.ts';
import { look } from './look.ts';
import { type Datapoint, metricNamed, metricUnits, sampleSchema, statistics, valuesOf } from './metrics.ts';

/** The part of the state that belongs to CloudWatch. */
export const cloudwatchState = { samples: z.array(sampleSchema).default([]), alarms: z.array(alarmSchema).default([]) };

/** More datapoints are not given at once. */
const mostPoints = 1440;

const getStatistics = action<client.GetMetricStatisticsInput, client.GetMetricStatisticsOutput>(client.GetMetricStatistics$, async (call, input) => {
  const { StartTime: start = new Date(0), EndTime: end = new Date(0), Period: period = 60, Statistics: wanted = [] } = input;
  if (wanted.length === 0) {
    if ((input.ExtendedStatistics ?? []).length > 0) refuse('InvalidParameterValueException', 'The sandbox has no percentile statistics.');
    refuse('InvalidParameterCombinationException', 'At least one of the parameters Statistics and ExtendedStatistics must be specified.');
  }
  const unknown = wanted.find((each) => !statisticNames.some((name) => name === each));
  if (unknown !== undefined)
    refuse('InvalidParameterValueException', `The parameter Statistics is invalid: ${unknown} is not one of ${statisticNames.join(', ')}.`);
  if (period < 1 || period % 60 !== 0) refuse('InvalidParameterValueException', 'The parameter Period must be a multiple of 60.');
  if (start >= end) refuse('InvalidParameterValueException', 'The parameter StartTime must be less than the parameter EndTime.');
  const count = (end.getTime() - start.getTime()) / 1000 / period;
  if (count > mostPoints) {
    refuse(
      'InvalidParameterCombinationException',
      `You have requested up to ${Math.ceil(count)} datapoints, which exceeds the limit of ${mostPoints}. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
    );
  }
  await look(call);
  const name = input.MetricName ?? '';
  const unit = unitOf(name);
  const values = input.Namespace === 'AWS/RDS' ? valuesOf(call.state.samples, { metric: name, dimensions: input.Dimensions ?? [] }) : [];
  const points = input.Unit !== undefined && input.Unit !== unit ? [] : statistics(values, { start, end, periodMs: period * 1000 });
  return {
    Label: name,
    Datapoints: points.map((point) => ({ Timestamp: point.at, ...chosen(point, wanted), ...(unit !== undefined && { Unit: unit }) })),
  };
});

const getData = action<client.GetMetricDataInput, client.GetMetricDataOutput>(client.GetMetricData$, async (call, input) => {
  const { StartTime: start = new Date(0), EndTime: end = new Date(0) } = input;
  if (start >= end) refuse('ValidationException', 'The parameter StartTime must be less than the parameter EndTime.');
  await look(call);
  const results = (input.MetricDataQueries ?? []).map((query) => {
    const asked = query.MetricStat;
    const series = asked?.Metric;
    if (asked === undefined || series === undefined)
      return refuse('ValidationException', 'The sandbox has no metric math: every query needs a MetricStat.');
    const stat = statisticNames.find((each) => each === asked.Stat) ?? refuse('ValidationException', `The sandbox has no statistic ${asked.Stat}.`);
    const values =
      series.Namespace === 'AWS/RDS' ? valuesOf(call.state.samples, { metric: series.MetricName ?? '', dimensions: series.Dimensions ?? [] }) : [];
    const all = statistics(values, { start, end, periodMs: (asked.Period ?? 60) * 1000 });
    const points = input.ScanBy === 'TimestampAscending' ? all : all.toReversed();
    return {
      Id: query.Id,
      Label: query.Label ?? series.MetricName,
      Timestamps: points.map(({ at }) => at),
      Values: points.map((point) => point[stat]),
      StatusCode: 'Complete' as const,
    };
  });
  return { MetricDataResults: results, Messages: [] };
});

const listMetrics = action<client.ListMetricsInput, client.ListMetricsOutput>(client.ListMetrics$, async (call, input) => {
  await look(call);
  const things = new Map(call.state.samples.map((sample) => [`${sample.dimension} ${sample.id}`, { Name: sample.dimension, Value: sample.id }]));
  const all = Object.keys(metricUnits).flatMap((name) => [...things.values()].map((thing) => ({ name, thing })));
  const passes = (thing: { Name: string; Value: string }): boolean =>
    (input.Dimensions ?? []).every((filter) => filter.Name === thing.Name && (filter.Value === undefined || filter.Value === thing.Value));
  const found = all.filter(
    ({ name, thing }) =>
      (input.Namespace === undefined || input.Namespace === 'AWS/RDS') &&
      (input.MetricName === undefined || input.MetricName === name) &&
      passes(thing),
  );
  return { Metrics: found.map(({ name, thing }) => ({ Namespace: 'AWS/RDS', MetricName: name, Dimensions: [thing] })) };
});

/** The operations. */
export const cloudwatchActions: readonly Action[] = [getStatistics, getData, listMetrics, ...alarmActions];

function unitOf(metric: string): (typeof metricUnits)[keyof typeof metricUnits] | undefined {
  const known = metricNamed(metric);
  return known === undefined ? undefined : metricUnits[known];
}

function chosen(point: Datapoint, wanted: readonly string[]): Partial<Record<(typeof statisticNames)[number], number>> {
  return Object.fromEntries(statisticNames.filter((name) => wanted.includes(name)).map((name) => [name, point[name]]));
}
