"""The logs of an instance that are written from what a deployment carried out there."""

import pytest
from msgspec.structs import replace

from beanpole.model.applications.contents import Contents
from beanpole.model.bundles import configuration_file as wanted
from beanpole.model.bundles.bundle import Bundle, Process
from beanpole.model.bundles.configuration_file import BrokenEntry, Command, ConfigurationFile
from beanpole.model.bundles.directory import Directory, Entry
from beanpole.model.bundles.unzip import Unzip
from beanpole.model.environment.environment import Environment
from beanpole.model.environment.instance import CommandName, CommandRecord, Instance
from beanpole.model.instance.deployment import carry_out
from beanpole.model.instance.disk import FRESH
from beanpole.model.instance.request import Request
from beanpole.model.logs import cfn_logs, engine_log, server_logs
from beanpole.model.logs.view import View
from beanpole.model.time.clock import MANUAL_EPOCH as START

HOOK = ".platform/hooks/predeploy/01.sh"
CONFIG_HOOK = ".platform/confighooks/predeploy/01.sh"


def view(source: Bundle, command: CommandName = "deploy", leads: bool = True, failed: bool | None = None) -> View:
    """An instance whose only command carried out what the bundle asks for."""
    report = carry_out(source, FRESH, Request(command, is_leader=leads, application_name="my-app")).report
    record = CommandRecord(START, command, "v1", 1, report.failed if failed is None else failed, report="r1")
    places = {"environment_arn": "", "solution_stack_name": "", "platform_arn": "", "account_id": "1", "region": "eu"}
    dates = {"date_created": START, "date_updated": START}
    environment = Environment("e-1", "web1", "my-app", **dates, **places)  # type: ignore[arg-type]  # its members
    instance = Instance("i-1", START, "group", history=(record,))
    hooks = tuple(path for paths in source.hooks.values() for path in paths)
    return View(environment, instance, ("linux",), START, {"v1": Contents(hooks=hooks)}, reports={"r1": report})


def bundle(
    *hooks: tuple[str, str], builds: tuple[Process, ...] = (), unzip: Unzip | None = None, **sections: object
) -> Bundle:
    directory = Directory(tuple(Entry(path, "file", 0o644, 9, 0, 9, 0) for path, _ in hooks))
    file = ConfigurationFile(".ebextensions/a.config", **sections)  # type: ignore[arg-type]  # its members
    return Bundle("d1", 9, directory, builds=builds, configuration_files=(file,), hook_texts=hooks)


def engine(source: View) -> list[str]:
    return [line.partition("] ")[2] for line in engine_log.lines(source)]


def init(source: View) -> list[str]:
    return [line.partition("[")[2] for line in cfn_logs.cfn_init(source)]


def test_the_engine_tells_a_deployment_in_its_order() -> None:
    log = engine(view(bundle((HOOK, "#!/bin/sh\n"), commands=(Command("01", "true"),), builds=(Process("a", "true"),))))
    lines = [
        "Executing instruction: ElectLeader",
        "Running leader election for instance i-1...",
        "Instance is Leader.",
        "Executing instruction: PreBuildEbExtension",
        "Starting executing the config set Infra-EmbeddedPreBuild.",
        "Finished executing the config set Infra-EmbeddedPreBuild.",
        "Executing instruction: StageApplication",
        "extracting /opt/elasticbeanstalk/deployment/app_source_bundle to /var/app/staging/",
        "Executing instruction: RunAppDeployPreBuildHooks",
        "The dir .platform/hooks/prebuild/ does not exist",
        "Finished running scripts in /var/app/staging/.platform/hooks/prebuild",
        "Running command: true",
        "Executing instruction: PostBuildEbExtension",
        "Finished executing the config set Infra-EmbeddedPostBuild.",
        "Executing instruction: RunAppDeployPreDeployHooks",
        "Following platform hooks will be executed in order: [01.sh]",
        f"Running platform hook: {HOOK}",
        "Executing instruction: FlipApplication",
        "Executing instruction: RunAppDeployPostDeployHooks",
        "Finished running scripts in /var/app/current/.platform/hooks/postdeploy",
        "Platform Engine finished execution on command: app-deploy",
    ]
    assert [line for line in log if line in lines] == lines


