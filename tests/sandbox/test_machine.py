"""An instance in a sandbox shows a tree, and what commands change there is another tree."""

import pytest

from beanpole.model.bundles.directory import Directory, Entry
from beanpole.model.instance import content
from beanpole.model.instance.content import Member
from beanpole.model.instance.disk import CURRENT, STAGING
from beanpole.model.instance.nodes import File, Folder, Mount, Symlink
from beanpole.model.instance.tree import fresh
from beanpole_workers.sandbox.machine import Machine
from beanpole_workers.sandbox.sandbox import Sandbox

MEMBERS = {"index.html": b"Hello World v3\n", "public/a.css": b"body {}\n", "bin/run.sh": b"echo ran\n"}
DIRECTORY = Directory(
    tuple(
        Entry(path, "file", 0o755 if path.endswith(".sh") else 0o644, len(data), 0, 0, 0)
        for path, data in MEMBERS.items()
    )
)


def read(member: Member, most: int) -> bytes:
    return MEMBERS[member.path][:most]


@pytest.fixture
def machine():
    with Sandbox() as sandbox:
        yield Machine(sandbox, read, {"COLOUR": "green", "DEBUG": ""})


@pytest.fixture
def staged():
    return fresh({"b1": DIRECTORY}.get).with_folders("/var/app").put(STAGING, Mount("b1"))


def run(machine, tree, line, cwd=STAGING):
    ran, left = machine.run(tree, line, cwd, {}, 20.0)
    assert left.is_whole
    return ran, left.tree


def test_the_bundle_is_there_and_what_is_changed_is_all_that_is_kept(machine, staged):
    ran, after = run(machine, staged, "cat index.html; sed -i s/v3/v4/ index.html; bin/run.sh; ls -A")
    assert ran.output == "Hello World v3\nran\nbin\nindex.html\npublic\n"
    changes = dict(after.disk.nodes).keys() - dict(staged.disk.nodes).keys()
    assert changes == {f"{STAGING}/index.html"}
    node = after.look(f"{STAGING}/index.html")
    assert isinstance(node, File)
    assert content.data(node.content) == b"Hello World v4\n"
    assert (node.mode, node.owner) == (0o644, "webapp")


def test_files_folders_and_links_come_and_go(machine, staged):
    line = "mkdir -p /home/ec2-user/new && echo hi > /home/ec2-user/new/file && ln -s file /home/ec2-user/new/link"
    _, tree = run(machine, staged, line)
    assert tree.look("/home/ec2-user/new") == Folder(0o755)
    assert tree.at("/home/ec2-user/new/link") == Symlink("file")
    _, tree_after = run(machine, tree, "rm -r /home/ec2-user/new public")
    assert tree_after.look("/home/ec2-user/new") is None
    assert tree_after.look(f"{STAGING}/public/a.css") is None
    assert tree_after.look(f"{STAGING}/index.html") is not None


def test_a_change_of_the_tree_between_two_commands_is_seen(machine, staged):
    _, first = run(machine, staged, "echo 1 > one")
    tree = first.put("/etc/app.conf", File(content.text(b"made by files\n"), 0o600)).without(f"{STAGING}/one")
    ran, _ = run(machine, tree, "cat /etc/app.conf; stat -c %a /etc/app.conf; ls one")
    assert ran.output == "made by files\n600\nls: cannot access 'one': No such file or directory\n"


def test_staging_becomes_current(machine, staged):
    _, tree = run(machine, staged, "echo new > index.html; echo more > more")
    ran, after = run(machine, tree.moved(STAGING, CURRENT), "cat index.html more; ls -A /var/app/staging", CURRENT)
    assert ran.output == "new\nmore\n"
    assert after.look(f"{CURRENT}/more") is not None
    again = after.put(STAGING, Mount("b1"))
    ran, _ = run(machine, again, "cat index.html ../current/index.html")
    assert ran.output == "Hello World v3\nnew\n"


def test_more_than_a_disk_holds_is_not_kept(machine, staged):
    _, left = machine.run(staged, "for n in $(seq 300); do echo > $n; done", STAGING, {}, 20.0)
    assert not left.is_whole
    assert left.tree.disk.is_open
    ran, _ = machine.run(left.tree, "ls | wc -l", STAGING, {}, 20.0)
    assert ran.output == "303\n"  # the commands that follow see it


@pytest.mark.parametrize(
    ("line", "output"),
    [
        ("yum install -y git", "beanpole: yum install -y git was recorded, not run\n"),
        ("systemctl restart nginx", "beanpole: systemctl restart nginx was recorded, not run\n"),
        ("sudo -u webapp sh -c 'echo $0 $1' a b", "a b\n"),
        ("sudo DEBUG=1 env | grep DEBUG", "DEBUG=1\n"),
        ("chown webapp:webapp index.html", ""),
        ("pip install -r requirements.txt", "beanpole: pip install -r requirements.txt was recorded, not run\n"),
        ("/opt/elasticbeanstalk/bin/get-config environment -k COLOUR", "green\n"),
        ("get-config container -k x", "beanpole: get-config container was recorded, not run\n"),
        ("id -un", "ec2-user\n"),
    ],
)
def test_programs_that_a_sandbox_cannot_have_are_recorded(machine, staged, line, output):
    assert machine.run(staged, line, STAGING, {}, 20.0)[0] == (0, output, None)
