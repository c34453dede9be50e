"""The lines of `eb-engine.log` about a report: the instructions of a deployment, and where a failed one stopped.

The words are those of an engine of 2026 on Amazon Linux 2023; lines that no public log shows are marked.
"""

from collections.abc import Iterator

from msgspec import Struct

from beanpole.model.applications.contents import Contents
from beanpole.model.environment.instance import CommandName, CommandRecord
from beanpole.model.instance.outcomes import Outcome, Phase, Report
from beanpole.model.logs.view import View

HOOKS: dict[CommandName, str] = {
    "boot": ".platform/hooks",
    "deploy": ".platform/hooks",
    "configure": ".platform/confighooks",
}
BUNDLE = "/opt/elasticbeanstalk/deployment/app_source_bundle"
STAGING = "/var/app/staging/"
UNZIP = f"Command /usr/bin/unzip -q -o {BUNDLE} -d {STAGING} failed with error exit status {{status}}. Stderr:{{words}}"
NOT_LEADER = "Instance is NOT Leader."  # [inferred]
BUILD = "Build Application"  # the instruction that carries out a Buildfile [inferred]
PROXY = "start proxy with new configuration"
PROXY_FAILED = "copy proxy conf from staging failed with error validate nginx configuration failed with error"
PRE_BUILD_FAILED = "EbExtension build failed. Please refer to /var/log/cfn-init.log for more details."
POST_BUILD_FAILED = "Container commands build failed. Please refer to /var/log/cfn-init.log for more details."

# The instruction of each phase; those of configuration deployments are inferred.
HOOK_INSTRUCTIONS: dict[str, tuple[str, str]] = {
    "prebuild": ("RunAppDeployPreBuildHooks", "RunConfigDeployPreBuildHooks"),
    "predeploy": ("RunAppDeployPreDeployHooks", "RunConfigDeployPreDeployHooks"),
    "postdeploy": ("RunAppDeployPostDeployHooks", "RunConfigDeployPostDeployHooks"),
}
PRE_BUILD: tuple[Phase, ...] = ("packages", "groups", "users", "sources", "files", "commands", "services")


class Stop(Struct, frozen=True):
    """The instruction at which a failed command stops, and its error text."""

    instruction: str
    error: str


def of_report(view: View, record: CommandRecord, report: Report) -> Iterator[str]:
    """The instructions of a command; a command that fails by a fault stops after the build."""
    if record.command == "configure":
        for phase in HOOK_INSTRUCTIONS:
            yield from _hook_phase(view, record, report, phase)
            if _stops_at(report, (phase,)):
                return
        return
    if record.command == "deploy":
        yield from _election(view, report)
    yield from _config_set(view, "PreBuild", _stops_at(report, PRE_BUILD))
    if _stops_at(report, PRE_BUILD):
        return
    yield from _staged(_stops_at(report, ("unzip",)))
    if _stops_at(report, ("unzip",)):
        return
    yield from _hook_phase(view, record, report, "prebuild")
    if _stops_at(report, ("prebuild",)):
        return
    builds = [outcome for outcome in report.outcomes if outcome.phase == "build"]
    if builds:
        yield f"Executing instruction: {BUILD}"
        yield from (f"Running command: {build.line}" for build in builds)
    if _stops_at(report, ("build",)):
        return
    if record.failed and not report.failed:
        yield "Executing instruction: InstallDependency"
        return
    yield from _made_current(view, record, report)


def _made_current(view: View, record: CommandRecord, report: Report) -> Iterator[str]:
    """From the container commands on."""
    yield from _config_set(view, "PostBuild", _stops_at(report, ("container_commands",)))
    if _stops_at(report, ("container_commands",)):
        return
    yield "Executing instruction: CleanEbExtensions"
    yield "Cleaned ebextensions subdirectories from app staging directory."
    yield from _hook_phase(view, record, report, "predeploy")
    if _stops_at(report, ("predeploy",)):
        return
    yield "Executing instruction: FlipApplication"
    if _stops_at(report, ("proxy",)):
        yield f"Executing instruction: {PROXY}"
        return
    yield "Executing instruction: start proxy"
    yield from _hook_phase(view, record, report, "postdeploy")