def test_only_one_instance_is_the_leader() -> None:
    log = engine(view(bundle(), leads=False))
    assert "Instance is NOT Leader." in log
    assert "Instance is Leader." not in log


def test_a_configuration_deployment_tells_its_hooks_alone() -> None:
    source_view = view(bundle((CONFIG_HOOK, "#!/bin/sh\n"), commands=(Command("01", "true"),)), "configure")
    log = engine(source_view)
    assert f"Running platform hook: {CONFIG_HOOK}" in log
    assert not any("EbExtension" in line or "extracting" in line for line in log)
    assert init(source_view) == []


@pytest.mark.parametrize(
    ("source", "instruction", "error"),
    [
        (
            bundle(commands=(Command("01", "false"),)),
            "PreBuildEbExtension",
            "EbExtension build failed. Please refer to /var/log/cfn-init.log for more details.",
        ),
        (
            bundle(container_commands=(Command("01", "false"),)),
            "PostBuildEbExtension",
            "Container commands build failed. Please refer to /var/log/cfn-init.log for more details.",
        ),
        (
            replace(bundle(), unzip=Unzip(9, "no\n  zipfile")),
            "StageApplication",
            "Command /usr/bin/unzip -q -o /opt/elasticbeanstalk/deployment/app_source_bundle -d /var/app/staging/ "
            "failed with error exit status 9. Stderr:no zipfile",
        ),
        (
            bundle((HOOK, "#!/bin/sh\ncd none\n")),
            "RunAppDeployPreDeployHooks",
            f"Command {HOOK} failed with error exit status 1. "
            f"Stderr:{HOOK}: line 2: cd: none: No such file or directory",
        ),
        (
            bundle((HOOK, "true\n")),
            "RunAppDeployPreDeployHooks",
            f"Command {HOOK} failed with error fork/exec {HOOK}: exec format error",
        ),
    ],
)
def test_a_failure_names_its_instruction(source: Bundle, instruction: str, error: str) -> None:
    log = engine(view(source))
    start = "An error occurred during execution of command [app-deploy]"
    assert f"{start} - [{instruction}]. Stop running the command. Error: {error}" in log
    assert "Executing instruction: FlipApplication" not in log


def test_a_fault_fails_a_deployment_behind_its_build() -> None:
    log = engine(view(bundle(container_commands=(Command("01", "true"),)), failed=True))
    assert "Executing instruction: InstallDependency" in log
    assert "Executing instruction: PostBuildEbExtension" not in log


def test_cfn_init_tells_each_command() -> None:
    source_view = view(
        bundle(
            packages=(wanted.Package("yum", "git"),),
            commands=(
                Command("01", "true"),
                Command("02", "exit 3", ignore_errors=True),
                Command("03", "touch x", test="false"),
            ),
            services=(wanted.Service("sysvinit", "nginx", True, True),),
            container_commands=(Command("04", "npm ci"), Command("05", "exit 1")),
        )
    )
    assert init(source_view) == [
        "INFO] -----------------------Starting build-----------------------",
        "INFO] Running configSets: Infra-EmbeddedPreBuild",
        "INFO] Running configSet Infra-EmbeddedPreBuild",
        "INFO] Running config prebuild_0_my_app",
        "INFO] Yum installed ['git']",
        "INFO] Command 01 succeeded",
        "ERROR] Command 02 (exit 3) failed",
        "INFO] ignoreErrors set to true, continuing build",
        "INFO] Test failed with code 1",
        "INFO] enabled service nginx",
        "INFO] Started nginx successfully",
        "INFO] ConfigSets completed",
        "INFO] -----------------------Build complete-----------------------",
        "INFO] -----------------------Starting build-----------------------",
        "INFO] Running configSets: Infra-EmbeddedPostBuild",
        "INFO] Running configSet Infra-EmbeddedPostBuild",
        "INFO] Running config postbuild_0_my_app",
        "INFO] Command 04 succeeded",
        "ERROR] Command 05 (exit 1) failed",
        "ERROR] Error encountered during build of postbuild_0_my_app: Command 05 failed",
        "ERROR] -----------------------BUILD FAILED!------------------------",
        "ERROR] Unhandled exception during build: Command 05 failed",
    ]


