"""What a command of the service does on an instance, in which order, and what it leaves on the disk."""

from base64 import b64encode

import pytest

from beanpole.model.bundles import configuration_file as wanted
from beanpole.model.bundles.bundle import Bundle, Process
from beanpole.model.bundles.configuration_file import BrokenEntry, Command, ConfigurationFile
from beanpole.model.bundles.directory import WHOLE, Directory, Entry
from beanpole.model.bundles.unzip import Unzip
from beanpole.model.instance.content import Download, Member, text
from beanpole.model.instance.deployment import carry_out
from beanpole.model.instance.disk import CURRENT, FRESH, STAGING, Disk
from beanpole.model.instance.nodes import File, Mount, Symlink
from beanpole.model.instance.outcomes import Report
from beanpole.model.instance.request import Prepared, Request
from beanpole.model.instance.tree import Tree

PATHS = (
    "index.html",
    "Procfile",
    ".platform/hooks/prebuild/01.sh",
    ".platform/hooks/predeploy/02.sh",
    ".platform/hooks/predeploy/01.sh",
    ".platform/hooks/postdeploy/01.sh",
    ".platform/hooks/postdeploy/deeper/01.sh",
    ".platform/confighooks/predeploy/01.sh",
)
DIRECTORY = Directory(tuple(Entry(path, "file", 0o644, 9, 0, 9, 0) for path in PATHS))
DEPLOY = Request("deploy", application_name="Upgrade-Django4.2")


def bundle(*files: ConfigurationFile, **more: object) -> Bundle:
    return Bundle("d1", 100, DIRECTORY, configuration_files=files, **more)  # type: ignore[arg-type]  # its members


def plain(*files: ConfigurationFile) -> Bundle:
    """A bundle without hooks, of which nobody would know what they left behind."""
    return Bundle("d1", 100, Directory(DIRECTORY.entries[:2]), configuration_files=files)


def config(name: str = "a", **sections: object) -> ConfigurationFile:
    return ConfigurationFile(f".ebextensions/{name}.config", **sections)  # type: ignore[arg-type]  # its members


def deployed(source: Bundle | None, request: Request = DEPLOY, disk: Disk = FRESH) -> Prepared:
    return carry_out(source, disk, request)


def tree_of(prepared: Prepared) -> Tree:
    return Tree(prepared.disk, {"d1": DIRECTORY}.get)


def ending_rows(report: Report) -> list[tuple[str, str, str]]:
    return [(outcome.phase, outcome.name, outcome.ending) for outcome in report.outcomes]


EVERYTHING = {
    "services": (wanted.Service("sysvinit", "nginx", True, True),),
    "commands": (Command("01", "touch /srv/one"),),
    "container_commands": (Command("01", "touch two"),),
    "files": (wanted.File("/srv/three", content="3"),),
    "sources": (wanted.Source("/srv/four", "https://example.com/four.zip"),),
    "users": (wanted.User("five"),),
    "groups": (wanted.Group("six"),),
    "packages": (wanted.Package("yum", "git", ("2.0",)),),
}


def test_a_deployment_has_the_order_of_the_guide() -> None:
    prepared = deployed(bundle(config(**EVERYTHING), config("b", commands=(Command("z", "true"),)), builds=BUILDS))
    assert ending_rows(prepared.report) == [
        ("packages", "git", "recorded"),
        ("groups", "six", "recorded"),
        ("users", "five", "recorded"),
        ("sources", "/srv/four", "recorded"),
        ("files", "/srv/three", "enacted"),
        ("commands", "01", "enacted"),
        ("services", "nginx", "recorded"),
        ("commands", "z", "enacted"),
        ("unzip", "", "enacted"),
        ("prebuild", ".platform/hooks/prebuild/01.sh", "recorded"),
        ("build", "make", "enacted"),
        ("container_commands", "01", "enacted"),
        ("predeploy", ".platform/hooks/predeploy/01.sh", "recorded"),
        ("predeploy", ".platform/hooks/predeploy/02.sh", "recorded"),
        ("flip", "", "enacted"),
        ("postdeploy", ".platform/hooks/postdeploy/01.sh", "recorded"),
    ]
    assert not prepared.report.failed


BUILDS = (Process("make", "mkdir built"),)


def test_each_configuration_file_has_the_name_that_cfn_init_gives_it() -> None:
    source = bundle(
        config("a", container_commands=(Command("c", "true"),)),
        config("b", commands=(Command("c", "true"),), container_commands=(Command("d", "true"),)),
        config("c"),
        config("d", commands=(Command("c", "true"),)),
    )
    assert [outcome.config for outcome in deployed(source).report.outcomes if outcome.config] == [
        "prebuild_0_Upgrade_Django4_2",
        "prebuild_1_Upgrade_Django4_2",
        "postbuild_0_Upgrade_Django4_2",
        "postbuild_1_Upgrade_Django4_2",
    ]


