/** Backup windows (`03:00-03:30`) and maintenance windows (`sun:05:00-sun:05:30`), both in UTC. */

import { refuse } from '../refusal.ts';

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const dayMinutes = 24 * 60;
const weekMinutes = 7 * dayMinutes;

/** Minutes since the beginning of the day or week, and how many. */
type Window = { readonly start: number; readonly minutes: number };

/** Both windows in the form that AWS keeps them. They must not overlap. */
export function checkWindows(backup: string, maintenance: string): { readonly backup: string; readonly maintenance: string } {
  const [daily, weekly] = [readBackup(backup), readMaintenance(maintenance)];
  for (let day = -1; day <= 7; day += 1) {
    const start = day * dayMinutes + daily.start;
    if (start < weekly.start + weekly.minutes && weekly.start < start + daily.minutes) {
      refuse('InvalidParameterCombination', `The backup window ${backup} and maintenance window ${maintenance} must not overlap.`);
    }
  }
  return { backup, maintenance: maintenance.toLowerCase() };
}

/** When the backup window of the day of `now` begins. */
export function backupStart(window: string, now: Date): Date {
  const { start } = readBackup(window);
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate(), 0, start));
}

/** Whether a time is in a maintenance window. */
export function inMaintenance(window: string, now: Date): boolean {
  const { start, minutes } = readMaintenance(window);
  const at = ((now.getUTCDay() + 6) % 7) * dayMinutes + now.getUTCHours() * 60 + now.getUTCMinutes();
  return (at - start + weekMinutes) % weekMinutes < minutes;
}

function readBackup(text: string): Window {
  const [, from, to] = /^(\d\d:\d\d)-(\d\d:\d\d)$/.exec(text) ?? [];
  const window = between(timeOfDay(from), timeOfDay(to), dayMinutes);
  return (
    window ??
    refuse(
      'InvalidParameterValue',
      `The parameter PreferredBackupWindow should be of the form hh24:mi-hh24:mi and last at least 30 minutes, and is "${text}".`,
    )
  );
}

function readMaintenance(text: string): Window {
  const [, fromDay, from, toDay, to] = /^([a-z]{3}):(\d\d:\d\d)-([a-z]{3}):(\d\d:\d\d)$/i.exec(text) ?? [];
  const window = between(timeOfWeek(fromDay, from), timeOfWeek(toDay, to), weekMinutes);
  if (window !== undefined && window.minutes < dayMinutes) return window;
  return refuse(
    'InvalidParameterValue',
    `The parameter PreferredMaintenanceWindow should be of the form ddd:hh24:mi-ddd:hh24:mi, last at least 30 minutes and less than 24 hours, and is "${text}".`,
  );
}

function between(start: number | undefined, end: number | undefined, around: number): Window | undefined {
  if (start === undefined || end === undefined) return undefined;
  const minutes = (end - start + around) % around;
  return minutes < 30 ? undefined : { start, minutes };
}

function timeOfDay(text: string | undefined): number | undefined {
  const [hours, minutes] = text?.split(':').map(Number) ?? [];
  return hours === undefined || minutes === undefined || hours > 23 || minutes > 59 ? undefined : hours * 60 + minutes;
}

function timeOfWeek(day: string | undefined, time: string | undefined): number | undefined {
  const [position, minutes] = [days.indexOf(day?.toLowerCase() ?? ''), timeOfDay(time)];
  return position < 0 || minutes === undefined ? undefined : position * dayMinutes + minutes;
}
