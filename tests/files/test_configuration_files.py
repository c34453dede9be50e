"""Each key of a configuration file in each of its forms, and what cfn-init makes of it."""

from typing import Any

import pytest

from archives import zipped
from beanpole.files.bundle import extensions
from beanpole.files.bundle.entries import Letters
from beanpole.files.bundle.parser_words import Budget
from beanpole.model.bundles.configuration_file import (
    BrokenEntry,
    Command,
    ConfigurationFile,
    File,
    Group,
    Package,
    Service,
    Source,
    User,
)

PATH = ".ebextensions/a.config"


def read(content: str) -> ConfigurationFile:
    file = extensions.read(PATH, content.encode(), Budget(), Letters()).file
    assert file is not None
    return file


def asks(**sections: Any) -> ConfigurationFile:
    return ConfigurationFile(PATH, **sections)


def fault(section: Any, name: str, words: str) -> ConfigurationFile:
    return asks(broken=(BrokenEntry(section, name, words),))


NO_COMMAND = "{} does not specify the 'command' attribute, which is required"

GOOD = {
    "nothing": ("", asks()),
    "a comment": ("# nothing yet\n", asks()),
    "an empty section": ("commands:\nfiles:\n", asks()),
    "packages in the order of their managers": (
        "packages: {python: {pip: []}, yum: {git: [], jq: ''}, rpm: {epel: 'http://x/e'}, rubygems: {chef: '0.10.2'}}",
        asks(
            packages=(
                Package("rpm", "epel", ("http://x/e",)),
                Package("yum", "git"),
                Package("yum", "jq"),
                Package("rubygems", "chef", ("0.10.2",)),
                Package("python", "pip"),
            )
        ),
    ),
    "a version that looks like a number": (
        "packages: {yum: {git: 1.10, jq: [1.5, '1.6']}}",
        asks(packages=(Package("yum", "git", ("1.10",)), Package("yum", "jq", ("1.5", "1.6")))),
    ),
    "packages without a version": (
        "packages:\n  yum:\n    git:\n    jq: {}\n".replace(" {}", ""),
        asks(packages=(Package("yum", "git"), Package("yum", "jq"))),
    ),
    "a manager without packages": ("packages:\n  yum:\n", asks()),
    "groups": (
        "groups: {b: {gid: '45'}, a: {}, c: }",
        asks(groups=(Group("a"), Group("b", "45"), Group("c"))),
    ),
    "a gid that is a number": ("groups: {a: {gid: 45}}", asks(groups=(Group("a", "45"),))),
    "users": (
        "users: {shop: {groups: [a, b], uid: 50, homeDir: /tmp}, other: }",
        asks(users=(User("other"), User("shop", ("a", "b"), "50", "/tmp"))),
    ),
    "a user of one group": ("users: {shop: {groups: a}}", asks(users=(User("shop", ("a",)),))),
    "sources": (
        "sources:\n  /srv/b: https://x/b.zip\n  /srv/a: https://x/a.tar.gz\n",
        asks(sources=(Source("/srv/a", "https://x/a.tar.gz"), Source("/srv/b", "https://x/b.zip"))),
    ),
    "a source that CloudFormation makes": (
        'sources: {/srv/a: {"Fn::Sub": "https://${B}/a.zip"}}',
        asks(sources=(Source("/srv/a", '{"Fn::Sub":"https://${B}/a.zip"}'),)),
    ),
    "a file with its content": (
        "files:\n  /etc/a:\n    mode: '000755'\n    owner: root\n    group: shop\n    content: |\n      1\n      2\n",
        asks(files=(File("/etc/a", content="1\n2\n", mode="000755", owner="root", group="shop"),)),
    ),
    "a file without a last line break": ("files: {/a: {content: 'x'}}", asks(files=(File("/a", content="x"),))),
    "a file that is empty": ("files: {/a: {content: ''}}", asks(files=(File("/a", content=""),))),
    "a file whose content is null": ("files: {/a: {content: }}", asks(files=(File("/a", content=""),))),
    "a file of a number": (
        "files: {/a: {content: 010}}",
        asks(files=(File("/a", content="010"),)),
    ),
    "a file whose content says yes": ("files: {/a: {content: yes}}", asks(files=(File("/a", content="yes"),))),
    "a file of JSON": (
        "files: {/a: {content: {n: 1, t: true, s: '1'}}}",
        asks(files=(File("/a", content='{"n":1,"t":true,"s":"1"}'),)),
    ),
    "a file from a URL": (
        "files: {/a: {source: 'https://x/a', authentication: S3Auth}}",
        asks(files=(File("/a", source="https://x/a", authentication="S3Auth"),)),
    ),
    "a file in base64": (
        "files: {/a: {content: aGk=, encoding: base64}}",
        asks(files=(File("/a", content="aGk=", encoding="base64"),)),
    ),
    "a file with a plain encoding": (
        "files: {/a: {content: a, encoding: plain}}",
        asks(files=(File("/a", content="a"),)),
    ),
    "a link": (
        "files: {/a: {content: /b, mode: '120777'}}",
        asks(files=(File("/a", content="/b", mode="120777"),)),
    ),
    "a mode of six digits without quotes": (
        "files: {/a: {content: x, mode: 000644}}",
        asks(files=(File("/a", content="x", mode="000644"),)),
    ),
    "a short mode in quotes": (
        "files: {/a: {content: x, mode: '644'}}",
        asks(files=(File("/a", content="x", mode="000644"),)),
    ),
    "a path of Windows": (
        r"files: {'C:\a\b.txt': {content: x}}",
        asks(files=(File("C:\\a\\b.txt", content="x"),)),
    ),
    "files in the order of their paths": (
        "files: {/b: {content: x}, /a: {content: y}}",
        asks(files=(File("/a", content="y"), File("/b", content="x"))),
    ),
    "commands in alphabetical order": (
        "commands: {02: {command: b}, 10: {command: c}, 01_x: {command: a}, B: {command: d}, a: {command: e}}",
        asks(
            commands=tuple(
                Command(name, line) for name, line in zip(("01_x", "02", "10", "B", "a"), "abcde", strict=True)
            )
        ),
    ),
    "a command as a list": (
        "commands: {a: {command: [touch, 'a b', 3]}}",
        asks(commands=(Command("a", ("touch", "a b", "3")),)),
    ),
    "a command of several lines": (
        "commands:\n  a:\n    command: |\n      cd /tmp\n      touch a\n",
        asks(commands=(Command("a", "cd /tmp\ntouch a\n"),)),
    ),
    "a command with everything": (
        "commands: {a: {command: x, cwd: /srv, env: {A: 1, B: yes, C: }, test: '[ -f a ]', ignoreErrors: true}}",
        asks(
            commands=(
                Command(
                    "a", "x", env=(("A", "1"), ("B", "yes"), ("C", "")), cwd="/srv", test="[ -f a ]", ignore_errors=True
                ),
            )
        ),
    ),
    "a test as a list": (
        "commands: {a: {command: x, test: [test, -f, a]}}",
        asks(commands=(Command("a", "x", test=("test", "-f", "a")),)),
    ),
    "an environment that is empty replaces the other": (
        "commands: {a: {command: x, env: {}}}",
        asks(commands=(Command("a", "x", env=()),)),
    ),
    "how long Windows waits": (
        "commands: {a: {command: x, waitAfterCompletion: 0}, b: {command: x, waitAfterCompletion: forever}}",
        asks(commands=(Command("a", "x", waits="0"), Command("b", "x", waits="forever"))),
    ),
    "a leader under commands": (
        "commands: {a: {command: x, leader_only: true}}",
        asks(commands=(Command("a", "x", leader_only=True),)),
    ),
    "container commands": (
        "container_commands: {migrate: {command: ./m, leader_only: true}, b: {command: ./b}}",
        asks(container_commands=(Command("b", "./b"), Command("migrate", "./m", leader_only=True))),
    ),
    "a command that YAML takes for true": ("commands: {a: {command: yes}}", asks(commands=(Command("a", "yes"),))),
    "a command that is a number": ("commands: {1: {command: 2}}", asks(commands=(Command("1", "2"),))),
    "services": (
        "services: {sysvinit: {nginx: {enabled: true, ensureRunning: 'false', files: [/a], sources: /b, commands: [c],"
        " packages: {yum: [git]}}}, systemd: {web: }}",
        asks(
            services=(
                Service("systemd", "web"),
                Service("sysvinit", "nginx", True, False, ("/a",), ("/b",), ("git",), ("c",)),
            )
        ),
    ),
    "JSON": (
        '{"commands": {"a": {"command": "x", "ignoreErrors": "true"}}, "files": {"/a": {"content": "b"}}}',
        asks(files=(File("/a", content="b"),), commands=(Command("a", "x", ignore_errors=True),)),
    ),
    "JSON with tabs": ('{\n\t"commands": {\n\t\t"a": {"command": "x"}}}', asks(commands=(Command("a", "x"),))),
    "a byte order mark": ("\ufeffcommands: {a: {command: x}}", asks(commands=(Command("a", "x"),))),
    "line ends of Windows": ("commands:\r\n  a:\r\n    command: x\r\n", asks(commands=(Command("a", "x"),))),
    "line ends of old": ("commands:\r  a:\r    command: x\r", asks(commands=(Command("a", "x"),))),
    "markers of a document": (
        "%YAML 1.1\n---\ncommands: {a: {command: x}}\n...\n",
        asks(commands=(Command("a", "x"),)),
    ),
    "an alias": (
        "commands: {a: &a {command: x, cwd: /a}, b: *a}",
        asks(commands=(Command("a", "x", cwd="/a"), Command("b", "x", cwd="/a"))),
    ),
    "a merged map": (
        "commands: {a: &a {command: x, cwd: /a}, b: {<<: *a, cwd: /b}}",
        asks(commands=(Command("a", "x", cwd="/a"), Command("b", "x", cwd="/b"))),
    ),
    "maps that are merged in turn": (
        "commands: {a: &a {command: x, cwd: /a}, b: &b {<<: *a, test: t, cwd: /b}, c: {<<: [*a, *b]}}",
        asks(
            commands=(
                Command("a", "x", cwd="/a"),
                Command("b", "x", cwd="/b", test="t"),
                Command("c", "x", cwd="/a", test="t"),
            )
        ),
    ),
    "a key in quotes is not merged": ("commands: {'<<': {command: x}}", asks(commands=(Command("<<", "x"),))),
    "the last of two equal keys counts": (
        "commands: {a: {command: x}}\ncommands: {b: {command: y}}",
        asks(commands=(Command("b", "y"),)),
    ),
}

