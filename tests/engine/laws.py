"""The laws of every life: what holds at each instant of it, and what holds whenever nothing goes on.

A witness watches a world after everything that happens. What it knows of the fleet it has from the events alone.
"""

import re

from beanpole.model.environment.fleet import size
from beanpole.model.environment.resources import noun
from beanpole.model.health.observation import observe

BOUND = 3 * 86_400_000  # milliseconds, in which every plan has come to its end, whatever fails
STEPS = 2_000  # things that may happen in one activity

CAME = re.compile(r"Added instances? \[(.+)\] to your environment\.")
WENT = re.compile(r"Removed instance \[(.+)\] from your environment(?:\.| due to a EC2 health check failure)")
CREATION = re.compile(r"Created (.+?)(?: named:|:| (?=awseb)) ?(\S+?)\.?")
DELETION = re.compile(r"Deleted (.+?)(?: named:|:) (\S+) ?")
TORN_DOWN = "Waiting for EC2 instances to terminate. This may take a few minutes."
# The words of events for ids and names of what an environment owns; a resource that fails may never have been.
NAMED = re.compile(
    r"i-[0-9a-f]{17}|(?:sg|lt)-[0-9a-f]{17}|arn:aws:(?:elasticloadbalancing|autoscaling):[^\s,]+|awseb-[\w.-]+"
    r"|198\.1[89]\.\d+\.\d+"
)
NEVER_MADE = re.compile(r"Creating .+ failed Reason: |Creating RDS ")
UNSAID = ("launch-template", "auto-scaling-group", "temporary-group", "database")  # not in every environment or way


class Register:
    """Keeps what the log says is there: `known` are instances, `made` the names of resources."""

    def __init__(self):
        self.known = set()
        self.made = set()

    def hear(self, message):
        """Whoever comes was not there, and whoever goes was."""
        if match := CAME.fullmatch(message):
            came = set(match[1].split(", "))
            assert not came & self.known, f"{message} twice"
            self.known |= came
        elif match := WENT.fullmatch(message):
            assert match[1] in self.known, f"{message} but it never came"
            self.known.remove(match[1])
        elif message == TORN_DOWN:
            self.known = set()
        elif match := CREATION.fullmatch(message):
            assert match[2] not in self.made, f"{message} twice"
            self.made.add(match[2])
        elif match := DELETION.fullmatch(message):
            self.made.discard(match[2])


class Witness:
    """Watches one environment."""

    def __init__(self):
        self._register = Register()
        self._read = 0
        self._last = 0
        self._undone = None
        self._replaced = set()
        self._happened = 0
        self._owned = set()

    def watch(self, world):
        """What holds at every instant."""
        environment = world.environment
        self._owned |= owned(world)
        self._name_what_is_theirs(world)
        self._listen(world.events)
        self._happened = self._happened + 1 if environment.activity else 0
        assert self._happened < STEPS, environment.activity
        assert environment.activity is None or world.now - environment.activity.started < BOUND
        idle = environment.activity is None or environment.activity.kind == "scale"  # a group works while it is Ready
        assert idle == (environment.status in ("Ready", "Terminated"))
        assert environment.due is None or environment.due >= environment.date_created
        groups = {
            resource.name
            for resource in environment.resources
            if resource.kind in ("auto-scaling-group", "temporary-group")
        }
        assert {instance.group for instance in world.fleet.values()} <= groups, "an instance belongs to no group"
        name_their_own(environment)
        self._watch_replacements(world)
        assert list(world.fleet) == [
            instance.id for instance in sorted(world.fleet.values(), key=lambda member: (member.launched_at, member.id))
        ]
        if environment.activity is None:
            self.rest(world)

    def _watch_replacements(self, world):
        """What takes the place of another while an update is undone runs the version that its environment expects."""
        activity = world.environment.activity
        if activity is not None and activity.undoing:
            self._undone = set(world.fleet) if self._undone is None else self._undone
            self._replaced |= set(world.fleet) - self._undone
        elif activity is None:
            expected_ = world.environment.version_label, world.environment.deployment_id
            for id_ in self._replaced & set(world.fleet):
                runs = world.fleet[id_].version_label, world.fleet[id_].deployment_id
                assert world.fleet[id_].failed or runs == expected_, "a replacement runs another version"
            self._undone, self._replaced = None, set()

    def _name_what_is_theirs(self, world):
        """Events name the environment's own instances and resources, and nothing else."""
        scope = world.environment.resource_scope
        theirs = self._owned | {scope.stack, scope.temporary_stack}
        for event in world.events[self._read :]:
            if NEVER_MADE.match(event.message):
                continue
            named = {name.rstrip(".") for name in NAMED.findall(event.message)}
            assert named <= theirs, f"{event.message}: nothing of the environment has that name"

    def _listen(self, events):
        for event in events[self._read :]:
            assert event.at >= self._last, "time went back"
            self._last = event.at
            self._register.hear(event.message)
        self._read = len(events)

    def rest(self, world):
        """What holds while nothing goes on."""
        environment, there = world.environment, world.fleet
        assert world.plan == (), "a plan is left over"
        assert environment.traffic is None
        if not environment.live:
            assert (there, environment.resources) == ({}, ())
            self._register = Register()
            return
        assert self._register.known == set(there), "the events tell of another fleet"
        assert environment.resource("temporary-group") is None
        assert {instance.state for instance in there.values()} <= {"running"}
        named = {
            resource.endpoint if resource.kind.endswith("-queue") else resource.name
            for resource in environment.resources
            if resource.kind not in UNSAID and noun(resource.kind)
        }
        assert named <= self._register.made, "a resource is there that nobody told of"
        self._run_what_is_expected(world)
        if is_sound(world):
            observation = observe(world.rules.health_context(environment, world.now + 3_600_000), there)
            assert (observation.status, observation.causes) == (well(world), ()), (
                "nothing is wrong, and health does not say so"
            )
        assert unsaid(world) == [], "the environment is not as it should be, and nobody says so"

    def _run_what_is_expected(self, world):
        """What an activity that went well has launched runs the version of its environment."""
        environment = world.environment
        if environment.done is None or environment.done.outcome != "done":
            return
        new = [
            instance
            for instance in world.fleet.values()
            if instance.serial == environment.activities and not instance.failed
        ]
        runs = {(instance.version_label, instance.deployment_id) for instance in new}
        assert runs <= {(environment.version_label, environment.deployment_id)}, "a new instance runs another version"


