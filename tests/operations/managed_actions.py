"""Environments with managed actions, and the calls about them."""

from datetime import UTC, datetime

from options import MANAGED_ACTIONS, option

UPDATE = f"{MANAGED_ACTIONS}:platformupdate"
OLD = "64bit Amazon Linux 2023 v4.12.2 running Python 3.14"
PATCHED = "64bit Amazon Linux 2023 v4.12.3 running Python 3.14"
FIRST = datetime(2026, 1, 6, 9, tzinfo=UTC)
WEEK = 7 * 86_400


def managed(level="minor", refresh="false"):
    return [
        option("aws:elasticbeanstalk:environment", "EnvironmentType", "SingleInstance"),
        option("aws:elasticbeanstalk:environment", "ServiceRole", "aws-elasticbeanstalk-service-role"),
        option(MANAGED_ACTIONS, "ManagedActionsEnabled", "true"),
        option(MANAGED_ACTIONS, "PreferredStartTime", "Tue:09:00"),
        option(UPDATE, "UpdateLevel", level),
        option(UPDATE, "InstanceRefreshEnabled", refresh),
    ]


def actions(shop, **more):
    return shop.client.describe_environment_managed_actions(EnvironmentName="web1", **more)["ManagedActions"]


def history(shop, **more):
    parameters = {"EnvironmentName": "web1", **more}
    return shop.client.describe_environment_managed_action_history(**parameters)["ManagedActionHistoryItems"]


def apply(shop):
    (action,) = actions(shop)
    return shop.client.apply_environment_managed_action(EnvironmentName="web1", ActionId=action["ActionId"])
