"""`cfn-init.log` and `cfn-init-cmd.log`: the work of CloudFormation's helper on the configuration files of a bundle.

The words are those of aws-cfn-bootstrap. It logs no file that it writes, and no command that is for another instance.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby
from zlib import crc32

from beanpole.model.environment.instance import CommandRecord
from beanpole.model.instance.outcomes import Outcome, Report
from beanpole.model.logs.engine_instructions import PRE_BUILD
from beanpole.model.logs.view import View, one_line

STARTING = "-----------------------Starting build-----------------------"
COMPLETE = "-----------------------Build complete-----------------------"
FAILED = "-----------------------BUILD FAILED!------------------------"
OUTPUT = "-----------------------Command Output-----------------------"
RECORDED = "beanpole recorded this command and did not run it."

Line = tuple[str, str]  # severity and text


def cfn_init(view: View) -> Iterator[str]:
    """The builds of each command: before a version is unpacked, and before it becomes the current one."""
    for record in view.instance.history:
        if record.command in ("deploy", "configure") or record.report is not None:
            for severity, text in _builds(view, record):
                yield f"{comma(record.at)} [{severity}] {one_line(text)}"


def cfn_init_cmd(view: View) -> Iterator[str]:
    """The output of each command."""
    for record in view.instance.history:
        report = view.report_of(record)
        process = 1_000 + crc32(f"{view.instance.id}/{record.at}".encode()) % 30_000
        for severity, text in _outputs(report) if report is not None else ():
            yield f"{comma(record.at)} P{process} [{severity}] {one_line(text)}"


def comma(at: int) -> str:
    """An instant in milliseconds as Python's loggers write it."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S,") + f"{at % 1000:03d}"


def _builds(view: View, record: CommandRecord) -> Iterator[Line]:
    report = view.report_of(record)
    if report is not None:
        yield from _of_report(report)
        return
    contents = view.contents_of(record)
    stages = [("PreBuild", contents.commands), ("PostBuild", contents.container_commands)]
    for stage, names in stages[: 1 if record.failed else 2] if record.command == "deploy" else ():
        yield from _begun(stage)
        yield from (("INFO", f"Command {name} succeeded") for name in names)
        yield from _completed()


def _of_report(report: Report) -> Iterator[Line]:
    """A configuration deployment builds nothing (elastic-beanstalk-roadmap#84)."""
    stages = [
        ("PreBuild", [outcome for outcome in report.outcomes if outcome.phase in PRE_BUILD]),
        ("PostBuild", [outcome for outcome in report.outcomes if outcome.phase == "container_commands"]),
    ]
    reached = [True, any(outcome.phase == "unzip" and outcome.ending != "failed" for outcome in report.outcomes)]
    is_deployment = bool(stages[0][1]) or any(outcome.phase == "unzip" for outcome in report.outcomes)
    for (stage, outcomes), is_reached in zip(stages, reached, strict=True):
        if not is_reached or not is_deployment:
            continue
        yield from _begun(stage)
        for config, group in groupby(outcomes, key=lambda outcome: outcome.config):
            yield "INFO", f"Running config {config}"
            for outcome in group:
                yield from _of_outcome(outcome)
        if not outcomes or not _stops(outcomes[-1]):
            yield from _completed()


def _begun(stage: str) -> Iterator[Line]:
    yield "INFO", STARTING
    yield "INFO", f"Running configSets: Infra-Embedded{stage}"
    yield "INFO", f"Running configSet Infra-Embedded{stage}"


def _completed() -> Iterator[Line]:
    yield "INFO", "ConfigSets completed"
    yield "INFO", COMPLETE


def _of_outcome(outcome: Outcome) -> Iterator[Line]:
    match outcome.phase:
        case "commands" | "container_commands":
            yield from _of_command(outcome)
        case "packages" if outcome.ending != "failed":
            manager, _, package = outcome.line.partition(" ")
            yield "INFO", f"{manager.capitalize()} installed ['{package.replace(' ', '-')}']"
        case "services" if outcome.ending != "failed":
            yield from _of_service(outcome)
        case _ if _stops(outcome):
            yield from _failed(outcome, outcome.output)


def _of_command(outcome: Outcome) -> Iterator[Line]:
    name = outcome.name
    match outcome.ending:
        case "not-leader":
            return
        case "test-failed":
            yield "INFO", f"Test failed with code {outcome.status}"
        case "failed" if outcome.status is None:  # it could not be started, or is no command
            yield from _failed(outcome, outcome.output, is_expected=outcome.line == "")
        case "failed":
            yield "ERROR", f"Command {name} ({outcome.line}) failed"
            if outcome.ignored:
                yield "INFO", "ignoreErrors set to true, continuing build"
            else:
                yield from _failed(outcome, f"Command {name} failed")
        case _:
            yield "INFO", f"Command {name} succeeded"


def _of_service(outcome: Outcome) -> Iterator[Line]:
    verbs = outcome.line.split()[1:]
    for verb, words in (
        ("enable", "enabled service {}"),
        ("disable", "disabled service {}"),
        ("start", "Started {} successfully"),
        ("stop", "Stopped {} successfully"),
    ):
        if verb in verbs:
            yield "INFO", words.format(outcome.name)


def _failed(outcome: Outcome, words: str, is_expected: bool = True) -> Iterator[Line]:
    if is_expected:
        yield "ERROR", f"Error encountered during build of {outcome.config}: {words}"
    yield "ERROR", FAILED
    yield "ERROR", f"Unhandled exception during build: {words}"


def _stops(outcome: Outcome) -> bool:
    return outcome.ending == "failed" and not outcome.ignored


def _outputs(report: Report) -> Iterator[Line]:
    commands = [outcome for outcome in report.outcomes if outcome.phase in ("commands", "container_commands")]
    for phase, outcomes in groupby(commands, key=lambda outcome: outcome.phase):
        yield from _ruled("*", f"ConfigSet Infra-Embedded{'PreBuild' if phase == 'commands' else 'PostBuild'}")
        for config, group in groupby(outcomes, key=lambda outcome: outcome.config):
            yield from _ruled("+", f"Config {config}")
            for outcome in group:
                yield from _output(outcome)


def _ruled(rule: str, text: str) -> Iterator[Line]:
    yield "INFO", rule * 60
    yield "INFO", text


def _output(outcome: Outcome) -> Iterator[Line]:
    if outcome.ending == "not-leader" or (outcome.ending == "failed" and outcome.status is None):
        return
    if outcome.ending == "test-failed":
        yield from _ruled("=", f"Test for Command {outcome.name}")
        yield "ERROR", f"Exited with error code {outcome.status}"
        return
    yield from _ruled("=", f"Command {outcome.name}")
    output = RECORDED if outcome.ending == "recorded" else outcome.output
    if output:
        yield "INFO", OUTPUT
        yield from (("INFO", f"\t{line}") for line in output.splitlines())
        yield "INFO", "-" * 60
    if outcome.status:
        yield "ERROR", f"Exited with error code {outcome.status}"
    else:
        yield "INFO", "Completed successfully."
