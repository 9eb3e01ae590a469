### a snapshot before a migration
#fill stage=staging
#fill run=20261122-101500-a1b2
aws rds create-db-cluster-snapshot \
  --db-cluster-identifier lego-api-{stage} \
  --db-cluster-snapshot-identifier lego-api-{stage}-{run} \
  --query DBClusterSnapshot.DBClusterSnapshotIdentifier --output text

### a snapshot with tags
#env SNAP="lego-api-staging-manual-20261122"
aws rds create-db-cluster-snapshot --db-cluster-identifier lego-api-staging --db-cluster-snapshot-identifier "$SNAP" --tags Key=app,Value=lego-api Key=stage,Value=staging Key=purpose,Value=pre-migration

### retention of a week
aws rds modify-db-cluster --db-cluster-identifier lego-api-staging --backup-retention-period 7 --apply-immediately

### a snapshot that nobody needs
aws rds delete-db-cluster-snapshot --db-cluster-snapshot-identifier lego-api-staging-old --query 'DBClusterSnapshot.Status' --output text

### a restore to a point in time
aws rds restore-db-cluster-to-point-in-time --source-db-cluster-identifier lego-api-staging --db-cluster-identifier lego-api-staging-pitr \
  --restore-to-time 2026-11-22T10:00:00Z --db-subnet-group-name lego-api --vpc-security-group-ids sg-0a1b2c3d sg-9f8e7d6c --db-cluster-parameter-group-name lego-api-pg16 \
  --serverless-v2-scaling-configuration MinCapacity=0.5,MaxCapacity=4 --copy-tags-to-snapshot --deletion-protection

### a restore to a point in time with milliseconds
#fill noted=2026-11-22T09:58:07.123Z
aws rds restore-db-cluster-to-point-in-time \
  --source-db-cluster-identifier lego-api-staging \
  --db-cluster-identifier lego-api-staging-restored \
  --restore-to-time {noted} \
  --serverless-v2-scaling-configuration MinCapacity=0.5,MaxCapacity=1

### a restore to the latest time
aws rds restore-db-cluster-to-point-in-time --source-db-cluster-identifier lego-api-staging --db-cluster-identifier lego-api-staging-pitr --use-latest-restorable-time --no-deletion-protection --query 'DBCluster.[DBClusterIdentifier,Status]'

### a clone
aws rds restore-db-cluster-to-point-in-time --restore-type copy-on-write --use-latest-restorable-time \
  --source-db-cluster-identifier lego-api-production --db-cluster-identifier lego-api-rehearsal

### a restore of a snapshot
aws rds restore-db-cluster-from-snapshot --db-cluster-identifier lego-api-staging-restore --snapshot-identifier rds:lego-api-staging-2026-11-22-03-05 --engine aurora-postgresql --engine-version 16.4 --serverless-v2-scaling-configuration '{"MinCapacity":0.5,"MaxCapacity":4}'

### a restore of a snapshot into zones and a port
aws rds restore-db-cluster-from-snapshot --db-cluster-identifier lego-api-staging-restore --snapshot-identifier lego-api-staging-final --engine aurora-postgresql --availability-zones us-east-1a us-east-1b 'us-east-1c' --port 5433 --enable-cloudwatch-logs-exports postgresql

### an instance for a restored cluster
aws rds create-db-instance --db-instance-identifier lego-api-staging-pitr-1 --db-cluster-identifier lego-api-staging-pitr --engine aurora-postgresql --db-instance-class db.serverless

### an instance with more said about it
aws rds create-db-instance --db-instance-identifier lego-api-staging-2 --db-cluster-identifier lego-api-staging --engine aurora-postgresql --db-instance-class db.serverless \
  --promotion-tier 0 --no-publicly-accessible --auto-minor-version-upgrade --enable-performance-insights --performance-insights-retention-period 7 --monitoring-interval 0 --tags '[{"Key":"app","Value":"lego-api"},{"Key":"note","Value":"it'"'"'s a drill, say: \"ok\""}]'

### no protection any more
aws rds modify-db-cluster --db-cluster-identifier lego-api-staging-verify --no-deletion-protection --apply-immediately --query 'DBCluster.DeletionProtection'

### an instance of a drill deleted
aws rds delete-db-instance --db-instance-identifier lego-api-staging-verify-1 --skip-final-snapshot --query 'DBInstance.DBInstanceStatus' --output text

### a cluster of a drill deleted
aws rds delete-db-cluster --db-cluster-identifier lego-api-staging-verify --skip-final-snapshot

### a cluster deleted with a last snapshot
aws rds delete-db-cluster --db-cluster-identifier lego-api-old --no-skip-final-snapshot --final-db-snapshot-identifier lego-api-old-final --no-delete-automated-backups --query 'DBCluster.Status'

