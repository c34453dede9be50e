"""Calls that are refused, each named by the class of its error, and the world in which they are."""

from typing import Any

from environments import STACK, STACK_BEFORE
from options import option

TEXT = "{http://elasticbeanstalk.amazonaws.com/docs/2010-12-01/}"
PYTHON = "arn:aws:elasticbeanstalk:us-east-1::platform/Python 3.14 running on 64bit Amazon Linux 2023/4.13.7"
NODE = "64bit Amazon Linux 2023 v6.11.7 running Node.js 24"
PACKER = "64bit Amazon Linux 2018.03 v2.6.33 running Packer 1.0.3"
OWN = "arn:aws:elasticbeanstalk:us-east-1:123456789012:"
BUNDLE = {"S3Bucket": "bundles", "S3Key": "good.zip"}
ROLE = "arn:aws:iam::123456789012:role/builds"


WEB, SCHEDULE = "aws:elasticbeanstalk:environment", "aws:autoscaling:scheduledaction"


# The few that no call of this world is answered with, and why.
ELSEWHERE = {
    "ApplicationBusy": "held in test_applications: an application whose environments are on their way",
    "HealthNotSupported": "held in test_health: an environment on a platform with basic health",
    "InternalFailure": "a bug; its form is held in test_protocol",
    "SourceBundleNotDeleted": "held in test_application_versions: a store that does not delete",
    "SourceBundleTooLarge": "held in test_application_versions: a quota of a few bytes",
}


def version(label: str = "new", **more: Any) -> dict[str, Any]:
    return {"ApplicationName": "shop", "VersionLabel": label} | more


def named(name: str = "fresh-one", **more: Any) -> dict[str, Any]:
    return {"ApplicationName": "shop", "EnvironmentName": name} | more


def creation(name: str = "fresh-one", **more: Any) -> dict[str, Any]:
    return named(name, SolutionStackName=STACK, **more)


def template(name: str = "fresh", **more: Any) -> dict[str, Any]:
    return {"ApplicationName": "shop", "TemplateName": name} | more


def platform(**more: Any) -> dict[str, Any]:
    bundle = {"S3Bucket": "bundles", "S3Key": "platform.zip"}
    return {"PlatformName": "new", "PlatformVersion": "1.0.0", "PlatformDefinitionBundle": bundle} | more


def tags(arn: str, **more: Any) -> dict[str, Any]:
    return {"ResourceArn": arn} | more


def tag(key: str, value: str = "x") -> dict[str, str]:
    return {"Key": key, "Value": value}


def lifecycle(role: str | None = ROLE, **rules: Any) -> dict[str, Any]:
    config = {name: {"Enabled": "true"} | rule for name, rule in rules.items()}
    message: dict[str, Any] = {"VersionLifecycleConfig": config} | ({} if role is None else {"ServiceRole": role})
    return {"ApplicationName": "shop", "ResourceLifecycleConfig": message}


def filters(*arguments: tuple[str, str, str]) -> dict[str, Any]:
    return {"Filters": [{"Attribute": name, "Operator": sign, "Values": [value]} for name, sign, value in arguments]}


BUILD = {"CodeBuildServiceRole": ROLE, "Image": "image"}
COMMIT = {"SourceType": "Git", "SourceRepository": "CodeCommit", "SourceLocation": "repository/commit"}


CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "ApplicationBeingDeleted": ("CreateApplicationVersion", version(ApplicationName="leaving")),
    "ApplicationExists": ("CreateApplication", {"ApplicationName": "shop"}),
    "ApplicationHasEnvironments": ("DeleteApplication", {"ApplicationName": "shop"}),
    "ApplicationNotNamed": ("DescribeConfigurationOptions", {"TemplateName": "small"}),
    "ApplicationPendingDeletion": ("DeleteApplication", {"ApplicationName": "leaving"}),
    "ApplicationVersionExists": ("CreateApplicationVersion", version("v1")),
    "ArnMalformed": ("ListTagsForResource", tags("nonsense")),
    "BadNextToken": ("DescribeEnvironments", {"NextToken": "!"}),
    "BothRulesEnabled": (
        "UpdateApplicationResourceLifecycle",
        lifecycle(MaxCountRule={"MaxCount": "1"}, MaxAgeRule={"MaxAgeInDays": "1"}),
    ),
    "BuildNeedsSource": ("CreateApplicationVersion", version(BuildConfiguration=BUILD)),
    "BuildTimeoutOutOfRange": (
        "CreateApplicationVersion",
        version(SourceBuildInformation=COMMIT, BuildConfiguration=BUILD | {"TimeoutInMinutes": "4"}),
    ),
    "BundleAndBuildInformation": (
        "CreateApplicationVersion",
        version(SourceBundle=BUNDLE, SourceBuildInformation=COMMIT),
    ),
    "CannotTerminateTwice": ("TerminateEnvironment", {"EnvironmentName": "terminating"}),
    "CannotTerminateWhileCreating": ("TerminateEnvironment", {"EnvironmentName": "launching"}),
    "CannotTerminateWhileDeploying": ("TerminateEnvironment", {"EnvironmentName": "updating"}),
    "CnamePrefixCharacters": ("CreateEnvironment", creation(CNAMEPrefix="no_good")),
    "CnameTaken": ("CreateEnvironment", creation(CNAMEPrefix="taken")),
    "ConfigurationInvalid": ("CreateEnvironment", creation(OptionSettings=[option("aws:no:such", "Thing", "1")])),
    "ConfigurationTemplateExists": ("CreateConfigurationTemplate", template("small", SolutionStackName=STACK)),
    "DefinitionNotNamed": ("CreatePlatformVersion", platform(PlatformDefinitionBundle={"S3Bucket": "bundles"})),
    "EnvironmentExists": ("CreateEnvironment", creation("ready")),
    "EnvironmentIsLinked": ("TerminateEnvironment", {"EnvironmentName": "ready"}),
    "EnvironmentNameCharacters": ("CreateEnvironment", creation("no_good")),
    "EnvironmentNotNamed": ("DescribeEnvironmentResources", {}),
    "ExternalExtensionsOnly": ("CreateEnvironment", creation(VersionLabel="api-only")),
    "FilterInvalid": ("ListPlatformBranches", filters(("TierType", "contains", "x"))),
    "FilterNotKnown": ("ListPlatformBranches", filters(("Nothing", "=", "x"))),
    "FilterValuesWrong": (
        "ListPlatformBranches",
        {"Filters": [{"Attribute": "BranchName", "Operator": "=", "Values": ["a", "b"]}]},
    ),
    "ImageAndBuildConfiguration": (
        "CreateApplicationVersion",
        version(
            ImageConfiguration={"Source": {"Uri": "image"}},
            SourceBuildInformation=COMMIT,
            BuildConfiguration=BUILD,
        ),
    ),
    "ImageAndBundle": (
        "CreateApplicationVersion",
        version(SourceBundle=BUNDLE, ImageConfiguration={"Source": {"Uri": "image"}}),
    ),
    "ImageBuildIncomplete": ("CreateApplicationVersion", version(ImageConfiguration={"Build": {"Type": "docker"}})),
    "LaunchFromFailedVersion": ("CreateEnvironment", creation(VersionLabel="broken")),
    "LifecycleNeedsRole": (
        "UpdateApplicationResourceLifecycle",
        lifecycle(None, MaxCountRule={"MaxCount": "1"}),
    ),
    "LinksInCircle": (
        "ComposeEnvironments",
        {"ApplicationName": "shop", "GroupName": "dev", "VersionLabels": ["left", "right"]},
    ),
    "ManagedActionNotScheduled": ("ApplyEnvironmentManagedAction", {"EnvironmentName": "ready", "ActionId": "none"}),
    "ManifestMissing": ("ComposeEnvironments", {"ApplicationName": "shop", "VersionLabels": ["v1"]}),
    "MapExpected": ("CreateEnvironment", creation(VersionLabel="list")),
    "MustBeReady": ("UpdateEnvironment", {"EnvironmentName": "updating", "VersionLabel": "v1"}),
    "NameTakenSince": ("RebuildEnvironment", {"EnvironmentId": "@gone"}),
    "NewEnvironmentNotNamed": ("CreateEnvironment", {"ApplicationName": "shop", "SolutionStackName": STACK}),
    "NoBuildpack": ("CreateApplicationVersion", version(ImageConfiguration={"Build": {"Type": "buildpack"}})),
    "NoPlatformGiven": ("CreateEnvironment", named()),
    "NoSuchApplication": ("CreateApplicationVersion", version(ApplicationName="absent")),
    "NoSuchApplicationVersion": ("CreateEnvironment", creation(VersionLabel="absent")),
    "NoSuchConfigurationTemplate": ("CreateEnvironment", named(TemplateName="absent")),
    "NoSuchEnvironmentId": ("RestartAppServer", {"EnvironmentId": "e-absent0000"}),
    "NoSuchEnvironmentName": ("RestartAppServer", {"EnvironmentName": "absent"}),
    "NoSuchPlatform": ("CreateEnvironment", named(PlatformArn=OWN + "platform/absent/1.0.0")),
    "NoSuchPlatformVersion": ("DescribePlatformVersion", {"PlatformArn": OWN + "platform/absent/1.0.0"}),
    "NoSuchResource": ("ListTagsForResource", tags(OWN + "application/absent")),
    "NoSuchSolutionStack": ("CreateEnvironment", named(SolutionStackName="64bit Nothing")),
    "NoTagsGiven": ("UpdateTagsForResource", tags(OWN + "application/shop")),
    "NoTemplateBase": ("CreateConfigurationTemplate", template()),
    "NoVersionToDeploy": ("CreateEnvironment", named(SolutionStackName=PACKER)),
    "NotOneImageSource": ("CreateApplicationVersion", version(ImageConfiguration={"Source": {"Uri": ""}})),
    "NothingToAbort": ("AbortEnvironmentUpdate", {"EnvironmentName": "ready"}),
    "NothingToDescribeSettingsOf": ("DescribeConfigurationSettings", {"ApplicationName": "shop"}),
    "OwnTag": ("UpdateTagsForResource", tags(OWN + "application/shop", TagsToAdd=[tag("aws:x")])),
    "ParameterMissing": ("ComposeEnvironments", {"ApplicationName": "shop"}),
    "PlatformBusy": ("DeletePlatformVersion", {"PlatformArn": OWN + "platform/building/1.0.0"}),
    "PlatformCannotChange": ("UpdateEnvironment", {"EnvironmentName": "ready", "SolutionStackName": NODE}),
    "PlatformGivenTwice": ("CreateEnvironment", creation(PlatformArn=PYTHON)),
    "PlatformInUse": ("DeletePlatformVersion", {"PlatformArn": OWN + "platform/mine/1.0.0"}),
    "PlatformNameMalformed": ("CreatePlatformVersion", platform(PlatformName="a/b")),
    "PlatformNotNamed": ("DescribePlatformVersion", {}),
    "PlatformNotOwned": ("DeletePlatformVersion", {"PlatformArn": PYTHON}),
    "PlatformNotReady": ("CreateEnvironment", named(PlatformArn=OWN + "platform/building/1.0.0")),
    "PlatformVersionExists": ("CreatePlatformVersion", platform(PlatformName="mine")),
    "PlatformVersionMalformed": ("CreatePlatformVersion", platform(PlatformVersion="one")),
    "ResourceArnNotSupported": ("ListTagsForResource", tags(OWN + "rocket/shop")),
    "ResourceBusy": (
        "UpdateTagsForResource",
        tags(OWN + "platform/building/1.0.0", TagsToAdd=[tag("colour")]),
    ),
    "RuleNotPositive": ("UpdateApplicationResourceLifecycle", lifecycle(MaxCountRule={"MaxCount": "0"})),
    "ScheduledActionNotNamed": ("CreateEnvironment", creation(OptionSettings=[option(SCHEDULE, "MinSize", "1")])),
    "ServiceRoleMalformed": (
        "UpdateApplicationResourceLifecycle",
        lifecycle("bob", MaxCountRule={"MaxCount": "1"}),
    ),
    "SnippetUnknown": (
        "CreateEnvironment",
        creation(TemplateSpecification={"TemplateSnippets": [{"SnippetName": "Rocket"}]}),
    ),
    "SourceBundleGivenTwice": (
        "CreateApplicationVersion",
        version(SourceBundle=BUNDLE, SourceBundleUrl="s3://bundles/good.zip"),
    ),
    "SourceBundleIncomplete": ("CreateApplicationVersion", version(SourceBundle={"S3Bucket": "bundles"})),
    "SourceBundleUnreadable": (
        "CreateApplicationVersion",
        version(SourceBundle={"S3Bucket": "bundles", "S3Key": "absent.zip"}),
    ),
    "SourceBundleUrlMalformed": ("CreateApplicationVersion", version(SourceBundleUrl="ftp://x")),
    "SourceTypeMismatch": (
        "CreateApplicationVersion",
        version(SourceBuildInformation=COMMIT | {"SourceRepository": "S3"}),
    ),
    "SwapEnvironmentsNotNamed": ("SwapEnvironmentCNAMEs", {"SourceEnvironmentName": "ready"}),
    "SwapPairMixed": (
        "SwapEnvironmentCNAMEs",
        {"SourceEnvironmentName": "ready", "DestinationEnvironmentId": "e-absent0000"},
    ),
    "SwapWithItself": (
        "SwapEnvironmentCNAMEs",
        {"SourceEnvironmentName": "ready", "DestinationEnvironmentName": "ready"},
    ),
    "TagAddedAndRemoved": (
        "UpdateTagsForResource",
        tags(OWN + "application/shop", TagsToAdd=[tag("colour")], TagsToRemove=["colour"]),
    ),
    "TagGivenTwice": ("CreateApplication", {"ApplicationName": "new", "Tags": [tag("colour"), tag("colour")]}),
    "TagWithoutKey": ("CreateApplication", {"ApplicationName": "new", "Tags": [{"Value": "x"}]}),
    "TemplateAndEnvironmentGiven": (
        "DescribeConfigurationSettings",
        template("small", EnvironmentName="ready"),
    ),
    "TemplateBasesMixed": (
        "CreateConfigurationTemplate",
        template(
            SourceConfiguration={"ApplicationName": "shop", "TemplateName": "small"},
            EnvironmentId="@ready",
        ),
    ),
    "TemplateContentsInvalid": (
        "UpdateEnvironment",
        {"EnvironmentName": "ready", "TemplateSpecification": {"TemplateSource": {"SourceContents": "["}}},
    ),
    "TemplatePlatformMismatch": (
        "CreateConfigurationTemplate",
        template(
            SolutionStackName=STACK_BEFORE,
            SourceConfiguration={"ApplicationName": "shop", "TemplateName": "small"},
        ),
    ),
    "TierCannotChange": (
        "UpdateEnvironment",
        {"EnvironmentName": "ready", "VersionLabel": "v1", "Tier": {"Name": "Worker", "Type": "SQS/HTTP"}},
    ),
    "TooManyApplicationVersions": ("CreateApplicationVersion", version()),
    "TooManyApplications": ("CreateApplication", {"ApplicationName": "new"}),
    "TooManyConfigurationTemplates": ("CreateConfigurationTemplate", template(SolutionStackName=STACK)),
    "TooManyEnvironments": ("CreateEnvironment", creation()),
    "TooManyFilters": ("ListPlatformBranches", filters(*[("BranchName", "=", "x")] * 11)),
    "TooManyPlatforms": ("CreatePlatformVersion", platform()),
    "TooManyTags": (
        "CreateApplication",
        {"ApplicationName": "new", "Tags": [tag(f"key-{number}") for number in range(51)]},
    ),
    "UnknownTier": ("CreateEnvironment", creation(Tier={"Name": "Rocket", "Type": "Standard"})),
    "VersionBusy": ("DeleteApplicationVersion", version("building")),
    "WorkerHasNoCname": (
        "CreateEnvironment",
        creation(Tier={"Name": "Worker", "Type": "SQS/HTTP"}, CNAMEPrefix="free"),
    ),
}
