### both kinds of quotes glued together
aws rds describe-db-clusters --db-cluster-identifier 'lego'"-api"-'staging' --query "DBClusters[0]"'.Status'

### a single quote inside single quotes
aws rds add-tags-to-resource --resource-name arn:x --tags 'Key=note,Value="it'\''s, or not"'

### double quotes inside double quotes
aws rds add-tags-to-resource --resource-name arn:x --tags "Key=note,Value=\"a, b\""

### backslashes
aws rds add-tags-to-resource --resource-name arn:x --tags Key=path,Value=a\\b "Key=path2,Value=a\b" 'Key=path3,Value=a\b' Key=space,Value=a\ b

### a comma behind a backslash
aws rds add-tags-to-resource --resource-name arn:x --tags 'Key=list,Value=a\,b\,c'

### an equals sign in a value
aws rds add-tags-to-resource --resource-name arn:x --tags Key=rule,Value=a=b=c

### spaces around
aws rds add-tags-to-resource --resource-name arn:x --tags 'Key = spaced , Value = out here '

### characters that a shell would expand, in single quotes
aws rds add-tags-to-resource --resource-name arn:x --tags '[{"Key":"shell","Value":"$HOME *.md ~ `id` $(id) {a,b} !x ; & | < >"}]'

### a dollar sign behind a backslash
aws rds add-tags-to-resource --resource-name arn:x --tags "[{\"Key\":\"price\",\"Value\":\"\$5 \`x\` \\\\\"}]"

### a continued word
aws rds describe-db-clusters --db-cluster-identifier lego-\
api-staging --query 'DBClusters[0].Status'

### a continuation inside double quotes
aws rds describe-db-clusters --db-cluster-identifier "lego-\
api-staging" --query "DBClusters[0].Status"

### a line end inside single quotes
aws sns publish --topic-arn arn:aws:sns:us-east-1:000000000000:a --message 'first
second
  third'

### comments everywhere
# What runs where?
aws sts get-caller-identity --query Account # the account
# that was it

### empty lines between commands

aws sts get-caller-identity --query Account

aws sts get-caller-identity --query Arn --output text

### two commands on one line
aws sts get-caller-identity --query Account; aws sts get-caller-identity --query UserId

### three commands in three forms
aws sts get-caller-identity --query Account --output json
aws sts get-caller-identity --query Account --output text
aws sts get-caller-identity --query Account --output table

### spaces and tabs between words
aws   rds	describe-db-clusters   --db-cluster-identifier	lego-api-staging --query   'DBClusters[0].Status'

### the query before the rest
aws --output text --query Account sts get-caller-identity

### a hash within a word
aws rds add-tags-to-resource --resource-name arn:x --tags Key=hash,Value=a#b 'Key=c,Value=#d#'

### a value with spaces from the environment
#env NOTE="two words  and more "
aws rds add-tags-to-resource --resource-name arn:x --tags "Key=note,Value=$NOTE"

### a value with an equals sign and a comma from the environment, in json
#env NOTE="a=b, c"
aws rds add-tags-to-resource --resource-name arn:x --tags '[{"Key":"note","Value":"'"$NOTE"'"}]'

### a list of words from the environment
#env FIRST="backup"
#env SECOND="configuration change"
aws rds describe-events --event-categories "$FIRST" "$SECOND" --query 'Events[0].Message'

### unicode from the environment
#env NAME="naïve – 数据库 🧱 \u00a0 ẞ"
aws sns publish --topic-arn arn:aws:sns:us-east-1:000000000000:a --subject "$NAME" --message "${NAME}"

### an empty value from the environment
#env NOTHING=""
aws sns set-topic-attributes --topic-arn arn:aws:sns:us-east-1:000000000000:a --attribute-name DisplayName --attribute-value "$NOTHING"

### json that is the value of a variable
#env TAGS="[{\"Key\":\"a\",\"Value\":\"b c\"},{\"Key\":\"d\",\"Value\":\"\"}]"
aws rds add-tags-to-resource --resource-name arn:x --tags "$TAGS"

### shorthand that is the value of a variable
#env TAG="Key=a,Value=b"
aws rds add-tags-to-resource --resource-name arn:x --tags "$TAG"

### a value that begins with a hyphen
#env NOTE="-1 is not a flag"
aws sns publish --topic-arn arn:aws:sns:us-east-1:000000000000:a --message="$NOTE" --subject=--double

### a value that looks like a number
aws sns publish --topic-arn arn:aws:sns:us-east-1:000000000000:a --message 007 --subject 1e3

### a value that looks like json and is text
aws sns publish --topic-arn arn:aws:sns:us-east-1:000000000000:a --message '{"default":"x"}' --message-structure json --subject '[urgent]'

### a query in double quotes with a value of the environment
#env WANTED="lego-api-staging"
aws rds describe-db-clusters --query "DBClusters[?DBClusterIdentifier=='$WANTED'].Status | [0]"

### a flag and its value joined
aws rds describe-db-clusters --db-cluster-identifier=lego-api-staging --query='DBClusters[0].Engine' --output=table

### a list with one joined value
aws rds describe-events --event-categories=backup --query 'Events[0].Message'

### a parameter by the beginning of its name in full
aws rds describe-db-clusters --db-cluster-identifier lego-api-staging --no-include-shared --query 'DBClusters[0].Engine'

### flags in another order
aws rds describe-db-clusters --output text --no-include-shared --query 'DBClusters[0].Engine' --db-cluster-identifier lego-api-staging --color off

### an empty list of tags in json
aws rds create-db-cluster-snapshot --db-cluster-identifier lego-api-staging --db-cluster-snapshot-identifier s --tags '[]' --query 'DBClusterSnapshot.Status'

### an empty string in json
aws rds add-tags-to-resource --resource-name arn:x --tags '[{"Key":"empty","Value":""}]'

### nested quotes in shorthand
aws rds create-db-proxy --db-proxy-name p --engine-family POSTGRESQL --role-arn arn:aws:iam::000000000000:role/proxy --vpc-subnet-ids subnet-1 --auth "AuthScheme=SECRETS,Description='say, \"hi\"',SecretArn=arn:aws:secretsmanager:us-east-1:000000000000:secret:a" "Description=\"it's, fine\",IAMAuth=REQUIRED"

### spaces and line ends in json
aws rds modify-db-cluster --db-cluster-identifier lego-api-staging --serverless-v2-scaling-configuration '{
    "MinCapacity": 0.5,
    "MaxCapacity": 4.0
  }' --apply-immediately --query 'DBCluster.ServerlessV2ScalingConfiguration'

### unicode escapes in json
aws rds add-tags-to-resource --resource-name arn:x --tags '[{"Key":"\u00fc\ud83e\uddf1","Value":"tab\there"}]'

### numbers of several kinds
aws rds modify-db-cluster --db-cluster-identifier lego-api-staging --serverless-v2-scaling-configuration MinCapacity=.5,MaxCapacity=1e1 --port 5432 --backup-retention-period 35 --query 'DBCluster.Port'

### a brick in quotes
aws rds add-tags-to-resource --resource-name arn:x --tags 'Key=brick,Value="🧱 of 2×4"' 'Key=größe,Value=数据库'
