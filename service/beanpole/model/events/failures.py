"""The event sentences of the service about failures, named once, quoted to the byte; see `messages`."""

from typing import Literal

from beanpole.model.events.messages import Sentence

# Option settings of .ebextensions (5)
EXTENSIONS_INVALID = Sentence(
    '"option_settings" in one of the configuration files failed validation. More details to follow.', "ERROR"
)
EXTENSION_INVALID = Sentence("{reason} ", "ERROR")  # the blank is seen, in launches on AL2023 and others, 2025

# Failures (docs/facts.md#failed-launch, docs/facts.md#failed-deployment)
INSTANCE_DEPLOYMENT_FAILED = Sentence("Instance deployment failed. For details, see 'eb-engine.log'.", "ERROR")
ENGINE_ERROR = "Engine execution has encountered an error."
COMMAND_FAILED = Sentence(
    "[Instance: {instance}] Command failed on instance. Return code: {status} Output: {output}.", "ERROR"
)
PLATFORM_SENTENCE = Sentence("{message}", "ERROR")  # a platform's sentence, as a fault gives it
NOT_RESPONDED = Sentence(
    "The following instances have not responded in the allowed command timeout time (they might still finish "
    "eventually on their own): [{instances}].",
    "WARN",
)
COMMAND_SUMMARY = Sentence("Command execution completed on all instances. Summary: [{summary}].")
UNSUCCESSFUL_COMMAND = Sentence(
    "Unsuccessful command execution on instance id(s) '{instances}'. Aborting the operation.", "ERROR"
)
HEALTH_CHECK_NOT_PASSED = Sentence(
    "Instance id(s) '{instances}' did not pass health check after command execution. Aborting the operation.", "ERROR"
)
FAILED_TO_DEPLOY = Sentence("Failed to deploy application.", "ERROR")
VERSIONS_MIXED = Sentence(
    "During an aborted deployment, some instances may have deployed the new application version. To ensure all "
    "instances are running the same version, re-deploy the appropriate application version.",
    "ERROR",
)
IMMUTABLE_FAILED = Sentence(  # [I]
    "Immutable deployment failed. Terminating new instances and temporary Auto Scaling group."
)
TRAFFIC_SPLITTING_FAILED = Sentence(  # [I]
    "Traffic splitting deployment failed. Routing all traffic to the old instances and terminating the new ones."
)
FAILED_TO_CONFIGURE = Sentence("Failed to deploy configuration.", "ERROR")
CONFIGURATION_REVERTED = Sentence("The environment was reverted to the previous configuration setting.")  # [I] INFO
STACK_ROLLS_BACK = Sentence(
    "Service:AmazonCloudFormation, Message:Stack named '{stack}' aborted operation. Current state: "
    "'{state}'  Reason: The following resource(s) failed to {verb}: [{resources}]. ",
    "ERROR",
)
SIGNALS_NOT_RECEIVED = Sentence(  # [I] the severity, as of all progress
    "Auto Scaling group update progress: Failed to receive {count} resource signal(s) for the current batch. Each "
    "resource signal timeout is counted as a FAILURE."
)
TOO_FEW_SIGNALS = (
    "Received {received} SUCCESS signal(s) out of {count}. Unable to satisfy 100% MinSuccessfulInstancesPercent "
    "requirement"
)
STACK_ROLLS_BACK_FOR_NOTHING = Sentence(  # logs of 2021; with one blank before the reason
    "Service:AmazonCloudFormation, Message:Stack named '{stack}' aborted operation. Current state: "
    "'UPDATE_ROLLBACK_IN_PROGRESS' Reason: null",
    "ERROR",
)
STACK_ABORTED = Sentence(
    "Stack named '{stack}' aborted operation. Current state: 'CREATE_FAILED'  Reason: The following resource(s) failed "
    "to create: [{resources}]. ",
    "ERROR",
)
RESOURCE_FAILED = Sentence("{verb} {noun} named: {name} failed Reason: {reason}", "ERROR")
UNNAMED_RESOURCE_FAILED = Sentence("{verb} {noun} failed Reason: {reason}", "ERROR")  # while it is not created
DEPENDENT = (  # of a security group (a log of 2019); of any other resource [I]
    "resource {name} has a dependent object (Service: AmazonEC2; Status Code: 400; Error Code: DependencyViolation; "
    "Request ID: {request})"
)
NOT_EMPTY = (  # as CloudFormation says it (aws-cdk#21776, 2022)
    "The bucket you tried to delete is not empty (Service: Amazon S3; Status Code: 409; Error Code: BucketNotEmpty; "
    "Request ID: {request}; S3 Extended Request ID: {extended}; Proxy: null)"
)
STACK_NOT_DELETED = Sentence(
    "Stack deletion failed: The following resource(s) failed to delete: [{resources}].", "ERROR"
)
INSTANCES_SILENT = Sentence(  # logs on Amazon Linux of every generation
    "The EC2 instances failed to communicate with AWS Elastic Beanstalk, either because of configuration problems with "
    "the VPC or a failed EC2 instance. Check your VPC configuration and try launching the environment again.",
    "ERROR",
)
INSTANCES_NOT_SIGNALLED = Sentence(  # the second half [I]
    "LaunchWaitCondition failed. The expected number of EC2 instances were not initialized within the given time. "
    "Rebuild the environment. If this persists, contact support.",
    "ERROR",
)
LAUNCHED_WITH_ISSUES = Sentence(
    "Launched environment: {environment}. However, there were issues during launch. See event log for details."
)
LAUNCH_FAILURE = Sentence("EC2 Instance Launch Failure. Waiting for a New EC2 Instance to Launch...", "WARN")
NEEDS_INSTANCE_PROFILE = Sentence("Environment must have instance profile associated with it.", "ERROR")
NO_SUCH_INSTANCE_PROFILE = Sentence(
    "The instance profile {profile} associated with the environment does not exist.", "ERROR"
)
NEEDS_SERVICE_ROLE = Sentence(  # its severity, and that the launch is refused by it, [I] as for the instance profile
    "A Service Role is required in this region. Please add a Service Role option to the environment.", "ERROR"
)
FAILED_TO_LAUNCH = Sentence("Failed to launch environment.", "ERROR")
LAUNCHED_WITH_ERRORS = Sentence(
    "Create environment operation is complete, but with errors. For more information, see troubleshooting "
    "documentation.",
    "ERROR",
)
LAUNCHED_WITH_TIMEOUTS = Sentence(
    "Create environment operation is complete, but with command timeouts. Try increasing the timeout period.", "ERROR"
)
UPDATED_WITH_ERRORS = Sentence(
    "Update environment operation is complete, but with errors. For more information, see troubleshooting "
    "documentation.",
    "ERROR",
)
UPDATED_WITH_TIMEOUTS = Sentence(
    "Update environment operation is complete, but with command timeouts. Try increasing the timeout period.", "ERROR"
)
REMOVED_DEAD_INSTANCE = Sentence(  # [I] seen for an ELB health check
    "Removed instance [{instance}] from your environment due to a EC2 health check failure", "WARN", own_request=False
)

