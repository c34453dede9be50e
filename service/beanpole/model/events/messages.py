"""The event sentences of the service, named once, quoted to the byte.

Doubled blanks, trailing blanks and missing full stops are the service's own: clients compare these strings. A comment
`[I]` marks a sentence of which there is no capture; once there is one, the sentence is replaced here and nowhere else.
"""

from typing import Literal

from msgspec import Struct

Severity = Literal["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]
SEVERITIES: tuple[Severity, ...] = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")


class Message(Struct, frozen=True):
    """A sentence with its slots filled; without `own_request` its event has no RequestId."""

    text: str
    severity: Severity
    own_request: bool = True


class Sentence(Struct, frozen=True):
    """A sentence with slots; a call fills them."""

    template: str
    severity: Severity = "INFO"
    own_request: bool = True

    def __call__(self, **slots: object) -> Message:
        """The message with every slot filled."""
        return Message(self.template.format(**slots), self.severity, self.own_request)


class BatchSentences(Struct, frozen=True):
    """The sentences about a batch: at its start, at the start and the end of its command, and at its end."""

    starting: Sentence
    command_starting: Sentence
    command_completed: Sentence
    completed: Sentence


# Applications and versions (docs/facts.md#applications-and-versions)
OPERATION_STARTING = Sentence("{operation} is starting.")
OPERATION_COMPLETED = Sentence("{operation} completed successfully.")
CREATED_APPLICATION = Sentence("Created new Application: {application}")
CREATED_APPLICATION_VERSION = Sentence("Created new Application Version: {version}")
INVOKING_TERMINATIONS = Sentence("Invoking Environment Termination workflows.")
TERMINATIONS_DONE = Sentence("The environment termination step is done.")
TERMINATIONS_FAILED = Sentence(
    "The environment termination step failed because at least one of the environment termination workflows failed."
)
APPLICATION_DELETED = Sentence("The application has been deleted successfully.")

# Launch (docs/facts.md#launch)
USING_BUCKET = Sentence("Using {bucket} as Amazon S3 storage bucket for environment data.")
CREATED = Sentence("Created {noun} named: {name}")
CREATED_EIP = Sentence("Created EIP: {name}")
CREATING_DATABASE = Sentence("Creating RDS database named: {name}. This may take a few minutes.")
WAITING_FOR_LAUNCH = Sentence("Waiting for EC2 instances to launch. This may take a few minutes.")
ADDED_INSTANCE = Sentence("Added instance [{instances}] to your environment.", own_request=False)
ADDED_INSTANCES = Sentence("Added instances [{instances}] to your environment.", own_request=False)
JAR_DETECTED = Sentence("Instance deployment successfully detected a JAR file in your source bundle.")
PROCFILE_GENERATED = Sentence("Instance deployment successfully generated a 'Procfile'.")
PROCFILE_USED = Sentence(
    "Instance deployment used the commands in your 'Procfile' to initiate startup of your application."
)
COMPOSER_FILE_MISSING = Sentence(  # in logs of deployments, AL2 and AL2023
    "Instance deployment: You didn't include a 'composer.json' file in your source bundle. The deployment didn't "
    "install Composer dependencies."
)
CRON_LOADED = Sentence("Successfully loaded {count} scheduled tasks from cron.yaml.")  # 2015
NODE_VERSION_UNSPECIFIED = Sentence(  # its severity as in many logs of the EB CLI, 2020 to 2023
    "Instance deployment: You didn't specify a Node.js version in the 'package.json' file in your source bundle. The "
    "deployment didn't install a specific Node.js version."
)
INSTANCE_DEPLOYMENT_COMPLETED = Sentence("Instance deployment completed successfully.")
APPLICATION_AVAILABLE = Sentence("Application available at {cname}.")
LAUNCHED = Sentence("Successfully launched environment: {environment}")

# What a platform of containers adds to a deployment (docs/facts.md#container-platforms)
IMAGE_BUILT = Sentence("Successfully built aws_beanstalk/staging-app")
CONTAINER_RUNS = Sentence("Docker container {container} is running aws_beanstalk/current-app.")
STOPPING_TASK = Sentence("Stopping ECS task {task}.")
TASK_STOPPED = Sentence("ECS task: {task} is STOPPED.")
STARTING_TASK = Sentence("Starting new ECS task with {family}:{revision}.")
TASK_RUNS = Sentence("ECS task: {task} is RUNNING.")

# Update (docs/facts.md#new-version-all-at-once, docs/facts.md#configuration-change-in-place)
UPDATE_STARTING = Sentence("Environment update is starting.")
DEPLOYING_VERSION = Sentence("Deploying new version to instance(s).")
NEW_VERSION_DEPLOYED = Sentence("New application version was deployed to running EC2 instances.")
HEALTH_REPORTING_ENHANCED = Sentence("Health reporting type changed to ENHANCED.")
UPDATING_CONFIGURATION = Sentence("Updating environment {environment}'s configuration settings.")
CONFIGURATION_DEPLOYED = Sentence("Successfully deployed new configuration to environment.")
UPDATE_COMPLETED = Sentence("Environment update completed successfully.")

# Rolling, with and without an additional batch (docs/facts.md#rolling-deployment)
BATCH_DEREGISTERING = Sentence(
    "Batch {batch}: De-registering instance(s) from the load balancer and waiting for them to go out of service."
)
COMMAND_COMPLETED_ON = Sentence("Command execution completed on {done} of {total} instances in environment.")
BATCH_REGISTERING = Sentence(
    "Batch {batch}: Registering instance(s) with the load balancer and waiting for them to be healthy. "
)
DEPLOYMENT_BATCH = BatchSentences(
    starting=Sentence("Batch {batch}: Starting application deployment on instance(s) [{instances}]."),
    command_starting=Sentence("Batch {batch}: Starting application deployment command execution."),
    command_completed=Sentence("Batch {batch}: Completed application deployment command execution."),
    completed=Sentence("Batch {batch}: Completed application deployment."),
)
RESTART_BATCH = BatchSentences(  # [I] all of it
    starting=Sentence("Batch {batch}: Starting application server restart on instance(s) [{instances}]."),
    command_starting=Sentence("Batch {batch}: Starting application server restart command execution."),
    command_completed=Sentence("Batch {batch}: Completed application server restart command execution."),
    completed=Sentence("Batch {batch}: Completed application server restart."),
)
ADDITIONAL_BATCH_ENABLED = Sentence(
    "Rolling with Additional Batch deployment policy enabled. Launching  a new batch of {count} additional instance(s)."
)
ADDITIONAL_BATCH_LAUNCHED = Sentence(
    "Batch {batch}: {count} EC2 instance(s) [{instances}] launched. Deploying application version '{version}'."
)
REMOVED_INSTANCE = Sentence("Removed instance [{instance}] from your environment.", own_request=False)

# A new side beside the old one: immutable and traffic splitting (docs/facts.md#immutable-deployment)
IMMUTABLE_ENABLED = Sentence(  # of an update of the configuration, too (mup-aws-beanstalk#91)
    "Immutable deployment policy enabled. Launching one instance with the new settings to verify health."
)
CREATED_TEMPORARY_GROUP = Sentence("Created temporary auto scaling group {name}.")
ADDING_TO_BALANCER = Sentence("Adding new instance(s) ({instances}) to the load balancer.")
WAITING_FOR_HEALTH = Sentence("Waiting for instance(s) ({instances}) to pass health checks. ")  # the blank is seen
TEST_INSTANCE_PASSED = Sentence("Test instance passed health checks. Launching remaining new instances.")
LAUNCHED_ALL_INSTANCES = Sentence("Successfully launched all instances.")
DETACHED_INSTANCES = Sentence("Detached new instance(s) from temporary auto scaling group {group}.")
ATTACHED_INSTANCES = Sentence("Attached new instance(s) to the permanent auto scaling group {group}.")
POST_DEPLOYMENT_STARTING = Sentence("Starting post-deployment configuration on new instances.")
POST_DEPLOYMENT_WAITING = Sentence("Waiting for post-deployment configuration to complete.")
DEPLOYMENT_SUCCEEDED = Sentence("Deployment succeeded. Terminating old instances and temporary Auto Scaling group.")
TRAFFIC_SPLITTING_ENABLED = Sentence(  # [I] all of traffic splitting
    "Traffic splitting deployment policy enabled. Launching {count} instances with the new settings."
)
ROUTING_PART_OF_TRAFFIC = Sentence(  # [I]
    "Routing {percent}% of traffic to the new application version for {minutes} minute(s)."
)
ROUTING_ALL_TRAFFIC = Sentence("Routing all traffic to the new application version.")  # [I]
POLICY_MISMATCH = Sentence(
    "To enable immutable config and application deployments together, you must set both the DeploymentPolicy option "
    "(aws:elasticbeanstalk:command namespace) and the RollingUpdateType option "
    "(aws:autoscaling:updatepolicy:rollingupdate namespace) to Immutable.",
    "ERROR",
)

# Instances replaced by a rolling update: CloudFormation's words (docs/facts.md#configuration-change-by-replacement)
ROLLING_UPDATE_BY_TIME = Sentence(
    "Auto Scaling group update progress: Rolling update initiated. Terminating {obsolete} obsolete instance(s) in "
    "batches of {batch}, while keeping at least {least} instance(s) in service."
)
ROLLING_UPDATE_BY_HEALTH = Sentence(
    "Auto Scaling group update progress: Rolling update initiated. Terminating {obsolete} obsolete instance(s) in "
    "batches of {batch}, while keeping at least {least} instance(s) in service. Waiting on resource signals with a "
    "timeout of {timeout} when new instances are added to the autoscaling group."
)
TEMPORARY_CAPACITY = Sentence(
    "Auto Scaling group update progress: Temporarily setting autoscaling group MinSize and DesiredCapacity to {size}."
)
TERMINATING_OBSOLETE = Sentence(  # [I] the prefix
    "Auto Scaling group update progress: Terminating instance(s) [{instances}]; replacing with {count} new instance(s)."
)
TERMINATED_OBSOLETE = Sentence(  # [I] the prefix
    "Auto Scaling group update progress: Successfully terminated instance(s) [{instances}] (Progress {percent}%)."
)
WAITING_FOR_SIGNALS = Sentence(
    "Auto Scaling group update progress: New instance(s) added to autoscaling group - Waiting on {count} resource "
    "signal(s) with a timeout of {timeout}."
)

# From a single instance to a load balancer, and back (docs/facts.md#change-of-the-environment-type)
CNAME_POINTS_TO = Sentence(
    "Updated {cname} to point to {endpoint}. Your application might be unavailable for a few minutes while the changes "
    "propagate."
)

# Swap (docs/facts.md#cname-swap)
SWAPPING = Sentence("Swapping CNAMEs for environments '{source}' and '{destination}'.")
NOW_POINTS_TO = Sentence("'{cname}' now points to '{endpoint}'.")
SWAPPED = Sentence("Completed swapping CNAMEs for environments '{source}' and '{destination}'.")

# Termination (docs/facts.md#termination)
VALIDATING_TERMINATION_PROTECTION = Sentence(
    "Validating environment's EC2 instances have termination protection disabled before performing termination."
)
VALIDATED_TERMINATION_PROTECTION = Sentence(
    "Finished validating environment's EC2 instances for termination protection."
)
WAITING_FOR_TERMINATION = Sentence("Waiting for EC2 instances to terminate. This may take a few minutes.")
DELETED = Sentence("Deleted {noun} named: {name}")
DELETED_ALARM = Sentence("Deleted {noun} named: {name} ")
DELETED_EIP = Sentence("Deleted EIP: {name}")
DELETING_SNS_TOPIC = Sentence("Deleting SNS topic for environment {environment}.")

# Logs and tags (docs/facts.md#logs, docs/facts.md#tags)
TAILED_LOGS = Sentence("[Instance: {instance}] Successfully finished tailing {count} log(s)")
BUNDLED_LOGS = Sentence("[Instance: {instance}] Successfully finished bundling {count} log(s)")  # [I] from the count on
ANALYSED_LOGS = Sentence("AI analysis request has completed.")
PULLED_LOGS = Sentence("Pulled logs for environment instances.")
LOGS_NOT_PULLED = Sentence("Failed to pull logs for environment instances.", "ERROR")  # [I] the severity
TAGS_UPDATE_STARTING = Sentence("Environment tag update is starting.")  # [I]
TAGS_UPDATED = Sentence("Environment tag update completed successfully.")

# Saved configurations, versions, custom platforms: processed or deleted (docs/facts.md#applications-and-versions)
DELETED_APPLICATION_VERSION = Sentence("Deleted Application Version: {version}")  # [I]
SOURCE_BUNDLE_NOT_DELETED = Sentence(  # [I]
    "Unable to delete the source bundle of Application Version {version} from S3. Reason: {reason}", "WARN"
)
VERSION_PROCESSED = Sentence(  # [I] the middle; the EB CLI waits for how it begins and how it ends
    "Finished processing application version {version} for application {application}: PROCESSED."
)
VERSION_FAILED = Sentence(  # [I] the middle and the severity
    "Finished processing application version {version} for application {application}: FAILED.", "ERROR"
)
PLATFORM_INITIATED = Sentence("Initiated platform version creation for '{platform}'.")  # a failed build, 2019
CREATING_PLATFORM_BUILDER = Sentence("Creating Packer builder environment '{environment}'.")
STARTING_PACKER = Sentence("Starting Packer building task.")
CREATING_PLATFORM_LOGS = Sentence("Creating CloudWatch log group '/aws/elasticbeanstalk/platform/{name}'.")
PLATFORM_IMAGE_BUILT = Sentence("Successfully built AMI(s): '{image}' for '{arn}'")  # a build, 2017
PACKER_BUILT = Sentence("Packer built AMIs: {image}.")
PLATFORM_CREATED = Sentence("Successfully created platform version '{platform}'.")
PLATFORM_DEFINITION_INVALID = Sentence("Invalid platform definition: {problem}", "ERROR")  # [I]
PLATFORM_NOT_CREATED = Sentence("Failed to create platform version '{platform}'.")  # INFO, as captured
PLATFORM_DELETION_INITIATED = Sentence("Initiated platform version deletion for '{platform}'.")  # [I]
PLATFORM_DELETED = Sentence("Successfully deleted platform version '{platform}'.")  # prefix confirmed, the rest [I]
PLATFORM_NOT_DELETED = Sentence("Failed to delete platform version '{platform}'.")  # prefix confirmed, the rest [I]
CREATED_TEMPLATE = Sentence("Created new Configuration Template: {template}")  # [I]
UPDATED_TEMPLATE = Sentence("Updated Configuration Template: {template}")  # [I]
DELETED_TEMPLATE = Sentence("Deleted Configuration Template: {template}")  # [I]

# Rebuild, restart, abort (docs/facts.md#rebuild, docs/facts.md#restart, docs/facts.md#abort)
UPDATE_ABORTED = Sentence("Environment update was aborted.")  # [I]
APP_SERVERS_RESTARTED = Sentence("Restarted application server on all ec2 instances.")

# Managed actions (docs/facts.md#managed-updates)
MANAGED_UPDATE_STARTED = Sentence("Managed platform update is in-progress.")
MANAGED_UPDATE_FAILED = Sentence("Managed update failed, retrying in {minutes} minutes.")

# Groups and links (8)

# Health (docs/facts.md#health-events)
HEALTH_FIRST = Sentence("Environment health has transitioned to {after}.{causes}", own_request=False)
HEALTH_FIRST_BAD = Sentence(  # [I] its severity
    "Environment health has transitioned to {after}.{causes}", "WARN", own_request=False
)
HEALTH_BETTER = Sentence("Environment health has transitioned from {before} to {after}.{causes}", own_request=False)
HEALTH_WORSE = Sentence(
    "Environment health has transitioned from {before} to {after}.{causes}", "WARN", own_request=False
)
COLOR_FIRST = Sentence("Environment health has been set to {after}", own_request=False)
COLOR_FIRST_BAD = Sentence("Environment health has been set to {after}", "WARN", own_request=False)  # [I] its severity
COLOR_BETTER = Sentence("Environment health has transitioned from {before} to {after}", own_request=False)
COLOR_WORSE = Sentence("Environment health has transitioned from {before} to {after}", "WARN", own_request=False)
NO_HEALTHY_INSTANCES = Sentence(
    "Elastic Load Balancer {balancer} has zero healthy instances.", "WARN", own_request=False
)
