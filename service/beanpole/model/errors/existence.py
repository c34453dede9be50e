"""Refusals of names that do not exist, and of new names that are taken."""

from beanpole.model.errors.refusal import InvalidParameterValue, ServiceError


class NoSuchApplication(InvalidParameterValue):
    """Seen; the EB CLI compares the whole sentence."""

    sentence = "No Application named '{application}' found."


class NoSuchApplicationVersion(InvalidParameterValue):
    """Seen."""

    sentence = "No Application Version named '{version}' found."


class NoSuchEnvironmentName(InvalidParameterValue):
    """Seen."""

    sentence = "No Environment found for EnvironmentName = '{environment}'."


class NoSuchEnvironmentId(InvalidParameterValue):
    """Seen."""

    sentence = "No Environment found for EnvironmentId = '{environment}'."


class NoSuchConfigurationTemplate(InvalidParameterValue):
    """Seen; the name is application/template."""

    sentence = "No Configuration Template named '{application}/{template}' found."


class NoSuchSolutionStack(InvalidParameterValue):
    """Seen."""

    sentence = "No Solution Stack named '{stack}' found."


class NoSuchPlatform(InvalidParameterValue):
    """Seen."""

    sentence = "No Platform named '{arn}' found."


class NoSuchPlatformVersion(InvalidParameterValue):
    """Seen, where a platform is described or deleted."""

    sentence = "Platform '{arn}' does not exist."


class NoSuchResource(ServiceError):
    """Inferred from the answer of another stand-in; not seen from the service."""

    code = "ResourceNotFoundException"
    sentence = "Resource not found for ARN '{arn}'."


class NoVersionToDeploy(InvalidParameterValue):
    """Seen; only where there is no sample application to fall back on."""

    sentence = "No application version exists to deploy for Application named {application}."


class ApplicationExists(InvalidParameterValue):
    """Seen; the EB CLI compares the whole sentence."""

    sentence = "Application {application} already exists."


class ApplicationVersionExists(InvalidParameterValue):
    """Seen."""

    sentence = "Application Version {version} already exists."


class EnvironmentExists(InvalidParameterValue):
    """Seen."""

    sentence = "Environment {environment} already exists."


class ConfigurationTemplateExists(InvalidParameterValue):
    """Seen; the EB CLI compares the whole sentence."""

    sentence = "Configuration Template {template} already exists."


class PlatformVersionExists(InvalidParameterValue):
    """Inferred, in the form of the sentences about what exists already."""

    sentence = "Platform Version {platform}/{version} already exists."


class CnameTaken(InvalidParameterValue):
    """Seen."""

    sentence = "DNS name ({cname}) is not available."
