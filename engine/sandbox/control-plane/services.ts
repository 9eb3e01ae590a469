/** The services that the control plane answers for: how each is addressed, and which operations it has. */

import * as cloudwatchClient from '@aws-sdk/client-cloudwatch';
import * as rdsClient from '@aws-sdk/client-rds';
import * as secretsClient from '@aws-sdk/client-secrets-manager';
import * as snsClient from '@aws-sdk/client-sns';
import * as stsClient from '@aws-sdk/client-sts';
import type { Action } from './action.ts';
import { cloudwatchTransitions } from './cloudwatch/alarm-actions.ts';
import { cloudwatchActions } from './cloudwatch/cloudwatch.ts';
import { rdsActions, rdsTransitions } from './rds/rds.ts';
import { errorsOf, type WireError } from './refusal.ts';
import { secretsTransitions } from './secrets-manager/rotation.ts';
import { secretsActions } from './secrets-manager/secrets-manager.ts';
import { snsActions } from './sns.ts';
import { stsActions } from './sts.ts';
import type { Transition } from './transitions.ts';

/** A service of AWS, in part. */
export type Service = {
  readonly name: string;
  /** The name in the scope of a signature. */
  readonly signingName: string;
  /** What stands before the operation in X-Amz-Target, and in the path of a CBOR request. */
  readonly target?: string;
  /** XML namespace of its Query protocol. */
  readonly namespace: string;
  readonly actions: ReadonlyMap<string, Action>;
  readonly errors: ReadonlyMap<string, WireError>;
  /** Whether AWS has the operation, so that a refusal can tell a typo from what is left out here. */
  knows(operation: string): boolean;
};

type Place = Pick<Service, 'name' | 'signingName' | 'target' | 'namespace'>;

function service(place: Place, client: object, actions: readonly Action[]): Service {
  return {
    ...place,
    actions: new Map(actions.map((each) => [each.name, each])),
    errors: errorsOf(client),
    knows: (operation) => Object.hasOwn(client, `${operation}$`) && Object.hasOwn(client, `${operation}Command`),
  };
}

/** All of them. */
export function allServices(): readonly Service[] {
  return [
    service({ name: 'rds', signingName: 'rds', namespace: 'http://rds.amazonaws.com/doc/2014-10-31/' }, rdsClient, rdsActions),
    service({ name: 'sns', signingName: 'sns', namespace: 'http://sns.amazonaws.com/doc/2010-03-31/' }, snsClient, snsActions),
    service({ name: 'sts', signingName: 'sts', namespace: 'https://sts.amazonaws.com/doc/2011-06-15/' }, stsClient, stsActions),
    service(
      {
        name: 'cloudwatch',
        signingName: 'monitoring',
        target: 'GraniteServiceVersion20100801',
        namespace: 'http://monitoring.amazonaws.com/doc/2010-08-01/',
      },
      cloudwatchClient,
      cloudwatchActions,
    ),
    service({ name: 'secretsmanager', signingName: 'secretsmanager', target: 'secretsmanager', namespace: '' }, secretsClient, secretsActions),
  ];
}

/** Every change of status that may be under way. */
export const allTransitions: Readonly<Record<string, Transition>> = {
  ...rdsTransitions,
  ...secretsTransitions,
  ...cloudwatchTransitions,
};
