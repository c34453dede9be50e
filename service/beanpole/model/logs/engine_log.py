"""`eb-engine.log`: the log of the platform engine on an instance, written from the instance's command records.

The form of a line and the order of the instructions are those of the engine on Amazon Linux 2023; the output of an
instruction is reduced to what a simulated instance knows.
"""

import json
from collections.abc import Iterator

from beanpole.model.environment.instance import CommandName, CommandRecord
from beanpole.model.events import failures, messages
from beanpole.model.events.failures import Defect
from beanpole.model.logs import engine_instructions
from beanpole.model.logs.engine_instructions import BUNDLE, STAGING, UNZIP, Stop
from beanpole.model.logs.view import View, one_line, stamp

COMMANDS: dict[CommandName, str] = {
    "boot": "self-startup",
    "deploy": "app-deploy",
    "configure": "config-deploy",
    "restart": "restart-app-server",
}
LOG_TASKS = {"tail": ("tail-log", "GetTailLogs"), "bundle": ("bundle-log", "GetBundleLogs")}

DURATION = 3500  # milliseconds from the first line of a command to its last, or less after another command
NOT_RUN = "An error occurred during execution of command [{command}] - [{instruction}]. Stop running the command. "

# Where a failure stops a deployment, by the sentence that the platform says of it. The first is as captured, except the
# output of unzip; the instructions of the others are inferred. A failure that a fault injects has no output of its own.
INJECTED = Stop("InstallDependency", "command failed with error exit status 1")
STOPS: dict[Defect, Stop] = {
    "SOURCE_BUNDLE_HAS_ISSUES": Stop(
        "StageApplication",
        UNZIP.format(status=9, words=f"[{BUNDLE}]  End-of-central-directory signature not found."),
    ),
    "BAD_DOCKERRUN_VERSION": Stop(
        "Docker Specific Build Application", "Invalid Dockerrun.aws.json version, abort deployment"
    ),
    "DOCKERRUN_IS_NO_JSON": Stop(
        "Docker Specific Build Application", "Dockerrun.aws.json is not valid JSON, abort deployment"
    ),
    "NO_DOCKER_FILES": Stop(
        "Docker Specific Build Application", "Dockerfile and Dockerrun.aws.json are both missing, abort deployment"
    ),
    "IMAGE_NOT_BUILT": Stop(
        "Docker Specific Build Application",
        "Command /bin/sh -c docker build -t aws_beanstalk/staging-app /var/app/staging/ failed with error exit status "
        "1. Stderr:file with no instructions",
    ),
    "COMPOSE_FAILED": Stop(
        "Docker Specific Build Application",
        "Command /bin/sh -c docker-compose config failed with error exit status 15. "
        "Stderr:Top-level object must be a mapping",
    ),
    "NO_IMAGE": Stop(
        "Docker Specific Build Application",
        "No Docker image specified in either Dockerfile or Dockerrun.aws.json. Abort deployment",
    ),
    "NO_PROCFILE_FOR_NODE": Stop(
        "GenerateProcfile", "none of package.json, server.js and app.js is in the source bundle"
    ),
    "NO_JAR": Stop("CheckProcfile", "there is no Procfile and no .jar file at root level of your source bundle"),
    "NPM_FAILED": Stop(
        "InstallDependency",
        "Command /bin/su webapp -c npm --production install failed with error exit status 1. "
        "Stderr:npm ERR! code EJSONPARSE",
    ),
}

REPEATED = "beanpole has begun this command {tries} times: a worker that ran it before ended in the middle of it."

Line = tuple[str, str]  # severity and text


def lines(view: View, task: str | None = None) -> Iterator[str]:
    """The lines up to the sample, oldest first; `task` is the type of the log request that the sample was taken for."""
    before = view.instance.launched_at
    for record in view.instance.history:
        yield from _stamped(_of_command(view, record), before, record.at)
        before = record.at
    if view.instance.state == "deploying" and view.instance.began_at is not None:
        yield from _stamped(_started("app-deploy"), before, before := view.instance.began_at + 1)
    if task in LOG_TASKS:
        command, instruction = LOG_TASKS[task]
        yield from _stamped([*_started(command), ("INFO", f"Executing instruction: {instruction}")], before, view.at)


def _stamped(lines: list[Line], before: int, at: int) -> Iterator[str]:
    """The lines of one command, evenly spread over its duration."""
    began = max(before, at - DURATION)
    for number, (severity, text) in enumerate(lines, 1):
        yield f"{stamp(began + (at - began) * number / len(lines))} [{severity}] {one_line(text)}"


