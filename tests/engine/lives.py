"""Whole lives of one environment: whatever is asked of it, whatever fails meanwhile, and whenever it is aborted."""

from dataclasses import dataclass
from itertools import chain

from hypothesis import strategies as st
from msgspec.structs import replace

from beanpole.model.events import messages
from beanpole.model.faults.fault import Fault, Where
from beanpole.model.faults.symptoms import SYMPTOMS
from beanpole.model.health.observation import observe
from beanpole.model.options.configuration import merge
from beanpole.model.options.definitions import OptionSetting
from beanpole_workers.plans.deployment import batch_size
from beanpole_workers.plans.policies import policy_name
from engine.laws import Guard, Witness, expected
from engine.stories import SHAPES, World
from options import (
    COMMAND,
    DATABASE,
    ENVIRONMENT,
    GROUP,
    HEALTH_REPORTING,
    LAUNCH,
    PROPERTIES,
    ROLLING_UPDATE,
    option_settings,
)
from plans.updates import POLICIES

NEWER = {"solution_stack_name": "64bit Amazon Linux 2023 v4.13.8 running Python 3.14", "platform_arn": "arn:newer"}
UNCHANGED = ("settings", "template_name", "solution_stack_name", "platform_arn", "endpoint_url", "version_label")


@dataclass(frozen=True)
class Act:
    """Something asked of an environment, what fails meanwhile, and after how many steps it is aborted if it can be."""

    what: str
    version: str | None = None
    changes: tuple[OptionSetting, ...] = ()
    platform: bool = False
    faults: tuple[Fault, ...] = ()
    abort_after: int | None = None
    early: int = 0


@dataclass(frozen=True)
class Life:
    """The form of an environment, its settings, the faults of its launch, and what is done with it."""

    shape: str
    settings: tuple[OptionSetting, ...]
    faults: tuple[Fault, ...]
    acts: tuple[Act, ...]
    seed: int = 0


def some(namespace, **choices):
    """Settings of one option each, or none."""
    strategies = [
        st.one_of(
            st.just([]), st.sampled_from([str(value) for value in values]).map(lambda value, name=name: [(name, value)])
        )
        for name, values in choices.items()
    ]
    return st.tuples(*strategies).map(lambda them: option_settings(namespace, **dict(chain.from_iterable(them))))


def together(*parts):
    return st.tuples(*parts).map(lambda them: tuple(chain.from_iterable(them)))


def group(low):
    return st.integers(0, 4).map(lambda more: option_settings(GROUP, MinSize=low, MaxSize=max(1, low) + more))


