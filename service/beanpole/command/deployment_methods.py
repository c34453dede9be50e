"""The deployment methods that the developer guide compares: five deployment policies, and blue/green."""

from collections.abc import Iterable

from msgspec import Struct

from beanpole.model.options.namespaces import AUTO_SCALING_GROUP, COMMAND, ENVIRONMENT

Row = tuple[str, str, object]


class Method(Struct, frozen=True):
    """A method; `name` is for the command line, `policy` the value of the option, None for blue/green."""

    name: str
    title: str
    policy: str | None = None
    settings: tuple[Row, ...] = ()


_BATCHES: tuple[Row, ...] = ((COMMAND, "BatchSizeType", "Percentage"), (COMMAND, "BatchSize", 30))
"""The batch size that the EB CLI and the console start with."""

METHODS = (
    Method("all-at-once", "All at once", "AllAtOnce"),
    Method("rolling", "Rolling", "Rolling", _BATCHES),
    Method("rolling-with-additional-batch", "Rolling with an additional batch", "RollingWithAdditionalBatch", _BATCHES),
    Method("immutable", "Immutable", "Immutable"),
    Method("traffic-splitting", "Traffic splitting", "TrafficSplitting"),
    Method("blue-green", "Blue/green"),
)
NAMES = tuple(method.name for method in METHODS)


def named(name: str) -> Method:
    """The method of that name; KeyError if there is none."""
    return {method.name: method for method in METHODS}[name]


def option_settings(method: Method, size: int) -> list[dict[str, object]]:
    """The option settings of an environment of `size` instances, behind an application load balancer, for a method."""
    rows: Iterable[Row] = (
        (ENVIRONMENT, "EnvironmentType", "LoadBalanced"),
        (ENVIRONMENT, "LoadBalancerType", "application"),
        (AUTO_SCALING_GROUP, "MinSize", size),
        (AUTO_SCALING_GROUP, "MaxSize", size),
        *(() if method.policy is None else ((COMMAND, "DeploymentPolicy", method.policy),)),
        *method.settings,
    )
    return [{"Namespace": namespace, "OptionName": name, "Value": value} for namespace, name, value in rows]
