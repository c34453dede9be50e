"""The text of a saved configuration: what is written comes back, and nothing else gets in."""

import json
import re
from contextlib import suppress

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from beanpole.files.saved_configuration import LONGEST, NamedTier, SavedConfiguration, Unreadable, read, write
from beanpole.model.options.configuration import merge
from beanpole.model.options.definitions import NAMED, OptionSetting

SCHEDULE = NAMED[0]
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufeff"), max_size=20)
NAME = TEXT.filter(bool)
SETTINGS = st.lists(
    st.builds(OptionSetting, st.sampled_from(("aws:x", "aws:y:z")), NAME, TEXT)
    | st.builds(OptionSetting, st.just(SCHEDULE), NAME, TEXT, st.sampled_from(("Morning", "Night"))),
    max_size=6,
).map(lambda settings: merge((), settings))
MAYBE = st.none() | TEXT.filter(bool)
SAVED = st.builds(
    SavedConfiguration,
    settings=SETTINGS,
    description=MAYBE,
    date_created=st.none() | st.integers(0, 10**13),
    date_modified=st.none() | st.integers(0, 10**13),
    platform_arn=MAYBE,
    tier=st.none() | st.builds(NamedTier, NAME, NAME),
    tags=st.dictionaries(NAME, TEXT, max_size=3),
)


@given(SAVED)
def test_what_is_written_is_what_is_read(saved: SavedConfiguration) -> None:
    again = read(write(saved))
    assert replace(again, settings=merge((), again.settings)) == saved


@given(st.text(max_size=200) | st.binary(max_size=200))
def test_there_is_an_answer_to_any_text(text: str | bytes) -> None:
    with suppress(Unreadable):
        assert isinstance(read(text), SavedConfiguration)


@pytest.mark.parametrize(
    "text", ["yes", "010", "12:30", "1_000", "2001-01-01", "0x1F", "1e3", "=", "<<", ".inf", "true", "No"]
)
def test_whatever_a_value_looks_like_it_is_a_text(text: str) -> None:
    (setting,) = read(f"OptionSettings: {{aws:x: {{{text}: {text}}}}}").settings
    assert (setting.option_name, setting.value) == (text, text)


def test_a_value_may_name_its_type() -> None:
    assert read("OptionSettings: {aws:x: {Y: !!int 3, Z: !!bool off}}").settings == (
        OptionSetting("aws:x", "Y", "3"),
        OptionSetting("aws:x", "Z", "off"),
    )


CONFIG = {"Version": 1, "Rules": {"Environment": {"ELB": {"ELBRequests4xx": {"Enabled": True}}}}, "X": [None, 1.5, "a"]}
SYSTEM = "aws:elasticbeanstalk:healthreporting:system"


def test_an_option_that_is_a_document_is_a_map_as_the_service_writes_it() -> None:
    text = json.dumps(CONFIG, separators=(",", ":"))
    setting = OptionSetting(SYSTEM, "ConfigDocument", text)
    document = write(SavedConfiguration(settings=(setting,)))
    assert yaml.safe_load(document)["OptionSettings"] == {SYSTEM: {"ConfigDocument": CONFIG}}
    assert read(document).settings == (setting,)


def test_a_document_may_be_a_text_too() -> None:
    quoted = json.dumps(json.dumps(CONFIG))
    (setting,) = read(f"OptionSettings: {{{SYSTEM}: {{ConfigDocument: {quoted}}}}}").settings
    assert setting.value == json.dumps(CONFIG)
    plain = OptionSetting(SYSTEM, "ConfigDocument", "no document")
    assert read(write(SavedConfiguration(settings=(plain,)))).settings == (plain,)


@pytest.mark.parametrize("text", ["", "null", "~", "Null"])
def test_a_null_is_no_value(text: str) -> None:
    assert read(f"OptionSettings:\n  aws:x:\n    Y: {text}\n").settings == ()
    assert read(f"Description: {text}\nOptionSettings: {text}\n") == SavedConfiguration()


def test_a_namespace_may_stand_under_a_resource() -> None:
    settings = read(f"OptionSettings: {{Night.{SCHEDULE}: {{MinSize: 1}}, AWSEBX.aws:x: {{Y: z}}}}").settings
    assert settings == (OptionSetting(SCHEDULE, "MinSize", "1", "Night"), OptionSetting("aws:x", "Y", "z", "AWSEBX"))


@pytest.mark.parametrize("text", ["SolutionStack: A", "Platform: {SolutionStack: A}"])
def test_a_platform_may_be_a_solution_stack(text: str) -> None:
    assert read(text).solution_stack_name == "A"


def test_a_solution_stack_is_written_where_no_arn_is_known() -> None:
    assert read(write(SavedConfiguration(solution_stack_name="A"))).solution_stack_name == "A"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[]", "The configuration must be a map"),
        ("just a text", "The configuration must be a map"),
        ("null: 1", "The configuration must be a map"),
        ("OptionSettings: [1]", "OptionSettings must be a map"),
        ("OptionSettings: {aws:x: 1}", "aws:x must be a map"),
        ("OptionSettings: {aws:x: {Y: [1]}}", "Y must be a text"),
        ("Tags: {a: {b: c}}", "a must be a text"),
        ("a: &b [*b]", "it has an alias"),
        ("[" * 100_000, "it is nested deeper than 8 levels"),
        ("a: " + "x" * LONGEST, f"it is longer than {LONGEST} bytes"),
    ],
)
def test_why_a_text_is_none(text: str, reason: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(text)
    assert str(caught.value) == reason


@pytest.mark.parametrize("text", ["a: [", "!!python/object:os.system x", "? [a]\n: b", "a: 1\n---\nb: 2"])
def test_what_is_no_yaml_says_so(text: str) -> None:
    with pytest.raises(Unreadable, match=r"^Invalid Yaml: "):
        read(text)


def test_a_text_that_is_no_yaml_is_refused_in_the_words_of_the_services_parser() -> None:
    reason = "Invalid Yaml: mapping values are not allowed here in 'reader', line 1, column 5: a: b: c ^"
    with pytest.raises(Unreadable, match=f"^{re.escape(reason)}$"):
        read("a: b: c")
