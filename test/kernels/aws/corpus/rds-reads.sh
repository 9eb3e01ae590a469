### the state of a cluster on one line
#fill stage=staging
aws rds describe-db-clusters --db-cluster-identifier lego-api-{stage} \
  --query 'DBClusters[0].[Status,Engine,EngineVersion,BackupRetentionPeriod,DeletionProtection]' --output text

### a whole cluster as json
aws rds describe-db-clusters --db-cluster-identifier lego-api-staging

### a whole cluster as text
aws rds describe-db-clusters --db-cluster-identifier lego-api-staging --output text

### a whole cluster as a table
aws rds describe-db-clusters --db-cluster-identifier lego-api-staging --output table

### all clusters, in pages
aws rds describe-db-clusters

### all clusters as a table
aws rds describe-db-clusters --query 'DBClusters[].[DBClusterIdentifier,Status,EngineVersion]' --output table

### backup facts by name
#fill stage=production
aws rds describe-db-clusters --db-cluster-identifier lego-api-{stage} --query 'DBClusters[0].{retention:BackupRetentionPeriod,window:PreferredBackupWindow,earliest:EarliestRestorableTime,latest:LatestRestorableTime}'

### the newest automated snapshot
aws rds describe-db-cluster-snapshots --db-cluster-identifier lego-api-staging --snapshot-type automated \
  --query 'sort_by(DBClusterSnapshots,&SnapshotCreateTime)[-1].[DBClusterSnapshotIdentifier,Status,SnapshotCreateTime]' --output text

### the state of a snapshot
#env SNAP="lego-api-staging-manual-20261122-101500"
aws rds describe-db-cluster-snapshots --db-cluster-snapshot-identifier "$SNAP" --query 'DBClusterSnapshots[0].[Status,PercentProgress]' --output text   # available 100

### manual snapshots that are older than a day in November
aws rds describe-db-cluster-snapshots --snapshot-type manual --query "DBClusterSnapshots[?SnapshotCreateTime<='2026-11-01'].DBClusterSnapshotIdentifier"

### retained backups
aws rds describe-db-cluster-automated-backups --db-cluster-identifier lego-api-staging

### retained backups as text
aws rds describe-db-cluster-automated-backups --db-cluster-identifier lego-api-staging --output text

### what a restored cluster needs
aws rds describe-db-clusters --db-cluster-identifier lego-api-staging --query 'DBClusters[0].{subnet:DBSubnetGroup,sgs:VpcSecurityGroups[].VpcSecurityGroupId,pg:DBClusterParameterGroup,ver:EngineVersion,acu:ServerlessV2ScalingConfiguration,early:EarliestRestorableTime,late:LatestRestorableTime}'

### what a restored cluster needs, as a table
aws rds describe-db-clusters --db-cluster-identifier lego-api-staging --query 'DBClusters[0].{subnet:DBSubnetGroup,sgs:VpcSecurityGroups[].VpcSecurityGroupId,pg:DBClusterParameterGroup,ver:EngineVersion,acu:ServerlessV2ScalingConfiguration}' --output table

### the endpoint of a cluster
aws rds describe-db-clusters --db-cluster-identifier "lego-api-staging"'-restored' --query 'DBClusters[0].Endpoint' --output text

### whether there is a proxy
#fill stage=staging
aws rds describe-db-proxies --query "DBProxies[?starts_with(DBProxyName,'lego-api-{stage}')].[DBProxyName,Status,Endpoint]"

### proxies, as they are
aws rds describe-db-proxies

### the targets of a proxy
aws rds describe-db-proxy-targets --db-proxy-name lego-api-staging-proxy --query 'Targets[].[RdsResourceId,TargetHealth.State,TargetHealth.Reason]'

### the pools of a proxy
aws rds describe-db-proxy-target-groups --db-proxy-name lego-api-staging-proxy --query 'TargetGroups[].ConnectionPoolConfig'

### the pools of a proxy as a table
aws rds describe-db-proxy-target-groups --db-proxy-name lego-api-staging-proxy --query 'TargetGroups[].ConnectionPoolConfig' --output table

### the capacity range
aws rds describe-db-clusters --db-cluster-identifier lego-api-staging --query 'DBClusters[0].ServerlessV2ScalingConfiguration'

### the capacity range as text
aws rds describe-db-clusters --db-cluster-identifier lego-api-staging --query 'DBClusters[0].ServerlessV2ScalingConfiguration' --output text

