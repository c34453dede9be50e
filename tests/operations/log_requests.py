"""Requests for logs, and their answers."""


def fleet(shop, name="web1"):
    (environment,) = shop.client.describe_environments(EnvironmentNames=[name])["Environments"]
    resources = shop.client.describe_environment_resources(EnvironmentId=environment["EnvironmentId"])
    return [resource["Id"] for resource in resources["EnvironmentResources"]["Instances"]]
