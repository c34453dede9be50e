"""The owners of the listed resources: each environment with its fleet and its settings at one instant."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import overload

from msgspec import Struct
from msgspec.structs import replace

from beanpole.catalog.catalog import Catalog
from beanpole.machine import clock
from beanpole.model.custom_platforms.custom_platform import CustomPlatform
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.instance import Instance
from beanpole.model.environment.lanes import Sighting
from beanpole.model.environment.losses import Loss, recent
from beanpole.model.events.event import Event
from beanpole.model.logs.view import View
from beanpole.model.options.configuration import Configuration, configuration
from beanpole.model.plan import plan
from beanpole.model.plan.steps import Step
from beanpole.model.platforms.catalog import partition
from beanpole.model.time.clock import Clock
from beanpole.store import log_views
from beanpole.store.event_log import EventFilter
from beanpole.store.store import Store
from beanpole.store.world import World

_CREATED = re.compile(r"Created [A-Za-z0-9 ]{1,40}: (\S+)")  # the sentences of messages.CREATED and its like


class Owner(Struct, frozen=True, eq=False):
    """An environment that is not terminated; `now` is the instant of the call on the account's `clock`.

    `step` is the current step of its plan, read only for calls that change something. `newest` reads the event log, the
    newest event first. `view` gives the view of an instance from which its logs are written, if the owner was read with
    the store. `is_alone`: there is no companion. `shares_network`: the companion has the default VPC of environments.
    """

    environment: Environment
    fleet: tuple[Instance, ...]
    configuration: Configuration
    clock: Clock
    now: int
    step: Step | None = None
    newest: Callable[[], Iterator[Event]] = lambda: iter(())
    view: Callable[[Instance], View] | None = None
    is_alone: bool = True
    shares_network: bool = False

    @property
    def tags(self) -> dict[str, str]:
        """The tags of the environment and of all its resources, as on AWS."""
        environment = self.environment
        return {
            **environment.tags,
            "elasticbeanstalk:environment-name": environment.environment_name,
            "elasticbeanstalk:environment-id": environment.environment_id,
            "Name": environment.environment_name,
        }

    @property
    def terminated(self) -> list[Loss]:
        """The instances that a call terminated, that are gone, and that EC2 still lists."""
        there = {instance.id for instance in self.fleet}
        return [loss for loss in recent(self.environment.losses, self.now) if loss.id not in there]

    @property
    def listed(self) -> tuple[Instance, ...]:
        """The instances that EC2 lists: the fleet, and those that are terminated."""
        return (*self.fleet, *(loss.instance for loss in self.terminated))

    def value(self, namespace: str, name: str) -> str | None:
        """The value of an option; None for an empty value."""
        return self.configuration.value(namespace, name) or None

    def created(self) -> dict[str, int]:
        """The instants of the latest creations in the event log, by the names of the resources."""
        created: dict[str, int] = {}
        for event in self.newest():
            if match := _CREATED.fullmatch(event.message):
                created.setdefault(match[1], event.at)
        return created

    def events(self) -> list[Event]:
        """Its events, the oldest first."""
        return list(self.newest())[::-1]


class Owners(Sequence[Owner]):
    """The owners of a world at one instant, and its custom platforms and terminated environments, read on demand."""

    def __init__(self, live: Sequence[Owner], world: World, catalog: Catalog, now: int) -> None:
        self.world = world
        self.now = now
        self._live = live
        self._catalog = catalog

    @overload
    def __getitem__(self, index: int) -> Owner: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Owner]: ...
    def __getitem__(self, index: int | slice) -> Owner | Sequence[Owner]:
        return self._live[index]

    def __len__(self) -> int:
        return len(self._live)

    def former(self) -> Iterator[Owner]:
        """The environments that are terminated and still known, without a fleet."""
        for environment in self.world.environments():
            if not environment.live:
                settings = _configuration(self._catalog, environment)
                newest = partial(_newest, self.world, _events_of(environment))
                yield Owner(environment, (), settings, self.world.clock(), self.now, newest=newest)

    def sightings(self, environment_id: str) -> tuple[Sighting, ...]:
        """The sightings of the instances of an environment over time."""
        return self.world.sightings(environment_id)

    def platforms(self) -> tuple[CustomPlatform, ...]:
        """The versions of custom platforms."""
        return self.world.custom_platforms()

    def events_of(self, platform: CustomPlatform) -> list[Event]:
        """The events of a version of a custom platform, the oldest first."""
        return list(_newest(self.world, EventFilter(platform_arn=platform.platform_arn)))[::-1]

    def arn(self, service: str, rest: str) -> str:
        """The ARN of something in the world's account and region."""
        region = self.world.keys.region
        return f"arn:{partition(region)}:{service}:{region}:{self.world.keys.account_id}:{rest}"


def owners(
    world: World,
    catalog: Catalog,
    with_steps: bool = False,
    store: Store | None = None,
    *,
    is_alone: bool = True,
    shares_network: bool = False,
) -> Owners:
    """The environments of a world that are not terminated; raises Conflict if one changes while they are read."""
    account_clock = world.clock()
    now = account_clock.now(clock.real_now())
    live = tuple(
        Owner(
            environment,
            instances,
            _configuration(catalog, environment),
            account_clock,
            now,
            _step(world, environment) if with_steps else None,
            partial(_newest, world, _events_of(environment)),
            None if store is None else partial(_view, store, world, catalog, environment, now),
            is_alone,
            shares_network,
        )
        for environment, instances in world.live_environments()
    )
    return Owners(live, world, catalog, now)


def _step(world: World, environment: Environment) -> Step | None:
    activity = environment.activity
    if activity is None or activity.steps == 0:
        return None
    blobs = world.plan_steps(environment.id, activity.step, 1)
    return plan.decode(blobs[0]).step if blobs else None


def _events_of(environment: Environment) -> EventFilter:
    return EventFilter(
        environment_name=environment.environment_name, environment_id=environment.id, start=environment.date_created
    )


def _newest(world: World, filters: EventFilter) -> Iterator[Event]:
    """The events that pass a filter, page by page."""
    while True:
        events, token = world.events(filters)
        yield from events
        if token is None:
            return
        filters = replace(filters, next_token=token)


def _view(store: Store, world: World, catalog: Catalog, environment: Environment, now: int, instance: Instance) -> View:
    stack = catalog.platforms.of(environment.solution_stack_name, environment.platform_arn)
    return log_views.view(store, world, environment, instance, stack.traits if stack else (), now)


def _configuration(catalog: Catalog, environment: Environment) -> Configuration:
    stack = catalog.platforms.of(environment.solution_stack_name, environment.platform_arn)
    return configuration(catalog.options, environment.option_settings, stack, environment.tier.name)
