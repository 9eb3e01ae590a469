/** The operations of CloudWatch that are about alarms. */

import * as client from '@aws-sdk/client-cloudwatch';
import { type Action, action, type Call } from '../action.ts';
import { pageOf } from '../offset-page.ts';
import { refuse } from '../refusal.ts';
import type { Transition } from '../transitions.ts';
import { type Alarm, comparisonNames, missingNames, statisticNames, unchecked } from './alarms.ts';
import { look } from './look.ts';

const kind = 'evaluate-alarm';

/** A new alarm has no state until CloudWatch looks at its metric for the first time. */
export const cloudwatchTransitions: Readonly<Record<string, Transition>> = {
  [kind]: {
    seconds: 30,
    work: async (world, job) => {
      world.state.alarms = world.state.alarms.map((alarm) => (alarm.name === job.subject ? { ...alarm, watched: true } : alarm));
      await look(world);
    },
    done: () => {},
  },
};

const putAlarm = action<client.PutMetricAlarmInput, object>(client.PutMetricAlarm$, (call, input) => {
  const before = call.state.alarms.find(({ name }) => name === input.AlarmName);
  const alarm = alarmOf(call, input, before);
  call.state.alarms = [...call.state.alarms.filter(({ name }) => name !== alarm.name), alarm];
  if (before === undefined) call.begin(kind, alarm.name);
  return {};
});

const describeAlarms = action<client.DescribeAlarmsInput, client.DescribeAlarmsOutput>(client.DescribeAlarms$, async (call, input) => {
  const { AlarmNames: names = [], AlarmNamePrefix: prefix, StateValue: state, AlarmTypes: types, ActionPrefix: acts } = input;
  if (names.length > 0 && prefix !== undefined) {
    refuse('ValidationException', 'AlarmNamePrefix and AlarmNames are mutually exclusive');
  }
  await look(call);
  const all = call.state.alarms.filter(
    (alarm) =>
      (types === undefined || types.includes('MetricAlarm')) &&
      (names.length === 0 || names.includes(alarm.name)) &&
      (prefix === undefined || alarm.name.startsWith(prefix)) &&
      (state === undefined || alarm.state === state) &&
      (acts === undefined || alarm.actions.alarm.some((each) => each.startsWith(acts))),
  );
  const sorted = all.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const { items, next } = pageOf(sorted, { NextToken: input.NextToken, size: input.MaxRecords ?? 50 }, () =>
    refuse('InvalidNextToken', 'The NextToken is not one that an earlier answer gave.'),
  );
  return { MetricAlarms: items.map(shown), CompositeAlarms: [], ...next };
});

const deleteAlarms = action<client.DeleteAlarmsInput, object>(client.DeleteAlarms$, (call, input) => {
  const names = input.AlarmNames ?? [];
  const [only, second] = names;
  // Of several, those that are not there are passed over; of one, AWS says that it is not there.
  if (only !== undefined && second === undefined && !call.state.alarms.some(({ name }) => name === only)) {
    refuse('ResourceNotFound', `The alarm ${only} does not exist.`);
  }
  call.state.alarms = call.state.alarms.filter(({ name }) => !names.includes(name));
  return {};
});

/** The operations. */
export const alarmActions: readonly Action[] = [putAlarm, describeAlarms, deleteAlarms];