### more capacity
aws rds modify-db-cluster --db-cluster-identifier lego-api-staging --serverless-v2-scaling-configuration MinCapacity=1,MaxCapacity=4 --apply-immediately

### more capacity from variables of the stage
#fill min_acu=0.5
#fill max_acu=16
aws rds modify-db-cluster --db-cluster-identifier lego-api-staging --serverless-v2-scaling-configuration MinCapacity={min_acu},MaxCapacity={max_acu},SecondsUntilAutoPause=300 --apply-immediately --query 'DBCluster.PendingModifiedValues'

### more capacity from the environment
#env MIN_ACU="1.5"
#env MAX_ACU="8"
aws rds modify-db-cluster --db-cluster-identifier lego-api-staging --serverless-v2-scaling-configuration "MinCapacity=$MIN_ACU,MaxCapacity=${MAX_ACU}" --apply-immediately

### a reboot
aws rds reboot-db-instance --db-instance-identifier lego-api-staging-1 --query 'DBInstance.PendingModifiedValues' --output json

### a reboot without failover
aws rds reboot-db-instance --db-instance-identifier lego-api-staging-1 --no-force-failover --output text

### windows of a cluster
aws rds modify-db-cluster --db-cluster-identifier lego-api-staging --preferred-maintenance-window sun:05:00-sun:05:30 --preferred-backup-window 03:00-03:30 --apply-immediately

### another name for a cluster
aws rds modify-db-cluster --db-cluster-identifier lego-api-staging-restored --new-db-cluster-identifier lego-api-staging --apply-immediately

### a password that a service keeps
aws rds modify-db-cluster --db-cluster-identifier lego-api-staging --manage-master-user-password --rotate-master-user-password --apply-immediately --query 'DBCluster.MasterUserSecret'

### a password with all kinds of characters
#env PASSWORD="p4ss w0rd'&<>%20=,;:{}[]|\\$`é~"
aws rds modify-db-cluster --db-cluster-identifier lego-api-staging --master-user-password "$PASSWORD" --apply-immediately --query 'DBCluster.Status' --output text

### log exports as a structure of lists
aws rds modify-db-cluster --db-cluster-identifier lego-api-staging --cloudwatch-logs-export-configuration EnableLogTypes=postgresql,instance,DisableLogTypes=upgrade

### log exports as json
aws rds modify-db-cluster --db-cluster-identifier lego-api-staging --cloudwatch-logs-export-configuration '{"EnableLogTypes": ["postgresql"], "DisableLogTypes": []}' --query 'DBCluster.EnabledCloudwatchLogsExports'

### log exports in brackets
aws rds modify-db-cluster --db-cluster-identifier lego-api-staging --cloudwatch-logs-export-configuration 'EnableLogTypes=[postgresql],DisableLogTypes=[]' --query 'DBCluster.EnabledCloudwatchLogsExports'

### a failover
aws rds failover-db-cluster --db-cluster-identifier lego-api-staging --target-db-instance-identifier lego-api-staging-2 --query 'DBCluster.DBClusterMembers[?IsClusterWriter].DBInstanceIdentifier | [0]' --output text

### a stop
aws rds stop-db-cluster --db-cluster-identifier lego-api-dev --query DBCluster.Status

### a start
aws rds start-db-cluster --db-cluster-identifier lego-api-dev --query DBCluster.Status --output table

### maintenance in the next window
aws rds apply-pending-maintenance-action --resource-identifier arn:aws:rds:us-east-1:000000000000:cluster:lego-api-staging --apply-action system-update --opt-in-type next-maintenance

### maintenance taken back
aws rds apply-pending-maintenance-action --resource-identifier "arn:aws:rds:us-east-1:000000000000:cluster:lego-api-staging" --apply-action system-update --opt-in-type undo-opt-in --output text

### a subscription to events of the cluster
#fill topic=arn:aws:sns:us-east-1:000000000000:lego-api-staging-db-alerts
aws rds create-event-subscription --subscription-name lego-api-staging-cluster --sns-topic-arn {topic} --source-type db-cluster --source-ids lego-api-staging --event-categories failover failure maintenance notification "configuration change" --enabled

### a subscription to events of the instance
aws rds create-event-subscription --subscription-name lego-api-staging-instance --sns-topic-arn arn:aws:sns:us-east-1:000000000000:alerts --source-type db-instance --source-ids lego-api-staging-1 lego-api-staging-2 --event-categories availability failure maintenance recovery restoration --enabled

### a subscription to events of all snapshots, switched off
aws rds create-event-subscription --subscription-name lego-api-staging-snapshot --sns-topic-arn arn:aws:sns:us-east-1:000000000000:alerts --source-type db-cluster-snapshot --event-categories '["backup","notification"]' --no-enabled

