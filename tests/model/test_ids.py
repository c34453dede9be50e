"""Ids and chances that are drawn from a seed."""

import re

import pytest

from beanpole.model.names import ids
from beanpole.model.names.ids import Ids, chance

FORMS = {
    "environment_id": r"e-[a-z0-9]{10}",
    "instance_id": r"i-[0-9a-f]{17}",
    "suffix": r"[A-Za-z0-9]{12}",
    "capitals": r"[A-Z0-9]{12}",
    "label": r"[a-z0-9]{8}",
    "request_id": r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
}


@pytest.mark.parametrize("kind", FORMS)
def test_an_id_has_the_form_of_the_service_and_is_drawn_once(kind):
    stream, same = Ids(0, "a"), Ids(0, "a")
    drawn = [getattr(stream, kind)() for _ in range(200)]
    assert all(re.fullmatch(FORMS[kind], id_) for id_ in drawn)
    assert len(set(drawn)) == 200
    assert drawn == [getattr(same, kind)() for _ in range(200)]


def test_a_stream_goes_on_whatever_is_drawn_and_that_of_a_purpose_begins_anew():
    stream = Ids(0)
    first = stream.hexadecimal(4)
    assert first + stream.hexadecimal(4) == Ids(0).hexadecimal(8)
    assert stream.of("group").label() == Ids(0).of("group").label() == Ids(0, "group").label()
    assert stream.of("group").label() != stream.of("alarm").label()


def test_every_letter_of_an_alphabet_is_drawn():
    assert set(Ids(0).suffix(5000)) == set(ids.MIXED)
    assert set(Ids(0).label(5000)) == set(ids.LOWER)


def test_a_number_is_within_its_bounds_and_reaches_both():
    stream = Ids(0)
    assert {stream.number(4, 9) for _ in range(200)} == set(range(4, 10))


def test_chances_are_spread_evenly():
    drawn = [chance(0, number) for number in range(10_000)]
    shares = [sum(step / 10 <= number < (step + 1) / 10 for number in drawn) / len(drawn) for step in range(10)]
    assert shares == pytest.approx([0.1] * 10, abs=0.015)


def test_no_chance_is_certain(monkeypatch):
    """The greatest number that eight bytes hold would be 1 as a float."""

    class Greatest:
        def __init__(self, seed):
            pass

        def digest(self, length):
            return b"\xff" * length

    monkeypatch.setattr(ids, "shake_128", Greatest)
    assert 0.999 < chance("x") < 1
