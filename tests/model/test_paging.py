"""The law of pages: whatever happens between two of them, what stays where it was is shown once."""

from base64 import b64encode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from beanpole.model.calls import paging
from beanpole.model.errors import BadNextToken
from beanpole.threads.decoders import JsonDecoder

KEYS = st.sets(st.tuples(st.integers(0, 9), st.text(max_size=2)))


def sort_key(item):
    return item


def paged(items, size, token=None):
    return paging.page(items, sort_key, JsonDecoder(tuple[int, str]), size, token)


@given(KEYS, KEYS, KEYS, st.integers(1, 4))
def test_nothing_that_stays_is_lost_or_shown_twice(staying, going, coming, size):
    keys, token = paged(sorted(staying | going), size)
    keys = list(keys)
    while token is not None:
        page, token = paged(sorted(staying | coming), size, token)
        keys += page
    if len(staying | going) > size:
        assert [key for key in keys if key in staying] == sorted(staying)


@given(st.text())
@example("")
@example("\udc80")
@example("WzEsMl0=")  # [1,2]
@example("WzEsIngiXQ")  # [1,"x"] without its padding
@example(b64encode(b"[" * 100_000).decode())
@example(b64encode(b"[" + b"9" * 10_000 + b"e9,1]").decode())
@example(b64encode(b'[1,"\\ud800"]').decode())
@example("W3RydWUsIngiXQ==")  # [true,"x"]
@example("WzEsIngiLDNd")  # [1,"x",3]
def test_what_is_no_token_is_refused(text):
    with pytest.raises(BadNextToken):
        paged([(1, "x")], 1, text)
