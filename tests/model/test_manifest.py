"""Manifests in a group, and links between environments."""

import pytest

from beanpole.model import errors
from beanpole.model.applications.manifest import Manifest, grouped
from beanpole.model.changes import links
from beanpole.model.environment.link import Link
from engine.stories import environment


def test_a_plus_stands_for_the_group_in_every_name():
    manifest = Manifest("front+", cname="front-shop+", links=(Link("QUEUE", "jobs+"), Link("MAIL", "mail")))
    assert grouped(manifest, "dev") == Manifest(
        "front-dev", cname="front-shop-dev", links=(Link("QUEUE", "jobs-dev"), Link("MAIL", "mail"))
    )


@pytest.mark.parametrize(
    "manifest",
    [Manifest("front+"), Manifest("front", cname="front+"), Manifest("front", links=(Link("JOBS", "jobs+"),))],
)
def test_a_plus_needs_a_group(manifest):
    with pytest.raises(errors.ParameterMissing, match="GroupName must be specified"):
        grouped(manifest, None)


def test_names_without_a_plus_are_the_same_in_every_group():
    assert grouped(Manifest("front", cname="shop"), "dev") == Manifest("front", cname="shop")
    assert grouped(Manifest("fr+nt"), None) == Manifest("fr+nt")


def test_links_in_a_circle_are_named_in_their_order():
    with pytest.raises(errors.LinksInCircle, match="circle: a, b, c, a"):
        links.check_no_circle({"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"]})
    links.check_no_circle({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []})


def test_a_link_to_what_has_no_address_brings_no_property():
    target = environment("worker", "jobs")
    assert links.properties([Link("JOBS", "jobs"), Link("GONE", "gone")], {"jobs": target}) == ()


def test_nothing_is_linked_that_does_not_wait():
    assert links.link(environment(), []) is None
    with pytest.raises(ValueError, match="no activity that could wait"):
        links.waiting(environment(), [])
