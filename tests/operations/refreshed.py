"""Option settings with which instances are refreshed in windows."""

from options import MANAGED_ACTIONS

REFRESHED = [
    {"Namespace": namespace, "OptionName": name, "Value": value}
    for namespace, name, value in (
        (MANAGED_ACTIONS, "ManagedActionsEnabled", "true"),
        (MANAGED_ACTIONS, "PreferredStartTime", "Sun:03:00"),
        (MANAGED_ACTIONS, "ServiceRoleForManagedUpdates", "aws-elasticbeanstalk-service-role"),
        (f"{MANAGED_ACTIONS}:platformupdate", "UpdateLevel", "minor"),
        (f"{MANAGED_ACTIONS}:platformupdate", "InstanceRefreshEnabled", "true"),
    )
]
