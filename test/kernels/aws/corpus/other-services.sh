### the account
aws sts get-caller-identity --query Account --output text

### the caller
aws sts get-caller-identity

### the caller as text
aws sts get-caller-identity --output text

### the caller as a table
aws sts get-caller-identity --output table

### the account of a key
aws sts get-access-key-info --access-key-id AKIAIOSFODNN7EXAMPLE --query Account

### a secret's text
#fill stage=staging
aws secretsmanager get-secret-value --secret-id lego-api-{stage}-db-credentials --query SecretString --output text

### a secret as json
aws secretsmanager get-secret-value --secret-id lego-api-staging-db-credentials

### a secret as a table
aws secretsmanager get-secret-value --secret-id lego-api-staging-db-credentials --output table

### a secret by its version
aws secretsmanager get-secret-value --secret-id lego-api-staging-db-credentials --version-stage AWSPREVIOUS --query '[Name,VersionStages,CreatedDate]'

### facts about a secret
aws secretsmanager describe-secret --secret-id lego-api-staging-db-credentials

### facts about a secret as text
aws secretsmanager describe-secret --secret-id lego-api-staging-db-credentials --output text

### whether a secret rotates
aws secretsmanager describe-secret --secret-id lego-api-staging-db-credentials --query 'RotationEnabled'

### versions of a secret
aws secretsmanager list-secret-version-ids --secret-id lego-api-staging-db-credentials --include-deprecated --query 'Versions[].[VersionId,VersionStages]'

### versions of a secret as a table
aws secretsmanager list-secret-version-ids --secret-id lego-api-staging-db-credentials --output table

### secrets by filters
aws secretsmanager list-secrets --filters Key=name,Values=lego-api Key=tag-key,Values=app,stage --query 'SecretList[].Name'

### secrets in the order of their making
aws secretsmanager list-secrets --sort-order asc --max-items 3 --query 'SecretList[].[Name,CreatedDate]' --output text

### secrets with those that are planned for deletion
aws secretsmanager list-secrets --include-planned-deletion --no-paginate --query 'length(SecretList)'

### a rotation
aws secretsmanager rotate-secret --secret-id lego-api-staging-db-credentials --client-request-token 11111111-2222-3333-4444-555555555555

### a rotation with rules
aws secretsmanager rotate-secret --secret-id lego-api-staging-db-credentials --client-request-token 11111111-2222-3333-4444-555555555555 --rotation-rules AutomaticallyAfterDays=30,Duration=2h --no-rotate-immediately

### a rotation with rules as json
aws secretsmanager rotate-secret --secret-id lego-api-staging-db-credentials --rotation-rules '{"ScheduleExpression":"cron(0 16 1,15 * ? *)","Duration":"2h"}' --rotate-immediately

### a new version of a secret from the environment
#env NEW_SECRET="{\"engine\":\"postgres\",\"host\":\"db.example\",\"username\":\"lego\",\"password\":\"a'b\\\"c,d=e f\",\"port\":5432}"
aws secretsmanager put-secret-value --secret-id lego-api-staging-db-credentials --secret-string "$NEW_SECRET" --version-stages AWSCURRENT

### a new version with a token of its own
#env NEW_SECRET="plain text, with a comma"
aws secretsmanager put-secret-value --secret-id lego-api-staging-db-credentials --secret-string "$NEW_SECRET" --client-request-token 8a1b2c3d-0000-1111-2222-333344445555 --version-stages AWSCURRENT AWSPENDING

### a secret of several lines
#env LINES_OF_TEXT="first line\nsecond line\n\n  fourth, indented\tafter a tab"
aws secretsmanager put-secret-value --secret-id lego-api-staging-note --secret-string "$LINES_OF_TEXT" --query VersionId --output text

### a new secret with tags
aws secretsmanager create-secret --name lego-api-dev-db-credentials --description "credentials of the team's database" --secret-string '{"username":"lego","password":"bricks"}' --tags Key=app,Value=lego-api Key=owner,Value='platform team' --query Name

### a secret deleted, with time to think
aws secretsmanager delete-secret --secret-id lego-api-old --recovery-window-in-days 7

### a secret brought back
aws secretsmanager restore-secret --secret-id lego-api-old --output text

### a label moved to another version
aws secretsmanager update-secret-version-stage --secret-id lego-api-staging-db-credentials --version-stage AWSCURRENT --move-to-version-id 8a1b2c3d-0000-1111-2222-333344445555 --remove-from-version-id 9a1b2c3d-0000-1111-2222-333344445555

### use of capacity in three hours
#env SINCE="2026-11-22T07:00:00.000Z"
#env UNTIL="2026-11-22T10:00:00.000Z"
aws cloudwatch get-metric-statistics --namespace AWS/RDS --metric-name ACUUtilization --dimensions Name=DBClusterIdentifier,Value=lego-api-staging --start-time "$SINCE" --end-time "$UNTIL" --period 300 --statistics Average Maximum --query 'sort_by(Datapoints,&Timestamp)[-12:].[Timestamp,Average,Maximum]' --output table