def test_what_commands_wrote_is_on_the_disk() -> None:
    prepared = deployed(bundle(config(**EVERYTHING), builds=BUILDS))
    tree = tree_of(prepared)
    assert tree.names("/srv") == ("four", "one", "three")
    assert {"built", "index.html", "two"} <= set(tree.names(CURRENT))
    assert tree.look(STAGING) is None
    assert tree.look(f"{CURRENT}/index.html") == File((Member("d1", "index.html", 9),), 0o644, "webapp", "webapp")


def test_a_configuration_deployment_runs_its_hooks_and_no_command() -> None:
    before = deployed(bundle(config(**EVERYTHING)))
    after = deployed(bundle(config(**EVERYTHING)), Request("configure"), before.disk)
    assert ending_rows(after.report) == [("predeploy", ".platform/confighooks/predeploy/01.sh", "recorded")]


def test_a_restart_runs_nothing() -> None:
    before = deployed(bundle(config(**EVERYTHING)))
    assert deployed(bundle(config(**EVERYTHING)), Request("restart"), before.disk) == Prepared(
        Report(False), before.disk
    )


LED = config(
    container_commands=(
        Command("01", "echo $EB_IS_COMMAND_LEADER > 01"),
        Command("02", "echo $EB_IS_COMMAND_LEADER > 02", leader_only=True, test="false"),
        Command("03", "echo $EB_IS_COMMAND_LEADER > 03", leader_only=True),
    ),
    commands=(Command("04", "touch /srv/04", leader_only=True),),
)


def test_the_leader_runs_its_container_commands_first() -> None:
    leading = deployed(bundle(LED), Request("deploy", is_leader=True))
    endings = [(name, ending) for phase, name, ending in ending_rows(leading.report) if phase == "container_commands"]
    assert endings == [("02", "test-failed"), ("03", "enacted"), ("01", "enacted")]
    assert leading.report.is_leader
    assert tree_of(leading).look(f"{CURRENT}/01") == File(text(b"true\n"))


@pytest.mark.parametrize("request_", [Request("deploy"), Request("boot", is_leader=True)])
def test_no_other_instance_runs_them_and_leader_only_means_nothing_for_commands(request_: Request) -> None:
    following = deployed(bundle(LED), request_)
    endings = [(name, ending) for _, name, ending in ending_rows(following.report) if name.startswith("0")]
    assert endings == [("04", "enacted"), ("02", "not-leader"), ("03", "not-leader"), ("01", "enacted")]
    assert not following.report.is_leader
    assert tree_of(following).look(f"{CURRENT}/01") == File(text(b"false\n"))


def commands(*several: Command) -> Bundle:
    return bundle(config(commands=several))


def test_a_command_that_fails_stops_everything_and_the_old_version_stays() -> None:
    before = deployed(bundle())
    after = deployed(
        plain(config(container_commands=(Command("01", "touch left; exit 3"), Command("02", "touch never")))),
        disk=before.disk,
    )
    assert after.report.failed
    last = after.report.outcomes[-1]
    assert (last.phase, last.name, last.ending, last.status) == ("container_commands", "01", "failed", 3)
    tree = tree_of(after)
    assert tree.look(f"{STAGING}/left") == File()
    assert tree.look(f"{CURRENT}/left") is None
    assert tree.at(CURRENT) is not None


def test_errors_are_ignored_where_they_may_be() -> None:
    report = deployed(commands(Command("01", "exit 3", ignore_errors=True), Command("02", "true"))).report
    assert [(outcome.name, outcome.ignored) for outcome in report.outcomes[:2]] == [("01", True), ("02", False)]
    assert not report.failed


def test_env_takes_the_place_of_the_environment() -> None:
    request = Request("deploy", properties=(("NAME", "v3"),))
    source = bundle(
        config(
            container_commands=(
                Command("01", "echo $NAME > 01"),
                Command("02", "echo $NAME$OTHER > 02", env=(("OTHER", "x"),)),
                Command("03", "echo $NAME > 03", env=()),
            )
        )
    )
    tree = tree_of(deployed(source, request))
    assert [tree.look(f"{CURRENT}/0{number}") for number in (1, 2, 3)] == [
        File(text(b"v3\n")),
        File(text(b"x\n")),
        File(text(b"v3\n")),
    ]


@pytest.mark.parametrize(
    ("folder", "words"),
    [
        ("/nowhere", "[Errno 2] No such file or directory: '/nowhere'"),
        ("/srv/f", "[Errno 20] Not a directory: '/srv/f'"),
        ("/srv/f/g", "[Errno 20] Not a directory: '/srv/f/g'"),
    ],
)
def test_a_folder_that_is_not_there_fails_the_command_even_if_errors_are_ignored(folder: str, words: str) -> None:
    source = commands(Command("00", "touch /srv/f"), Command("01", "true", cwd=folder, ignore_errors=True))
    last = deployed(source).report.outcomes[-1]
    assert (last.ending, last.status, last.output) == ("failed", None, words)


