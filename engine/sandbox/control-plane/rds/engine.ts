/** The version of the engine, and its parameters as the real server has them. */

import {
  type DBClusterParameterGroupDetails,
  type DBClusterParameterGroupsMessage,
  type DBEngineVersionMessage,
  DescribeDBClusterParameterGroups$,
  type DescribeDBClusterParameterGroupsMessage,
  DescribeDBClusterParameters$,
  type DescribeDBClusterParametersMessage,
  DescribeDBEngineVersions$,
  type DescribeDBEngineVersionsMessage,
} from '@aws-sdk/client-rds';
import { type Action, action, type Call } from '../action.ts';
import { refuse } from '../refusal.ts';
import { arnOf } from './identifiers.ts';
import { familyOf, parameterGroups } from './new-cluster.ts';
import { engine } from './on-wire.ts';
import { filtered, page } from './paging.ts';

function versions(call: Call, input: DescribeDBEngineVersionsMessage): DBEngineVersionMessage {
  const { engineVersion: version } = call.state;
  const major = version.split('.')[0];
  const only = {
    Engine: engine,
    MajorEngineVersion: major,
    EngineVersion: version,
    DBParameterGroupFamily: familyOf(call),
    DBEngineDescription: 'Aurora PostgreSQL',
    DBEngineVersionDescription: `Aurora PostgreSQL (compatible with PostgreSQL ${version})`,
    ValidUpgradeTarget: [],
    ExportableLogTypes: ['postgresql'],
    SupportsLogExportsToCloudwatchLogs: false,
    SupportsReadReplica: false,
    SupportedEngineModes: ['provisioned'],
    Status: 'available',
    SupportsParallelQuery: false,
    SupportsGlobalDatabases: false,
    TagList: [],
    SupportsBabelfish: false,
    ServerlessV2FeaturesSupport: { MinCapacity: 0, MaxCapacity: 256 },
  };
  const wanted =
    (input.Engine === undefined || input.Engine === engine) &&
    (input.EngineVersion === undefined || input.EngineVersion === version || input.EngineVersion === major) &&
    (input.DBParameterGroupFamily === undefined || input.DBParameterGroupFamily === familyOf(call));
  const found = filtered(wanted ? [only] : [], input.Filters, {
    'db-parameter-group-family': (each) => [each.DBParameterGroupFamily],
    engine: (each) => [each.Engine],
    'engine-mode': (each) => each.SupportedEngineModes,
    'engine-version': (each) => [each.EngineVersion],
    status: (each) => [each.Status],
  });
  const { items, Marker } = page(found, input, (each) => each.EngineVersion);
  return { Marker, DBEngineVersions: items };
}

function groups(call: Call, input: DescribeDBClusterParameterGroupsMessage): DBClusterParameterGroupsMessage {
  const wanted = input.DBClusterParameterGroupName?.toLowerCase();
  const found = parameterGroups(call).filter((each) => wanted === undefined || each === wanted);
  if (wanted !== undefined && found.length === 0) refuse('DBParameterGroupNotFoundFault', `DBClusterParameterGroup not found: ${wanted}`);
  const { items, Marker } = page(found, input, (each) => each);
  const onWire = items.map((name) => ({
    DBClusterParameterGroupName: name,
    DBParameterGroupFamily: familyOf(call),
    Description: `Cluster parameter group for ${familyOf(call)}`,
    DBClusterParameterGroupArn: arnOf(call, 'cluster-pg', name),
  }));
  return { Marker, DBClusterParameterGroups: onWire };
}

/** A row of pg_settings. */
type Setting = {
  name: string;
  setting: string;
  unit: string | null;
  short_desc: string;
  context: string;
  vartype: string;
  source: string;
  range: string | null;
};

const settings = `SELECT name, setting, unit, short_desc, context, vartype, source,
  coalesce(array_to_string(enumvals, ','), min_val || '-' || max_val) AS range FROM pg_settings ORDER BY name`;

async function parameters(call: Call, input: DescribeDBClusterParametersMessage): Promise<DBClusterParameterGroupDetails> {
  const name = input.DBClusterParameterGroupName?.toLowerCase() ?? '';
  if (!parameterGroups(call).includes(name)) refuse('DBParameterGroupNotFoundFault', `DBClusterParameterGroup not found: ${name}`);
  const found = filtered(await settingsOf(call, name), input.Filters, { 'parameter-name': (each) => [each.name] }).filter(
    (each) => input.Source === undefined || input.Source === sourceOf(each),
  );
  const { items, Marker } = page(found, input, (each) => each.name);
  return {
    Marker,
    Parameters: items.map((each) => ({
      ParameterName: each.name,
      ParameterValue: each.setting,
      Description: each.unit === null ? each.short_desc : `(${each.unit}) ${each.short_desc}`,
      Source: sourceOf(each),
      ApplyType: each.context === 'postmaster' ? 'static' : 'dynamic',
      DataType: { integer: 'integer', real: 'float', bool: 'boolean' }[each.vartype] ?? 'string',
      AllowedValues: each.range ?? undefined,
      IsModifiable: false,
      ApplyMethod: each.context === 'postmaster' ? 'pending-reboot' : 'immediate',
      SupportedEngineModes: ['provisioned'],
    })),
  };
}

function sourceOf(setting: Setting): string {
  return setting.source === 'default' ? 'engine-default' : 'system';
}

/** Of a cluster that has the group and runs: only a server knows. */
async function settingsOf(call: Call, group: string): Promise<Setting[]> {
  for (const cluster of call.state.clusters.filter((each) => each.parameterGroup === group)) {
    if ((await call.fleet.running(cluster.id)) !== undefined) return call.fleet.query<Setting>(cluster.id, settings);
  }
  return [];
}

export const engineActions: readonly Action[] = [
  action(DescribeDBEngineVersions$, versions),
  action(DescribeDBClusterParameterGroups$, groups),
  action(DescribeDBClusterParameters$, parameters),
];
