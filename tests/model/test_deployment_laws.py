"""Laws of deployments, whatever a bundle asks for."""

from hypothesis import given
from hypothesis import strategies as st

from beanpole.model.bundles.bundle import Bundle
from beanpole.model.bundles.configuration_file import Command, ConfigurationFile, File
from beanpole.model.instance import content, disk
from beanpole.model.instance import nodes as kinds
from beanpole.model.instance.content import Download, Edited, Member, Original, Text
from beanpole.model.instance.deployment import carry_out
from beanpole.model.instance.disk import FRESH, Disk
from beanpole.model.instance.request import Prepared, Request
from examples import examples
from model import scripts

COMMANDS = st.lists(
    st.builds(
        Command,
        st.sampled_from(["01", "02", "03"]),
        st.one_of(scripts.SCRIPTS, st.sampled_from(["npm ci", "rm -rf /srv", "mv d /srv/d", "cp -r . /srv/all"])),
        test=st.sampled_from([None, None, "test -e a", "false", "npm test"]),
        ignore_errors=st.just(True),
        leader_only=st.booleans(),
    ),
    max_size=4,
).map(tuple)
FILES = st.lists(
    st.builds(File, st.sampled_from(["/srv/f", "/etc/x", "/var/app/current/a"]), content=st.sampled_from(["", "new"])),
    max_size=2,
).map(tuple)
CONFIGURATIONS = st.builds(
    ConfigurationFile, st.just("a.config"), files=FILES, commands=COMMANDS, container_commands=COMMANDS
)
BUNDLES = st.builds(
    Bundle,
    st.just("d1"),
    st.just(100),
    st.just(scripts.BUNDLE),
    configuration_files=st.lists(CONFIGURATIONS, max_size=2).map(tuple),
)
REQUESTS = st.lists(
    st.builds(
        Request,
        st.sampled_from(["deploy", "deploy", "boot", "configure", "restart"]),
        runner=st.sampled_from(["enact", "enact", "record"]),
        is_leader=st.booleans(),
    ),
    min_size=1,
    max_size=3,
)


def carried_out(bundle: Bundle, requests: list[Request]) -> list[Prepared]:
    deployments: list[Prepared] = []
    before = FRESH
    for request in requests:
        deployments.append(carry_out(bundle, before, request))
        before = deployments[-1].disk
    return deployments


@given(BUNDLES, REQUESTS)
@examples(100)
def test_equal_arguments_have_equal_results(bundle: Bundle, requests: list[Request]) -> None:
    first, second = carried_out(bundle, requests), carried_out(bundle, requests)
    assert first == second
    for deployment in first:
        again = disk.decode(deployment.disk.encoded)
        assert (again, again.digest, again.weight) == (deployment.disk, deployment.disk.digest, deployment.disk.weight)


@given(BUNDLES, REQUESTS)
@examples(100)
def test_a_disk_holds_nothing_that_neither_the_bundle_nor_a_command_put_there(
    bundle: Bundle, requests: list[Request]
) -> None:
    for deployment in carried_out(bundle, requests):
        leaves = [piece for node in files(deployment.disk) for piece in pieces(node.content)]
        assert deployment.disk.bundles <= {"d1"}
        for piece in leaves:
            match piece:
                case Member(digest, path, size):
                    assert (digest, len(scripts.FILES[path][0])) == ("d1", size)
                case Original() | Download():
                    assert bundle.configuration_files
                case Text(data):
                    assert data
        if all(request.runner == "record" for request in requests):
            assert leaves == []


def files(after: Disk) -> list[kinds.File]:
    return [node for _, node in after.nodes if isinstance(node, kinds.File)]


def pieces(whole: content.Content) -> list[Text | Member | Download | Original]:
    leaves: list[Text | Member | Download | Original] = []
    for piece in whole:
        leaves += pieces(piece.pieces) if isinstance(piece, Edited) else [piece]
    return leaves


@given(BUNDLES)
@examples(50)
def test_what_is_for_the_leader_runs_nowhere_else(bundle: Bundle) -> None:
    for is_leader in (True, False):
        report = carry_out(bundle, FRESH, Request("deploy", is_leader=is_leader)).report
        kept_back = {outcome.ending == "not-leader" for outcome in report.outcomes}
        assert not (is_leader and True in kept_back)
        led = sum(command.leader_only for file in bundle.configuration_files for command in file.container_commands)
        assert is_leader or sum(outcome.ending == "not-leader" for outcome in report.outcomes) == led or report.failed