### capacity as json
aws cloudwatch get-metric-statistics --namespace AWS/RDS --metric-name ServerlessDatabaseCapacity --dimensions Name=DBClusterIdentifier,Value=lego-api-staging --start-time 2026-11-22T07:00:00Z --end-time 2026-11-22T10:00:00Z --period 60 --statistics Average Minimum SampleCount Sum

### connections as text, two dimensions
aws cloudwatch get-metric-statistics --namespace AWS/RDS --metric-name DatabaseConnections --dimensions Name=DBClusterIdentifier,Value=lego-api-staging Name=Role,Value=WRITER --start-time 2026-11-22T07:00:00+00:00 --end-time 2026-11-22T11:00:00+01:00 --period 300 --statistics '["Maximum"]' --unit Count --output text

### percentiles of a metric
aws cloudwatch get-metric-statistics --namespace AWS/RDS --metric-name CommitLatency --dimensions '[{"Name":"DBClusterIdentifier","Value":"lego-api-staging"}]' --start-time 1763796000 --end-time 1763799600 --period 300 --extended-statistics p50 p99.9 --query 'Datapoints[].ExtendedStatistics'

### the highest value
aws cloudwatch get-metric-statistics --namespace AWS/RDS --metric-name CPUUtilization --start-time 2026-11-22T07:00:00Z --end-time 2026-11-22T10:00:00Z --period 3600 --statistics Maximum --query 'max(Datapoints[].Maximum)'

### metrics by expressions
aws cloudwatch get-metric-data --start-time 2026-11-22T07:00:00Z --end-time 2026-11-22T10:00:00Z --scan-by TimestampAscending --metric-data-queries '[
  {"Id":"use","MetricStat":{"Metric":{"Namespace":"AWS/RDS","MetricName":"ACUUtilization","Dimensions":[{"Name":"DBClusterIdentifier","Value":"lego-api-staging"}]},"Period":300,"Stat":"Average"},"ReturnData":false},
  {"Id":"high","Expression":"use > 90","Label":"above 90 %"}
]'

### metrics by expressions in shorthand
aws cloudwatch get-metric-data --start-time 2026-11-22T07:00:00Z --end-time 2026-11-22T10:00:00Z --metric-data-queries 'Id=use,MetricStat={Metric={Namespace=AWS/RDS,MetricName=ACUUtilization,Dimensions=[{Name=DBClusterIdentifier,Value=lego-api-staging},{Name=Role,Value=WRITER}]},Period=300,Stat=Average},ReturnData=true' 'Id=e1,Expression="SUM(METRICS())/2",Label=half' --query 'MetricDataResults[].[Id,Label,Values]'

### which metrics there are
aws cloudwatch list-metrics --namespace AWS/RDS --dimensions Name=DBClusterIdentifier --recently-active PT3H --query 'Metrics[].MetricName'

### which metrics there are, as text
aws cloudwatch list-metrics --namespace AWS/RDS --output text

### alarms that ring
#fill stage=staging
aws cloudwatch describe-alarms --alarm-name-prefix lego-api-{stage} --state-value ALARM

### alarms in a table
aws cloudwatch describe-alarms --alarm-names lego-api-staging-acu-high 'lego api: connections' --query 'MetricAlarms[].[AlarmName,StateValue,Threshold,Dimensions[0].Value]' --output table

### alarms of a kind
aws cloudwatch describe-alarms --alarm-types MetricAlarm CompositeAlarm --max-records 50 --query 'MetricAlarms[].{name:AlarmName,at:StateUpdatedTimestamp,actions:AlarmActions}'

### the history of an alarm
aws cloudwatch describe-alarm-history --alarm-name lego-api-staging-acu-high --history-item-type StateUpdate --start-date 2026-11-21T00:00:00Z --query 'AlarmHistoryItems[].[Timestamp,HistorySummary]' --output text

### an alarm
#fill topic=arn:aws:sns:us-east-1:000000000000:lego-api-staging-db-alerts
aws cloudwatch put-metric-alarm --alarm-name lego-api-staging-acu-high --namespace AWS/RDS --metric-name ACUUtilization --dimensions Name=DBClusterIdentifier,Value=lego-api-staging --statistic Average --period 300 --evaluation-periods 3 --threshold 90 --comparison-operator GreaterThanOrEqualToThreshold --alarm-actions {topic}

### an alarm with a fraction and more words
aws cloudwatch put-metric-alarm --alarm-name 'lego api: freeable memory' --alarm-description "below 256 MB: it's \"low\"" --namespace AWS/RDS --metric-name FreeableMemory --statistic Minimum --period 60 --evaluation-periods 5 --datapoints-to-alarm 3 --threshold 268435456.5 --comparison-operator LessThanThreshold --treat-missing-data notBreaching --no-actions-enabled --ok-actions arn:aws:sns:us-east-1:000000000000:ok --tags Key=app,Value=lego-api