### a subscription changed
aws rds modify-event-subscription --subscription-name lego-api-staging-cluster --event-categories failover --no-enabled --query 'EventSubscription.[Enabled,EventCategoriesList]'

### a subscription deleted
aws rds delete-event-subscription --subscription-name lego-api-staging-cluster

### tags added
aws rds add-tags-to-resource --resource-name arn:aws:rds:us-east-1:000000000000:cluster:lego-api-staging --tags Key=team,Value=platform 'Key=note,Value=two words' 'Key=empty,Value='

### tags added as json
aws rds add-tags-to-resource --resource-name arn:aws:rds:us-east-1:000000000000:cluster:lego-api-staging --tags '[
  {"Key": "größe", "Value": "7 Stück"},
  {"Key": "path", "Value": "a/b\\c"}
]'

### tags removed
aws rds remove-tags-from-resource --resource-name arn:aws:rds:us-east-1:000000000000:cluster:lego-api-staging --tag-keys team note "two words"

### a snapshot copied
aws rds copy-db-cluster-snapshot --source-db-cluster-snapshot-identifier rds:lego-api-staging-2026-11-22-03-05 --target-db-cluster-snapshot-identifier lego-api-staging-kept --copy-tags --tags Key=keep,Value=true

### targets of a proxy taken away
aws rds deregister-db-proxy-targets --db-proxy-name lego-api-staging-proxy --db-cluster-identifiers lego-api-staging

### targets of a proxy added
aws rds register-db-proxy-targets --db-proxy-name lego-api-staging-proxy --target-group-name default --db-cluster-identifiers lego-api-staging-restored --query 'DBProxyTargets[].Endpoint'

### the pool of a proxy
aws rds modify-db-proxy-target-group --db-proxy-name lego-api-staging-proxy --target-group-name default --connection-pool-config MaxConnectionsPercent=80,MaxIdleConnectionsPercent=20,ConnectionBorrowTimeout=30,SessionPinningFilters=EXCLUDE_VARIABLE_SETS,InitQuery='SET x=1'

### the pool of a proxy as json
aws rds modify-db-proxy-target-group --db-proxy-name lego-api-staging-proxy --target-group-name default --connection-pool-config '{"MaxConnectionsPercent":80,"SessionPinningFilters":["EXCLUDE_VARIABLE_SETS"],"InitQuery":"SET x=1, y=2"}'

### a proxy
aws rds create-db-proxy --db-proxy-name lego-api-dev-proxy --engine-family POSTGRESQL --auth AuthScheme=SECRETS,SecretArn=arn:aws:secretsmanager:us-east-1:000000000000:secret:lego-api-dev,IAMAuth=DISABLED,Description='the only one' --role-arn arn:aws:iam::000000000000:role/proxy --vpc-subnet-ids subnet-1 subnet-2 --require-tls --idle-client-timeout 1800 --no-debug-logging

### parameters of a group
aws rds modify-db-cluster-parameter-group --db-cluster-parameter-group-name lego-api-staging --parameters ParameterName=log_min_duration_statement,ParameterValue=500,ApplyMethod=immediate "ParameterName='shared_preload_libraries',ParameterValue='pg_stat_statements,auto_explain',ApplyMethod=pending-reboot"

### parameters of a group as json
aws rds modify-db-cluster-parameter-group --db-cluster-parameter-group-name lego-api-staging --parameters '[{"ParameterName":"max_connections","ParameterValue":"LEAST({DBInstanceClassMemory/9531392},5000)","ApplyMethod":"pending-reboot"}]' --query DBClusterParameterGroupName --output text

### a cluster
aws rds create-db-cluster --db-cluster-identifier lego-api-dev --engine aurora-postgresql --engine-version 16.4 --master-username lego --manage-master-user-password --database-name lego \
  --serverless-v2-scaling-configuration MinCapacity=0,MaxCapacity=2.5 --storage-encrypted --backup-retention-period 1 --no-enable-http-endpoint --vpc-security-group-ids sg-1 sg-2 --tags Key=a,Value=b

### a snapshot shared
aws rds modify-db-cluster-snapshot-attribute --db-cluster-snapshot-identifier lego-api-staging-final --attribute-name restore --values-to-add 111122223333 444455556666 --values-to-remove all

### an instance changed
aws rds modify-db-instance --db-instance-identifier lego-api-staging-1 --preferred-maintenance-window Sun:05:00-Sun:05:30 --auto-minor-version-upgrade --ca-certificate-identifier rds-ca-rsa2048-g1 --no-apply-immediately --query DBInstance.PendingModifiedValues.CACertificateIdentifier
