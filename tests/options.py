"""Option settings as calls carry them: the namespaces, and the settings, that many tests ask for."""

from beanpole.model.options.configuration import OptionSetting

COMMAND = "aws:elasticbeanstalk:command"
DATABASE = "aws:rds:dbinstance"
ENVIRONMENT = "aws:elasticbeanstalk:environment"
GROUP = "aws:autoscaling:asg"
HEALTH_REPORTING = "aws:elasticbeanstalk:healthreporting:system"
LAUNCH = "aws:autoscaling:launchconfiguration"
MANAGED_ACTIONS = "aws:elasticbeanstalk:managedactions"
PROPERTIES = "aws:elasticbeanstalk:application:environment"
ROLLING_UPDATE = "aws:autoscaling:updatepolicy:rollingupdate"


def option(namespace: str, name: str, value: str | None = None, resource: str | None = None) -> dict[str, str]:
    """An option setting, or without a value the specification of an option."""
    members = {"Namespace": namespace, "OptionName": name, "Value": value, "ResourceName": resource}
    return {name: member for name, member in members.items() if member is not None}


def options(namespace: str, **values: str) -> list[dict[str, str]]:
    """Option settings of one namespace."""
    return [option(namespace, name, value) for name, value in values.items()]


def option_settings(namespace: str, **values: object) -> list[OptionSetting]:
    """The same as values of the model."""
    return [OptionSetting(namespace, name, str(value)) for name, value in values.items()]


SINGLE = option(ENVIRONMENT, "EnvironmentType", "SingleInstance")
ALB = option(ENVIRONMENT, "LoadBalancerType", "application")
PROCESS = "aws:elasticbeanstalk:environment:process:default"