### the capacity range as a table
aws rds describe-db-clusters --db-cluster-identifier lego-api-staging --query 'DBClusters[0].ServerlessV2ScalingConfiguration' --output table

### the smallest capacity alone
aws rds describe-db-clusters --db-cluster-identifier lego-api-staging --query 'DBClusters[0].ServerlessV2ScalingConfiguration.MinCapacity'

### members and whether they wait for a reboot
aws rds describe-db-clusters --db-cluster-identifier lego-api-staging \
  --query 'DBClusters[0].DBClusterMembers[].[DBInstanceIdentifier,DBClusterParameterGroupStatus]' \
  --output text

### windows
aws rds describe-db-clusters --db-cluster-identifier lego-api-staging --query 'DBClusters[0].[PreferredMaintenanceWindow,PreferredBackupWindow]'

### pending maintenance of a cluster
aws rds describe-pending-maintenance-actions --filters Name=db-cluster-id,Values=lego-api-staging --query 'PendingMaintenanceActions[].PendingMaintenanceActionDetails[].[Action,OptInStatus,AutoAppliedAfterDate,ForcedApplyDate,Description]'

### pending maintenance of two instances
aws rds describe-pending-maintenance-actions --filters Name=db-instance-id,Values=lego-api-staging-1,lego-api-staging-2 --output text

### pending maintenance, a table
aws rds describe-pending-maintenance-actions --output table

### versions of instances
aws rds describe-db-instances --filters Name=db-cluster-id,Values=lego-api-staging --query 'DBInstances[].[DBInstanceIdentifier,EngineVersion,AutoMinorVersionUpgrade]'

### the state of instances
#fill stage=staging
aws rds describe-db-instances --filters Name=db-cluster-id,Values=lego-api-{stage} --query 'DBInstances[].[DBInstanceIdentifier,DBInstanceStatus]' --output text

### a whole instance as json
aws rds describe-db-instances --db-instance-identifier lego-api-staging-1

### a whole instance as text
aws rds describe-db-instances --db-instance-identifier=lego-api-staging-1 --output=text

### a whole instance as a table
aws rds describe-db-instances --db-instance-identifier lego-api-staging-1 --output table

### two filters, written as several words
aws rds describe-db-instances --filters Name=db-cluster-id,Values=lego-api-staging Name=engine,Values=aurora-postgresql,aurora-mysql --query 'length(DBInstances)'

### two filters, written as json
aws rds describe-db-instances --filters '[{"Name":"db-cluster-id","Values":["lego-api-staging"]},{"Name":"engine","Values":["aurora-postgresql","aurora-mysql"]}]' --query 'length(DBInstances)'

### a filter as a json object of its own word
aws rds describe-db-instances --filters '{"Name":"db-cluster-id","Values":["lego-api-staging", "with space"]}' '{"Name":"engine","Values":["aurora-postgresql"]}' --query 'DBInstances[].Engine'

### a filter with a list in brackets
aws rds describe-db-instances --filters 'Name=db-cluster-id,Values=[lego-api-staging,lego-api-production]' --query 'DBInstances[0].Engine'

### a filter with a comma in a quoted value
aws rds describe-db-instances --filters 'Name=db-cluster-id,Values="one,two",three' --query 'DBInstances[0].Engine' --output text

### events of a cluster in the last day
aws rds describe-events --source-type db-cluster --source-identifier lego-api-staging --duration 1440

### events as a table
aws rds describe-events --source-type db-cluster --source-identifier lego-api-staging --duration 120 --output table

### events of two categories, a line each
aws rds describe-events --source-type db-cluster-snapshot --duration 2880 --event-categories backup 'configuration change' --query 'Events[].[Date,SourceIdentifier,Message]' --output text

### events between two times
aws rds describe-events --start-time 2026-11-21T00:00:00Z --end-time 2026-11-21T12:30:15.250Z --query 'Events[].Message'

### events from a time with an offset
aws rds describe-events --start-time 2026-11-21T02:00:00+02:00 --end-time 2026-11-21T00:00:00-05:30 --query 'Events[].SourceArn'

### events from a time in seconds since 1970
aws rds describe-events --start-time 1763683200 --query 'Events[].EventCategories' --output json

### the names of event categories
aws rds describe-event-categories --source-type db-cluster --query 'EventCategoriesMapList[].EventCategories[]' --output text