# Versions (docs/facts.md#applications-and-versions)
BUILD_FAILED = Sentence("The AWS CodeBuild build of application version {version} failed.", "ERROR")  # [I]

# Source bundles (docs/facts.md#source-bundles)
CONFIGURATION_FILE_INVALID = Sentence(
    "The configuration file {file} in application version {version} contains invalid YAML or JSON. YAML exception: "
    "Invalid Yaml: {yaml}, JSON exception: Invalid JSON: {json}. Update the configuration file.",
    "ERROR",
)
CONFIGURATION_FILE_SKIPPED = Sentence(
    "Error processing file (Skipping): '{file}' - Contains invalid key: '{key}'. For information about valid keys, see "
    "http://docs.aws.amazon.com/elasticbeanstalk/latest/dg/ebextensions.html",
    "WARN",
)
SOURCE_BUNDLE_UNREAD = Sentence(  # [I]
    "The source bundle has too many files to be looked into. Its configuration files are ignored.", "WARN"
)
OPTION_SETTING_NO_MAP = Sentence(  # seen as the refusal of a call, not as an event
    "Each option setting in configuration file {file} in application version {version} must be a map. Update each "
    "option setting in the configuration file.",
    "ERROR",
)
SOURCE_BUNDLE_HAS_ISSUES = Sentence(
    "Instance deployment: Your source bundle has issues that caused the deployment to fail. For details, see "
    "'eb-engine.log'.",
    "ERROR",
)
NO_DOCKER_FILES = Sentence(
    "Instance deployment: Both 'Dockerfile' and 'Dockerrun.aws.json' are missing in your source bundle. Include at "
    "least one of them in your source bundle. The deployment failed.",
    "ERROR",
)
BAD_DOCKERRUN_VERSION = Sentence(  # seen on Amazon Linux 1; [I] that later platforms say it
    "Instance deployment: Invalid Dockerrun.aws.json version, abort deployment", "ERROR"
)
DOCKERRUN_IS_NO_JSON = Sentence(  # [I]
    "Instance deployment: 'Dockerrun.aws.json' in your source bundle is not valid JSON. The deployment failed.", "ERROR"
)
NO_TASK_DEFINITION = Sentence(  # [I] its severity
    "No ecs task definition (or empty definition file) found in environment", "ERROR"
)
DOCKERRUN_VERSION_MISSING = Sentence(
    "ECS Application sourcebundle validation error: AWSEBDockerrunVersion is missing.", "ERROR"
)
UNSUPPORTED_DOCKERRUN_VERSION = Sentence(  # [I] what follows the colon, and its severity
    "ECS Application sourcebundle validation error: Unsupported AWSEBDockerrunVersion: {version}", "ERROR"
)
INVALID_DOCKERRUN = Sentence(  # [I]
    "ECS Application sourcebundle validation error: Dockerrun.aws.json is not valid JSON", "ERROR"
)
TEMPLATE_INVALID = Sentence("{reason}", "ERROR")
CRON_INVALID = Sentence("Failed to load scheduled tasks from cron.yaml: {reason}.", "WARN")  # [I]
TASK_STOPPED_AGAIN = Sentence("Failed to start ECS task: {task} is STOPPED.", "ERROR")
TASK_STOPPED_BY = Sentence("ECS task stopped due to: Essential container in task exited. ({containers})", "ERROR")
TASK_NOT_STARTED = Sentence("Failed to start ECS task after retrying 2 times.", "ERROR")  # [I] its severity
NO_PROCFILE_FOR_NODE = Sentence(  # with its last sentence in a log of the EB CLI of 2023
    "Instance deployment failed to generate a 'Procfile' for Node.js. Provide one of these files: 'package.json', "
    "'server.js', or 'app.js'. The deployment failed.",
    "ERROR",
)
NO_JAR = Sentence(  # [I] all but the words of eb-engine.log
    "Instance deployment: there is no Procfile and no .jar file at root level of your source bundle. The deployment "
    "failed.",
    "ERROR",
)
NPM_FAILED = Sentence(
    "Instance deployment: 'npm' failed to install dependencies that you defined in 'package.json'. For details, see "
    "'eb-engine.log'. The deployment failed.",
    "ERROR",
)

