"""Instances that are terminated through EC2 or Auto Scaling, and not by a plan."""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from beanpole.model.environment.instance import Instance

VISIBLE_FOR = 3_600_000  # milliseconds for which EC2 shows a terminated instance (EC2's guide, terminating-instances)

By = Literal["ec2", "autoscaling"]


class Loss(Struct, frozen=True):
    """An instance as it was when its termination began `at` an instant; `by` is the service that was called."""

    instance: Instance
    at: int
    by: By

    @property
    def id(self) -> str:
        """The id of the instance."""
        return self.instance.id


def loss_of(instance: Instance, at: int, by: By) -> Loss:
    """The loss of an instance, without what only its environment needs to know of it; its console shows the boot."""
    boot = tuple(replace(record, report=None) for record in instance.history if record.command == "boot")
    bare = replace(instance.begin_termination(), history=boot, symptoms=(), disk=None)
    return Loss(bare, at, by)


def recent(losses: tuple[Loss, ...], now: int) -> tuple[Loss, ...]:
    """The losses that EC2 still lists."""
    return tuple(loss for loss in losses if now - loss.at < VISIBLE_FOR)
