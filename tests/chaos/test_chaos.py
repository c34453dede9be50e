"""The short form of the chaos: a few seconds in which everything is killed, cut and frozen."""

from chaos.story import run


def test_what_is_acknowledged_is_kept_once_while_everything_fails() -> None:
    counts, wrong = run(seconds=4, seed=1)
    assert wrong == []
    assert counts["races"] > 0
    assert counts["fuzzed requests"] > 0
    assert sum(counts.values()) > counts["calls"] + counts["races"] + counts["fuzzed requests"]
