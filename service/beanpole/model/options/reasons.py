"""The sentences about configuration options that are not valid, each named once.

The mark `[I]` means that the sentence is ours: the rule is known, but there is no capture of its wording. Once there is
one, the sentence is replaced here and nowhere else. As the message of an error it is preceded by
`Configuration validation exception: `.
"""

# The two forms of a sentence.
SPECIFICATION = "Invalid option specification (Namespace: '{namespace}', OptionName: '{name}'): {reason}"
VALUE = "Invalid option value: '{value}' (Namespace: '{namespace}', OptionName: '{name}'): {reason}"

# Whole messages, in neither form
UNKNOWN_PARAMETER = "Unknown or duplicate parameter: {name}"  # captures, Amazon Linux 2 and 2023, 2025
BALANCER_TYPE_FIXED = "LoadBalancer type option cannot be changed."  # capture
CERTIFICATE = "You must specify an SSL certificate to configure a listener to use HTTPS."  # capture
NO_ROLLING_UPDATES = "You can't enable rolling updates for a single-instance environment"  # captures
MIN_ABOVE_MAX = "MinSize is greater than MaxSize"

# Reasons behind a specification
UNKNOWN = "Unknown configuration setting."
NEEDS_ENHANCED_HEALTH = (
    "Managed platform updates require enhanced health reporting "
    "(option SystemType in namespace aws:elasticbeanstalk:healthreporting:system)."
)
NEEDS_OWN_SERVICE_ROLE = (  # [I] for an environment without a service role
    "You can't enable managed platform updates when your environment uses the service-linked role "
    "'AWSServiceRoleForElasticBeanstalk'. Select a service role that has the "
    "'AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy' managed policy."
)
STREAMING_NEEDS_ENHANCED_HEALTH = (  # [I]
    "Health event streaming requires enhanced health reporting "
    "(option SystemType in namespace aws:elasticbeanstalk:healthreporting:system)."
)
REQUIRES = "Specify the option {other} in namespace {other_namespace}."  # [I]
FIXED = "The option cannot be changed once the environment exists."  # [I] for all but the type of a load balancer
PROPERTY_NAME = (  # the rule is the guide's, the sentence [I]
    "The name of an environment property must be 1 to 128 characters long and contain only letters, digits and the "
    "characters _ . : / + \\ - @"
)

# Reasons behind one value
NOT_ALLOWED = "Value is not one of the allowed values: [{values}]"
NOT_AN_INTEGER = "Value is not an integer"  # [I]
NOT_A_NUMBER = "Value is not a number"  # [I]
NOT_JSON = "Value is not valid JSON"  # [I]
TOO_SMALL = "Value is less than minimum allowed value: {bound}"
TOO_GREAT = "Value is greater than maximum allowed value: {bound}"  # [I]
TOO_LONG = "Value is too long. Maximum allowed length: {bound}"  # [I]
NO_MATCH = "Value does not satisfy regex: '{pattern}' [{label}]"
NO_MATCH_LABEL = "Regex pattern: {pattern}"  # the label of database options; [I] for the others
NOT_A_VOLUME_TYPE = "'{value}' is not a valid volume type. Must be 'standard', 'gp2' or 'io1'."  # an old capture
UNSUPPORTED_INSTANCE_PROTOCOL = "Unsupported instance protocol: {value}"
NOT_TCP = "Only TCP Protocols are supported for Network Load Balancers"
INSTANCE_TYPES = "Specify a comma-separated list of 1 to 40 unique instance types"
PERIOD_OF_ZERO = "/ by zero"
NOT_AN_INSTANT = "should be an instant in the form 2015-05-14T07:00:00Z"  # [I]
NOT_CRON = "doesn't comply the cron expression"
TIMEOUT_RANGE = "should be between 15 minutes to an hour"  # the sentence says 15, the service accepts 5
PAUSE_RANGE = "should be between 0 seconds to an hour"  # [I]

# Reasons that need two options
TRAFFIC_SPLITTING = "Traffic Splitting deployments are compatible only with Application Load Balancers"
MIN_IN_SERVICE = "should be less than the maximum instance count for the Autoscaling group"
ON_DEMAND_BASE = "should not be greater than the maximum instance count for the Autoscaling group"  # [I]
OTHER_LAYER = "Instance protocol must be at the same layer as the front-end load balancer protocol"
NO_SHARED_BALANCER = "The shared load balancer does not exist"  # [I]
NO_SHARED_LISTENER = "The shared load balancer has no listener for the default rule"  # [I]
SUBNETS = "Specify the subnets for the VPC."
ALARM_TOO_LONG = "Period multiplied by EvaluationPeriods should not be greater than 600 minutes"  # [I]
ONE_ARCHITECTURE = "Specify instance types of one processor architecture"  # [I]

# Warnings about settings that are accepted [I]
LONG_PROPERTY = "The values of environment properties should not be longer than {bound} characters."
DEPRECATED = "The option is deprecated."
