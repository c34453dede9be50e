"""YAML 1.1 or JSON, and the service's words for what is neither."""

import pytest

from beanpole.files.bundle import documents
from beanpole.files.bundle.parser_words import Malformed


@pytest.mark.parametrize(
    ("content", "document"),
    [
        (b"", None),
        (
            b"a: true\nb: 1.10\nc: 010\nd: 2001-99-99\ne: off",
            {"a": "true", "b": "1.10", "c": "010", "d": "2001-99-99", "e": "off"},
        ),
        (b"a:\nb: ~\nc: ''\nd: 'null'", {"a": None, "b": None, "c": "", "d": "null"}),
        (b"a: 1\na: 2", {"a": "2"}),
        (b"<<: {a: 1}\nb: 2", {"a": "1", "b": "2"}),
        (b'{"a": {"b": 1.10, "c": null}}', {"a": {"b": "1.10", "c": None}}),
        (b'\t{"a": [true, NaN]}', {"a": [True, "NaN"]}),
        ("\ufeffa: é".encode(), {"a": "é"}),
    ],
)
def test_scalars_stay_the_texts_they_are(content, document):
    assert documents.load(content) == document


@pytest.mark.parametrize(
    ("content", "yaml_words", "json_words"),
    [
        (
            b"a: b\n\tc: d",
            "while scanning for the next token\nfound character '\\t(TAB)' that cannot start any token. "
            "(Do not use \\t(TAB) for indentation)\n"
            " in 'reader', line 2, column 1:\n    \tc: d\n    ^\n",
            "Unexpected character (a) at position 0.",
        ),
        (
            b'a: "\\d"',
            "while scanning a double-quoted scalar\n in 'reader', line 1, column 4:\n    a: \"\\d\"\n       ^\n"
            "found unknown escape character d(100)\n in 'reader', line 1, column 6:\n    a: \"\\d\"\n         ^\n",
            "Unexpected character (a) at position 0.",
        ),
        (
            b"a: @b",
            "while scanning for the next token\nfound character '@' that cannot start any token. "
            "(Do not use @ for indentation)\n in 'reader', line 1, column 4:\n    a: @b\n       ^\n",
            "Unexpected character (a) at position 0.",
        ),
        (
            b"first: 1\nsecond: 2: 3",
            "mapping values are not allowed here\n in 'reader', line 2, column 10:\n    second: 2: 3\n             ^\n",
            "Unexpected character (f) at position 0.",
        ),
        (
            b"{",
            "while parsing a flow node\nexpected the node content, but found StreamEnd\n"
            " in 'reader', line 1, column 2:\n    {\n     ^\n",
            "Unexpected token END OF FILE at position 1.",
        ),
        (
            b"role: !GetAtt x.Arn",
            "could not determine a constructor for the tag !GetAtt\n"
            " in 'reader', line 1, column 7:\n    role: !GetAtt x.Arn\n          ^\n",
            "Unexpected character (r) at position 0.",
        ),
    ],
)
def test_a_document_that_is_neither_is_told_of_in_the_words_of_both_parsers(content, yaml_words, json_words):
    with pytest.raises(Malformed) as caught:
        documents.load(content)
    assert (caught.value.yaml, caught.value.json) == (yaml_words, json_words)


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000,
        b"- " * 60_000,
        b"? " * 60_000,
        b"{a: " * 30_000,
        b"\x00",
        b"\xff\xfe{\x00",
        b'\t"\xed\xa0\x80"',
        b'["\\ud800"\t]',
        b"!!python/object/apply:os.system [ls]",
        b"a: 1\n---\nb: 2",
        b"x: y\n" * 20_000 + b"\tz",
    ],
)
def test_what_would_take_the_process_down_or_cannot_be_kept_is_malformed(content):
    with pytest.raises(Malformed) as caught:
        documents.load(content)
    assert (caught.value.yaml + caught.value.json).encode()
    assert len(caught.value.yaml) <= 1_000


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("x", "x"),
        (True, "true"),
        ({"Fn::GetAtt": ["Table", "Arn"]}, '{"Fn::GetAtt":["Table","Arn"]}'),
        ([None, "é"], '[null,"\\u00e9"]'),
    ],
)
def test_a_value_that_is_no_text_is_kept_as_json(value, text):
    assert documents.text(value) == text


def test_a_value_that_would_never_end_is_malformed():
    endless: list[object] = []
    endless.append(endless)
    laughs: object = "ha"
    for _ in range(40):
        laughs = [laughs, laughs]
    for value in (endless, laughs):
        with pytest.raises(Malformed):
            documents.text(value)
