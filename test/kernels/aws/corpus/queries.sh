### a field that is not there, as json
aws rds describe-db-clusters --db-cluster-identifier lego-api-staging --query 'DBClusters[0].NoSuchField'

### a field that is not there, as text
aws rds describe-db-clusters --db-cluster-identifier lego-api-staging --query 'DBClusters[0].NoSuchField' --output text

### a field that is not there, as a table
aws rds describe-db-clusters --db-cluster-identifier lego-api-staging --query 'DBClusters[0].NoSuchField' --output table

### nulls among values
aws rds describe-db-clusters --db-cluster-identifier lego-api-staging --query 'DBClusters[0].[Status,NoSuchField,Port,DeletionProtection]' --output text

### nulls among values in a table
aws rds describe-db-clusters --db-cluster-identifier lego-api-staging --query 'DBClusters[0].[Status,NoSuchField,Port,DeletionProtection]' --output table

### an empty list
aws rds describe-db-clusters --db-cluster-identifier lego-api-staging --query "DBClusters[?Status=='nonsense']"

### an empty list as text
aws rds describe-db-clusters --db-cluster-identifier lego-api-staging --query "DBClusters[?Status=='nonsense']" --output text

### an empty list as a table
aws rds describe-db-clusters --db-cluster-identifier lego-api-staging --query "DBClusters[?Status=='nonsense']" --output table

### nothing at all found
aws rds describe-db-clusters --db-cluster-identifier lego-api-empty

### nothing at all found, as text
aws rds describe-db-clusters --db-cluster-identifier lego-api-empty --output text

### nothing at all found, as a table
aws rds describe-db-clusters --db-cluster-identifier lego-api-empty --output table

### the first of nothing
aws rds describe-db-clusters --db-cluster-identifier lego-api-empty --query 'DBClusters[0].Status' --output text

### a literal
aws sts get-caller-identity --query '`{"a": [1, 2.0, null, true, "x"]}`'

### a literal text
aws sts get-caller-identity --query "'plain'" --output text

### a boolean
aws rds describe-db-clusters --db-cluster-identifier lego-api-staging --query 'DBClusters[0].DeletionProtection'

### a boolean as text
aws rds describe-db-clusters --db-cluster-identifier lego-api-staging --query 'DBClusters[0].DeletionProtection' --output text

### a comparison
aws rds describe-db-clusters --db-cluster-identifier lego-api-staging --query "DBClusters[0].Status == 'available'"

### not, and, or
aws rds describe-db-instances --query 'DBInstances[?!PubliclyAccessible && (MultiAZ || AllocatedStorage > `10`)].DBInstanceIdentifier'

### a length
aws rds describe-db-clusters --query 'length(DBClusters)'

### keys
aws sts get-caller-identity --query 'keys(@) | sort(@)'

### values
aws sts get-caller-identity --query 'values(@)' --output text

### contains
aws rds describe-db-instances --query "DBInstances[?contains(DBInstanceIdentifier, 'lego')].Engine" --output text

### ends with, and join
aws rds describe-db-instances --query "join(', ', DBInstances[?ends_with(DBInstanceIdentifier, 'o')].DBInstanceIdentifier)"

### to number, to string and type
aws rds describe-db-clusters --db-cluster-identifier lego-api-staging --query '[to_number(`"7"`), to_string(DBClusters[0].Port), type(DBClusters[0].Port), type(DBClusters), type(DBClusters[0].ServerlessV2ScalingConfiguration.MinCapacity)]'

### a list turned to a text
aws rds describe-db-clusters --db-cluster-identifier lego-api-staging --query 'to_string(DBClusters[0].ServerlessV2ScalingConfiguration)'

### sums and averages
aws cloudwatch get-metric-statistics --namespace AWS/RDS --metric-name CPUUtilization --start-time 2026-11-22T07:00:00Z --end-time 2026-11-22T10:00:00Z --period 3600 --statistics Average --query '[sum(Datapoints[].Average), avg(Datapoints[].Average), min(Datapoints[].Average), ceil(`1.2`), floor(`1.8`), abs(`-3`)]'

### sums and averages as text
aws cloudwatch get-metric-statistics --namespace AWS/RDS --metric-name CPUUtilization --start-time 2026-11-22T07:00:00Z --end-time 2026-11-22T10:00:00Z --period 3600 --statistics Average --query '[sum(Datapoints[].Average), max(Datapoints[].Maximum), length(Datapoints)]' --output text

