"""The parts by which the companion's state is kept: bodies, records, groups, and the bytes of a state."""

import pickle
import subprocess
import sys
import threading
from collections import defaultdict

import fakeredis
import pytest

from beanpole.gateway.kept import calls, groups, unpickling
from beanpole.gateway.kept.bodies import Bodies
from beanpole.gateway.kept.groups import Groups
from beanpole.gateway.kept.inventory import Inventory
from beanpole.gateway.kept.records import PRESENT, Newer, Record, Records
from beanpole.gateway.kept.unpickling import Key
from beanpole.store import keys
from clients_environment import environment

ACCOUNT = "111111111111"
EC2, AUTOSCALING, SNS = (Key(name, name, ACCOUNT, "us-east-1") for name in ("ec2", "autoscaling", "sns"))


def test_a_body_is_read_like_a_file_and_changed_beside_it(tmp_path):
    body = Bodies(tmp_path).write(ACCOUNT, b"0123456789")
    assert (body.seek(3), body.read(2), body.tell(), body.seek(-1, 2), body.read()) == (3, b"34", 5, 9, b"9")
    name = body.name
    body.seek(4)
    body.truncate()
    body.write(b"new")
    body.seek(0)
    assert (body.read(), body.name) == (b"0123new", None)
    body.close()
    assert Bodies(tmp_path).open(ACCOUNT, name).read() == b"0123456789"


def test_bodies_that_nothing_refers_to_are_swept(tmp_path):
    bodies = Bodies(tmp_path)
    names = [bodies.write(ACCOUNT, content).name for content in (b"1", b"2", b"1")]
    assert names[0] == names[2]
    (tmp_path / "objects" / ACCOUNT / "unfinished.part").write_bytes(b"torn")
    bodies.sweep(ACCOUNT, names[:1])
    assert [path.name for path in (tmp_path / "objects" / ACCOUNT).iterdir()] == names[:1]
    bodies.forget(ACCOUNT)
    assert not (tmp_path / "objects" / ACCOUNT).exists()


def test_a_body_goes_with_its_last_record():
    inventory, place = Inventory(), ("key", "field")
    assert inventory.put(place, Record(b"1", ("a", "b"))) == set()
    assert inventory.put(("key", "other"), Record(b"2", ("b",))) == set()
    assert inventory.is_same(place, Record(b"1", ("a", "b")))
    assert inventory.put(place, Record(b"3", ())) == {"a"}
    assert inventory.drop(("key", "other")) == {"b"}
    assert not inventory.has(("key", "other"))


def test_records_are_read_back_and_forgotten_by_account():
    records = Records(fakeredis.FakeRedis())
    place = keys.companion(ACCOUNT), groups.place(frozenset((SNS,)))[1]
    objects = keys.companion_objects(ACCOUNT, "shop"), "a\udcff"
    rows = {place: Record(b"s" * 1000), objects: Record(b"o", ("body",)), (keys.companion("2" * 12), "x"): Record(b"")}
    records.write("5.0", rows, [], {"shop": ("aws", ACCOUNT), "other": ("aws", "2" * 12)})
    assert records.read(ACCOUNT, place[1]) == rows[place]
    assert records.objects(ACCOUNT, "shop") == {objects[1]: rows[objects]}
    assert (records.has("sns"), records.has("events"), records.version()) == (True, False, "5.0")
    records.forget(ACCOUNT)
    assert (records.fields(ACCOUNT), records.objects(ACCOUNT, "shop")) == ([], {})
    assert (records.buckets(), records.fields("2" * 12)) == ({"other": ("aws", "2" * 12)}, ["x"])


def test_records_of_a_newer_format_are_refused():
    redis = fakeredis.FakeRedis()
    Records(redis).check()
    redis.hset(keys.COMPANION_ABOUT, "format", PRESENT + 1)
    with pytest.raises(Newer, match=f"has format {PRESENT + 1}, which a newer beanpole wrote"):
        Records(redis).check()


