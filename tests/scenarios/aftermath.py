"""What a story leaves, as a text that a reviewer can read: the environment, its instances, and the health of each.

Status / Health / HealthStatus / version that is expected / whether a draft that failed is kept
  a cause in each line
instance / version that runs (deployment) / how the deployment on it ended / whether it serves / its health
  a cause in each line
"""

from typing import Any

from beanpole.testing import ACCOUNT


def aftermath(world: Any, name: str) -> str:
    """As the service tells it, and the fleet where only that knows."""
    (environment,) = world.client.describe_environments(EnvironmentNames=[name])["Environments"]
    head = (
        environment["Status"],
        environment["Health"],
        environment.get("HealthStatus", "-"),
        environment.get("VersionLabel", "-"),
    )
    if environment["Status"] == "Terminated":
        return _line(*head)
    drafts = world.client.describe_configuration_settings(
        ApplicationName=environment["ApplicationName"], EnvironmentName=name
    )["ConfigurationSettings"]
    statuses = sorted(draft["DeploymentStatus"] for draft in drafts)
    parameters = {"EnvironmentName": name, "AttributeNames": ["All"]}
    whole = world.client.describe_environment_health(**parameters)
    rows = world.client.describe_instances_health(**parameters)["InstanceHealthList"]
    fleet = world.app.test_client().get(f"/_beanpole/environments/{name}/fleet?account={ACCOUNT}").json["instances"]
    assert [instance["InstanceId"] for instance in rows] == [instance["id"] for instance in fleet]
    assert (whole["HealthStatus"], whole["Color"], whole["Status"]) == (head[2], head[1], head[0])
    lines = [_line(*head, ", ".join(statuses)), *map(_cause, whole["Causes"])]
    for row, instance in zip(rows, fleet, strict=True):
        runs = f"{instance['version_label']} (deployment {instance['deployment_id']})"
        deployment = row.get("Deployment", {"Status": "-"})
        ended = deployment["Status"]
        if ended == "Failed":
            ended += f" to deploy {deployment['VersionLabel']} (deployment {deployment['DeploymentId']})"
        serves = "in service" if instance["in_service"] else "out of service"
        lines += [_line(row["InstanceId"], runs, ended, serves, row["HealthStatus"]), *map(_cause, row["Causes"])]
    return "".join(lines)


def _line(*parts: str) -> str:
    return " / ".join(parts) + "\n"


def _cause(cause: str) -> str:
    return f"  {cause}|\n"