### the newest by time
aws rds describe-db-cluster-snapshots --db-cluster-identifier lego-api-staging --query 'max_by(DBClusterSnapshots, &SnapshotCreateTime).DBClusterSnapshotIdentifier'

### backwards by time
aws rds describe-events --query 'reverse(sort_by(Events, &Date))[:3].[Date,SourceType]' --output text

### flattened twice
aws rds describe-db-instances --query 'DBInstances[].VpcSecurityGroups[].[VpcSecurityGroupId,Status]' --output text

### lists in lists
aws rds describe-db-instances --query 'DBInstances[*].VpcSecurityGroups[*].VpcSecurityGroupId'

### lists in lists as text
aws rds describe-db-instances --query 'DBInstances[*].VpcSecurityGroups[*].VpcSecurityGroupId' --output text

### hashes of hashes
aws rds describe-db-instances --query 'DBInstances[].{id:DBInstanceIdentifier,at:Endpoint.{host:Address,port:Port},groups:VpcSecurityGroups[].{id:VpcSecurityGroupId}}'

### hashes of hashes as text
aws rds describe-db-instances --query 'DBInstances[].{id:DBInstanceIdentifier,at:Endpoint.{host:Address,port:Port},groups:VpcSecurityGroups[].{id:VpcSecurityGroupId}}' --output text

### hashes of hashes as a table
aws rds describe-db-instances --query 'DBInstances[].{id:DBInstanceIdentifier,at:Endpoint.{host:Address,port:Port},groups:VpcSecurityGroups[].{id:VpcSecurityGroupId}}' --output table

### hashes as a table
aws rds describe-db-instances --query 'DBInstances[].{Name:DBInstanceIdentifier,Class:DBInstanceClass,Storage:AllocatedStorage}' --output table

### a pipe
aws rds describe-db-instances --query 'DBInstances[*].DBInstanceIdentifier | [0]' --output text

### a slice with a step
aws rds describe-db-instances --query 'DBInstances[::2].DBInstanceIdentifier'

### a wildcard over a hash
aws sts get-caller-identity --query '*' --output table

### merge
aws rds describe-db-clusters --db-cluster-identifier lego-api-staging --query 'merge(DBClusters[0].ServerlessV2ScalingConfiguration, `{"checked": true}`)'

### map
aws rds describe-db-instances --query 'map(&[DBInstanceIdentifier, AllocatedStorage], DBInstances)' --output text

### not null
aws rds describe-db-clusters --db-cluster-identifier lego-api-staging --query 'not_null(DBClusters[0].NoSuchField, DBClusters[0].Status)' --output text

### a name in quotes
aws rds describe-db-clusters --db-cluster-identifier lego-api-staging --query '{"a name": DBClusters[0].Status, "größe": DBClusters[0].AllocatedStorage}' --output table

### times in text
aws rds describe-db-cluster-snapshots --db-cluster-identifier lego-api-staging --query 'DBClusterSnapshots[].[SnapshotCreateTime,ClusterCreateTime]' --output text

### a text that is longer than a line
aws rds describe-events --query 'Events[].{what:Message,when:Date}' --output table

### numbers
aws rds describe-db-instances --query 'DBInstances[].[AllocatedStorage,BackupRetentionPeriod,Iops,DbInstancePort]' --output text

### a single number
aws rds describe-db-clusters --db-cluster-identifier lego-api-staging --query 'DBClusters[0].BackupRetentionPeriod' --output table

### the answer itself
aws sts get-caller-identity --query '@'

### strings alone in a list
aws rds describe-db-clusters --query 'DBClusters[].AvailabilityZones[]' --output text

### one element of a list of texts
aws rds describe-db-clusters --query 'DBClusters[].[AvailabilityZones[0]]' --output text

### a filter by a number
aws cloudwatch describe-alarms --query 'MetricAlarms[?Threshold > `1`].[AlarmName,Threshold]' --output text

### a query over a paged answer as text
aws cloudwatch describe-alarms --query 'length(MetricAlarms)' --output text

### a wrong kind for a function
aws sts get-caller-identity --query 'length(`5`)'
