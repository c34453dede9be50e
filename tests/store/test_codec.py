"""What the store holds of an environment is read back as it was, whatever its activity carries out."""

from typing import get_args

import msgspec
import pytest
from msgspec.structs import fields, replace

from beanpole.model.bundles.bundle import Bundle
from beanpole.model.bundles.configuration_file import BrokenEntry, ConfigurationFile
from beanpole.model.environment import requests
from beanpole.model.environment.activity import Activity
from beanpole.model.options.configuration import OptionSetting
from beanpole.store import codec
from engine.stories import environment

BLUE = (OptionSetting("aws:elasticbeanstalk:application:environment", "COLOR", "blue"),)
REQUESTS: tuple[requests.Request, ...] = (
    requests.Launch("v1", ("Unknown or duplicate parameter: NodeVersion",), "web"),
    requests.Deploy("v2", BLUE),
    requests.Configure("v2", BLUE, (), "saved", "stack", "arn", immutably=True, overridden=True),
    requests.Restart(),
    requests.Rebuild(None),
    requests.Swap("web2", leads=False),
    requests.Link(),
    requests.Tag({"team": "green"}),
    requests.Scale(),
    requests.Terminate(wakes_application=True, keeps_resources=True),
)


def test_there_is_an_example_of_every_request_with_every_member():
    assert [type(request) for request in REQUESTS] == list(get_args(requests.Request))
    for request in REQUESTS:
        defaults = {name.name: name.default for name in fields(request)}
        assert all(getattr(request, name) != default for name, default in defaults.items())


@pytest.mark.parametrize("request_", REQUESTS)
def test_an_activity_is_read_back_as_it_was(request_):
    busy = replace(environment(), activity=Activity(request_, "call", "request", 1, 2, 3, 4, ("e-1",), ("e-2",), 5))
    assert codec.decode_entity("environment", codec.encode_entity(busy), 0) == busy


@pytest.mark.parametrize("request_", REQUESTS)
def test_a_request_with_a_member_of_another_kind_is_not_read(request_):
    busy = replace(environment(), activity=Activity(request_, "call", "request", 1, 2, 3, 4))
    document = msgspec.json.decode(codec.encode_entity(busy))
    document["activity"]["request"] |= {"tags_of_another_kind": {}}
    with pytest.raises(msgspec.ValidationError, match="tags_of_another_kind"):
        codec.decode_entity("environment", msgspec.json.encode(document), 0)


def test_a_bundle_that_is_kept_already_names_its_broken_entries_as_ever():
    entry = BrokenEntry("packages", "htop", "'str' object is not subscriptable")
    bundle = Bundle("d" * 64, 1, configuration_files=(ConfigurationFile("a.config", broken=(entry,)),))
    names = msgspec.to_builtins(bundle)["configuration_files"][0].keys()
    assert names == {"path", "faults"}
    assert codec.decode_bundle(codec.encode_bundle(bundle)) == bundle