def test_backends_that_share_an_object_become_one_group():
    together = Groups()
    together.note(together.of(EC2), frozenset((1, 2)))
    assert together.sharing(together.of(SNS), frozenset((3,))) == set()
    assert together.sharing(together.of(AUTOSCALING), frozenset((2, 3))) == {EC2}
    group = together.join((AUTOSCALING, EC2))
    assert together.of(EC2) == together.of(AUTOSCALING) == group
    assert groups.members(ACCOUNT, groups.place(group)[1]) == group
    together.forget(ACCOUNT)
    assert together.of(EC2) == frozenset((EC2,))


@pytest.mark.parametrize("value", [subprocess.run, eval, getattr, threading.Thread])
def test_nothing_but_what_moto_holds_is_read(value):
    with pytest.raises(pickle.UnpicklingError, match="is nothing that moto holds"):
        unpickling.read(pickle.dumps(value), None)


def test_no_module_within_moto_lends_its_names():
    state = b"\x80\x04\x8c\x10moto.core.models\x8c\x09os.system\x93."
    with pytest.raises((pickle.UnpicklingError, AttributeError)):
        unpickling.read(state, None)
    assert unpickling.read(pickle.dumps(defaultdict(dict, a={})), None) == {"a": {}}


def request(method="POST", body=b"", **more):
    from io import BytesIO

    return {"REQUEST_METHOD": method, "PATH_INFO": "/", "wsgi.input": BytesIO(body), **more}


FORM = {"CONTENT_TYPE": "application/x-www-form-urlencoded; charset=utf-8"}


@pytest.mark.parametrize(
    ("environ", "reads"),
    [
        (request("GET"), True),
        (request("PUT"), False),
        (request(body=b"Version=1&Action=DescribeInstances", **FORM), True),
        (request(body=b"Action=CreateTopic&Name=Describe", **FORM), False),
        (request("GET", QUERY_STRING="Action=CreateTopic"), False),
        (request(HTTP_X_AMZ_TARGET="AmazonSSM.GetParameter"), True),
        (request(body=b"Action=GetCallerIdentity", **FORM), True),
        (request(body=b"Action=GetSessionToken", **FORM), False),
        (request(HTTP_X_AMZ_TARGET="AmazonSQS.ReceiveMessage"), False),
        (request(HTTP_X_AMZ_TARGET="X.Getaway"), False),
        (request(HTTP_SMITHY_PROTOCOL="rpc-v2-cbor", PATH_INFO="/service/X/operation/ListThings"), True),
    ],
)
def test_a_call_says_whether_it_only_reads(environ, reads):
    assert calls.only_reads(environ) is reads


EVERY_SERVICE = """
import pkgutil
from importlib import import_module
import moto
from moto.core import base_backend
from beanpole.gateway.kept import backends, pickling, unpickling
from beanpole.gateway.kept.unpickling import Key
base_backend.allow_unknown_region = lambda: True

class Shelf:
    def backend(self, key):
        return backends.of(key)
    def policies(self, key):
        return backends.of(key).managed_policies

count = 0
for module in pkgutil.iter_modules(moto.__path__):
    if not module.ispkg:
        continue
    try:
        import_module(f"moto.{module.name}.models")
    except ModuleNotFoundError:
        continue  # of a library that an extra of moto has
    if module.name == "core":
        continue
    key = Key(module.name, "", "111111111111", "us-east-1")
    backend = backends.accounts(key)[key.account_id][key.region]
    key = backends.key_of(backend)
    unpickling.read(pickling.write([backend], [key], None).state, Shelf())
    count += 1
print(count)
"""


@pytest.mark.merge
def test_every_service_of_moto_has_a_form():
    ran = subprocess.run(
        [sys.executable, "-c", EVERY_SERVICE], env=environment(), capture_output=True, text=True, timeout=300
    )
    assert (ran.returncode, int(ran.stdout or 0) > 150) == (0, True), ran.stderr
