"""`eb-engine.log`: what the platform engine of an instance did, written from the instance's records.

The form of a line and the order of the instructions are those of the engine on Amazon Linux 2023; what an instruction
reports is cut down to what a simulated instance knows.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from msgspec import Struct

from beanpole.model.applications.contents import Contents
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.instance import CommandName, CommandRecord, Instance
from beanpole.model.events import failures

COMMANDS: dict[CommandName, str] = {
    "boot": "self-startup",
    "deploy": "app-deploy",
    "configure": "config-deploy",
    "restart": "restart-app-server",
}
HOOKS: dict[CommandName, str] = {"deploy": ".platform/hooks", "configure": ".platform/confighooks"}
LOG_TASKS = {"tail": ("tail-log", "GetTailLogs"), "bundle": ("bundle-log", "GetBundleLogs")}

LASTS = 3500  # milliseconds before its end at which a command's first line is written, unless another was just written
SUCCEEDED = "Instance deployment completed successfully."
FAILED = "Instance deployment failed. For details, see 'eb-engine.log'."
NOT_RUN = "An error occurred during execution of command [{command}] - [{instruction}]. Stop running the command. "

BUNDLE = "/opt/elasticbeanstalk/deployment/app_source_bundle"
STAGING = "/var/app/staging/"


class Stop(Struct, frozen=True):
    """At which instruction a command stops, and what it says then."""

    instruction: str
    error: str


# Where a failure stops a deployment, by what the platform says of it. The first is as captured, but for what unzip says
# of such a file; of the others the instruction is inferred. A failure on demand has no output of its own.
ON_DEMAND = Stop("InstallDependency", "command failed with error exit status 1")
STOPS: dict[str, Stop] = {
    failures.SOURCE_BUNDLE_HAS_ISSUES().text: Stop(
        "StageApplication",
        f"Command /usr/bin/unzip -q -o {BUNDLE} -d {STAGING} failed with error exit status 9. "
        f"Stderr:[{BUNDLE}]  End-of-central-directory signature not found.",
    ),
    failures.NO_DOCKER_FILES().text: Stop(
        "Docker Specific Build Application", "Dockerfile and Dockerrun.aws.json are both missing, abort deployment"
    ),
    failures.NO_PROCFILE_FOR_NODE().text: Stop(
        "GenerateProcfile", "none of package.json, server.js and app.js is in the source bundle"
    ),
    failures.NPM_FAILED().text: Stop(
        "InstallDependency",
        "Command /bin/su webapp -c npm --production install failed with error exit status 1. "
        "Stderr:npm ERR! code EJSONPARSE",
    ),
}

Line = tuple[str, str]  # severity and text


class View(Struct, frozen=True):
    """An instance as its logs are written: `traits` are its platform's, `contents` those of its versions' bundles."""

    environment: Environment
    instance: Instance
    traits: tuple[str, ...]
    at: int
    contents: Mapping[str, Contents] = {}

    @property
    def is_windows(self) -> bool:
        """Its files and paths are those of Windows."""
        return "windows" in self.traits

    def brought(self, deed: CommandRecord) -> Contents:
        """What came with the version of a deed, as far as anybody looked."""
        return self.contents.get(deed.version_label or "", Contents())


def lines(view: View, task: str | None = None) -> Iterator[str]:
    """The log up to the sample, oldest first; `task` is the log_request that the sample was taken for."""
    before = view.instance.launched_at
    for deed in view.instance.history:
        yield from _stamped(_told(view, deed), before, deed.at)
        before = deed.at
    if view.instance.state == "deploying" and view.instance.began_at is not None:
        yield from _stamped(_started("app-deploy"), before, before := view.instance.began_at + 1)
    if task in LOG_TASKS:
        command, instruction = LOG_TASKS[task]
        yield from _stamped([*_started(command), ("INFO", f"Executing instruction: {instruction}")], before, view.at)


def stamp(at: float) -> str:
    """An instant in milliseconds as the engine writes it."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y/%m/%d %H:%M:%S.%f")


def _stamped(told: list[Line], before: int, at: int) -> Iterator[str]:
    """The lines of one command, evenly spread up to its end."""
    began = max(before, at - LASTS)
    for number, (severity, text) in enumerate(told, 1):
        yield f"{stamp(began + (at - began) * number / len(told))} [{severity}] {text}"


