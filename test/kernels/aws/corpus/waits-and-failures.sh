### a wait for a snapshot
#fill snapshot=lego-api-staging-20261122
aws rds wait db-cluster-snapshot-available --db-cluster-snapshot-identifier {snapshot}

### a wait for a cluster
aws rds wait db-cluster-available --db-cluster-identifier lego-api-staging-restored

### a wait for an instance
aws rds wait db-instance-available --db-instance-identifier lego-api-staging-restored-1

### a wait for the instances of a cluster
aws rds wait db-instance-available --filters Name=db-cluster-id,Values=lego-api-staging

### a wait until a cluster is gone
aws rds wait db-cluster-deleted --db-cluster-identifier lego-api-gone

### a wait until an instance is gone
aws rds wait db-instance-deleted --db-instance-identifier lego-api-gone-1

### a wait until a snapshot is gone
aws rds wait db-cluster-snapshot-deleted --db-cluster-snapshot-identifier lego-api-gone-snapshot

### two waits
aws rds wait db-cluster-available --db-cluster-identifier lego-api-staging
aws rds wait db-instance-available --db-instance-identifier lego-api-staging-1

### a wait for an alarm
aws cloudwatch wait alarm-exists --alarm-names lego-api-staging-acu-high

### a wait for something that is broken
aws rds wait db-cluster-available --db-cluster-identifier lego-api-broken

### a wait for a snapshot that is broken
aws rds wait db-cluster-snapshot-available --db-cluster-snapshot-identifier lego-api-broken-snapshot

### a wait for a cluster that is not there
aws rds wait db-cluster-available --db-cluster-identifier lego-api-gone

### a cluster that is not there
aws rds describe-db-clusters --db-cluster-identifier lego-api-gone

### an instance that is not there
aws rds describe-db-instances --db-instance-identifier lego-api-gone-1 --output text

### a snapshot that is not there
aws rds describe-db-cluster-snapshots --db-cluster-snapshot-identifier lego-api-gone-snapshot --query 'DBClusterSnapshots[0].Status' --output text

### a proxy that is not there
aws rds describe-db-proxies --db-proxy-name lego-api-gone

### a snapshot too many
aws rds create-db-cluster-snapshot --db-cluster-identifier lego-api-staging --db-cluster-snapshot-identifier lego-api-too-many

### a secret that is not there
aws secretsmanager describe-secret --secret-id lego-api-gone

### an alarm that may not be set
aws cloudwatch put-metric-alarm --alarm-name lego-api-too-many --namespace AWS/RDS --metric-name ACUUtilization --statistic Average --period 300 --evaluation-periods 3 --threshold 90 --comparison-operator GreaterThanOrEqualToThreshold

### a topic that is not there
aws sns get-topic-attributes --topic-arn arn:aws:sns:us-east-1:000000000000:lego-api-gone

### somebody who may not ask
aws rds describe-events --source-type db-cluster --source-identifier lego-api-forbidden

### a stop at the first failure
aws rds describe-db-clusters --db-cluster-identifier lego-api-staging --query 'DBClusters[0].Status' --output text
aws rds describe-db-clusters --db-cluster-identifier lego-api-gone --query 'DBClusters[0].Status' --output text
aws rds describe-db-clusters --db-cluster-identifier lego-api-never-asked --query 'DBClusters[0].Status' --output text

### a failure on the second page
aws rds describe-db-snapshots --snapshot-type second-page-fails --query 'DBSnapshots[].DBSnapshotIdentifier'

### a failure on the second page as text
aws rds describe-db-snapshots --snapshot-type second-page-fails --query 'DBSnapshots[].[DBSnapshotIdentifier]' --output text

### a wait that takes a second look
aws rds wait db-cluster-available --db-cluster-identifier lego-api-slow

### a wait for a snapshot that takes a second look
aws rds wait db-cluster-snapshot-available --db-cluster-snapshot-identifier lego-api-slow-snapshot
