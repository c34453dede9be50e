"""Scripts of file verbs, drawn at random, and what a real bash makes of them in a folder of the machine."""

import os
import shutil
import stat
import subprocess
import tempfile
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from hypothesis import strategies as st

from beanpole.model.bundles.directory import Directory, Entry
from beanpole.model.instance import content
from beanpole.model.instance.content import Member
from beanpole.model.instance.nodes import File, Mount, Symlink, is_folder
from beanpole.model.instance.shell import copies, files, script
from beanpole.model.instance.shell.script import Ran
from beanpole.model.instance.shell.session import Budget, quoted
from beanpole.model.instance.shell.syntax import Unsupported
from beanpole.model.instance.tree import NOT_A_FOLDER, fresh

FILES = {  # the bundle, with the modes of its files
    "a": (b"one\ntwo\nthree\n", 0o644),
    "b": (b"last line without an end", 0o600),
    "c.txt": (b"", 0o755),
    "d/x": (b"x\n", 0o664),
    "d/y.txt": (b"foo bar foo\n\nfoo\n", 0o644),
    "d/e/z": (b"z", 0o640),
    "s p": (b"blank\n", 0o644),
}
DEEP = "/".join("w" * 40)  # so that no script climbs out of the folder that it may change
TOP = "/srv"
FOLDER = f"{TOP}/{DEEP}"
HOME = f"{FOLDER}/home"
VARIABLES = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "NAME": "v3", "EMPTY": "", "WORDS": "a  b*"}
BUNDLE = Directory(tuple(Entry(path, "file", mode, len(data), 0, len(data), 0) for path, (data, mode) in FILES.items()))
ROOT = ("unshare", "--user", "--map-root-user")
NOBODY = 65_534  # who runs the scripts, if the tests are run by root


class Result(NamedTuple):
    """The files by path, as (kind, content or target, mode); the status, and the output."""

    files: dict[str, tuple[str, bytes, int]]
    status: int
    output: str


@cache
def is_newer() -> bool:
    """Tell whether the programs of this machine are newer than those of Amazon Linux 2023, coreutils 8.32."""
    version = subprocess.run(["cp", "--version"], capture_output=True, text=True, check=True).stdout.split("\n")[0]
    return int(version.rpartition(" ")[2].partition(".")[0]) >= 9


def newer_words(program: str, name: str, reason: str | None, is_only_one: bool = False) -> str:
    """The words of coreutils 9 for a target that is no folder; of one source it looks at the source first."""
    if is_only_one:
        raise Unsupported(name)
    return f"{program}: target {quoted(name)}: {reason or NOT_A_FOLDER}"


def unordered_copy(source: str, target: str) -> str:
    """Record a copy into itself: how much of it there is depends on the order of a folder of the machine."""
    raise Unsupported(f"{source} in {target}")


def enacted_to_be_compared(line: str) -> Result | None:
    """The same as `enacted`, in the words of this machine: a later command may change them."""
    with ExitStack() as stack:
        stack.enter_context(patch.object(copies, "refused_copy", unordered_copy))
        for module in (copies, files) if is_newer() else ():
            stack.enter_context(patch.object(module, "refused_target", newer_words))
        return enacted(line)


def enacted(line: str) -> Result | None:
    """What the shell of an instance makes of a script; None if it is recorded."""
    tree = fresh({"d1": BUNDLE}.get).with_folders(FOLDER).put(FOLDER, Mount("d1"))
    ran = script.enact(tree, line, FOLDER, {**VARIABLES, "HOME": HOME}, Budget(10_000_000))
    return None if ran is None else _result(ran)


def _result(ran: Ran) -> Result:
    nodes: dict[str, tuple[str, bytes, int]] = {}
    for path, node in ran.tree.walk("/srv/w"):
        match node:
            case File(data, mode):
                entry = ("file", content.render(data, read, 1_000_000), mode)
            case Symlink(target):
                entry = ("link", (target or "").encode(), 0o777)
            case _:
                assert is_folder(node)
                entry = ("folder", b"", node.mode)
        nodes[path.removeprefix("/srv/")] = entry
    return Result(nodes, ran.status, content.render(ran.output, read, 1_000_000).decode(errors="replace"))


def read(member: Member, most: int) -> bytes:
    """The bytes of a member of the bundle."""
    return FILES[member.path][0][:most]


@cache
def has_root() -> bool:
    """Tell whether a script can be root of a user namespace, which no mode of a file keeps from anything."""
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*ROOT, "true"], check=False, capture_output=True, **_user()).returncode == 0