def stop(record: CommandRecord, report: Report) -> Stop:
    """The instruction at which a failed report stopped."""
    last = report.outcomes[-1]
    if last.phase in PRE_BUILD:
        return Stop("PreBuildEbExtension", PRE_BUILD_FAILED)
    if last.phase == "container_commands":
        return Stop("PostBuildEbExtension", POST_BUILD_FAILED)
    if last.phase == "unzip":
        return Stop("StageApplication", UNZIP.format(status=last.status, words=" ".join(last.output.split())))
    error = f"Command {last.line} failed with error {_reason(last)}"
    if last.phase == "build":
        return Stop(BUILD, error)
    if last.phase == "proxy":
        return Stop(PROXY, f"{PROXY_FAILED} {error}")
    return Stop(_instruction(record, last.phase), error)


def hooks(contents: Contents, record: CommandRecord, stage: str, directory: str) -> Iterator[str]:
    """The hooks of a phase, as they are announced and run."""
    folder = f"{HOOKS[record.command]}/{stage}"
    paths = sorted(hook for hook in contents.hooks if hook.rpartition("/")[0] == folder)
    yield from _announced(folder, paths)
    yield from (f"Running platform hook: {hook}" for hook in paths)
    yield f"Finished running scripts in /var/app/{directory}/{folder}"


def _stops_at(report: Report, phases: tuple[Phase, ...] | tuple[str, ...]) -> bool:
    return report.failed and report.outcomes[-1].phase in phases


def _election(view: View, report: Report) -> Iterator[str]:
    """The leader runs what one instance of a deployment does (laravel-aws-eb#40)."""
    environment, instance = view.environment, view.instance.id
    yield "Executing instruction: ElectLeader"
    yield f"Running leader election for instance {instance}..."
    yield "Calling the cfn-elect-cmd-leader to elect the command leader."
    yield (
        f"Running command: /opt/aws/bin/cfn-elect-cmd-leader --stack awseb-{environment.environment_id}-stack "
        f"--command-name ElasticBeanstalkCommand-AWSEBAutoScalingGroup --listener-id {instance} "
        f"--region {environment.region}"
    )
    yield "Instance is Leader." if report.is_leader else NOT_LEADER


def _config_set(view: View, stage: str, fails: bool) -> Iterator[str]:
    environment, name = view.environment, f"Infra-Embedded{stage}"
    yield f"Executing instruction: {stage}EbExtension"
    yield f"Starting executing the config set {name}."
    yield (
        f"Running command: /opt/aws/bin/cfn-init -s awseb-{environment.environment_id}-stack "
        f"-r AWSEBAutoScalingGroup --region {environment.region} --configsets {name}"
    )
    if not fails:
        yield f"Finished executing the config set {name}."


def _staged(fails: bool) -> Iterator[str]:
    yield "Executing instruction: StageApplication"
    yield f"Recreating {STAGING}"
    yield f"extracting {BUNDLE} to {STAGING}"
    yield f"Running command: /usr/bin/unzip -q -o {BUNDLE} -d {STAGING}"
    if not fails:
        yield f"finished extracting {BUNDLE} to {STAGING} successfully"


def _hook_phase(view: View, record: CommandRecord, report: Report, phase: str) -> Iterator[str]:
    folder = f"{HOOKS[record.command]}/{phase}"
    paths = sorted(hook for hook in view.contents_of(record).hooks if hook.rpartition("/")[0] == folder)
    ran = [outcome.name for outcome in report.outcomes if outcome.phase == phase]
    yield f"Executing instruction: {_instruction(record, phase)}"
    yield from _announced(folder, paths or ran)
    yield from (f"Running platform hook: {name}" for name in ran)
    if not _stops_at(report, (phase,)):
        is_staged = phase != "postdeploy" and record.command != "configure"
        yield f"Finished running scripts in /var/app/{'staging' if is_staged else 'current'}/{folder}"


def _announced(folder: str, paths: list[str]) -> Iterator[str]:
    yield f"Executing platform hooks in {folder}/"
    if not paths:
        yield f"The dir {folder}/ does not exist"
    else:
        names = ", ".join(hook.rpartition("/")[2] for hook in paths)
        yield f"Following platform hooks will be executed in order: [{names}]"


def _instruction(record: CommandRecord, phase: str) -> str:
    return HOOK_INSTRUCTIONS[phase][record.command == "configure"]


def _reason(outcome: Outcome) -> str:
    if outcome.status is None:
        return outcome.output
    return f"exit status {outcome.status}. Stderr:{' '.join(outcome.output.split())}"