BATCHES = st.one_of(
    st.integers(1, 12).map(lambda value: option_settings(COMMAND, BatchSizeType="Fixed", BatchSize=value)),
    st.sampled_from([1, 25, 33, 50, 99, 100]).map(lambda value: option_settings(COMMAND, BatchSize=value)),
)
POLICY = st.sampled_from(POLICIES).map(lambda value: option_settings(COMMAND, DeploymentPolicy=value))
WAY = some(
    ROLLING_UPDATE,
    RollingUpdateEnabled=["true", "false"],
    RollingUpdateType=["Time", "Health", "Immutable"],
    MaxBatchSize=range(1, 7),
    MinInstancesInService=range(7),
    PauseTime=["PT0S", "PT5M"],
    Timeout=["PT5M"],
)
PREFERENCES = together(
    some(COMMAND, IgnoreHealthCheck=["true"], Timeout=["60"]),
    some(HEALTH_REPORTING, HealthCheckSuccessThreshold=["Severe", "Degraded", "Warning"]),
    some("aws:elasticbeanstalk:control", RollbackLaunchOnFailure=["true"]),
    some(DATABASE, HasCoupledDatabase=["true"]),
)
SETTINGS = together(POLICY, BATCHES, st.sampled_from([1, 2, 3, 4, 5, 7, 12]).flatmap(group), WAY, PREFERENCES)
CHANGE = st.one_of(
    st.sampled_from("abc").map(lambda value: option_settings(PROPERTIES, COLOUR=value)),
    st.sampled_from([30, 900]).map(lambda value: option_settings(COMMAND, Timeout=value)),
    st.sampled_from(["m5.large", "t3.small"]).map(lambda value: option_settings(LAUNCH, InstanceType=value)),
    st.sampled_from([0, 1, 2, 5, 12]).flatmap(group),
    st.sampled_from(["SingleInstance", "LoadBalanced"]).map(
        lambda value: option_settings(ENVIRONMENT, EnvironmentType=value)
    ),
    POLICY,
    WAY,
    st.sampled_from(["true", "false"]).map(lambda value: option_settings(DATABASE, HasCoupledDatabase=value)),
)
FAULT = st.builds(
    lambda what, where, times, probability, health: Fault(
        1, what, where, times, probability, health=health if what == "health-check-never-passes" else None
    ),
    st.sampled_from(
        [
            "command-fails",
            "command-times-out",
            "health-check-never-passes",
            "instance-dies",
            "launch-refused",
            "no-signal",
            "resource-fails",
        ]
    ),
    st.builds(
        Where,
        version_label=st.sampled_from([None, None, "v2"]),
        instance=st.sampled_from([None, None, 0, 1, 5]),
        step=st.sampled_from([None, None, "deploy", "await-health", "launch-instances", "provision"]),
    ),
    st.sampled_from([None, 1, 1, 2]),
    st.sampled_from([None, None, 0.4]),
    st.sampled_from([None, None, "Warning", "Degraded"]),
)
FAULTS = st.lists(FAULT, max_size=3).map(
    lambda them: tuple(replace(fault, number=number) for number, fault in enumerate(them, 1))
)
UPDATE = st.builds(
    Act,
    st.just("update"),
    st.sampled_from([None, "v2", "v3"]),
    st.lists(CHANGE, max_size=3).map(lambda them: tuple(chain.from_iterable(them))),
    st.sampled_from([False, False, False, True]),
    FAULTS,
    st.one_of(st.none(), st.integers(0, 60)),
    st.integers(0, 60_000),
)
OTHERS = st.builds(
    Act,
    st.sampled_from(["restart", "rebuild", "termination", "managed_update", "tags", "info"]),
    faults=FAULTS,
    abort_after=st.one_of(st.none(), st.integers(0, 60)),
)
LIVES = st.builds(
    Life,
    st.sampled_from(sorted(SHAPES)),
    SETTINGS,
    FAULTS,
    st.lists(st.one_of(UPDATE, UPDATE, UPDATE, OTHERS), max_size=4).map(tuple),
    st.integers(0, 50),
)