### event subscriptions in short
aws rds describe-event-subscriptions --query 'EventSubscriptionsList[].[CustSubscriptionId,Status,Enabled]'

### event subscriptions as they are
aws rds describe-event-subscriptions

### event subscriptions as text
aws rds describe-event-subscriptions --output text

### engine versions that a cluster can be upgraded to
aws rds describe-db-engine-versions --engine aurora-postgresql --engine-version 16.4 --query 'DBEngineVersions[].ValidUpgradeTarget[].EngineVersion' --output text

### only the default engine version
aws rds describe-db-engine-versions --engine aurora-postgresql --default-only --query 'DBEngineVersions[0].EngineVersion' --output text

### engine versions without those that are deprecated
aws rds describe-db-engine-versions --engine aurora-postgresql --no-include-all --query 'DBEngineVersions[].[EngineVersion,SupportsGlobalDatabases,ServerlessV2FeaturesSupport.MinCapacity]' --output table

### parameters of a group, in pages of twenty
aws rds describe-db-cluster-parameters --db-cluster-parameter-group-name default.aurora-postgresql16 --page-size 20 --query "Parameters[?ParameterName=='max_connections']"

### parameters that somebody set
aws rds describe-db-cluster-parameters --db-cluster-parameter-group-name lego-api-staging --source user

### instance classes
aws rds describe-orderable-db-instance-options --engine aurora-postgresql --db-instance-class db.serverless --query 'OrderableDBInstanceOptions[].[EngineVersion,MinIopsPerGib,AvailabilityZones[].Name]'

### tags of a cluster
aws rds list-tags-for-resource --resource-name arn:aws:rds:us-east-1:000000000000:cluster:lego-api-staging

### tags of a cluster as a table
aws rds list-tags-for-resource --resource-name arn:aws:rds:us-east-1:000000000000:cluster:lego-api-staging --query TagList --output table

### who may restore a snapshot
aws rds describe-db-cluster-snapshot-attributes --db-cluster-snapshot-identifier lego-api-staging-final

### limits of the account
aws rds describe-account-attributes --query "AccountQuotas[?AccountQuotaName=='ManualClusterSnapshots'].[Used,Max]" --output text

### limits of the account as a table
aws rds describe-account-attributes --output table

### certificates
aws rds describe-certificates --query 'Certificates[*].[CertificateIdentifier,ValidTill,CustomerOverride]' --output text

### Regions that backups can be copied from
aws rds describe-source-regions --query 'SourceRegions[].RegionName' --output json

### log files of an instance
aws rds describe-db-log-files --db-instance-identifier lego-api-staging-1 --filename-contains error --file-last-written 1763683200000 --query 'DescribeDBLogFiles[].[LogFileName,Size]' --output text

### subnet groups
aws rds describe-db-subnet-groups --db-subnet-group-name lego-api-staging

### the shared clusters of all accounts
aws rds describe-db-clusters --include-shared --query 'DBClusters[].DBClusterArn'

### the first page by hand
aws rds describe-db-cluster-snapshots --max-records 20

### a page by hand, without the first
aws rds describe-db-cluster-snapshots --max-records 20 --marker 'page-2'

### one page and no more
aws rds describe-db-instances --no-paginate --query 'DBInstances[].DBInstanceIdentifier'

### four things at most
aws rds describe-db-instances --max-items 4 --query 'DBInstances[].DBInstanceIdentifier'

### two things at most, and where to go on
aws rds describe-events --max-items 2

### one thing at most as text
aws rds describe-db-instances --max-items 1 --query 'DBInstances[].[DBInstanceIdentifier]' --output text

### pages of a size
aws rds describe-db-instances --page-size 100 --query 'length(DBInstances)'

### from a token on
aws rds describe-db-instances --starting-token eyJNYXJrZXIiOiAicGFnZS0yIn0= --query 'DBInstances[].DBInstanceIdentifier'

### pages of which a table shows each
aws rds describe-db-instances --query 'DBInstances[].[DBInstanceIdentifier,DBInstanceClass]' --output table

### a count over pages as text
aws rds describe-db-instances --query 'length(DBInstances)' --output text

### defaults of an engine, in pages that stand one level down
aws rds describe-engine-default-cluster-parameters --db-parameter-group-family aurora-postgresql16 --output text

### defaults of an engine as json
aws rds describe-engine-default-cluster-parameters --db-parameter-group-family aurora-postgresql16 --query 'EngineDefaults.Parameters[].ParameterName'