@pytest.mark.parametrize(
    ("source", "sentences"),
    [
        (
            bundle(commands=(Command("01", "true", cwd="/none"),)),
            ["Unhandled exception during build: [Errno 2] No such file or directory: '/none'"],
        ),
        (
            bundle(broken=(BrokenEntry("services", "x", "no such manager"),)),
            [
                "Error encountered during build of prebuild_0_my_app: no such manager",
                "Unhandled exception during build: no such manager",
            ],
        ),
        (
            bundle(files=(wanted.File("/etc/hosts/x", content="1"),)),
            [
                "Error encountered during build of prebuild_0_my_app: Parent directory /etc/hosts exists and is a file",
                "Unhandled exception during build: Parent directory /etc/hosts exists and is a file",
            ],
        ),
    ],
)
def test_what_is_no_failed_command_fails_a_build_too(source: Bundle, sentences: list[str]) -> None:
    errors = [line.removeprefix("ERROR] ") for line in init(view(source)) if line.startswith("ERROR")]
    assert [line for line in errors if not line.startswith("-")] == sentences


def test_the_output_of_commands_is_in_a_log_of_its_own() -> None:
    source_view = view(
        bundle(
            commands=(Command("01", "echo one; echo two"), Command("02", "touch x", test="false")),
            container_commands=(Command("03", "npm ci"),),
        )
    )
    log = [line.partition("[")[2] for line in cfn_logs.cfn_init_cmd(source_view)]
    assert log == [
        "INFO] " + "*" * 60,
        "INFO] ConfigSet Infra-EmbeddedPreBuild",
        "INFO] " + "+" * 60,
        "INFO] Config prebuild_0_my_app",
        "INFO] " + "=" * 60,
        "INFO] Command 01",
        "INFO] -----------------------Command Output-----------------------",
        "INFO] \tone",
        "INFO] \ttwo",
        "INFO] " + "-" * 60,
        "INFO] Completed successfully.",
        "INFO] " + "=" * 60,
        "INFO] Test for Command 02",
        "ERROR] Exited with error code 1",
        "INFO] " + "*" * 60,
        "INFO] ConfigSet Infra-EmbeddedPostBuild",
        "INFO] " + "+" * 60,
        "INFO] Config postbuild_0_my_app",
        "INFO] " + "=" * 60,
        "INFO] Command 03",
        "INFO] -----------------------Command Output-----------------------",
        "INFO] \tbeanpole recorded this command and did not run it.",
        "INFO] " + "-" * 60,
        "INFO] Completed successfully.",
    ]


def test_a_command_that_is_for_the_leader_is_in_no_other_log() -> None:
    source = bundle(container_commands=(Command("01_migrate", "true", leader_only=True),))
    assert "INFO] Command 01_migrate succeeded" in init(view(source))
    following = view(source, leads=False)
    logs = [*init(following), *cfn_logs.cfn_init_cmd(following)]
    assert not any("01_migrate" in line for line in logs)


def test_what_hooks_print_is_in_their_log() -> None:
    log = list(server_logs.hooks(view(bundle((HOOK, "#!/bin/sh\necho one\necho two\n")))))
    assert [line.partition("[")[2] for line in log] == ["INFO] one", "INFO] two"]
    recorded = list(server_logs.hooks(view(bundle((HOOK, "#!/bin/sh\nnpm ci\n")))))
    assert recorded[0].endswith(f"[INFO] beanpole recorded {HOOK} and did not run it.")


def test_no_name_and_no_output_forges_a_line() -> None:
    source = bundle(commands=(Command("01\n2026 [INFO] forged", "printf 'a\\033b\\rforged'"),))
    source_view = view(source)
    for line in (*engine_log.lines(source_view), *cfn_logs.cfn_init(source_view), *cfn_logs.cfn_init_cmd(source_view)):
        assert "\n" not in line
        assert "\x1b" not in line
        assert "\r" not in line
        assert not line.startswith("2026 ")