function alarmOf(call: Call, input: client.PutMetricAlarmInput, before: Alarm | undefined): Alarm {
  if (input.Metrics !== undefined) refuse('ValidationException', 'The sandbox has no metric math: give MetricName, Namespace, Statistic and Period.');
  const { AlarmName: name = '', MetricName: metric, Namespace: namespace, Period: period, EvaluationPeriods: periods, Threshold: threshold } = input;
  const statistic = statisticNames.find((each) => each === input.Statistic);
  const comparison = comparisonNames.find((each) => each === input.ComparisonOperator);
  if (metric === undefined || namespace === undefined) return refuse('ValidationException', 'MetricName and Namespace are required parameters.');
  if (statistic === undefined) return refuse('ValidationException', `Statistic must be one of ${statisticNames.join(', ')}.`);
  if (comparison === undefined) return refuse('ValidationException', `ComparisonOperator must be one of ${comparisonNames.join(', ')}.`);
  if (period === undefined || (period % 60 !== 0 && ![10, 20, 30].includes(period)))
    return refuse('ValidationException', 'Period must be 10, 20, 30 or a multiple of 60.');
  if (periods === undefined || periods < 1) return refuse('ValidationException', 'EvaluationPeriods must be 1 or more.');
  if (threshold === undefined) return refuse('ValidationException', 'Threshold is a required parameter.');
  if (period * periods > 86_400)
    refuse('ValidationException', 'Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).');
  const { DatapointsToAlarm: toAlarm, TreatMissingData: treat } = input;
  if (toAlarm !== undefined && (toAlarm < 1 || toAlarm > periods))
    refuse('ValidationException', 'DatapointsToAlarm must be from 1 to EvaluationPeriods.');
  const missing = missingNames.find((each) => each === treat);
  if (treat !== undefined && missing === undefined) refuse('ValidationException', `TreatMissingData must be one of ${missingNames.join(', ')}.`);
  const at = call.clock().toISOString();
  return {
    name,
    arn: `arn:aws:cloudwatch:${call.region}:${call.account}:alarm:${name}`,
    ...(input.AlarmDescription !== undefined && { description: input.AlarmDescription }),
    namespace,
    metric,
    statistic,
    dimensions: (input.Dimensions ?? []).map(({ Name = '', Value = '' }) => ({ Name, Value })),
    periodSeconds: period,
    periods,
    ...(toAlarm !== undefined && { toAlarm }),
    threshold,
    comparison,
    ...(missing !== undefined && { missing }),
    ...(input.Unit !== undefined && { unit: input.Unit }),
    actionsEnabled: input.ActionsEnabled ?? true,
    actions: { ok: input.OKActions ?? [], alarm: input.AlarmActions ?? [], insufficient: input.InsufficientDataActions ?? [] },
    put: at,
    // A changed alarm keeps its state.
    ...(before === undefined
      ? { watched: false, state: 'INSUFFICIENT_DATA', reason: unchecked, updated: at, transitioned: at }
      : { watched: before.watched, state: before.state, reason: before.reason, updated: before.updated, transitioned: before.transitioned }),
  };
}

function shown(alarm: Alarm): client.MetricAlarm {
  return {
    AlarmName: alarm.name,
    AlarmArn: alarm.arn,
    ...(alarm.description !== undefined && { AlarmDescription: alarm.description }),
    AlarmConfigurationUpdatedTimestamp: new Date(alarm.put),
    ActionsEnabled: alarm.actionsEnabled,
    OKActions: alarm.actions.ok,
    AlarmActions: alarm.actions.alarm,
    InsufficientDataActions: alarm.actions.insufficient,
    StateValue: alarm.state,
    StateReason: alarm.reason,
    StateUpdatedTimestamp: new Date(alarm.updated),
    MetricName: alarm.metric,
    Namespace: alarm.namespace,
    Statistic: alarm.statistic,
    Dimensions: alarm.dimensions,
    Period: alarm.periodSeconds,
    ...(alarm.unit !== undefined && { Unit: client.StandardUnit[alarm.unit as keyof typeof client.StandardUnit] }),
    EvaluationPeriods: alarm.periods,
    ...(alarm.toAlarm !== undefined && { DatapointsToAlarm: alarm.toAlarm }),
    Threshold: alarm.threshold,
    ComparisonOperator: alarm.comparison,
    ...(alarm.missing !== undefined && { TreatMissingData: alarm.missing }),
    StateTransitionedTimestamp: new Date(alarm.transitioned),
  };
}
