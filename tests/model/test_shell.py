"""The shell of an instance beside a real one, and what it carries out of the commands that people write."""

import shutil
import subprocess

import pytest
from hypothesis import example, given, note
from hypothesis import strategies as st

from beanpole.model.instance import substitution
from beanpole.model.instance.content import text
from beanpole.model.instance.nodes import File, Folder, Mount, Symlink
from beanpole.model.instance.posix_expression import NotRead
from beanpole.model.instance.shell import script
from beanpole.model.instance.shell.session import Budget
from beanpole.model.instance.tree import fresh
from examples import examples
from model import scripts


@given(scripts.SCRIPTS)
@example("! ln -sf d a; ! ln -s d a; mv  d a")
@example("cp -r a a a 2> a")
@example("cp a b a 2> n; sed s/o/0/ n")
@example("! cp a b a/; ! mv a b n/; ! cp a b n/m; ! ln -s a b a/x; ! cp a b ''")
@example("cd 'a\nb' c; cd a 'b\nc' d\n! cd a b; A=x cd 'a\nb' c; echo '\n' > a/x; cd \\\na b")
@example("ln -s a l; ! cp -r l z/x; ! cp -a l n/; ! cp l z/x")
@example("ln -s n n; ! cd n; ! cd n/..; ! cat n")
@example("chmod 6755 a; chmod 2644 c.txt; echo x > a; echo >> c.txt; sed -i s/o/0/ a")
@example("ln -s a/ l; ln -s nn/ m; ! cat l; ! echo > l; ! echo > m; ! cat m; [ -e l ] || rm l m; ln -s d/ l; cat l/x")
@example("ln -s nn l; ! cp a l; ! cp -r d l; ! cp -r a l; cp -a l m; cp a nn; cp b l; cat nn")
@example("chmod a=r d/x; cp a d/./x; chmod 0 a; cat a; echo >> a; sed -i s/o/0/ a; [ -r a ]; rm a; [ -w b ]")
@example("cd ..; pwd; ln -s $(pwd) home/x; cd -")
@example("! ln -sf a a/x; ! ln -s a a/x; ! ln -sf a z/x")
@examples(60)
def test_a_script_does_what_it_does_on_a_machine(line: str) -> None:
    here = scripts.enacted_to_be_compared(line)
    if here is not None and (scripts.has_root() or "chmod" not in line):  # a mode stops others than root
        there = scripts.with_set_id_bits(scripts.executed(line), here)
        note(f"{line}\nhere {here.status} {here.output!r}\nthere {there.status} {there.output!r}")
        assert here == there


@pytest.mark.parametrize("line", ["cp -r d d", "cp -r d d/n", "cp -a d/. d/n", "cp -R d d/e", "cp -r . n"])
def test_a_folder_is_not_copied_into_itself(line: str) -> None:
    here, there = scripts.enacted(line), scripts.executed(line)
    assert here is not None
    assert (here.status, here.output) == (there.status, there.output)
    assert here.status == 1


def test_the_words_for_a_target_are_those_of_amazon_linux() -> None:
    ran = scripts.enacted("cp a b a; mv a b n; ln -s a b n; ln -s a b a/x; cp a b a/; mv a a/x")
    assert ran is not None
    assert ran.output.splitlines() == [
        "cp: target 'a' is not a directory",
        "mv: target 'n' is not a directory",
        "ln: target 'n' is not a directory",
        "ln: target 'a/x' is not a directory",
        "cp: failed to access 'a/': Not a directory",
        "mv: failed to access 'a/x': Not a directory",
    ]


ATOMS = st.sampled_from(["a", "b", ".", "ab", "[ab]", "[^a]", "[[:digit:]]", r"\.", "-", "x"])
BASIC = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        inner.map(lambda inner: rf"\({inner}\)"),
        st.tuples(inner, st.sampled_from(["*", r"\+", r"\?", r"\{1,2\}", r"\{2\}", r"\{0,\}"])).map("".join),
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(r"\|".join),
        inner.map(lambda inner: f"^{inner}"),
        inner.map(lambda inner: f"{inner}$"),
    ),
    max_leaves=5,
)
EXTENDED = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        inner.map(lambda inner: f"({inner})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{1,2}", "{2}", "{0,}"])).map("".join),
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map("|".join),
        inner.map(lambda inner: f"^{inner}"),
        inner.map(lambda inner: f"{inner}$"),
    ),
    max_leaves=5,
)
REPLACEMENTS = st.sampled_from(["", "-", "&", "[&]", r"\&", r"\n", "x&y&", r"<\1>", r"\/", "a b"])
FLAGS = st.sampled_from(["", "g", "2", "2g", "g3", "I", "gI"])
DATA = st.lists(st.text("ab.-x1A ", max_size=9), max_size=3).map("\n".join).map(str.encode)


