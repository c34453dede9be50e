"""Secrets of calls are mask, in parameters and in sentences, and all else is left as it is."""

from itertools import count
from typing import Any

import pytest

from beanpole.store.masking import MASK, MOST_TEXT, mask, plain, sentence
from options import option as setting

PROPERTIES = "aws:elasticbeanstalk:application:environment"


@pytest.mark.parametrize(
    "secret",
    [
        setting(PROPERTIES, "COLOR", "s3cr3@"),
        setting(PROPERTIES.title(), "COLOR", "s3cr3@"),
        setting("aws:cloudformation:template:parameter", "EnvironmentVariables", "DB=s3cr3@"),
        {"OptionName": "COLOR", "Value": "s3cr3@"},
        *(setting("aws:rds:dbinstance", name, "s3cr3@") for name in ("DBPassword", "DB_PWD", "BasicAuth", "API_SK")),
        *({"Key": name, "Value": "s3cr3@"} for name in ("pwd", "auth", "sk", "secret-key", "Authorization", "DB_PASS")),
        {"Description": "see postgres://u:s3cr3@h/db"},
        {"Description": "redis://:s3cr3@h:6379"},
        {"Description": "postgres://u:s3cr3@/x@h/db,postgres://u:s3cr3@h2/db"},
        setting("aws:elasticbeanstalk:container:tomcat:jvmoptions", "JVM Options", "-Xmx1g -Ddb.password=s3cr3@"),
    ],
    ids=str,
)
def test_secrets_are_masked_in_parameters_and_in_sentences(secret: dict[str, str]) -> None:
    parameters: dict[str, Any] = {"OptionSettings": [secret]}
    without_secrets = mask(parameters, count())
    assert MASK in str(without_secrets)
    assert "s3cr3" not in str(without_secrets)
    quoted = next(secret[member] for member in ("Value", "Description") if member in secret)
    text = sentence(f"Invalid option value: '{quoted}' (Namespace: 'x'): no.", parameters)
    assert text.startswith("Invalid option value: '")
    assert text.endswith(" (Namespace: 'x'): no.")
    assert "s3cr3" not in text


@pytest.mark.parametrize(
    "text",
    [
        "http://h/path?to=me@h",
        "author=me",
        "me@example.com",
        "postgres://h:5432/db",
        "a=b",
        "64bit Amazon Linux",
        "://@=",
        "=",
    ],
)
def test_other_texts_are_left_as_they_are(text: str) -> None:
    settings = [setting("aws:autoscaling:asg", "MinSize", text), {"Key": "author", "Value": text}]
    assert mask(settings, count()) == settings
    assert sentence(text, {"OptionSettings": settings}) == text


def test_the_password_of_an_address_is_masked_and_nothing_else() -> None:
    assert plain("see postgres://u:s3cr3@h/db now") == f"see postgres://u:{MASK}@h/db now"


def test_a_short_secret_is_masked_where_it_is_quoted_alone() -> None:
    parameters = {"OptionSettings": [setting(PROPERTIES, "A", "a"), setting(PROPERTIES, "B", "")]}
    assert sentence("a bad value: 'a'", parameters) == f"a bad value: '{MASK}'"


def test_a_secret_that_begins_before_the_cut_is_masked() -> None:
    text = "x" * (MOST_TEXT - 20) + " postgres://u:" + "s3cr3" * 100 + "@h/db"
    assert "s3cr3" not in plain(text)
    assert len(plain(text)) == MOST_TEXT
