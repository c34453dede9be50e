"""The effect of a source bundle's contents on a deployment, if the bundle was read.

Only events that the service was seen to write are written, nearly all of them on the platforms whose engine has them:
those on Amazon Linux 2 and later. ECS is an exception, since it reads other files. Events of containers do not depend
on the bundle.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from beanpole.model.applications import contents
from beanpole.model.applications.contents import Contents, Dockerrun
from beanpole.model.environment import option_layers
from beanpole.model.events import failures, messages
from beanpole.model.events.failures import Defect
from beanpole.model.events.messages import Message
from beanpole.model.plan.containers import SAMPLE, Containers
from beanpole.model.plan.durations import Timed, instantly
from beanpole.model.plan.fault_targets import GIVEN_UP
from beanpole.model.plan.plan import Scheduled, Situation
from beanpole.model.plan.steps import AdoptVersion, Announce, Deploy, Step
from beanpole.model.platforms.catalog import SolutionStack
from beanpole_workers.plans import leaders

ENGINES = frozenset(("al2", "al2023"))
COMPOSER = "composer.json"
COMPOSE, DOCKERFILE = "docker-compose.yml", "Dockerfile"
DOCKER_FILES = frozenset((DOCKERFILE, "Dockerrun.aws.json", COMPOSE))
NODE_FILES = frozenset(("Procfile", "package.json", "server.js", "app.js"))
DOCKER_VERSIONS, ECS_VERSION = ("1", "3"), "2"
RUN_PROCFILES = frozenset(("dotnet-linux", "go", "java", "nodejs", "python", "ruby"))  # [I] the guide names no list


def warnings(situation: Situation) -> Iterator[Timed]:
    """The warnings of files that are skipped in the version to deploy, at the beginning of the activity."""
    label = situation.activity.version_label
    for warning in contents.warnings(situation.contents.get(label or "")):
        yield Announce(warning), instantly


def refusals(situation: Situation) -> tuple[Message, ...]:
    """The reasons why the version to deploy is refused before its deployment begins; empty if it is not."""
    label = situation.activity.version_label or ""
    bundle = situation.contents.get(label)
    sentences = contents.deployment_failures(bundle, label)
    return sentences or (_without_tasks(bundle) if bundle is not None and _containers(situation) == "ecs" else ())


def template_failure(situation: Situation) -> Message | None:
    """The reason why CloudFormation refuses the resources that the version to deploy adds to the stack."""
    bundle = situation.contents.get(situation.activity.version_label or "")
    if bundle is None:
        return None
    traits = situation.new_configuration.traits
    problem = contents.template_problem(bundle, traits.load_balancer if traits.balanced else None)
    return None if problem is None else failures.TEMPLATE_INVALID(reason=problem)


def wrong_settings(refusals: tuple[str, ...]) -> tuple[Message, ...]:
    """The events of settings in `.ebextensions` that are not valid; none without any."""
    reasons = tuple(failures.EXTENSION_INVALID(reason=refusal) for refusal in refusals)
    return (failures.EXTENSIONS_INVALID(), *reasons) if reasons else ()


def with_findings(situation: Situation, scheduled: tuple[Scheduled, ...]) -> tuple[Scheduled, ...]:
    """The plan, with the bundle of each of its deployments, and the findings of the instances in it.

    A plan that comes after two failed ones has no defect, so that every story has an end.
    """
    kind = _containers(situation)
    if not (situation.contents or situation.bundles or kind):
        return scheduled
    first = leaders.leading_step(situation, scheduled)
    return tuple(
        replace(entry, step=_with_bundle(situation, entry.step, kind, leads=index == first))
        for index, entry in enumerate(scheduled)
    )


def _with_bundle(situation: Situation, step: Step, kind: Containers | None, leads: bool) -> Step:
    """A step with what a bundle brings to it."""
    if isinstance(step, AdoptVersion):
        return replace(step, bundle=situation.bundles.get(step.version_label or ""))
    if not isinstance(step, Deploy):
        return step
    bundle = situation.bundles.get(step.version_label or "")
    leader = leaders.of_step(situation, step) if leads and bundle is not None else None
    return _with_findings(situation, replace(step, bundle=bundle, leader=leader), kind)


def _with_findings(situation: Situation, step: Deploy, kind: Containers | None) -> Deploy:
    if step.command_name != "deploy":
        return step
    bundle = situation.contents.get(step.version_label or "")
    step = replace(step, containers=kind, task=_task(bundle) if kind == "ecs" else ())
    if bundle is None:
        return step
    if kind == "docker" and COMPOSE in (bundle.starting or ()):
        step = replace(step, containers=None)  # the events of its containers are not known
    platform, cron = _platform(situation), _cron(bundle) if situation.environment.is_worker else ()
    defect = _defect(bundle, _stack(situation), platform) if situation.activity.undoing < GIVEN_UP else None
    return replace(step, notes=(*_notes(bundle, platform), *cron), defect=defect)


def _platform(situation: Situation) -> frozenset[str]:
    """The traits of the platform after the plan; none where the events of its engine are not known."""
    stack = _stack(situation)
    is_known = stack is not None and not ENGINES.isdisjoint(stack.traits) and not stack.branch.startswith("ECS ")
    return frozenset(stack.traits) if stack is not None and is_known else frozenset()


def _containers(situation: Situation) -> Containers | None:
    """The kind of containers that an instance runs the application in, if its events are known."""
    stack = _stack(situation)
    if stack is None or ENGINES.isdisjoint(stack.traits) or "docker" not in stack.traits:
        return None
    return "ecs" if stack.branch.startswith("ECS ") else "docker"


def _stack(situation: Situation) -> SolutionStack | None:
    """The platform after the plan."""
    environment, activity = situation.environment, situation.activity
    after = environment if situation.failure else option_layers.with_changes(environment, activity.changes)
    return situation.rules.platforms.of(after.solution_stack_name, after.platform_arn)


def _defect(bundle: Contents, stack: SolutionStack | None, platform: frozenset[str]) -> Defect | None:
    """The reason why the application cannot be started; a bundle that cannot be unpacked starts nowhere [inferred]."""
    if any(problem.what == "bundle" for problem in bundle.problems) or _fails_to_unpack(bundle, stack):
        return "SOURCE_BUNDLE_HAS_ISSUES"
    if bundle.starting is None:
        return None
    if "docker" in platform:
        return _docker_defect(bundle)
    if "nodejs" in platform and NODE_FILES.isdisjoint(bundle.starting):
        return "NO_PROCFILE_FOR_NODE"
    if "java" in platform and not _starts_java(bundle):
        return "NO_JAR"
    if "nodejs" in platform and bundle.package == "no-json":
        return "NPM_FAILED"
    return None


def _starts_java(bundle: Contents) -> bool:
    """Tell whether the engine knows what to start: of several JAR files it chooses none; a Buildfile may make one."""
    starting = bundle.starting or ()
    return "Procfile" in starting or bool(bundle.builds) or _jars(bundle) == 1


def _jars(bundle: Contents) -> int:
    return sum(name.endswith(".jar") for name in bundle.starting or ())


def _docker_defect(bundle: Contents) -> Defect | None:
    """The reason why Docker cannot start it; the guide knows the versions 1 and 3 of a Dockerrun.aws.json."""
    starting = bundle.starting or ()
    if DOCKER_FILES.isdisjoint(starting):
        return "NO_DOCKER_FILES"
    if COMPOSE in starting:
        return "COMPOSE_FAILED" if COMPOSE in bundle.unbuildable else _dockerrun_defect(bundle.dockerrun)
    if (defect := _dockerrun_defect(bundle.dockerrun)) is not None:
        return defect
    if DOCKERFILE in starting:
        return "IMAGE_NOT_BUILT" if DOCKERFILE in bundle.unbuildable else None
    run = bundle.dockerrun
    return "NO_IMAGE" if run is not None and run.version == "1" and not run.has_image else None


def _dockerrun_defect(run: Dockerrun | None) -> Defect | None:
    if run is None:
        return None
    if not run.is_json:
        return "DOCKERRUN_IS_NO_JSON"
    return None if run.version in DOCKER_VERSIONS else "BAD_DOCKERRUN_VERSION"


def _without_tasks(bundle: Contents) -> tuple[Message, ...]:
    """The reason why ECS has no task to start: it takes version 2 of a Dockerrun.aws.json alone, with containers."""
    run = bundle.dockerrun
    if any(problem.what == "bundle" for problem in bundle.problems):
        return ()
    if run is None:
        return (failures.NO_TASK_DEFINITION(),)
    if not run.is_json:
        return (failures.INVALID_DOCKERRUN(),)
    if not run.version:
        return (failures.DOCKERRUN_VERSION_MISSING(),)
    if run.version != ECS_VERSION:
        return (failures.UNSUPPORTED_DOCKERRUN_VERSION(version=run.version),)
    return () if run.containers else (failures.NO_TASK_DEFINITION(),)


def _task(bundle: Contents | None) -> tuple[str, ...]:
    """The names of the containers of the task that ECS starts."""
    run = bundle.dockerrun if bundle is not None else None
    return SAMPLE if run is None else run.containers


def _fails_to_unpack(bundle: Contents, stack: SolutionStack | None) -> bool:
    """Tell whether unzip fails; Windows forgives some of it, and Docker takes some files that are no archive."""
    traits = stack.traits if stack is not None else ()
    if bundle.unzip is None or (bundle.single is not None and "docker" in traits):
        return False
    return bundle.unzip.fails_on_windows or "windows" not in traits


def _notes(bundle: Contents, platform: frozenset[str]) -> tuple[Message, ...]:
    """The events of how the engine finds what to start."""
    starting = bundle.starting or ()
    if "Procfile" in starting:
        start: tuple[Message, ...] = (messages.PROCFILE_USED(),) if platform & RUN_PROCFILES else ()
    elif "java" in platform and _jars(bundle) == 1:
        start = messages.JAR_DETECTED(), messages.PROCFILE_GENERATED()
    elif "python" in platform and bundle.starting is not None:
        start = (messages.PROCFILE_GENERATED(),)
    else:
        start = ()
    if "nodejs" in platform and bundle.package == "any-node":
        return (messages.NODE_VERSION_UNSPECIFIED(), *start)
    if "php" in platform and bundle.starting is not None and COMPOSER not in starting:
        return (messages.COMPOSER_FILE_MISSING(), *start)
    return start


def _cron(bundle: Contents) -> tuple[Message, ...]:
    """The event of a worker environment's daemon about its periodic tasks."""
    if bundle.cron is None:
        return ()
    if bundle.cron.problem is not None:
        return (failures.CRON_INVALID(reason=bundle.cron.problem),)
    return (messages.CRON_LOADED(count=len(bundle.cron.tasks)),)