def _user() -> dict[str, Any]:
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


def executed(line: str) -> Result:
    """What bash makes of it, as `sh` of an Amazon Linux: if it can be, as root, by whom commands run on an instance."""
    shell = shutil.which("bash")
    assert shell is not None, "these tests compare with bash, which is the sh of Amazon Linux"
    with tempfile.TemporaryDirectory() as name:
        top = Path(os.path.realpath(name))
        folder = top / DEEP
        _unpack(folder)
        if os.geteuid() == 0:
            for path in (top, *top.rglob("*")):
                os.chown(path, NOBODY, NOBODY)
        ended = subprocess.run(
            [*(ROOT if has_root() else ()), shell, "-c", 'exec -a "$0" "$BASH" -c "$1"', script.SHELL, line],
            cwd=folder,
            env={**VARIABLES, "HOME": f"{folder}/home"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=20,
            umask=0o022,
            **_user(),
        )
        output = ended.stdout.decode(errors="replace").replace(str(top), TOP)
        return Result(_files(top), ended.returncode, output)


def with_set_id_bits(there: Result, here: Result) -> Result:
    """The result of a machine with the set-ID bits that Linux leaves in a file which root writes.

    It takes them where another user writes, as root of a user namespace is.
    """
    nodes = {}
    for path, (kind, data, mode) in there.files.items():
        expected = here.files.get(path, (kind, data, mode))[2]
        cleared = expected & ~(stat.S_ISUID | (stat.S_ISGID if expected & stat.S_IXGRP else 0))
        nodes[path] = (kind, data, expected if kind == "file" and mode == cleared else mode)
    return there._replace(files=nodes)


def _unpack(folder: Path) -> None:
    for path, (data, mode) in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
        (folder / path).chmod(mode)


def _files(top: Path) -> dict[str, tuple[str, bytes, int]]:
    nodes: dict[str, tuple[str, bytes, int]] = {}
    for where, folders, names in os.walk(top):
        for name in (*folders, *names):
            path = Path(where) / name
            mode = stat.S_IMODE(path.lstat().st_mode)
            if path.is_symlink():
                entry = ("link", os.readlink(path).encode(), 0o777)
            elif path.is_dir():
                entry = ("folder", b"", mode)
            else:
                entry = ("file", path.read_bytes(), mode)
            entry = (entry[0], entry[1].replace(str(top).encode(), TOP.encode()), entry[2])
            nodes[str(path.relative_to(top))] = entry
    return nodes


def words(text: str) -> st.SearchStrategy[str]:
    """One of the words of a text."""
    return st.sampled_from(text.split())


def joined(*parts: st.SearchStrategy[str] | str) -> st.SearchStrategy[str]:
    """Parts with a blank between them."""
    return st.tuples(*(st.just(part) if isinstance(part, str) else part for part in parts)).map(" ".join)


PATHS = words(
    """a a b c.txt d d/x d/y.txt d/e d/e/z d/new n n n/m l l l/x . .. d/.. a/ d/ n/ a/x '' $NAME *.txt d/* d/*.txt ?.txt
    nothing* ./a d/./x d/../a {a,b} d/{x,new} .h ~ ~/x $EMPTY "$EMPTY" d/e/.. q'q"""
)
PATH = st.one_of(PATHS, PATHS, PATHS, st.sampled_from(["'s p'", '"s p"', "s\\ p"]))
SOME = st.lists(PATH, min_size=1, max_size=3).map(" ".join)
TEXT = st.one_of(
    words("""hello "$NAME" $WORDS "$WORDS" a\\ b 'it'\\''s' $? #no a#b ~ "~" a=~ é {1,2}x '*' 'a\\nb' "a\\nb" ''"""),
    st.sampled_from(
        ["'two  words'", '"$NAME and ${NAME}x"', "", "-n x", "-e 'a\\tb\\n'", "-e '\\x41\\0102\\c' no", "* d"]
    ),
)
MODES = words("755 0711 1777 u+x +x go-rwx u=rwx,go=rx a+X o+t g-w,o+r ug+s zz u+q 8 u+w u=rwx,g=u")
FILE_MODES = words("644 0600 a=r -x u=r,go= +w =r a-w+r 4755 2711 g+s u+s,g-s o= +t -X 5 0 00")
SED = st.one_of(
    words(r"s/o/0/ s/o/0/g 's/foo/[&]/2' 's/\(.\)o/\1\1/g' 's|/|_|;s,x,y,' 's/$/!/' 's/x*/-/g'"),
    words("'s/FOO/baz/I' s/o/ '/foo/d'"),
    words(r"'s/[a-m]/./g' 's/o/\n/' 's/t\|h/_/g'"),
    st.sampled_from(["-e s/a/b/ -e s/b/c/", r"-E 's/(o+)/<\1>/g'", "'s/^/> /'"]),
)
COMPARED = words("= != == -eq -lt -a -o")
TESTS = st.one_of(
    joined(words("-e -f -d -s -L -h -r -w -x -z -n ! -q"), PATH),
    joined(TEXT, COMPARED, TEXT),
    joined(words("1 2 03 -4 x"), words("-eq -ne -lt -ge -gt -le"), "2"),
    joined("!", words("-e -d"), PATH),
    joined("-e", PATH, words("-a -o"), "-d", PATH),
    joined("! -e", PATH, words("-a -o"), "! -f", PATH),
    st.just(""),
)


def _two(verb: str, *options: str) -> st.SearchStrategy[str]:
    return st.tuples(st.just(verb), st.sampled_from(options), PATH, PATH).map(" ".join)


def _some(verb: str, *options: str) -> st.SearchStrategy[str]:
    return st.tuples(st.just(verb), st.sampled_from(options), SOME).map(" ".join)


PRINTING = st.one_of(
    TEXT.map(lambda text: f"echo {text}"),
    SOME.map(lambda names: f"cat {names}"),
    st.tuples(st.sampled_from(["'%s\\n'", "'%s-%d\\n'", "'a\\tb\\101\\x41'", "%%", "'%s'", "'[%s]' x y"]), SOME).map(
        lambda pair: f"printf {pair[0]} {pair[1]}"
    ),
    st.tuples(SED, PATH).map(lambda pair: f"sed {pair[0]} {pair[1]}"),
    st.just("pwd"),
)
CHANGING = st.one_of(
    _some("touch", "", "-c"),
    _two("cp", "", "", "-r", "-r", "-p", "-rf", "-a"),
    _two("mv", "", "-f"),
    st.tuples(st.sampled_from(["cp -r", "cp", "mv"]), SOME, PATH).map(" ".join),
    _some("rm", "", "-f", "-r", "-rf"),
    _some("mkdir", "", "-p", "-p", "-m 700"),
    _some("rmdir", ""),
    _two("ln", "-s", "-sf", "-sfn", "-s -f"),
    PATH.map(lambda path: f"ln -s {path}"),
    st.tuples(st.sampled_from(["chmod", "chmod -R"]), MODES, SOME).map(" ".join),
    st.tuples(st.just("chmod"), FILE_MODES, st.sampled_from(["a", "b", "d/x", "'s p'"])).map(" ".join),
    st.tuples(st.sampled_from(["sed -i", "sed -i.bak"]), SED, SOME).map(" ".join),
)
SHELL = st.one_of(
    PATH.map(lambda path: f"cd {path}"),
    TESTS.map(lambda test: f"[ {test} ]"),
    TESTS.map(lambda test: f"test {test}"),
    st.sampled_from(
        ["true", "false", ":", "exit 3", "exit", "NAME=x", "export NAME=y", "NAME=$NAME$NAME", "set -e", "set +e"]
    ),
)
REDIRECTION = st.one_of(
    st.tuples(st.sampled_from(["> ", ">> ", ">", "2> ", "&> ", "< "]), PATH).map("".join),
    words("2>&1 >&2 >/dev/null 2>/dev/null </dev/null"),
    st.sampled_from(["> n 2>&1", "2>&1 > n", "<<E\nline $NAME\n'q' \\$x\nE\n"]),
)
COMMAND = st.one_of(
    PRINTING,
    CHANGING,
    CHANGING,
    SHELL,
    st.tuples(PRINTING, st.lists(REDIRECTION, min_size=1, max_size=2).map(" ".join)).map(" ".join),
    st.tuples(st.one_of(CHANGING, SHELL), REDIRECTION).map(" ".join),
    PATH.map(lambda path: f"> {path}"),
    CHANGING.map(lambda command: f"! {command}"),
)
FOLLOWING = st.tuples(st.sampled_from(["; ", "\n", " && ", " || ", " &&\n"]), COMMAND).map("".join)
SCRIPTS = st.tuples(COMMAND, st.lists(FOLLOWING, max_size=6).map("".join)).map("".join)