class WitnessedWorld:
    """A world that lives a life under the eyes of a witness."""

    def __init__(self, life):
        self.world = World(life.shape, life.settings, life.faults, seed=life.seed)
        self.witness = Witness()
        self.guard = None
        self.came_to = []
        self.instants = 2 + life.seed % 30  # of a stretch at most

    def step(self):
        world = self.world
        world.now = max(world.now, world.environment.due)
        world.write(world.look(world.now))
        self.witness.watch(world)
        if self.guard is not None:
            self.guard.watch(world)

    def settle(self):
        """To the end of all that is under way; in stretches it comes to the same end."""
        twin = self.world.copy()
        while self.world.environment.due is not None:
            self.step()
        twin.settle_in_stretches(self.instants)
        assert (twin.state(), twin.now) == (self.world.state(), self.world.now)

    def begin(self, what, *arguments, **more):
        self.world.request(what, *arguments, request_id=what, **more)

    def do(self, act):
        """To its end, under the laws of an update if it is one."""
        world, before, witnessed = self.world, self.world.environment, len(self.world.events)
        world.arm(act.faults)
        self._ask(act, before)
        if act.abort_after is not None:
            self._abort(act)
        self.settle()
        self.guard = None
        after = world.environment
        if act.what == "update":
            self.came_to.append(f"an update {after.done.outcome}")
            self._is_new_or_as_it_was(before, after, messages.POLICY_MISMATCH().text in world.messages(witnessed))

    def _ask(self, act, before):
        if before.status == "Terminated":
            self.begin("restore")
        elif act.what == "update":
            self._ask_update(act, before)
        else:
            self.begin(act.what, *ARGUMENTS.get(act.what, ()))

    def _ask_update(self, act, before):
        settings = merge(before.settings, act.changes) if act.changes else None
        version = act.version or (None if act.changes or act.platform else "v2")
        if version and settings is None and not act.platform:
            self._guard(act)
        self.begin("update", version_label=version, settings=settings, **(NEWER if act.platform else {}))

    def _guard(self, act):
        """By the policy in force; where nobody minds what is ill, the next batch goes out while it is."""
        world = self.world
        there = world.rules.configuration(world.environment, world.environment.option_settings)
        tolerant = (there.value(HEALTH_REPORTING, "HealthCheckSuccessThreshold") or "Ok").lower() != "ok"
        if not act.faults or not (tolerant or there.boolean(COMMAND, "IgnoreHealthCheck")):
            self.guard = Guard(world, policy_name(there), batch_size(there, len(world.fleet)))
            self.came_to.append(self.guard.policy)

    def _abort(self, act):
        world, left = self.world, act.abort_after
        while left and world.environment.activity is not None:
            self.step()
            left -= 1
        if world.environment.abortable_operation_in_progress:
            world.now = max(world.now, min(world.environment.due, world.now + act.early))
            world.request("abort")
            self.came_to.append("it was aborted")

    def _is_new_or_as_it_was(self, before, after, refused):
        """An update that was refused mends no fleet, either."""
        if not (before.live and after.live):
            return
        assert len(self.world.fleet) == expected(self.world) or refused
        if after.done.outcome != "done" and before.resource("auto-scaling-group"):
            assert [getattr(after, name) for name in UNCHANGED] == [getattr(before, name) for name in UNCHANGED]
            assert sorted(resource.kind for resource in after.resources) == sorted(
                resource.kind for resource in before.resources
            )

    def heal(self):
        """Without a fault, an update succeeds, whatever was before; and then it can go."""
        world = self.world
        if not world.environment.live:
            return
        self.do(Act("update", "v9"))
        environment = world.environment
        assert environment.done.outcome == "done"
        runs = {
            (instance.version_label, instance.deployment_id, instance.in_service, instance.failed)
            for instance in world.fleet.values()
        }
        assert runs <= {("v9", environment.deployment_id, True, False)}
        if environment.resource("auto-scaling-group") is None:
            self.do(Act("rebuild"))
        self.is_well()
        self.ail()
        self.do(Act("termination"))
        assert environment.live
        assert not world.environment.live

    def is_well(self):
        """Health is published as good, and has no cause to name, a while after all that was bad has gone."""
        world = self.world
        observation = observe(world.rules.health_context(world.environment, world.now + 3_600_000), world.fleet)
        status = "Ok" if expected(world) else "No Data"
        assert (world.environment.health_status, observation.status) == (status, status)
        assert expected(world) == 0 or observation.causes == ()

    def ail(self):
        """A symptom is told of, and gone once its fault is disarmed."""
        world, names = self.world, sorted(SYMPTOMS)
        what = names[world.rules.clock.seed % len(names)]
        world.arm((Fault(1, what),))
        for _ in range(3):
            world.advance(60)
            self.witness.watch(world)
        world.arm(())
        for _ in range(3):
            world.advance(60)
            self.witness.watch(world)
        self.is_well()


ARGUMENTS = {"termination": ("terminateEnvironment",), "tags": ({"team": "green"},), "info": ("tail",)}


def lived(life):
    """A life to its end."""
    witnessed = WitnessedWorld(life)
    witnessed.begin("launch")
    witnessed.settle()
    for act in life.acts:
        witnessed.do(act)
    witnessed.heal()
    return witnessed