def test_a_folder_of_which_nobody_knows_is_no_failure() -> None:
    report = deployed(commands(Command("01", "touch x", cwd="/opt/vendor"))).report
    assert ending_rows(report)[0] == ("commands", "01", "recorded")


@pytest.mark.parametrize("folder", ["~", "~/", "/root"])
def test_a_tilde_is_the_home_of_root(folder: str) -> None:
    assert tree_of(deployed(commands(Command("01", "touch x", cwd=folder)))).look("/root/x") == File()


def test_a_fault_fails_the_deployment_where_its_section_begins() -> None:
    source = bundle(
        config(commands=(Command("01", "true"),), broken=(BrokenEntry("services", "x", "no such manager"),))
    )
    report = deployed(source).report
    assert ending_rows(report) == [("commands", "01", "enacted"), ("services", "x", "failed")]
    assert (report.failed, report.outcomes[-1].output) == (True, "no such manager")


@pytest.mark.parametrize("fails", [True, False])
def test_windows_may_unpack_what_linux_does_not(fails: bool) -> None:
    source = bundle(unzip=Unzip(1, "backslashes", fails_on_windows=fails))
    assert deployed(source, Request("deploy", is_windows=True)).report.failed is fails
    assert deployed(source).report.failed


def test_a_bundle_that_unzip_refuses_fails_after_the_commands() -> None:
    report = deployed(
        bundle(config(commands=(Command("01", "true"),)), unzip=Unzip(9, "cannot find zipfile directory"))
    ).report
    assert ending_rows(report) == [("commands", "01", "enacted"), ("unzip", "", "failed")]


def test_a_bundle_of_a_single_file_is_staged_under_its_name() -> None:
    directory = Directory((Entry("Dockerfile", "file", 0o644, 11, WHOLE, 11, 0),))
    prepared = deployed(Bundle("d1", 11, directory, single="Dockerfile"))
    assert Tree(prepared.disk, {"d1": directory}.get).look(f"{CURRENT}/Dockerfile") == File(
        (Member("d1", "Dockerfile", 11),), 0o644, "webapp", "webapp"
    )


def test_a_version_whose_bundle_nobody_read_is_empty_and_ends_well() -> None:
    prepared = deployed(None)
    assert ending_rows(prepared.report) == [("unzip", "", "enacted"), ("flip", "", "enacted")]
    assert tree_of(prepared).names(CURRENT) == ()


def test_the_runner_that_records_changes_nothing_but_the_version() -> None:
    prepared = deployed(bundle(config(**EVERYTHING), builds=BUILDS), Request("deploy", runner="record"))
    assert {ending for phase, _, ending in ending_rows(prepared.report) if phase not in ("unzip", "flip")} == {
        "recorded"
    }
    assert prepared.disk.nodes == ((CURRENT, Mount("d1")),)


def test_a_former_file_is_kept() -> None:
    source = bundle(config(files=(wanted.File("/srv/f", content="1"),)))
    once = deployed(source)
    again = deployed(
        bundle(config(files=(wanted.File("/srv/f", content="2", mode="000755", owner="ec2-user"),))), disk=once.disk
    )
    tree = tree_of(again)
    assert tree.look("/srv/f") == File(text(b"2"), 0o755, "ec2-user")
    assert tree.look("/srv/f.bak") == File(text(b"1"))
    third = tree_of(deployed(bundle(config(files=(wanted.File("/srv/f", content="2"),))), disk=again.disk))
    assert third.look("/srv/f.bak") == File(text(b"1"))


@pytest.mark.parametrize(
    ("file", "node"),
    [
        (wanted.File("/srv/f", content=b64encode(b"\0\xff").decode(), encoding="base64"), File(text(b"\0\xff"))),
        (wanted.File("/srv/f", content="", mode="000600"), File((), 0o600)),
        (wanted.File("/srv/f", source="https://example.com/f"), File((Download("https://example.com/f"),))),
        (wanted.File("/srv/f", content="/etc/hosts", mode="120400"), Symlink("/etc/hosts")),
        (wanted.File("/srv/f", content="x\n", group="nginx"), File(text(b"x\n"), group="nginx")),
    ],
)
def test_every_form_of_a_file_is_written(file: wanted.File, node: object) -> None:
    tree = tree_of(deployed(bundle(config(files=(file,)))))
    assert tree.at("/srv/f") == node