IMAGE_NOT_BUILT = Sentence(  # [I], in the words of npm's failure
    "Instance deployment: 'docker' failed to build the image that you defined in 'Dockerfile'. For details, see "
    "'eb-engine.log'. The deployment failed.",
    "ERROR",
)
COMPOSE_FAILED = Sentence(  # [I], in the words of npm's failure
    "Instance deployment: 'docker-compose' failed to start the services that you defined in 'docker-compose.yml'. For "
    "details, see 'eb-engine.log'. The deployment failed.",
    "ERROR",
)
NO_IMAGE = Sentence(  # [I]
    "Instance deployment: No Docker image specified in either Dockerfile or Dockerrun.aws.json. Abort deployment.",
    "ERROR",
)

Defect = Literal[
    "SOURCE_BUNDLE_HAS_ISSUES",
    "NO_DOCKER_FILES",
    "BAD_DOCKERRUN_VERSION",
    "DOCKERRUN_IS_NO_JSON",
    "IMAGE_NOT_BUILT",
    "COMPOSE_FAILED",
    "NO_IMAGE",
    "NO_PROCFILE_FOR_NODE",
    "NO_JAR",
    "NPM_FAILED",
]
"""The name of a sentence that says why the platform cannot start what a source bundle holds."""

DEFECTS: dict[Defect, Sentence] = {
    "SOURCE_BUNDLE_HAS_ISSUES": SOURCE_BUNDLE_HAS_ISSUES,
    "NO_DOCKER_FILES": NO_DOCKER_FILES,
    "BAD_DOCKERRUN_VERSION": BAD_DOCKERRUN_VERSION,
    "DOCKERRUN_IS_NO_JSON": DOCKERRUN_IS_NO_JSON,
    "IMAGE_NOT_BUILT": IMAGE_NOT_BUILT,
    "COMPOSE_FAILED": COMPOSE_FAILED,
    "NO_IMAGE": NO_IMAGE,
    "NO_PROCFILE_FOR_NODE": NO_PROCFILE_FOR_NODE,
    "NO_JAR": NO_JAR,
    "NPM_FAILED": NPM_FAILED,
}