@given(st.one_of(st.tuples(st.just(False), BASIC), st.tuples(st.just(True), EXTENDED)), REPLACEMENTS, FLAGS, DATA)
@examples(150)
def test_a_substitution_is_that_of_a_real_sed(
    expression: tuple[bool, str], replacement: str, flags: str, data: bytes
) -> None:
    is_extended, pattern = expression
    line = f"s/{pattern}/{replacement}/{flags}"
    try:
        parsed = substitution.parse(line, is_extended)
    except NotRead:
        return
    options = ["-E"] if is_extended else []
    program = shutil.which("sed") or "sed"
    environment = {"LC_ALL": "C"}
    ended = subprocess.run([program, *options, line], input=data, capture_output=True, check=True, env=environment)
    assert substitution.substituted(data, parsed, 10_000) == ended.stdout


@pytest.mark.parametrize(
    "line",
    [
        "cat a | wc -l",
        "echo $(date)",
        "echo `date`",
        "if [ -f a ]; then rm a; fi",
        "for f in *; do rm $f; done",
        "[[ -f a ]] && rm a",
        "(cd d && rm x)",
        "{ rm a; }",
        "rm a &",
        "npm ci",
        "true || npm ci",
        "rm a && npm ci",
        "rm a; exit 0; npm ci",
        "$COMMAND a",
        "echo ${NAME:-x}",
        "echo ${#NAME}",
        "echo $((1 + 1))",
        "echo $1",
        "echo $RANDOM",
        "echo $AWS_REGION",
        "f() { rm a; }",
        "rm 'a",
        'rm "a',
        "rm a >",
        "rm a &&",
        "&& rm a",
        ";; rm a",
        "ls",
        "rm -i a",
        "rm --force a",
        "cp --parents a d",
        "ln a n",
        "sed -n 1p a",
        "sed -i 1d a",
        r"sed -i 's/\(a\)\1/b/' a",
        "sed -i /one/d a",
        "cat",
        "echo a > $UNSET",
        "exec 3> n",
        "echo a >&3",
        "eval rm a",
        ". ./a",
        "source a",
        "cat /etc/unheard-of",
        "cat /opt/elasticbeanstalk/x/y",
        "test -f /opt/python/current/env",
        "rm -rf /*",
        "chown nobody a",
        "echo x > /dev/tty",
        "echo x > /proc/self/x",
        "echo a{1..3}",
        "echo {a,{b,c}}",
        "cd -",
        "IFS=: ; echo $WORDS",
        "set -x",
        "printf '%5d' 1",
        "sudo cd d",
        "sudo -u webapp touch n",
        "cat <<E\nno end",
        "touch n\r",
    ],
)
def test_what_only_a_machine_could_do_is_recorded(line: str) -> None:
    assert scripts.enacted(line) is None


