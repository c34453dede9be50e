"""A measurement that nobody has run for long still measures: each of some is made on a small scale."""

from math import isfinite

import pytest

from bench import alone, crews, fleets, plugin, scale, versions
from bench.__main__ import ROWS

SMALL = {
    "life_in_the_plugin": (plugin, {"_ROUNDS": 1}),
    "events_on_redis": (alone, {"_FEW": 100, "_MANY": 200}),
    "events_on_fakeredis": (alone, {"_FEW": 100, "_MANY": 200}),
    "crews": (crews, {"ENVIRONMENTS": 6, "ACCOUNTS": 3, "CREWS": (1,), "BEGUN": 1.1}),
    "rolling_in_time": (fleets, {"ENVIRONMENTS": 3, "WORKERS": 1}),
    "versions_1000": (versions, {"_MANY": 12, "_ROUNDS": 2}),
    "ten_thousand_embedded": (scale, {"SMALL": 2, "GREAT": 3}),
    "thousand_accounts": (scale, {"ACCOUNTS": 3}),
    "month_of_deployments": (scale, {"DAYS": 12, "FLEET": 1}),
}


@pytest.mark.merge
@pytest.mark.parametrize("name", SMALL)
def test_a_measurement_can_be_made(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, sizes = SMALL[name]
    for constant, size in sizes.items():
        monkeypatch.setattr(module, constant, size)
    rows = list(ROWS[name]())
    assert rows
    assert all(isfinite(row.reached) and row.work and row.ours for row in rows)