def _started(command: str) -> list[Line]:
    texts = (
        "Starting...",
        "Starting EBPlatform-PlatformEngine",
        "reading event message file",
        f"Engine received EB command {'self-startup' if command == 'self-startup' else 'cfn-hup-exec'}",
        f"checking whether command {command} is applicable to this instance...",
        "this command is applicable to the instance, thus instance should execute command",
        f"Engine command: ({command})",
    )
    return [("INFO", text) for text in texts]


def _of_command(view: View, record: CommandRecord) -> list[Line]:
    command = COMMANDS[record.command]
    lines: list[Line] = _started(command)
    if record.command == "boot":
        lines += [("INFO", "Instance has NOT been bootstrapped"), ("INFO", "Marked instance as Bootstrapped")]
    elif record.command == "restart":
        lines += [("INFO", "Executing instruction: RestartAppServer")]
    report = view.report_of(record)
    if report is not None and report.tries > 1:
        lines.append(("WARN", REPEATED.format(tries=report.tries)))
    if report is not None:
        lines += [("INFO", text) for text in (_manifest(record), *engine_instructions.of_report(view, record, report))]
    elif record.command in ("deploy", "configure"):
        lines += [("INFO", text) for text in _instructions(view, record)]
    if record.failed:
        stop = _stop(view, record)
        not_run = NOT_RUN.format(command=command, instruction=stop.instruction)
        lines.append(("ERROR", f"{not_run}Error: {stop.error}"))
    lines.append(("INFO", "Executing cleanup logic"))
    if record.command != "boot":
        lines.append(("INFO", f"CommandService Response: {_response(record)}"))
    lines.append(("INFO", f"Platform Engine finished execution on command: {command}"))
    return lines


def _stop(view: View, record: CommandRecord) -> Stop:
    """The instruction at which a command stopped; unzip has its own end if the bundle was read."""
    report = view.report_of(record)
    if record.cause is None and report is not None and report.failed:
        return engine_instructions.stop(record, report)
    unzip = view.contents_of(record).unzip
    if record.cause == "SOURCE_BUNDLE_HAS_ISSUES" and unzip is not None:
        return Stop("StageApplication", UNZIP.format(status=unzip.status, words=" ".join(unzip.words.split())))
    return INJECTED if record.cause is None else STOPS[record.cause]


def _instructions(view: View, record: CommandRecord) -> Iterator[str]:
    """The instructions of a deployment, in the order of platforms-linux-extend; a failed one never goes live."""
    contents, stop = view.contents_of(record), _stop(view, record).instruction if record.failed else None
    yield _manifest(record)
    yield "Executing instruction: PreBuildEbExtension"
    yield "Executing instruction: StageApplication"
    if record.command == "deploy":
        yield f"extracting {BUNDLE} to {STAGING}"
    if stop == "StageApplication":
        return
    yield from engine_instructions.hooks(contents, record, "prebuild", "staging")
    if stop is not None:
        yield f"Executing instruction: {stop}"
        return
    yield "Executing instruction: PostBuildEbExtension"
    yield from engine_instructions.hooks(contents, record, "predeploy", "staging")
    yield "Executing instruction: FlipApplication"
    yield "Executing instruction: start proxy"
    yield from engine_instructions.hooks(contents, record, "postdeploy", "current")


def _manifest(record: CommandRecord) -> str:
    sources = {"app": {record.version_label: {"s3url": ""}}}
    manifest = {"RuntimeSources": sources, "DeploymentId": record.deployment_id, "Serial": record.deployment_id}
    return f"Deployment manifest: {json.dumps(manifest, separators=(',', ':'))}"


def _response(record: CommandRecord) -> str:
    """The engine's report to the service."""
    status, code = ("FAILURE", record.exit_status) if record.failed else ("SUCCESS", 0)
    ending = failures.INSTANCE_DEPLOYMENT_FAILED if record.failed else messages.INSTANCE_DEPLOYMENT_COMPLETED
    outcome = record.output if record.failed else "Engine execution has succeeded."
    severity = "ERROR" if record.failed else "INFO"
    first = record.message if record.cause is None else failures.DEFECTS[record.cause]().text
    texts = [text for text in (first, ending().text) if text is not None]
    events = [{"msg": text, "timestamp": record.at // 1000, "severity": severity} for text in texts]
    result = {"status": status, "msg": outcome, "returncode": code, "events": events}
    return json.dumps({"status": status, "api_version": "1.0", "results": [result]}, separators=(",", ":"))
