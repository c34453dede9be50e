"""The laws of filters: versions are ordered as numbers, and a filter and its opposite share everything between them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beanpole.catalog import catalog
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
    return VERSIONS.passing(items, [Filter(*parts) for parts in filters])


@given(has=numbers, bound=numbers)
def test_versions_are_compared_as_numbers(has, bound):
    def padded(number):
        return (*number, 0, 0, 0, 0)[:4]

    item = version(has)
    for operator, expected in {
        "=": padded(has) == padded(bound),
        "!=": padded(has) != padded(bound),
        "<": padded(has) < padded(bound),
        "<=": padded(has) <= padded(bound),
        ">": padded(has) > padded(bound),
        ">=": padded(has) >= padded(bound),
    }.items():
        assert (passing([item], ("PlatformVersion", operator, (spelled(bound),))) == [item]) is expected


@given(attribute=st.sampled_from(sorted(VERSIONS.attributes)), value=texts)
def test_equal_and_unequal_share_all_versions_between_them(attribute, value):
    if attribute == "PlatformVersion":
        value = "4.13.7"
    equal, unequal = (passing(OFFERED, (attribute, sign, (value,))) for sign in ("=", "!="))
    assert sorted((*equal, *unequal), key=lambda version: version.sort_key) == list(OFFERED)


@given(
    attribute=st.sampled_from(sorted(set(BRANCHES.attributes) - {"TierType"})),
    values=st.lists(texts, min_size=1, max_size=10).map(tuple),
)
def test_in_is_any_of_its_values_and_not_in_is_the_rest(attribute, values):
    def matches(operator, *expected_values):
        return set(BRANCHES.passing(PLATFORMS.branches, [Filter(attribute, operator, expected_values)]))

    inside, outside = matches("in", *values), matches("not_in", *values)
    assert inside == set().union(*(matches("=", value) for value in values))
    assert inside | outside == set(PLATFORMS.branches)
    assert not inside & outside


@given(
    first=st.sampled_from(sorted(VERSIONS.attributes)), second=st.sampled_from(sorted(VERSIONS.attributes)), value=texts
)
def test_two_filters_are_both_of_them_in_any_order(first, second, value):
    filters = [(attribute, "contains", (value,)) for attribute in (first, second)]
    both = passing(OFFERED, *filters)
    assert both == passing(OFFERED, *reversed(filters))
    assert set(both) == set(passing(OFFERED, filters[0])) & set(passing(OFFERED, filters[1]))


def test_a_filter_is_checked_even_where_there_is_nothing_to_list():
    with pytest.raises(errors.FilterNotKnown):
        passing([], ("Colour", "=", ("red",)))


def test_the_list_of_a_region_is_made_once():
    assert offered(PLATFORMS, "us-east-1") is OFFERED
    assert [version.platform_version for version in offered(PLATFORMS, "eu-west-1")] == [
        version.platform_version for version in OFFERED
    ]