BROKEN = {
    "commands as a list": ("commands: [{command: x}]", fault("commands", "", "'list' object has no attribute 'items'")),
    "commands as a text": ("commands: ls", fault("commands", "", "'str' object has no attribute 'items'")),
    "container commands as a list": (
        "container_commands: [ls]",
        fault("container_commands", "", "'list' object has no attribute 'items'"),
    ),
    "a command without a command": ("commands: {a: {cwd: /}}", fault("commands", "a", NO_COMMAND.format("a"))),
    "a command that is a text": ("commands: {a: ls}", fault("commands", "a", NO_COMMAND.format("a"))),
    "a command that is null": ("commands: {a: }", fault("commands", "a", NO_COMMAND.format("a"))),
    "a command that is empty": ("commands: {a: {command: ''}}", fault("commands", "a", NO_COMMAND.format("a"))),
    "a key of a command with a capital": (
        "container_commands: {a: {Command: x}}",
        fault("container_commands", "a", NO_COMMAND.format("a")),
    ),
    "a command that is a map": (
        "commands: {a: {command: {run: x}}}",
        fault("commands", "a", "'dict' object has no attribute 'strip'"),
    ),
    "an environment that is a list": (
        "commands: {a: {command: x, env: [A=1]}}",
        fault("commands", "a", "'list' object has no attribute 'items'"),
    ),
    "a folder that is a list": (
        "commands: {a: {command: x, cwd: [/]}}",
        fault("commands", "a", "'list' object has no attribute 'strip'"),
    ),
    "packages as a list": ("packages: [git]", fault("packages", "", "'list' object has no attribute 'items'")),
    "packages of a manager as a list": (
        "packages: {yum: [git]}",
        fault("packages", "yum", "list indices must be integers or slices, not str"),
    ),
    "packages of a manager as a text": (
        "packages: {yum: git}",
        fault("packages", "yum", "string indices must be integers"),
    ),
    "a package that is a map": (
        "packages: {yum: {git: {version: 1}}}",
        fault("packages", "git", "'dict' object has no attribute 'strip'"),
    ),
    "a mode without quotes": (
        "files: {/a: {content: x, mode: 644}}",
        fault("files", "/a", "the mode of /a must be six octal digits in quotes, not 644"),
    ),
    "a mode without quotes, with a zero": (
        "files: {/a: {content: x, mode: 0644}}",
        fault("files", "/a", "the mode of /a must be six octal digits in quotes, not 0644"),
    ),
    "a mode in letters": (
        "files: {/a: {content: x, mode: rwxr-xr-x}}",
        fault("files", "/a", "the mode of /a must be six octal digits in quotes, not rwxr-xr-x"),
    ),
    "a file with content and source": (
        "files: {/a: {content: x, source: 'https://x'}}",
        fault("files", "/a", "/a must have only one of content and source"),
    ),
    "a file with neither": (
        "files: {/a: {mode: '000644'}}",
        fault("files", "/a", "/a has neither content nor source"),
    ),
    "a file with a relative path": (
        "files: {a/b: {content: x}}",
        fault("files", "a/b", "a/b is not an absolute path"),
    ),
    "a file with an unknown encoding": (
        "files: {/a: {content: x, encoding: utf-8}}",
        fault("files", "/a", "/a has an unknown encoding: utf-8"),
    ),
    "a file that is a text": ("files: {/a: x}", fault("files", "/a", "string indices must be integers")),
    "files as a list": ("files: [/a]", fault("files", "", "'list' object has no attribute 'items'")),
    "a source without a URL": ("sources: {/a: }", fault("sources", "/a", "/a has no URL")),
    "a source that is a list": (
        "sources: {/a: [https://x]}",
        fault("sources", "/a", "'list' object has no attribute 'strip'"),
    ),
    "groups of a user as a map": (
        "users: {a: {groups: {b: c}}}",
        fault("users", "a", "'dict' object has no attribute 'strip'"),
    ),
    "users as a list": ("users: [shop]", fault("users", "", "'list' object has no attribute 'items'")),
    "a group that is a number": ("groups: {a: 45}", fault("groups", "a", "string indices must be integers")),
    "services without a manager": (
        "services: {nginx: {enabled: true}}",
        fault("services", "enabled", "string indices must be integers"),
    ),
    "services as a text": ("services: nginx", fault("services", "", "'str' object has no attribute 'items'")),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_a_file_asks(name: str) -> None:
    content, expectation = GOOD[name]
    assert read(content) == expectation


@pytest.mark.parametrize("name", BROKEN)
def test_what_cfn_init_cannot_carry_out_is_a_fault(name: str) -> None:
    content, expectation = BROKEN[name]
    assert read(content) == expectation


@pytest.mark.parametrize(
    ("scalar", "is_true"),
    [
        *((word, True) for word in ("true", "True", "yes", "on", "'true'", "'yes'", "'True'", "'1'", "1", '"y"')),
        *((word, False) for word in ("false", "no", "off", "'false'", "'no'", "0", "''", "never", "", "~", "[]")),
    ],
)
def test_scalars_that_say_yes_are_those_of_cfn_init(scalar: str, is_true: bool) -> None:
    (command,) = read(f"container_commands:\n  a:\n    command: x\n    ignoreErrors: {scalar}\n").container_commands
    assert command.ignore_errors is is_true
    (command,) = read(f"container_commands:\n  a:\n    command: x\n    leader_only: {scalar}\n").container_commands
    assert command.leader_only is is_true


def test_good_entries_beside_a_fault_are_kept() -> None:
    file = read("commands: {a: {command: x}, b: ls, c: {command: y}}")
    assert [command.name for command in file.commands] == ["a", "c"]
    assert [entry.name for entry in file.broken] == ["b"]


@pytest.mark.parametrize("key", ["Commands", "container-commands", "x-common", "OptionSettings", "files ", "1"])
def test_an_unknown_key_skips_the_whole_file(key: str) -> None:
    extension = extensions.read(PATH, f"'{key}': {{}}\ncommands: {{a: {{command: x}}}}".encode(), Budget(), Letters())
    assert (extension.invalid_key, extension.file, extension.option_settings) == (key, None, ())


def test_a_file_in_an_archive_is_the_same_as_by_itself() -> None:
    from io import BytesIO

    from beanpole.files.bundle import archive

    for content, expectation in (*GOOD.values(), *BROKEN.values()):
        source = archive.read("v1.zip", BytesIO(zipped({PATH: content})))
        assert (source.bundle.configuration_files, source.contents.problems) == ((expectation,), ())