STAGING = "/var/app/staging"
TYPICAL = [  # a command as people write it, and what it leaves: nodes by path, or a status, or None if it is recorded
    ("touch hello_world.txt", {"hello_world.txt": File()}),
    ("touch /home/ec2-user/hello-world.txt", {"/home/ec2-user/hello-world.txt": File()}),
    ('echo "Hello World v3" > index.html', {"index.html": File(text(b"Hello World v3\n"))}),
    ("echo 'v4' >> a", {"a": None}),
    ("mkdir -p /var/app/log", {"/var/app/log": Folder()}),
    ("mkdir -p storage/framework/{cache,sessions,views}", {"storage/framework/views": Folder()}),
    ("mkdir -p /var/log/app && touch /var/log/app/app.log", {}),
    ("chmod 777 d", {}),
    ("chmod -R 777 d/e", {"d/e/z": None}),
    ("chmod +x a", {}),
    ("chmod 400 /home/ec2-user/.bashrc", {}),
    ("chown -R webapp:webapp d", {}),
    ("chown webapp a", {}),
    ("cp a b", {}),
    ("cp .env.production .env", 1),
    ("cp a .env || true", {".env": None}),
    ("cp -r d /srv/static", {"/srv/static/x": None}),
    ("cp -Rf d/. /srv/", {"/srv/x": None}),
    ("cp a /etc/nginx/conf.d/proxy.conf", {"/etc/nginx/conf.d/proxy.conf": None}),
    ("sudo cp a /etc/cron.d/job && sudo chmod 644 /etc/cron.d/job", {"/etc/cron.d/job": None}),
    ("mv a renamed", {"renamed": None}),
    ("mv -f b d/", {"d/b": None}),
    ("rm -rf d", {}),
    ("rm -f /tmp/none", {}),
    ("rm /tmp/none", 1),
    ("rm -f /etc/cron.d/old", {}),
    ("rm -f *.bak", {}),
    ("rm -rf /var/app/current/cache/*", {}),
    ("rm -rf /", 1),
    ("ln -s /srv/shared shared", {"shared": Symlink("/srv/shared")}),
    (
        "ln -sf /usr/share/zoneinfo/Europe/Berlin /etc/localtime",
        {"/etc/localtime": Symlink("/usr/share/zoneinfo/Europe/Berlin")},
    ),
    ("ln -sfn ../d link && cat link/none || true", {"link": Symlink("../d")}),
    ("sed -i 's/one/ONE/' a", {}),
    ("sed -i 's/one/ONE/g' a b", {}),
    ("sed -i.orig -e 's#foo#bar#g' d/y.txt", {"d/y.txt.orig": None}),
    ("sed -i 's/^#Port 22/Port 2222/' /etc/ssh/sshd_config", {}),
    ("echo 'export A=1' >> /etc/profile.d/env.sh", {}),
    ("echo '* * * * * root /srv/job' > /etc/cron.d/job", {"/etc/cron.d/job": File(text(b"* * * * * root /srv/job\n"))}),
    ("echo 'vm.swappiness=10' >> /etc/sysctl.conf", {}),
    ("test ! -f /opt/elasticbeanstalk/support/.post-provisioning-complete", None),
    ("test ! -f /home/ec2-user/.done", {}),
    ("[ -f a ] && cp a b", {}),
    ("[ ! -d /srv/data ] && mkdir /srv/data", {"/srv/data": Folder()}),
    ('[ "$NAME" = "v3" ] || exit 1', {}),
    ('test "$NAME" = production && touch live', 1),
    ("exit 3", 3),
    ("false", 1),
    ("true", {}),
    ("cd d && touch inside", {"d/inside": File()}),
    ("cd /none && touch x", 1),
    ("cat a b > both", {"both": None}),
    ("cat /dev/null > a", {"a": File((), 0o644, "webapp", "webapp")}),
    ("printf 'A=%s\\n' \"$NAME\" > .env", {".env": File(text(b"A=v3\n"))}),
    ("cat > c.txt <<'EOF'\nserver {\n  listen 80;\n}\nEOF", {}),
    ("set -e\nmkdir n\ntouch n/x", {"n/x": File()}),
    ("python manage.py migrate --noinput", None),
    ("source /var/app/venv/*/bin/activate && python manage.py collectstatic", None),
    ("yum install -y git", None),
    ("service nginx restart", None),
    ("systemctl restart nginx || true", None),
    ("composer install --no-dev", None),
    ("curl -s https://example.com -o x", None),
    ("/opt/elasticbeanstalk/bin/get-config environment > env.json", None),
    ("export $(cat .env | xargs) && php artisan migrate", None),
    ("id -u webapp || useradd webapp", None),
    ("wget -O - https://example.com | sh", None),
    ('echo "$RDS_HOSTNAME" > host', {"host": File(text(b"\n"))}),
]


@pytest.mark.parametrize(("line", "left"), TYPICAL)
def test_typical_commands_leave_the_files_that_bash_would(line: str, left: dict[str, object] | int | None) -> None:
    tree = fresh({"d1": scripts.BUNDLE}.get).put(STAGING, Mount("d1"))
    ran = script.enact(tree, line, STAGING, {"NAME": "v3"}, Budget(1_000_000))
    if not isinstance(left, dict):
        assert (None if ran is None else ran.status) == left
        return
    assert ran is not None
    assert ran.status == 0, ran.output
    for path, node in left.items():
        actual = ran.tree.at(path if path.startswith("/") else f"{STAGING}/{path}")
        assert actual is not None if node is None else actual == node


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("touch", "a b"), 0),
        (("/bin/rm", "none"), 1),
        (("cd", "/srv"), None),
        (("python", "x.py"), None),
        (("./a",), None),
    ],
)
def test_a_command_that_is_a_list_is_a_program_with_its_arguments(words: tuple[str, ...], status: int | None) -> None:
    ran = script.enact(fresh({}.get), words, "/srv", {}, Budget(10_000))
    assert (None if ran is None else ran.status) == status


def test_nothing_of_a_recorded_script_is_done() -> None:
    """So the tree that was handed in is still the one that counts."""
    tree = fresh({}.get)
    assert script.enact(tree, "touch /srv/x; cat /etc/unheard-of", "/", {}, Budget(10_000)) is None
    assert tree == fresh(tree.layers)


@given(st.text("ab \\'\"$`{}[]*?~!<>|&;()#\n\t=é0-", max_size=30))
@examples(300)
def test_any_text_is_a_script_or_recorded(line: str) -> None:
    ran = script.enact(fresh({}.get), line, "/srv", {}, Budget(100_000))
    assert ran is None or 0 <= ran.status <= 255