def test_the_folders_above_a_file_are_made() -> None:
    tree = tree_of(deployed(bundle(config(files=(wanted.File("/srv/a/b/c", content="x"),)))))
    assert tree.names("/srv/a/b") == ("c",)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (wanted.File("/etc/hosts/x", content="1"), "Parent directory /etc/hosts exists and is a file"),
        (wanted.File("/srv/f", content="abcde", encoding="base64"), "Malformed base64: abcde"),
    ],
)
def test_a_file_that_cannot_be_written_fails_the_deployment(file: wanted.File, words: str) -> None:
    last = deployed(bundle(config(files=(file,)))).report.outcomes[-1]
    assert (last.phase, last.ending, last.output) == ("files", "failed", words)


def test_a_file_that_a_recorded_program_may_have_left_is_no_failure() -> None:
    source = plain(
        config(
            container_commands=(
                Command("01", "chmod 644 dist/app.js", ignore_errors=True),
                Command("02", "npm run build"),
                Command("03", "chmod 644 dist/app.js"),
            )
        )
    )
    endings = [ending for phase, _, ending in ending_rows(deployed(source).report) if phase == "container_commands"]
    assert endings == ["failed", "recorded", "recorded"]


def test_a_deployment_replaces_all_that_the_one_before_left_in_the_version() -> None:
    before = deployed(bundle(config(container_commands=(Command("01", "rm index.html; touch x"),))))
    after = deployed(bundle(), disk=before.disk)
    assert tree_of(before).look(f"{CURRENT}/index.html") is None
    assert tree_of(after).names(CURRENT) == (".platform", "Procfile", "index.html")


def test_windows_has_no_shell() -> None:
    prepared = deployed(commands(Command("01", "exit 3")), Request("deploy", is_windows=True))
    assert ending_rows(prepared.report)[0] == ("commands", "01", "recorded")


def test_the_output_is_kept_up_to_a_bound() -> None:
    source = commands(Command("01", f"printf '{'x' * 900}%s' 1 2 3"))
    assert len(deployed(source).report.outcomes[0].output) == 1_024


def test_work_beyond_the_bound_is_recorded() -> None:
    many = tuple(Command(f"{number:02}", "touch /srv/x;" * 150) for number in range(99))
    endings = {ending for _, _, ending in ending_rows(deployed(commands(*many)).report)}
    assert endings == {"enacted", "recorded"}


def test_what_commands_print_of_a_bundle_is_named() -> None:
    source = bundle(config(container_commands=(Command("01", "cat index.html; echo done"),)))
    outcome = next(outcome for outcome in deployed(source).report.outcomes if outcome.phase == "container_commands")
    assert outcome.output == "[the content of index.html in the source bundle]done\n"


HOOK = ".platform/hooks/predeploy/01.sh"


def hooked(text: str) -> Prepared:
    directory = Directory((Entry("index.html", "file", 0o644, 9, 0, 9, 0), Entry(HOOK, "file", 0o644, 9, 0, 9, 0)))
    source = Bundle("d1", 100, directory, hook_texts=((HOOK, text),))
    return carry_out(source, FRESH, Request("deploy", is_leader=True, properties=(("NAME", "v3"),)))


def test_a_hook_of_plain_verbs_is_enacted_in_the_staging_folder() -> None:
    prepared = hooked("#!/bin/bash\necho $NAME $EB_IS_COMMAND_LEADER > index.html\npwd\n")
    outcome = next(outcome for outcome in prepared.report.outcomes if outcome.name == HOOK)
    assert (outcome.ending, outcome.status, outcome.output) == ("enacted", 0, "/var/app/staging\n")
    assert tree_of(prepared).look(f"{CURRENT}/index.html") == File(text(b"v3 true\n"), 0o644, "webapp", "webapp")


@pytest.mark.parametrize(
    ("script", "status", "output"),
    [
        ("#!/bin/sh\ncd none\n", 1, f"{HOOK}: line 2: cd: none: No such file or directory\n"),
        ("#!/usr/bin/env bash\nexit 4", 4, ""),
        ("#!/bin/bash -e\nfalse\ntrue\n", 1, ""),
        ("touch x\n", None, f"fork/exec {HOOK}: exec format error"),
        ("#!/bin/bash\r\ntouch x\r\n", None, f"fork/exec {HOOK}: no such file or directory"),
    ],
)
def test_a_hook_that_fails_stops_the_deployment(script: str, status: int | None, output: str) -> None:
    report = hooked(script).report
    last = report.outcomes[-1]
    assert (report.failed, last.name, last.status, last.output) == (True, HOOK, status, output)


@pytest.mark.parametrize("script", ["#!/bin/bash\nnpm ci\n", "#!/usr/bin/python3\n1", "#!/bin/bash -x\ntrue\n"])
def test_any_other_hook_is_recorded(script: str) -> None:
    assert (HOOK, "recorded") in [(outcome.name, outcome.ending) for outcome in hooked(script).report.outcomes]