def owned(world):
    """The ids and names of all that the environment has."""
    environment = world.environment
    names = {name for resource in environment.resources for name in (resource.name, resource.endpoint) if name}
    return names | set(world.fleet) | ({environment.cname} if environment.cname else set())


def is_sound(world):
    """Nothing is wrong: as many instances as are wanted, each of them in service with what is expected."""
    environment, there = world.environment, world.fleet.values()
    running = environment.version_label, environment.deployment_id
    groups = environment.resource("auto-scaling-group") is not None
    balanced = environment.resource("load-balancer") is not None
    agree = all(
        (instance.version_label, instance.deployment_id) == running
        and not (instance.failed or instance.symptoms or instance.failed_health)
        and instance.passes_health_checks
        and instance.sends_data
        and (instance.in_service or not balanced)
        for instance in there
    )
    return groups and agree and len(there) == expected(world) and bool(there) and not environment.symptoms


def well(world):
    """The status of an environment with which nothing is wrong."""
    enhanced = world.rules.health_context(world.environment, world.now).reporting.enhanced
    assert enhanced, "no life is one of basic health"
    return "Ok"


def name_their_own(environment):
    """Every name is of one resource, and a name in it is that of a resource of the same environment."""
    names = [resource.name for resource in environment.resources]
    assert len(set(names)) == len(names), "two resources have one name"
    for resource in environment.resources:
        if resource.kind == "listener":
            balancer = environment.resource("load-balancer").name
            assert resource.name.replace(":listener/", ":loadbalancer/").startswith(f"{balancer}/")
        elif resource.kind.endswith("-policy"):
            group = environment.resource("auto-scaling-group").name
            assert f":autoScalingGroupName/{group}:" in resource.name
        elif resource.kind.startswith("alarm-"):
            assert resource.name.startswith(environment.resource_scope.stack)


def expected(world):
    """How many instances the settings ask for."""
    environment = world.environment
    return size(environment, world.rules.configuration(environment, environment.option_settings))


def unsaid(world):
    """What the causes of the environment's health, an hour from now, should speak of and do not."""
    environment, there = world.environment, world.fleet.values()
    running = environment.version_label, environment.deployment_id
    balanced = environment.resource("load-balancer") is not None
    observation = observe(world.rules.health_context(environment, world.now + 3_600_000), world.fleet)
    true = {
        "Command failed on": any(instance.failed for instance in there),
        "Incorrect application version": any(
            (instance.version_label, instance.deployment_id) != running and not instance.failed for instance in there
        ),
        "ELB processes are not healthy": any(not instance.in_service and not instance.failed for instance in there)
        and balanced,
        "There are no instances.": not there and expected(world),
        "": len(there) < expected(world),
    }
    return [
        kind
        for kind, holds in true.items()
        if holds and not any(cause.startswith(kind) for cause in observation.causes)
    ]


class Guard:
    """Watches one update of a version by its policy: `policy` and `batch` are what was in force when it was asked for.

    An instance that served when the update began is out while it does not serve.
    """

    def __init__(self, world, policy, batch):
        self.policy, self.batch = policy, batch
        self.before = dict(world.fleet)
        self.served = {instance.id for instance in world.fleet.values() if instance.in_service}
        self.closed = False

    def watch(self, world):
        """The law of the policy."""
        serving = {instance.id for instance in world.fleet.values() if instance.in_service}
        match self.policy:
            case "Rolling":
                assert len(self.served - serving) <= self.batch, "more than one batch is out"
            case "RollingWithAdditionalBatch":
                assert len(serving) >= len(self.served), "fewer serve than before"
            case "Immutable" | "TrafficSplitting":
                self._watch_sides(world, serving)

    def _watch_sides(self, world, serving):
        """No old instance is touched before the new side is as large as the old one, and serves."""
        new = [instance for instance in world.fleet.values() if instance.id not in self.before]
        activity = world.environment.activity
        if activity is not None and activity.closed and not activity.undoing and not self.closed:
            self.closed = True
            assert len(new) == expected(world)
            assert {(instance.version_label, instance.id in serving) for instance in new} <= {
                (activity.version_label, True)
            }
        touched = {id_: world.fleet.get(id_) for id_ in self.before} != self.before
        assert self.closed or not touched, "an old instance was touched"
