"""Whatever a definition bundle holds, reading it ends, and in a definition."""

import io
import zipfile

from hypothesis import given
from hypothesis import strategies as st

from beanpole.files import platform_definition
from beanpole.model.custom_platforms.custom_platform import Definition

GOOD = "version: '1.0'\nprovisioner: {type: packer, template: packer.json}\nmetadata: {description: mine}\n"


def bundle(text, **more):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", **more) as file:
        file.writestr("platform.yaml", text)
        file.writestr("packer.json", "{}")
    return packed.getvalue()


def read(content):
    return platform_definition.read(io.BytesIO(content))


def test_a_platform_definition_is_read_stored_or_deflated():
    assert read(bundle(GOOD)) == Definition(description="mine")
    assert read(bundle(GOOD, compression=zipfile.ZIP_DEFLATED)).problem is None


def test_one_that_unpacks_to_something_huge_is_not_unpacked_further_than_it_may_be_long():
    bomb = bundle(b" " * (64 << 20), compression=zipfile.ZIP_DEFLATED)
    assert len(bomb) < 100_000
    assert read(bomb).problem == platform_definition.TOO_LONG


def test_one_that_is_packed_in_a_way_that_nobody_packs_bundles():
    assert read(bundle(GOOD, compression=zipfile.ZIP_BZIP2)).problem == platform_definition.NO_ARCHIVE


def test_aliases_that_grow_are_not_followed():
    lines = ["a0: &a0 [x, x]", *(f"a{number}: &a{number} [*a{number - 1}, *a{number - 1}]" for number in range(1, 60))]
    assert read(bundle("\n".join(lines))).problem == platform_definition.NO_VERSION


@given(st.text(max_size=200) | st.sampled_from(["[" * 100_000, "? {a: b}\n: c", "!!binary x", "!!python/name:os x"]))
def test_any_text_becomes_a_definition_or_its_problem(text):
    assert isinstance(read(bundle(text)), Definition)


@given(at=st.integers(0, 400), value=st.integers(0, 255), cut=st.integers(0, 400))
def test_a_damaged_archive_becomes_a_definition_or_its_problem(at, value, cut):
    content = bytearray(bundle(GOOD, compression=zipfile.ZIP_DEFLATED))
    content[at % len(content)] = value
    for damaged in (bytes(content), bytes(content[: cut % len(content)])):
        assert isinstance(read(damaged), Definition)


@given(
    st.dictionaries(
        st.sampled_from(["version", "provisioner", "metadata"]),
        st.sampled_from(
            ["'1.0'", "[]", "{}", "x", "{type: packer, template: [a]}", "{description: [a], maintainer: {a: b}}"]
        ),
    )
)
def test_yaml_of_any_shape_becomes_a_definition_or_its_problem(rows):
    text = "".join(f"{name}: {value}\n" for name, value in rows.items())
    assert isinstance(read(bundle(text)), Definition)