### an alarm below zero
aws cloudwatch put-metric-alarm --alarm-name lego-api-lag --namespace AWS/RDS --metric-name AuroraReplicaLag --statistic Average --period 60 --evaluation-periods 1 --threshold -1.5 --comparison-operator LessThanThreshold

### an alarm's actions switched off
aws cloudwatch disable-alarm-actions --alarm-names lego-api-staging-acu-high lego-api-staging-connections

### an alarm set by hand
aws cloudwatch set-alarm-state --alarm-name lego-api-staging-acu-high --state-value OK --state-reason 'reset after the incident of 2026-11-22' --state-reason-data '{"by":"operator"}'

### alarms deleted
aws cloudwatch delete-alarms --alarm-names lego-api-staging-old

### a metric of the migration's time
aws cloudwatch put-metric-data --namespace lego/operations --metric-name MigrationSeconds --value 12.5 --unit Seconds --timestamp 2026-11-22T10:00:00Z --dimensions Stage=staging,App=lego-api

### metrics as json
aws cloudwatch put-metric-data --namespace lego/operations --metric-data '[{"MetricName":"Rows","Value":500,"Unit":"Count","Dimensions":[{"Name":"Stage","Value":"staging"}]},{"MetricName":"Spread","Values":[1,2.5,3e2],"Counts":[1,1,2]}]'

### a metric with statistics
aws cloudwatch put-metric-data --namespace lego/operations --metric-name Latency --statistic-values SampleCount=10,Sum=55.5,Minimum=1,Maximum=10 --unit Milliseconds

### a topic
aws sns create-topic --name lego-api-staging-db-alerts

### a topic with attributes and tags
aws sns create-topic --name lego-api-staging-db-alerts --attributes DisplayName='lego api',KmsMasterKeyId=alias/aws/sns --tags Key=app,Value=lego-api --query TopicArn --output text

### a topic with attributes as json
aws sns create-topic --name lego-api-staging-db-alerts --attributes '{"DisplayName":"lego, api","DeliveryPolicy":"{\"http\":{}}"}'

### a subscriber
aws sns subscribe --topic-arn arn:aws:sns:us-east-1:000000000000:lego-api-staging-db-alerts --protocol email --notification-endpoint platform@example.com

### a subscriber with a filter, and its ARN
aws sns subscribe --topic-arn arn:aws:sns:us-east-1:000000000000:alerts --protocol https --notification-endpoint 'https://example.com/hook?a=b&c=d' --attributes '{"FilterPolicy":"{\"stage\":[\"staging\"]}"}' --return-subscription-arn --query SubscriptionArn --output text

### who has not confirmed
aws sns list-subscriptions-by-topic --topic-arn arn:aws:sns:us-east-1:000000000000:lego-api-staging-db-alerts --query "Subscriptions[?SubscriptionArn=='PendingConfirmation'].Endpoint" --output text

### subscribers as a table
aws sns list-subscriptions-by-topic --topic-arn arn:aws:sns:us-east-1:000000000000:lego-api-staging-db-alerts --output table

### all topics
aws sns list-topics --query 'Topics[].TopicArn' --output text

### attributes of a topic
aws sns get-topic-attributes --topic-arn arn:aws:sns:us-east-1:000000000000:lego-api-staging-db-alerts

### attributes of a topic as a table
aws sns get-topic-attributes --topic-arn arn:aws:sns:us-east-1:000000000000:lego-api-staging-db-alerts --query Attributes --output table

### a message
#env MESSAGE="Migration of staging begins: 100 % of \"sets\" & more\nÜber 2 Zeilen — 完"
aws sns publish --topic-arn arn:aws:sns:us-east-1:000000000000:lego-api-staging-db-alerts --subject 'lego-api: a migration' --message "$MESSAGE"

### a message with attributes
aws sns publish --topic-arn arn:aws:sns:us-east-1:000000000000:lego-api-staging-db-alerts --message done --message-attributes '{"stage":{"DataType":"String","StringValue":"staging"},"rows":{"DataType":"Number","StringValue":"500"}}' --query MessageId

### a message with attributes in shorthand
aws sns publish --topic-arn arn:aws:sns:us-east-1:000000000000:lego-api-staging-db-alerts --message done --message-attributes 'stage={DataType=String,StringValue=staging},rows={DataType=Number,StringValue=500}' --query MessageId

### an attribute of a topic
aws sns set-topic-attributes --topic-arn arn:aws:sns:us-east-1:000000000000:lego-api-staging-db-alerts --attribute-name DisplayName --attribute-value ''

### a topic deleted
aws sns delete-topic --topic-arn arn:aws:sns:us-east-1:000000000000:lego-api-staging-db-alerts
