/** The rules that AWS has for the settings of a cluster. */

import type { ServerlessV2ScalingConfiguration } from '@aws-sdk/client-rds';
import { refuse } from '../refusal.ts';
import type { ClusterRecord } from './records.ts';

type Capacity = NonNullable<ClusterRecord['capacity']>;

/** A range of capacity units, what is not given taken from before. */
export function checkCapacity(wanted: ServerlessV2ScalingConfiguration | undefined, before?: Capacity): Capacity | undefined {
  if (wanted === undefined) return before;
  const [min, max] = [wanted.MinCapacity ?? before?.min, wanted.MaxCapacity ?? before?.max];
  if (min === undefined || max === undefined) {
    return refuse('InvalidParameterCombination', 'ServerlessV2ScalingConfiguration needs both MinCapacity and MaxCapacity.');
  }
  for (const [name, value] of [
    ['minimum', min],
    ['maximum', max],
  ] as const) {
    if (value < 0 || value > 256 || !Number.isInteger(value * 2)) {
      refuse('InvalidParameterValue', `Serverless v2 ${name} capacity ${value} isn't valid. It must be from 0 to 256 in increments of 0.5.`);
    }
  }
  if (max < 1) refuse('InvalidParameterValue', `Serverless v2 maximum capacity ${max} isn't valid. It must be 1 or more.`);
  if (min > max) {
    refuse('InvalidParameterCombination', `Serverless v2 minimum capacity ${min} isn't valid. It must not be more than the maximum capacity ${max}.`);
  }
  const pauseSeconds = wanted.SecondsUntilAutoPause ?? (min === 0 ? (before?.pauseSeconds ?? 300) : undefined);
  if (pauseSeconds === undefined) return { min, max };
  if (min > 0) refuse('InvalidParameterCombination', 'SecondsUntilAutoPause can only be set when the minimum capacity is 0.');
  if (pauseSeconds < 300 || pauseSeconds > 86_400) {
    refuse('InvalidParameterValue', `SecondsUntilAutoPause ${pauseSeconds} isn't valid. It must be from 300 to 86400.`);
  }
  return { min, max, pauseSeconds };
}

/** Rows of AWS's table of default max_connections by maximum capacity; between them it grows evenly. */
const connectionRows = [
  [0, 0],
  [1, 189],
  [4, 823],
  [8, 1669],
  [16, 3360],
  [24, 5000],
] as const;

/** The default max_connections that a maximum capacity brings; a minimum of 0 or 0.5 limits it. */
export function maxConnectionsFor(capacity: Capacity | undefined): number {
  const max = capacity?.max ?? 1;
  const above = connectionRows.findIndex(([units]) => units >= max);
  const [to, from] = [connectionRows[above], connectionRows[above - 1]];
  const usual = to === undefined || from === undefined ? 5000 : Math.floor(from[1] + ((to[1] - from[1]) * (max - from[0])) / (to[0] - from[0]));
  return (capacity?.min ?? 0.5) <= 0.5 ? Math.min(usual, 2000) : usual;
}

/** Days for which automated backups are kept. */
export function checkRetention(days: number): number {
  if (!Number.isInteger(days) || days < 1 || days > 35) {
    refuse('InvalidParameterValue', `Invalid backup retention period: ${days}. It must be between 1 and 35.`);
  }
  return days;
}

/** A master password. It is not repeated in the message. */
export function checkPassword(password: string): string {
  if (password.length < 8 || password.length > 41) {
    refuse(
      'InvalidParameterValue',
      'The parameter MasterUserPassword is not a valid password because its length is not between 8 and 41 characters.',
    );
  }
  if (!/^[!-~ ]*$/.test(password) || /[/"@]/.test(password)) {
    refuse(
      'InvalidParameterValue',
      "The parameter MasterUserPassword is not a valid password. Only printable ASCII characters besides '/', '@', '\"' may be used.",
    );
  }
  return password;
}

/** A port that a cluster may be asked to listen on. */
export function checkPort(port: number): number {
  if (!Number.isInteger(port) || port < 1150 || port > 65_535)
    refuse('InvalidParameterValue', `Invalid port ${port}: it must be from 1150 to 65535.`);
  return port;
}

/** Security groups are known by their form only. */
export function checkSecurityGroups(groups: readonly string[]): string[] {
  for (const group of groups) {
    if (!/^sg-[0-9a-z-]+$/.test(group)) refuse('InvalidParameterValue', `Invalid security group, groupId= ${group}, groupName=.`);
  }
  return [...groups];
}
