"""What is remembered of CNAMEs that were given away."""

from beanpole.model.environment.cnames import FormerCname, former_cnames

EXPIRED, KNOWN = FormerCname("a.example", 100), FormerCname("b.example", 101)


def test_what_everybody_has_forgotten_is_not_kept():
    assert former_cnames((EXPIRED, KNOWN), "c.example", 100, 160) == (KNOWN, FormerCname("c.example", 160))


def test_where_no_time_passes_nobody_calls_an_old_name():
    assert former_cnames((), "c.example", 100, 100) == ()


def test_a_worker_has_no_name_to_give_away():
    assert former_cnames((KNOWN,), None, 100, 160) == (KNOWN,)


def test_a_name_is_called_until_it_is_forgotten():
    assert KNOWN.may_lead_here("b.example", 100)
    assert not KNOWN.may_lead_here("b.example", 101)
    assert not KNOWN.may_lead_here("a.example", 100)
