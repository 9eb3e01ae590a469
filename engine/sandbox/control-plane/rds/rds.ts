/** What the control plane has of RDS. */

import type { Action } from '../action.ts';
import type { Transition } from '../transitions.ts';
import { automatedBackupActions } from './automated-backups.ts';
import { clusterActions, clusterTransitions } from './clusters.ts';
import { engineActions } from './engine.ts';
import { eventActions } from './events.ts';
import { instanceActions, instanceTransitions } from './instances.ts';
import { maintenanceActions, maintenanceTransitions } from './maintenance.ts';
import { modifyActions, modifyTransitions } from './modify-cluster.ts';
import { proxyActions, proxyTransitions } from './proxies.ts';
import { restartActions, restartTransitions } from './restarts.ts';
import { restoreActions, restoreTransitions } from './restore.ts';
import { snapshotActions, snapshotTransitions } from './snapshots.ts';
import { subscriptionActions } from './subscriptions.ts';
import { tagActions } from './tags.ts';

/** The operations. */
export const rdsActions: readonly Action[] = [
  ...clusterActions,
  ...modifyActions,
  ...instanceActions,
  ...restartActions,
  ...snapshotActions,
  ...restoreActions,
  ...automatedBackupActions,
  ...tagActions,
  ...eventActions,
  ...engineActions,
  ...subscriptionActions,
  ...maintenanceActions,
  ...proxyActions,
];

/** The changes of status. */
export const rdsTransitions: Readonly<Record<string, Transition>> = {
  ...clusterTransitions,
  ...modifyTransitions,
  ...instanceTransitions,
  ...restartTransitions,
  ...snapshotTransitions,
  ...restoreTransitions,
  ...maintenanceTransitions,
  ...proxyTransitions,
};
