"""The tables are read late, and a user's own rows lie over them."""

import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from beanpole.catalog import catalog
from beanpole.catalog.catalog import Catalog
from beanpole.model.options.definitions import Traits
from beanpole.tables import api_spec, tables, yaml_tables

OWN_BRANCH = "Cobol 85 running on 64bit Amazon Linux 2023"


def test_the_quotas_are_those_of_the_service() -> None:
    quotas = catalog.load().quotas
    assert (quotas.applications, quotas.application_versions, quotas.environments) == (75, 1000, 200)
    assert (quotas.tags_per_environment, quotas.tags_per_resource, quotas.max_records) == (47, 50, 1000)


def test_our_catalogue_is_loaded_once_and_each_table_once() -> None:
    assert catalog.load() is catalog.load()
    assert catalog.load().options is catalog.load().options


def test_a_table_is_read_when_it_is_first_asked_for(tmp_path: Path) -> None:
    ours = Catalog(tmp_path)
    (tmp_path / "timings.yaml").write_text("launch: {bucket: 1, group: 22.5}\n")
    assert ours.timings == {"launch": {"bucket": 1, "group": 22.5}}


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"timings\.yaml"):
        _ = Catalog(tmp_path).timings


def test_a_users_timings_and_quotas_lie_over_ours(tmp_path: Path) -> None:
    (tmp_path / "timings.yaml").write_text("launch: {bucket: 1, group: 22}\nswap: 6\n")
    assert Catalog(tmp_path, {"timings": {"launch": {"group": 3}}}).timings == {
        "launch": {"bucket": 1, "group": 3},
        "swap": 6,
    }
    assert Catalog(overrides={"quotas": {"applications": 2}}).quotas.applications == 2


def test_a_user_may_add_a_platform_and_an_option() -> None:
    own: dict[str, Any] = {
        "platforms": {
            "families": {
                "Cobol": {
                    "trait": "cobol",
                    "file_types": ["zip"],
                    "branches": {OWN_BRANCH: {"versions": ["1.0.0"], "order": 10100}},
                }
            }
        },
        "configuration-options": {"namespaces": {"aws:x": {"options": {"Y": {"default": "z"}}}}},
    }
    mine = Catalog(overrides=own)
    stack = mine.platforms.find_stack("64bit Amazon Linux 2023 v1.0.0 running Cobol 85")
    assert stack is not None
    assert stack.branch == OWN_BRANCH
    assert len(mine.platforms.stacks) == len(catalog.load().platforms.stacks) + 1
    option = mine.options.find("aws:x", "Y")
    assert option is not None
    assert option.default_in(Traits()) == "z"


def test_a_table_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="no table of the catalogue is called quota"):
        Catalog(overrides={"quota": {}})


def test_a_row_of_another_shape_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        _ = Catalog(overrides={"quotas": {"applications": "many"}}).quotas


def test_a_table_with_a_key_twice_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "timings.yaml").write_text("launch: {bucket: 1}\nswap: 6\nlaunch: {group: 2}\n")
    with pytest.raises(ValueError, match=r"found the key launch twice\s+in .+, line 3, column 1"):
        _ = Catalog(tmp_path).timings
    (tmp_path / "own.yaml").write_text("quotas: {environments: 3, environments: 4}\n")
    with pytest.raises(ValueError, match="found the key environments twice"):
        catalog.read_overrides(tmp_path / "own.yaml")


def test_keys_that_a_merge_brings_may_be_overridden(tmp_path: Path) -> None:
    (tmp_path / "timings.yaml").write_text("a: &a {bucket: 1, group: 2}\nb: {<<: *a, group: 3}\n")
    assert Catalog(tmp_path).timings["b"] == {"bucket": 1, "group": 3}


def test_no_file_of_the_spec_has_a_key_twice_and_each_is_the_same_when_it_is_compiled() -> None:
    files = sorted(api_spec.directory().rglob("*.yaml"))
    assert len(files) > 10
    for file in files:
        assert tables.own(file) == yaml_tables.parse(file.read_bytes())


def test_a_table_is_parsed_again_when_its_file_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each reader gets a content of its own, so a change of it is seen by no other."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    file = tmp_path / "timings.yaml"
    file.write_text("swap: 6\n")
    tables.own(file)["swap"] = 7
    assert [path.name for path in (tmp_path / "__pycache__").iterdir()] == [
        f"timings.{sys.implementation.cache_tag}.pyc"
    ]
    with monkeypatch.context() as patch:
        patch.setattr(yaml_tables, "parse", None)
        assert tables.own(file) == {"swap": 6}
    file.write_text("swap: 60\n")
    assert tables.own(file) == {"swap": 60}


def test_a_table_is_read_where_no_bytecode_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    file = tmp_path / "timings.yaml"
    file.write_text("swap: 6\n")
    (tmp_path / "__pycache__").write_text("no directory")
    assert tables.own(file) == {"swap": 6}


def test_a_users_file_may_be_yaml_or_json(tmp_path: Path) -> None:
    file = tmp_path / "own.json"
    file.write_text('{"quotas": {"environments": 3}}')
    assert Catalog(overrides=catalog.read_overrides(file)).quotas.environments == 3


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"quotas": {"environments": 3, "environments": 4}}', "found the key environments twice"),
        ('{"quotas": {"environments": NaN}}', "NaN is no number of JSON"),
        ("quotas: {environments: 3}", "Expecting value"),
    ],
)
def test_a_file_of_json_is_json(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "own.json"
    file.write_text(text)
    with pytest.raises(ValueError, match=reason):
        catalog.read_overrides(file)
