"""The laws of filters: versions are ordered as numbers, and a filter and its opposite share everything between them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beanpole import catalog
from beanpole.model import errors
from beanpole.model.custom_platforms.versions import PlatformVersion, offered
from beanpole.model.platforms.filters import BRANCHES, VERSIONS, Filter

PLATFORMS = catalog.load().platforms
OFFERED = offered(PLATFORMS, "us-east-1")

numbers = st.lists(st.integers(0, 30), min_size=1, max_size=4).map(tuple)
texts = st.sampled_from(["", "Python", "Amazon Linux 2023", "Ready", "Recommended", "self", "WebServer/Standard", "."])


def spelled(version):
    return ".".join(map(str, version))


def version(number):
    return PlatformVersion(
        platform_arn="", platform_owner="self", platform_name="", platform_version=spelled(number), platform_status=""
    )


def passing(items, *filters):
    return VERSIONS.passing(items, [Filter(*it) for it in filters])


@given(has=numbers, wanted=numbers)
def test_versions_are_compared_as_numbers(has, wanted):
    def padded(number):
        return (*number, 0, 0, 0, 0)[:4]

    item = version(has)
    for operator, expected in {
        "=": padded(has) == padded(wanted),
        "!=": padded(has) != padded(wanted),
        "<": padded(has) < padded(wanted),
        "<=": padded(has) <= padded(wanted),
        ">": padded(has) > padded(wanted),
        ">=": padded(has) >= padded(wanted),
    }.items():
        assert (passing([item], ("PlatformVersion", operator, (spelled(wanted),))) == [item]) is expected


@given(attribute=st.sampled_from(sorted(VERSIONS.attributes)), value=texts)
def test_equal_and_unequal_share_all_versions_between_them(attribute, value):
    if attribute == "PlatformVersion":
        value = "4.13.7"
    equal, unequal = (passing(OFFERED, (attribute, it, (value,))) for it in ("=", "!="))
    assert sorted((*equal, *unequal), key=lambda it: it.sort_key) == list(OFFERED)


@given(
    attribute=st.sampled_from(sorted(set(BRANCHES.attributes) - {"TierType"})),
    values=st.lists(texts, min_size=1, max_size=10).map(tuple),
)
def test_in_is_any_of_its_values_and_not_in_is_the_rest(attribute, values):
    def found(operator, *wanted):
        return set(BRANCHES.passing(PLATFORMS.branches, [Filter(attribute, operator, wanted)]))

    inside, outside = found("in", *values), found("not_in", *values)
    assert inside == set().union(*(found("=", it) for it in values))
    assert inside | outside == set(PLATFORMS.branches)
    assert not inside & outside


@given(one=st.sampled_from(sorted(VERSIONS.attributes)), two=st.sampled_from(sorted(VERSIONS.attributes)), value=texts)
def test_two_filters_are_both_of_them_in_any_order(one, two, value):
    filters = [(it, "contains", (value,)) for it in (one, two)]
    both = passing(OFFERED, *filters)
    assert both == passing(OFFERED, *reversed(filters))
    assert set(both) == set(passing(OFFERED, filters[0])) & set(passing(OFFERED, filters[1]))


def test_a_filter_is_checked_even_where_there_is_nothing_to_list():
    with pytest.raises(errors.FilterNotKnown):
        passing([], ("Colour", "=", ("red",)))


def test_the_list_of_a_region_is_made_once():
    assert offered(PLATFORMS, "us-east-1") is OFFERED
    assert [it.platform_version for it in offered(PLATFORMS, "eu-west-1")] == [it.platform_version for it in OFFERED]
