"""The errors that the service is known to give: code, status, sentence, and the call that shows each."""

from typing import Any

from operations.refusals import creation, lifecycle, version
from options import COMMAND, option

Witness = str | tuple[str, dict[str, Any]]


# Code, status, sentence with its slots, and what shows it.
ROWS: tuple[tuple[str, int, str, Witness], ...] = (
    ("InvalidParameterValue", 400, "No Application named '{app}' found.", "NoSuchApplication"),
    ("InvalidParameterValue", 400, "No Application Version named '{version}' found.", "NoSuchApplicationVersion"),
    ("InvalidParameterValue", 400, "No Environment found for EnvironmentName = '{env}'.", "NoSuchEnvironmentName"),
    ("InvalidParameterValue", 400, "No Environment found for EnvironmentId = '{id}'.", "NoSuchEnvironmentId"),
    (
        "InvalidParameterValue",
        400,
        "No Configuration Template named '{app}/{template}' found.",
        "NoSuchConfigurationTemplate",
    ),
    ("InvalidParameterValue", 400, "No Solution Stack named '{stack}' found.", "NoSuchSolutionStack"),
    ("InvalidParameterValue", 400, "No Platform named '{arn}' found.", "NoSuchPlatform"),
    ("InvalidParameterValue", 400, "Platform '{arn}' does not exist.", "NoSuchPlatformVersion"),
    ("ResourceNotFoundException", 400, "Resource not found for ARN '{arn}'.", "NoSuchResource"),
    (
        "InvalidParameterValue",
        400,
        "No application version exists to deploy for Application named {app}.",
        "NoVersionToDeploy",
    ),
    ("InvalidParameterValue", 400, "Application {app} already exists.", "ApplicationExists"),
    ("InvalidParameterValue", 400, "Environment {env} already exists.", "EnvironmentExists"),
    ("InvalidParameterValue", 400, "Application Version {version} already exists.", "ApplicationVersionExists"),
    ("InvalidParameterValue", 400, "Configuration Template {template} already exists.", "ConfigurationTemplateExists"),
    (
        "InvalidParameterValue",
        400,
        "DNS name ({prefix}.{region}.elasticbeanstalk.com) is not available.",
        ("CreateEnvironment", creation(CNAMEPrefix="taken")),
    ),
    (
        "InvalidParameterValue",
        400,
        "Environment named {env} is in an invalid state for this operation. Must be Ready.",
        "MustBeReady",
    ),
    (
        "InvalidParameterValue",
        400,
        "Environment named {env} is in an invalid state for this operation. Must be pending deployment.",
        "NothingToAbort",
    ),
    (
        "InvalidParameterValue",
        400,
        "Cannot terminate environment named {env}. It is currently pending deployment.",
        "CannotTerminateWhileDeploying",
    ),
    (
        "OperationInProgressFailure",
        400,
        (
            "Unable to delete application version: {version}. An operation is already in progress, please "
            "retry again shortly."
        ),
        "VersionBusy",
    ),
    (
        "OperationInProgressFailure",
        400,
        ("Unable to delete application {app}. An operation is already in progress, please retry again shortly."),
        "ApplicationBusy",
    ),
    (
        "InvalidParameterValue",
        400,
        "Unable to delete application {app} because it has existing environments.",
        "ApplicationHasEnvironments",
    ),
    ("SourceBundleDeletionFailure", 400, "Unable to delete source bundle from S3.", "SourceBundleNotDeleted"),
    ("ManagedActionInvalidStateException", 400, "Managed action is in an invalid state.", "ManagedActionNotScheduled"),
    ("InvalidRequestException", 400, "DescribeEnvironmentHealth is not supported.", "HealthNotSupported"),
    ("InvalidParameterValue", 400, "Environment tier definition not found", "UnknownTier"),
    ("InvalidParameterValue", 400, "Environment does not support a cname", "WorkerHasNoCname"),
    ("InvalidParameterValue", 400, "Cannot change environment tier", "TierCannotChange"),
    (
        "InvalidParameterValue",
        400,
        (
            "Value {env} at 'EnvironmentName' failed to satisfy constraint: Member must contain only "
            "letters, digits, and the dash character and may not start or end with a dash"
        ),
        "EnvironmentNameCharacters",
    ),
    ("InvalidParameterValue", 400, "The scheduled action name cannot be blank.", "ScheduledActionNotNamed"),
    (
        "InvalidParameterValue",
        400,
        "Parameter ServiceRole is invalid. Must be a valid IAM Role ARN.",
        "ServiceRoleMalformed",
    ),
    (
        "InvalidParameterValue",
        400,
        "Parameter 'MaxAgeInDays' is invalid. Must be a non-zero positive number.",
        ("UpdateApplicationResourceLifecycle", lifecycle(MaxAgeRule={"MaxAgeInDays": "0"})),
    ),
    (
        "InvalidParameterCombination",
        400,
        "Unable to download from S3 location (Bucket: {bucket}  Key: {key}). Reason: Not Found",
        ("CreateApplicationVersion", version(SourceBundle={"S3Bucket": "bundles", "S3Key": "absent.zip"})),
    ),
    (
        "InvalidParameterCombination",
        400,
        "You cannot specify both solution stack and platform as modifiers",
        "PlatformGivenTwice",
    ),
    (
        "InvalidParameterCombination",
        400,
        "You must specify either SolutionStackName or SourceConfiguration or EnvironmentId",
        "NoTemplateBase",
    ),
    ("InvalidParameterValue", 400, "Unable to determine base for template pack (no solution stack)", "NoPlatformGiven"),
    (
        "InvalidParameterCombination",
        400,
        "Cannot provide both ImageConfiguration.Source and SourceBundle",
        "ImageAndBundle",
    ),
    ("InvalidParameterCombination", 400, "Must provide Buildpack when using type Buildpack", "NoBuildpack"),
    (
        "InvalidParameterCombination",
        400,
        "You cannot specify both TemplateName and EnvironmentName.",
        "TemplateAndEnvironmentGiven",
    ),
    (
        "MissingRequiredParameter",
        400,
        "Either EnvironmentId or EnvironmentName must be specified.",
        "EnvironmentNotNamed",
    ),
    (
        "InvalidParameterValue",
        400,
        "The SourceEnvironment and DestinationEnvironment must be given both by id or both by name.",
        "SwapPairMixed",
    ),
    (
        "ValidationError",
        400,
        (
            "1 validation error detected: Value '{v}' at '{param}' failed to satisfy constraint: Member must"
            " have length greater than or equal to {n}"
        ),
        ("DescribeEvents", {"EnvironmentName": "zzz"}),
    ),
    (
        "ValidationError",
        400,
        (
            "1 validation error detected: Value '{v}' at '{param}' failed to satisfy constraint: Member must"
            " have length less than or equal to {n}"
        ),
        ("DescribeEvents", {"EnvironmentName": "z" * 41}),
    ),
    (
        "ValidationError",
        400,
        (
            "1 validation error detected: Value '{v}' at '{param}' failed to satisfy constraint: Member must"
            " satisfy regular expression pattern: {regex}"
        ),
        ("DescribeEvents", {"ApplicationName": "a/b"}),
    ),
    (
        "ValidationError",
        400,
        (
            "1 validation error detected: Value '{v}' at '{param}' failed to satisfy constraint: Member must"
            " satisfy enum value set: [{values}]"
        ),
        ("RequestEnvironmentInfo", {"EnvironmentName": "ready", "InfoType": "x"}),
    ),
    (
        "ValidationError",
        400,
        ("1 validation error detected: Value null at '{param}' failed to satisfy constraint: Member must not be null"),
        ("DeleteApplication", {}),
    ),
    (
        "ValidationError",
        400,
        (
            "1 validation error detected: Value '{v}' at '{param}' failed to satisfy constraint: Member must"
            " have value greater than or equal to {n}"
        ),
        ("DescribeEvents", {"MaxRecords": 0}),
    ),
    (
        "ValidationError",
        400,
        (
            "1 validation error detected: Value '{v}' at '{param}' failed to satisfy constraint: Member must"
            " have value less than or equal to {n}"
        ),
        ("DescribeEvents", {"MaxRecords": 1001}),
    ),
    (
        "ValidationError",
        400,
        (
            "1 validation error detected: Value '[{v}]' at '{param}' failed to satisfy constraint: Member "
            "must satisfy constraint: [{inner}, {inner}]"
        ),
        ("DescribeEnvironments", {"EnvironmentNames": [""]}),
    ),
    (
        "ValidationError",
        400,
        "{n} validation errors detected: {first}; {second}",
        ("DescribeEvents", {"EnvironmentName": "zzz", "MaxRecords": 0}),
    ),
    (
        "ConfigurationValidationException",
        400,
        (
            "Configuration validation exception: Invalid option specification (Namespace: '{ns}', "
            "OptionName: '{opt}'): Unknown configuration setting."
        ),
        ("CreateEnvironment", creation(OptionSettings=[option("aws:no:such", "Thing", "1")])),
    ),
    (
        "ConfigurationValidationException",
        400,
        (
            "Configuration validation exception: Invalid option value: '{v}' (Namespace: '{ns}', OptionName:"
            " '{opt}'): {reason}"
        ),
        ("CreateEnvironment", creation(OptionSettings=[option(COMMAND, "Timeout", "soon")])),
    ),
    (
        "ConfigurationValidationException",
        400,
        (
            "Configuration validation exception: Invalid option specification (Namespace: '{ns}', "
            "OptionName: '{opt}'): External extensions can only be applied from the API"
        ),
        "ExternalExtensionsOnly",
    ),
    ("Throttling", 400, "Rate exceeded", "RateExceeded"),
    (
        "AccessDenied",
        403,
        "User: {principal} is not authorized to perform: elasticbeanstalk:{op} on resource: {arn}",
        "AccessDenied",
    ),
    (
        "InsufficientPrivilegesException",
        403,
        (
            "You do not have permission to perform the '{action}' action. Verify that your S3 policies and "
            "your ACLs allow you to perform these actions."
        ),
        "ActionNotPermitted",
    ),
    (
        "InsufficientPrivilegesException",
        403,
        "Insufficient privileges for IAM PassRole Action.",
        "PassRoleNotPermitted",
    ),
    (
        "TooManyApplicationVersionsException",
        400,
        (
            "You cannot have more than {n} Application Versions. Either remove some Application Versions or "
            "request a limit increase."
        ),
        "TooManyApplicationVersions",
    ),
    (
        "TooManyApplicationsException",
        400,
        ("You cannot have more than {n} Applications. Either remove some Applications or request a limit increase."),
        "TooManyApplications",
    ),
    (
        "TooManyEnvironmentsException",
        400,
        ("You cannot have more than {n} Environments. Either remove some Environments or request a limit increase."),
        "TooManyEnvironments",
    ),
    (
        "TooManyConfigurationTemplatesException",
        400,
        (
            "You cannot have more than {n} Configuration Templates. Either remove some Configuration "
            "Templates or request a limit increase."
        ),
        "TooManyConfigurationTemplates",
    ),
    (
        "TooManyPlatformsException",
        400,
        (
            "You cannot have more than {n} Custom Platforms. Either remove some Custom Platforms or request "
            "a limit increase."
        ),
        "TooManyPlatforms",
    ),
    ("TooManyTagsException", 400, "The number of tags exceeds the limit of {n}.", "TooManyTags"),
    (
        "PlatformVersionStillReferencedException",
        400,
        "Platform version is still in use by environments.",
        "PlatformInUse",
    ),
    ("InvalidAction", 400, "Could not find operation {action} for version {version}", ("LaunchRocket", {})),
    ("MissingAction", 400, "Missing Action", ("", {})),
    ("MissingAuthenticationToken", 403, "Request is missing Authentication Token", "MissingAuthenticationToken"),
    ("IncompleteSignature", 400, "Authorization header requires 'Credential' parameter.", "IncompleteSignature"),
    ("InvalidClientTokenId", 403, "The security token included in the request is invalid.", "InvalidClientTokenId"),
    (
        "SignatureDoesNotMatch",
        403,
        (
            "The request signature we calculated does not match the signature you provided. Check your AWS "
            "Secret Access Key and signing method. Consult the service documentation for details."
        ),
        "SignatureDoesNotMatch",
    ),
    ("RequestExpired", 400, "Request has expired.", "RequestExpired"),
    ("ExpiredToken", 403, "The security token included in the request is expired", "ExpiredToken"),
    ("OptInRequired", 403, "The AWS Access Key Id needs a subscription for the service", "OptInRequired"),
    ("ServiceUnavailable", 503, "Service is unavailable", "ServiceUnavailable"),
    ("InternalFailure", 500, "An internal error occurred", "InternalFailure"),
)