def _started(command: str) -> list[Line]:
    said = (
        "Starting...",
        "Starting EBPlatform-PlatformEngine",
        "reading event message file",
        f"Engine received EB command {'self-startup' if command == 'self-startup' else 'cfn-hup-exec'}",
        f"checking whether command {command} is applicable to this instance...",
        "this command is applicable to the instance, thus instance should execute command",
        f"Engine command: ({command})",
    )
    return [("INFO", text) for text in said]


def _told(view: View, deed: CommandRecord) -> list[Line]:
    command = COMMANDS[deed.does]
    done: list[Line] = _started(command)
    if deed.does == "boot":
        done += [("INFO", "Instance has NOT been bootstrapped"), ("INFO", "Marked instance as Bootstrapped")]
    elif deed.does == "restart":
        done += [("INFO", "Executing instruction: RestartAppServer")]
    else:
        done += [("INFO", text) for text in _instructions(view, deed)]
    if deed.failed:
        stop = _stop(deed)
        told = NOT_RUN.format(command=command, instruction=stop.instruction)
        done.append(("ERROR", f"{told}Error: {stop.error}"))
    done.append(("INFO", "Executing cleanup logic"))
    if deed.does != "boot":
        done.append(("INFO", f"CommandService Response: {_response(deed)}"))
    done.append(("INFO", f"Platform Engine finished execution on command: {command}"))
    return done


def _stop(deed: CommandRecord) -> Stop:
    return STOPS.get(deed.cause or "", ON_DEMAND)


def _instructions(view: View, deed: CommandRecord) -> Iterator[str]:
    """What a deployment does in the order of platforms-linux-extend; a failed one stops before it is live."""
    brought, stop = view.brought(deed), _stop(deed).instruction if deed.failed else None
    sources = {"app": {deed.version_label: {"s3url": ""}}}
    manifest = {"RuntimeSources": sources, "DeploymentId": deed.deployment_id, "Serial": deed.deployment_id}
    yield f"Deployment manifest: {json.dumps(manifest, separators=(',', ':'))}"
    yield "Executing instruction: PreBuildEbExtension"
    yield "Executing instruction: StageApplication"
    if deed.does == "deploy":
        yield f"extracting {BUNDLE} to {STAGING}"
    if stop == "StageApplication":
        return
    yield from _hooks(brought, deed, "prebuild", "staging")
    if stop is not None:
        yield f"Executing instruction: {stop}"
        return
    yield "Executing instruction: PostBuildEbExtension"
    for name in brought.container_commands:
        yield f"Running container command {name}"
    yield from _hooks(brought, deed, "predeploy", "staging")
    yield "Executing instruction: FlipApplication"
    yield "Executing instruction: start proxy"
    yield from _hooks(brought, deed, "postdeploy", "current")


def _hooks(brought: Contents, deed: CommandRecord, stage: str, place: str) -> Iterator[str]:
    folder = f"{HOOKS[deed.does]}/{stage}"
    found = sorted(it for it in brought.hooks if it.startswith(f"{folder}/"))
    yield f"Executing platform hooks in {folder}/"
    if not found:
        yield f"The dir {folder}/ does not exist"
    else:
        yield f"Following platform hooks will be executed in order: [{', '.join(it.split('/')[-1] for it in found)}]"
        yield from (f"Running platform hook: {it}" for it in found)
    yield f"Finished running scripts in /var/app/{place}/{folder}"


def _response(deed: CommandRecord) -> str:
    """What the engine reports back to the service."""
    status, said, code = ("FAILURE", FAILED, 1) if deed.failed else ("SUCCESS", SUCCEEDED, 0)
    outcome = "Engine execution has encountered an error." if deed.failed else "Engine execution has succeeded."
    severity = "ERROR" if deed.failed else "INFO"
    told = (said,) if deed.cause is None else (deed.cause, said)
    events = [{"msg": it, "timestamp": deed.at // 1000, "severity": severity} for it in told]
    result = {"status": status, "msg": outcome, "returncode": code, "events": events}
    return json.dumps({"status": status, "api_version": "1.0", "results": [result]}, separators=(",", ":"))
