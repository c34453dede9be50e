"""Every event sentence of the service, named once, quoted to the byte.

Doubled blanks, trailing blanks and missing full stops are the service's own: clients compare these strings. A comment
`[I]` marks a sentence nobody has seen; it is replaced here and nowhere else when a capture turns up.
"""

from typing import Literal

from msgspec import Struct

Severity = Literal["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]
SEVERITIES: tuple[Severity, ...] = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")


class Message(Struct, frozen=True):
    """A sentence with its slots filled; `own_request` is false for those that carry no RequestId."""

    text: str
    severity: Severity
    own_request: bool = True


class Sentence(Struct, frozen=True):
    """A sentence with slots; called with them it gives a Message."""

    template: str
    severity: Severity = "INFO"
    own_request: bool = True

    def __call__(self, **slots: object) -> Message:
        """Fill every slot of the template."""
        return Message(self.template.format(**slots), self.severity, self.own_request)


# Applications and versions (lifecycles.md 1.1)
OPERATION_STARTING = Sentence("{operation} is starting.")
OPERATION_COMPLETED = Sentence("{operation} completed successfully.")
CREATED_APPLICATION = Sentence("Created new Application: {application}")
CREATED_APPLICATION_VERSION = Sentence("Created new Application Version: {version}")
INVOKING_TERMINATIONS = Sentence("Invoking Environment Termination workflows.")
TERMINATIONS_DONE = Sentence("The environment termination step is done.")
APPLICATION_DELETED = Sentence("The application has been deleted successfully.")

# Launch (1.2 - 1.5)
USING_BUCKET = Sentence("Using {bucket} as Amazon S3 storage bucket for environment data.")
CREATED = Sentence("Created {noun} named: {name}")
CREATED_EIP = Sentence("Created EIP: {name}")
CREATING_DATABASE = Sentence("Creating RDS database named: {name}. This may take a few minutes.")
WAITING_FOR_LAUNCH = Sentence("Waiting for EC2 instances to launch. This may take a few minutes.")
ADDED_INSTANCE = Sentence("Added instance [{instances}] to your environment.", own_request=False)
ADDED_INSTANCES = Sentence("Added instances [{instances}] to your environment.", own_request=False)
INSTANCE_DEPLOYMENT_COMPLETED = Sentence("Instance deployment completed successfully.")
APPLICATION_AVAILABLE = Sentence("Application available at {cname}.")
LAUNCHED = Sentence("Successfully launched environment: {environment}")

# Update (1.7, 1.13)
UPDATE_STARTING = Sentence("Environment update is starting.")
DEPLOYING_VERSION = Sentence("Deploying new version to instance(s).")
NEW_VERSION_DEPLOYED = Sentence("New application version was deployed to running EC2 instances.")
UPDATING_CONFIGURATION = Sentence("Updating environment {environment}'s configuration settings.")
CONFIGURATION_DEPLOYED = Sentence("Successfully deployed new configuration to environment.")
UPDATE_COMPLETED = Sentence("Environment update completed successfully.")

# Swap (1.15)
SWAPPING = Sentence("Swapping CNAMEs for environments '{source}' and '{destination}'.")
NOW_POINTS_TO = Sentence("'{cname}' now points to '{endpoint}'.")
SWAPPED = Sentence("Completed swapping CNAMEs for environments '{source}' and '{destination}'.")

# Termination (1.15)
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

# Logs and tags (1.15)
TAGS_UPDATE_STARTING = Sentence("Environment tag update is starting.")  # [I]
TAGS_UPDATED = Sentence("Environment tag update completed successfully.")

# Saved configurations, versions and custom platforms that are processed or deleted (1.1)
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

# Rebuild, restart, abort (1.15)
APP_SERVERS_RESTARTED = Sentence("Restarted application server on all ec2 instances.")

# Managed actions (1.16)

# Groups and links (8)

# Health (1.16, 7)
HEALTH_FIRST = Sentence("Environment health has transitioned to {after}. {causes}", own_request=False)
HEALTH_BETTER = Sentence("Environment health has transitioned from {before} to {after}.{causes}", own_request=False)
HEALTH_WORSE = Sentence(
    "Environment health has transitioned from {before} to {after}.{causes}", "WARN", own_request=False
)
