"""What is remembered of CNAMEs that were given away."""

from beanpole.model.environment.cnames import FormerCname, passed_on

GONE, KNOWN = FormerCname("a.example", 100), FormerCname("b.example", 101)


def test_what_everybody_has_forgotten_is_not_kept():
    assert passed_on((GONE, KNOWN), "c.example", 100, 160) == (KNOWN, FormerCname("c.example", 160))


def test_where_no_time_passes_nobody_calls_an_old_name():
    assert passed_on((), "c.example", 100, 100) == ()


def test_a_worker_has_no_name_to_give_away():
    assert passed_on((KNOWN,), None, 100, 160) == (KNOWN,)


def test_a_name_is_called_until_it_is_forgotten():
    assert KNOWN.is_called("b.example", 100)
    assert not KNOWN.is_called("b.example", 101)
    assert not KNOWN.is_called("a.example", 100)
