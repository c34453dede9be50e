"""Whole lives in memory: the interpreter with a store that is three variables."""

from copy import copy
from functools import cache

import msgspec
from msgspec.structs import replace

from beanpole.catalog import catalog
from beanpole.model.applications.contents import Contents
from beanpole.model.changes.change import Change, Entity
from beanpole.model.environment import transitions
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.fleet import by_launch
from beanpole.model.environment.instance import Instance
from beanpole.model.environment.requests import Configure, Launch
from beanpole.model.environment.tiers import WEB, WORKER
from beanpole.model.events.event import Event
from beanpole.model.faults.fault import Fault
from beanpole.model.options.configuration import merge
from beanpole.model.options.definitions import OptionSetting
from beanpole.model.plan.plan import decode
from beanpole.model.plan.rules import Rules, Timings
from beanpole.model.time.clock import MANUAL_EPOCH, Clock
from beanpole_workers.engine.advance import Stretch, advance
from beanpole_workers.plans import make
from environments import STACK
from options import ENVIRONMENT

START = MANUAL_EPOCH
FOR_EVER = 10**15
REQUESTS = {  # by the environment and the members that are given
    "launch": lambda environment, members: Launch(environment.version_label, **members),
    "update": lambda _, members: Configure(**members),
}

SHAPES: dict[str, tuple[OptionSetting, ...]] = {
    "single": (OptionSetting(ENVIRONMENT, "EnvironmentType", "SingleInstance"),),
    "classic": (OptionSetting(ENVIRONMENT, "LoadBalancerType", "classic"),),
    "application": (
        OptionSetting("aws:autoscaling:asg", "MinSize", "3"),
        OptionSetting(ENVIRONMENT, "LoadBalancerType", "application"),
    ),
    "network": (OptionSetting(ENVIRONMENT, "LoadBalancerType", "network"),),
    "worker": (),
}


@cache
def timings() -> Timings:
    return msgspec.convert(catalog.load().timings, Timings)


def rules(**clock):
    tables = catalog.load()
    return Rules(Clock(**{"mode": "manual", **clock}), timings(), tables.options, tables.platforms)


def environment(shape="single", name="web", environment_id="e-abcdefghij"):
    worker = shape == "worker"
    return Environment(
        environment_id=environment_id,
        environment_name=name,
        application_name="shop",
        environment_arn=f"arn:aws:elasticbeanstalk:us-east-1:000000000000:environment/shop/{name}",
        solution_stack_name=STACK,
        platform_arn="",
        date_created=START,
        date_updated=START,
        account_id="000000000000",
        region="us-east-1",
        tier=WORKER if worker else WEB,
        version_label="v1",
        cname=None if worker else f"{name}.us-east-1.elasticbeanstalk.com",
        settings=SHAPES[shape],
    )


class World:
    """One environment, its fleet, its plan and its log."""

    def __init__(self, shape="single", settings=(), faults=(), **clock):
        self.rules = replace(rules(**clock), faults=tuple(faults))
        self.environment = environment(shape)
        self.environment = replace(self.environment, settings=merge(self.environment.settings, settings))
        self.fleet: dict[str, Instance] = {}
        self.plan: tuple[bytes, ...] = ()
        self.events: list[Event] = []
        self.contents: dict[str, Contents] = {}
        self.beside: dict[str, Entity] = {}
        self.changes: list[Change] = []
        self.now = START

    def request(self, what, *arguments, **more):
        """Make a request of the environment now, by its function of `transitions`; some are given by their members."""
        if what in REQUESTS:
            request_id = more.pop("request_id")
            arguments, more = (REQUESTS[what](self.environment, more), request_id), {}
        function = getattr(transitions, f"request_{what}")
        self.environment = function(self.environment, *arguments, now=self.now, **more)

    def copy(self):
        """Another world that goes on from here by itself."""
        twin = copy(self)
        twin.fleet, twin.events, twin.changes = dict(self.fleet), list(self.events), list(self.changes)
        twin.beside = dict(self.beside)
        return twin

    def arm(self, faults):
        """Arm these faults, and no others."""
        self.rules = replace(self.rules, faults=tuple(faults))

    def look(self, horizon, stretch=None):
        """What is due by then, not written."""
        steps = [decode(step) for step in self.plan]
        return advance(self.environment, self.fleet, steps, self.rules, self._make, horizon, stretch)

    def _make(self, situation):
        return make.make(replace(situation, contents=self.contents))

    def advance(self, seconds):
        self.now += round(seconds * 1000)
        change = self.look(self.now)
        if change is not None:
            self.write(change)
        return self

    def settle(self, watch=None):
        """Let everything happen that is under way, and have somebody watch after each thing that does."""
        while self.environment.due is not None:
            self.now = max(self.now, self.environment.due)
            self.write(self.look(self.now))
            if watch is not None:
                watch(self)
        return self

    def settle_in_stretches(self, instants):
        """The same, in stretches of so many instants at most."""
        while self.environment.due is not None:
            left = iter(range(instants - 1))
            at = max(self.now, self.environment.due)
            change = self.look(at, Stretch(FOR_EVER, lambda left=left: next(left, None) is not None))
            self.now = max(at, change.reached)
            self.write(change)
        return self

    def write(self, change):
        self.changes.append(change)
        entity, *beside = change.puts
        faults = [environment for environment in beside if isinstance(environment, Fault)]
        self.beside |= {
            environment.id: environment
            for environment in (*beside, *change.samples)
            if not isinstance(environment, Fault)
        }
        self.environment = replace(entity, generation=self.environment.generation + 1)
        counted = {fault.id: fault for fault in faults}
        self.rules = replace(self.rules, faults=tuple(counted.get(fault.id, fault) for fault in self.rules.faults))
        if change.fleet is not None:
            self.fleet.update((instance.id, instance) for instance in change.fleet.puts)
            for id_ in change.fleet.removals:
                self.fleet.pop(id_, None)
            self.fleet = by_launch(self.fleet.values())
        if change.plan is not None:
            self.plan = change.plan.steps
        self.events += change.events

    def launched(self):
        self.request("launch", request_id="create")
        return self.settle()

    def state(self):
        """All that is kept, in bytes, but for the number of commits it took."""
        beside = dict(sorted(self.beside.items()))  # a store keeps no order among them
        parts = (replace(self.environment, generation=0), list(self.fleet.values()), self.plan, self.events, beside)
        return msgspec.json.encode(parts)

    def messages(self, since=0):
        return [event.message for event in self.events[since:]]
